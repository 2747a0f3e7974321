import {
  AttrStream,
  formatGenlHeader,
  formatMessage,
  putString,
  putU16,
  putU32,
  putU64,
  putU8,
} from 'netlink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payloadOf } from '../../../lib/kernel/data-header.js';
import { kernelAtLeast, looksUpByTunnelId } from '../../../lib/kernel/kernel-api.js';
import { L2TP_ATTR, L2TP_CMD, sessionInfo, tunnelInfo } from '../../../lib/kernel/l2tp-attributes.js';
import { parseL2tpMessages } from '../../../lib/kernel/netlink.js';
import { notificationOf } from '../../../lib/kernel/notifications.js';
import { fromHex, hex } from '../../../lib/wire/index.js';

function message(command: number, fill: (out: AttrStream) => void): Uint8Array {
  const out = new AttrStream();
  fill(out);
  const parts = formatMessage({
    type: 30,
    flags: 0,
    seq: 1,
    port: 0,
    data: [formatGenlHeader({ cmd: command, version: 1 }), ...out.bufs],
  });
  return Buffer.concat(parts);
}

describe('messages of the family l2tp', () => {
  it('are read into notifications', () => {
    const octets = message(L2TP_CMD.SESSION_CREATE, (out) => {
      out.push(L2TP_ATTR.CONN_ID, putU32(10));
      out.push(L2TP_ATTR.PEER_CONN_ID, putU32(20));
      out.push(L2TP_ATTR.SESSION_ID, putU32(1));
      out.push(L2TP_ATTR.PEER_SESSION_ID, putU32(2));
    });
    expect(parseL2tpMessages(Buffer.concat([octets, octets])).map(notificationOf)).toEqual(
      Array(2).fill({
        event: 'session-create',
        tunnelId: 10,
        peerTunnelId: 20,
        sessionId: 1,
        peerSessionId: 2,
      }),
    );
    expect(parseL2tpMessages(message(99, () => undefined)).map(notificationOf)).toEqual([undefined]);
  });

  it('are read into tunnels and sessions', () => {
    const parse = (octets: Uint8Array) =>
      parseL2tpMessages(message(1, (out) => out.emit(octets)))[0]?.attributes ?? new Map();
    const [tunnel] = parseL2tpMessages(
      message(L2TP_CMD.TUNNEL_GET, (out) => {
        out.push(L2TP_ATTR.PROTO_VERSION, putU8(2));
        out.push(L2TP_ATTR.CONN_ID, putU32(10));
        out.push(L2TP_ATTR.ENCAP_TYPE, putU16(0));
        out.push(L2TP_ATTR.IP_SADDR, Buffer.from([10, 0, 0, 1]));
        out.push(L2TP_ATTR.UDP_SPORT, putU16(1701));
        out.push(L2TP_ATTR.STATS, (stats) => stats.push(4, putU64(123n)));
      }),
    );
    expect(tunnel && tunnelInfo(tunnel.attributes, parse)).toMatchObject({
      tunnelId: 10,
      peerTunnelId: 0,
      version: 2,
      encapsulation: 'udp',
      local: { address: '10.0.0.1', port: 1701 },
      peer: undefined,
      stats: { rxPackets: 123, txPackets: 0 },
    });
    const [session] = parseL2tpMessages(
      message(L2TP_CMD.SESSION_GET, (out) => {
        out.push(L2TP_ATTR.SESSION_ID, putU32(5));
        out.push(L2TP_ATTR.SEND_SEQ, putU8(1));
        out.push(L2TP_ATTR.RECV_TIMEOUT, putU64(250n));
        out.push(L2TP_ATTR.IFNAME, putString('ppp7'));
      }),
    );
    expect(session && sessionInfo(session.attributes, parse)).toMatchObject({
      sessionId: 5,
      sendSequence: true,
      receiveSequence: false,
      reorderTimeout: 250,
      interfaceName: 'ppp7',
    });
  });

  it('never make the reader throw', () => {
    const sound = message(5, (out) => out.push(9, putU32(1)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(sound.length), (noise, at) => {
        const octets = Buffer.concat([sound.subarray(0, at), noise]);
        for (const found of parseL2tpMessages(octets)) notificationOf(found);
      }),
    );
  });
});

describe('the header of a data message', () => {
  it.each([
    ['0002 0014 0002 c021 0501 0004', 'c02105010004'],
    ['0002 0014 0002 ff03 c021 0501 0004', 'c02105010004'],
    ['4002 000e 0014 0002 c021 0501 0004 ffff', 'c02105010004'],
    ['0802 0014 0002 0001 0000 c021 0501 0004', 'c02105010004'],
    ['0202 0014 0002 0003 aabbcc c021 0501 0004', 'c02105010004'],
  ])('%s is taken off', (octets, frame) => {
    const payload = payloadOf(fromHex(octets));
    expect(payload).toMatchObject({ tunnelId: 20, sessionId: 2 });
    expect(typeof payload === 'object' && hex(payload.frame)).toBe(frame);
  });

  it('of control messages, of L2TPv3 and of nothing is not', () => {
    expect(payloadOf(fromHex('c802 000c 0014 0000 0000 0000'))).toBe('control');
    for (const octets of [
      '',
      '00',
      '0002',
      '0003 0014 0002 c021',
      '0002 0014 0002',
      '0202 0014 0002 ffff c021',
    ]) {
      expect(payloadOf(fromHex(octets))).toBeUndefined();
    }
  });

  it('never makes the reader throw or read beyond the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        const payload = payloadOf(octets);
        if (typeof payload === 'object') expect(payload.frame.length).toBeLessThanOrEqual(octets.length);
      }),
    );
  });
});

describe('kernel versions', () => {
  it.each([
    ['6.1.0-56-amd64', false],
    ['6.10.14', false],
    ['6.11.0-rc1', true],
    ['6.12.117+deb12-amd64', true],
    ['7.2.12-lab', true],
    ['5.15.0', false],
  ])('%s finds sessions by tunnel id: %s', (release, expected) =>
    expect(looksUpByTunnelId(release)).toBe(expected),
  );

  it('are compared by numbers', () => {
    expect(kernelAtLeast(5, 11, '5.9.1')).toBe(false);
    expect(kernelAtLeast(5, 11, '6.0.1')).toBe(true);
  });
});
