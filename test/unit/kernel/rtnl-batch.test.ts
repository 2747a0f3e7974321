import { parseAttributes, parseMessages, rt } from 'netlink';
import { describe, expect, it } from 'vitest';
import { parseAddress, parsePrefix } from '../../../lib/kernel/address.js';
import { thisInterface } from '../../../lib/kernel/netlink-batch.js';
import { RtnlBatch } from '../../../lib/kernel/rtnl-batch.js';
import {
  changeBatch,
  noQueues,
  passedProtocols,
  undoBatch,
  unitBatch,
} from '../../../lib/kernel/unit-batch.js';
import { hex } from '../../../lib/wire/index.js';

const policers = { own: 1, tunnel: { up: 2, down: 3 } };
const address = (text: string) => parseAddress(text, 'address');
const prefix = (text: string) => parsePrefix(text, 'prefix');

/** What another implementation of rtnetlink reads. */
const decode = (octets: Uint8Array) =>
  parseMessages(Buffer.from(octets)).map((message) => ({
    flags: message.flags,
    ...rt.parseMessage(message.type, message.data),
  }));

/** The messages of a plan, with an interface index at each of its patches. */
function patched(plan: Uint8Array, index: number): Uint8Array {
  const view = new DataView(plan.buffer, plan.byteOffset, plan.byteLength);
  const count = view.getUint32(0, true);
  const messages = Uint8Array.from(plan.subarray(4 * (count + 1)));
  const target = new DataView(messages.buffer, messages.byteOffset, messages.byteLength);
  for (let i = 0; i < count; i++) target.setUint32(view.getUint32(4 * (i + 1), true), index, true);
  return messages;
}

describe('rtnetlink messages', () => {
  it('are octet for octet what linux/rtnetlink.h wants', () => {
    const batch = new RtnlBatch().setLink(7, { name: 'l2tp0', mtu: 1460, up: true });
    expect(hex(batch.messages())).toBe(
      // nlmsghdr: length 52, RTM_SETLINK; ifinfomsg: index 7, IFF_UP; IFLA_IFNAME; IFLA_MTU
      '34000000 1300 0000 00000000 00000000 00000000 07000000 01000000 01000000 0a000300 6c32747030000000 08000400 b4050000'.replace(
        / /g,
        '',
      ),
    );
  });

  it('name, group and raise a link as another implementation reads it', () => {
    const [link] = decode(
      new RtnlBatch().setLink(7, { name: 'x', mtu: 1400, group: 9, master: 3, up: true }).messages(),
    );
    expect(link).toMatchObject({
      kind: 'link',
      data: { index: 7, flags: { up: true }, change: { up: true } },
      attrs: { ifname: 'x', mtu: 1400, group: 9, master: 3 },
    });
  });

  it('make a dummy, and delete it', () => {
    const batch = new RtnlBatch()
      .newLink('dummy', { name: 'd0' })
      .deleteLink(5)
      .setLink(4, { noIpv6AutoAddress: true });
    const [made, deleted, set] = decode(batch.messages());
    expect(made).toMatchObject({ kind: 'link', flags: 0x600, data: { index: 0 }, attrs: { ifname: 'd0' } });
    expect(deleted).toMatchObject({ kind: 'link', data: { index: 5 } });
    const families: number[] = [];
    const spec = (set as { readonly attrs: { readonly afSpec?: unknown } }).attrs.afSpec;
    if (spec instanceof Uint8Array) parseAttributes(Buffer.from(spec), ({ type }) => families.push(type));
    else expect(spec).toBeDefined();
    expect(batch.name(0)).toBe('RTM_NEWLINK d0');
    expect(batch.count).toBe(3);
  });

  it('add addresses and routes of both families', () => {
    const batch = new RtnlBatch()
      .newAddress(7, address('10.64.0.1'), address('10.65.0.2'))
      .newAddress(7, address('fe80::1'), address('fe80::2'))
      .newRoute(7, prefix('10.9.0.0/16'), { source: address('10.64.0.1'), metric: 5 })
      .newRoute(7, prefix('::/0'), { table: 1000 })
      .deleteRoute(7, prefix('10.9.0.0/16'));
    const [v4, v6, route4, route6, gone] = decode(batch.messages());
    expect(v4).toMatchObject({
      kind: 'address',
      data: { family: 2, prefixlen: 32, index: 7 },
      attrs: { local: Buffer.from([10, 64, 0, 1]), address: Buffer.from([10, 65, 0, 2]) },
    });
    expect(v6).toMatchObject({ data: { family: 10, prefixlen: 128 } });
    expect(route4).toMatchObject({
      kind: 'route',
      flags: 0x400,
      data: { family: 2, dstLen: 16, table: 254 },
      attrs: { dst: Buffer.from([10, 9, 0, 0]), oif: 7, priority: 5 },
    });
    expect(route6).toMatchObject({
      data: { family: 10, dstLen: 0, table: 0 },
      attrs: { oif: 7, table: 1000 },
    });
    expect(gone).toMatchObject({ kind: 'route', data: { dstLen: 16 }, attrs: { oif: 7 } });
  });

  it('leave room for the index of an interface that is not there yet', () => {
    const batch = unitBatch(
      { name: 'l2tp0', mtu: 1460, ipv4: { local: '10.64.0.1', peer: '10.65.0.2' }, routes: ['10.9.0.0/16'] },
      'ptp',
      policers,
    );
    const messages = decode(patched(batch.unitPlan(), 4711));
    expect(messages.map(({ kind }) => kind)).toEqual(['link', 'address', 'route']);
    expect(messages[0]).toMatchObject({ data: { index: 4711 } });
    expect(messages[1]).toMatchObject({ data: { index: 4711 } });
    expect(messages[2]).toMatchObject({ attrs: { oif: 4711 } });
  });

  it('put an unnumbered session’s peer on a route, and enslave before they raise', () => {
    const unit = { mtu: 1460, master: 3, ipv4: { local: '10.64.0.1', peer: '10.65.0.2' } };
    const messages = decode(patched(unitBatch(unit, 'unnumbered', policers).unitPlan(), 9));
    expect(messages.map(({ kind }) => kind)).toEqual(['link', 'link', 'route']);
    expect(messages[0]).toMatchObject({ attrs: { master: 3 }, data: { flags: {} } });
    expect(messages[1]).toMatchObject({ data: { flags: { up: true } } });
    expect(messages[2]).toMatchObject({
      data: { dstLen: 32 },
      attrs: { prefsrc: Buffer.from([10, 64, 0, 1]), oif: 9 },
    });
  });

  it('take back a change, message for message', () => {
    const change = {
      mtu: 1300,
      ipv4: { local: '10.64.0.1', peer: '10.65.0.2' },
      ipv6: { localInterfaceId: new Uint8Array(8).fill(1), peerInterfaceId: new Uint8Array(8).fill(2) },
      addresses: [{ local: 'fd00::1', peer: 'fd00::2' }],
      routes: ['10.9.0.0/16', { prefix: '2001:db8:7::/56', gateway: 'fe80::2', metric: 5 }],
      removedRoutes: ['10.8.0.0/16'],
    };
    for (const addressing of ['ptp', 'unnumbered'] as const) {
      const done = changeBatch(7, change, addressing, noQueues, 1).batch;
      const undo = undoBatch(7, change, addressing, 1400);
      expect(undo.count).toBe(done.count);
      const kinds = (batch: RtnlBatch) => decode(batch.messages()).map(({ kind }) => kind);
      expect(kinds(undo)).toEqual(kinds(done));
      expect(decode(undo.messagesBut(new Set([0, 2])))).toHaveLength(5);
    }
    expect(thisInterface).toBe(0);
  });

  it('grow beyond their first buffer', () => {
    const routes = Array.from({ length: 300 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
    expect(decode(changeBatch(3, { routes }, 'ptp', noQueues, 1).batch.messages())).toHaveLength(300);
  });
});

describe('network protocols of a unit', () => {
  it('are those with an address, and those asked for', () => {
    const ipv4 = { local: '10.64.0.1', peer: '10.65.0.2' };
    expect(passedProtocols({})).toBe(0);
    expect(passedProtocols({ ipv4 })).toBe(1);
    expect(passedProtocols({ protocols: ['ipv6'] })).toBe(2);
    expect(passedProtocols({ ipv4, addresses: [{ local: '::1', peer: '::2' }] })).toBe(3);
  });
});
