import { describe, expect, it } from 'vitest';
import type { ControlIo, DatagramSource, ListenOptions, Timed } from '../../../lib/io/index.js';
import { NullDataPlane } from '../../../lib/kernel/index.js';
import { type SubscriberLink, SubscriberLinks } from '../../../lib/lns/subscriber-links.js';
import { silentLog } from '../../../lib/lns/index.js';
import { fromHex, hex, parseIpv6 } from '../../../lib/wire/index.js';

/** Sockets and one timer in virtual time. */
class World {
  now = 0;
  readonly sockets = new Map<number, ListenOptions>();
  readonly sent: {
    readonly at: number;
    readonly socket: number;
    readonly octets: string;
    readonly to: string;
  }[] = [];
  readonly joined: string[] = [];
  #due: { readonly timed: Timed; readonly at: number } | undefined;
  #next = 1;

  readonly io = {
    timers: {
      schedule: (timed: Timed, at: number | undefined) => {
        this.#due = at === undefined ? undefined : { timed, at };
      },
    },
    now: () => this.now,
    listen: (options: ListenOptions) => {
      this.sockets.set(this.#next, options);
      return this.#next++;
    },
    send: (socket: number, bytes: Uint8Array, to: DatagramSource) => {
      this.sent.push({
        at: this.now,
        socket,
        octets: hex(bytes),
        to: `${to.local.address} ${to.remote.address}`,
      });
    },
    close: (socket: number) => this.sockets.delete(socket),
  } as unknown as ControlIo;

  readonly links = new SubscriberLinks({
    io: this.io,
    dataPlane: Object.assign(new NullDataPlane(), {
      setMulticast: (socket: number, index: number, _group: Uint8Array, joins: boolean) => {
        this.joined.push(`${joins ? '+' : '-'}${index} on ${socket}`);
        return Promise.resolve();
      },
    }),
    log: silentLog,
    serverId: fromHex('000401'),
    preferredLifetime: 3600,
    validLifetime: 7200,
    interval: 600_000,
  });

  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    while (this.#due !== undefined && this.#due.at <= end) {
      this.now = Math.max(this.now, this.#due.at);
      this.#due.timed.handleTimeout(this.now);
    }
    this.now = end;
  }

  socketOf(kind: 'solicitations' | 'udp'): number {
    for (const [socket, options] of this.sockets) if (options.kind === kind) return socket;
    throw new Error(`no socket for ${kind}`);
  }

  receive(kind: 'solicitations' | 'udp', octets: string, from: string, port = 546): void {
    const zone = from.split('%')[1] ?? '';
    this.sockets.get(this.socketOf(kind))?.sink.handleDatagram(fromHex(octets), {
      remote: { address: from, port },
      local: { address: `ff02::2%${zone}`, port: 0 },
    });
  }
}

const link = (interfaceIndex: number, more: Partial<SubscriberLink> = {}): SubscriberLink => ({
  interfaceIndex,
  netns: undefined,
  localInterfaceId: 1n,
  mtu: 1460,
  grant: {
    prefix: { address: parseIpv6(`2001:db8:1:${interfaceIndex.toString(16)}::`) ?? 0n, length: 64 },
    address: undefined,
    delegated: { address: parseIpv6('2001:db8:100::') ?? 0n, length: 56 },
    dns: [],
    announced: [],
  },
  ...more,
});
const solicitation = '8500000000000000';

describe('router advertisements', () => {
  it('come at the start, three times, and then once in an interval', () => {
    const world = new World();
    world.links.add(link(7), 0);
    world.advance(60_000);
    expect(world.sent.map(({ at }) => at)).toEqual([1000, 17_000, 33_000]);
    expect(world.sent[0]?.to).toBe('fe80::1%7 ff02::1%7');
    expect(world.sent[0]?.octets).toContain('20010db8000100070000000000000000');
    world.advance(3_600_000);
    expect(world.sent.length - 3).toBeGreaterThanOrEqual(5);
    expect(world.sent.length - 3).toBeLessThanOrEqual(7);
  });

  it('of many links are spread over the interval', () => {
    const world = new World();
    for (let i = 1; i <= 1200; i++) world.links.add(link(i), 0);
    world.advance(60_000);
    world.sent.length = 0;
    world.advance(600_000);
    const perSecond = new Map<number, number>();
    for (const { at } of world.sent) {
      const second = Math.floor(at / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    expect(world.sent.length).toBeGreaterThan(1150);
    expect(world.sent.length).toBeLessThan(1250);
    expect(Math.max(...perSecond.values())).toBeLessThan(10);
    expect(new Set(world.sent.map(({ to }) => to)).size).toBeGreaterThan(1150);
  });

  it('answer a solicitation to who asked, or to all where it has no address yet', () => {
    const world = new World();
    world.links.add(link(7), 0);
    world.receive('solicitations', solicitation, 'fe80::2%7');
    world.receive('solicitations', solicitation, '::%7');
    expect(world.sent.map(({ to }) => to)).toEqual(['fe80::1%7 fe80::2%7', 'fe80::1%7 ff02::1%7']);
    world.receive('solicitations', solicitation, 'fe80::2%8');
    world.receive('solicitations', solicitation, '2001:db8::1%7');
    world.receive('solicitations', '8600000000000000', 'fe80::2%7');
    expect(world.sent).toHaveLength(2);
  });

  it('do not let one that floods have more than its share', () => {
    const world = new World();
    world.links.add(link(7), 0);
    world.links.add(link(8), 0);
    for (let i = 0; i < 100; i++) world.receive('solicitations', solicitation, 'fe80::2%7');
    world.receive('solicitations', solicitation, 'fe80::2%8');
    expect(world.sent).toHaveLength(21);
    expect(world.sent.at(-1)?.to).toBe('fe80::1%8 fe80::2%8');
  });

  it('end with the session', () => {
    const world = new World();
    world.links.add(link(7), 0);
    world.links.remove(link(7));
    world.advance(1_000_000);
    world.receive('solicitations', solicitation, 'fe80::2%7');
    expect(world.sent).toEqual([]);
  });
});

describe('DHCPv6', () => {
  const solicit =
    '01abcdef' + '0001000a00030001020304050607' + '000e0000' + '0019000c000000010000000000000000';

  it('gives what the link has, to the port that asked', () => {
    const world = new World();
    world.links.add(link(7), 0);
    world.receive('udp', solicit, 'fe80::2%7');
    expect(world.sent).toMatchObject([{ socket: world.socketOf('udp'), to: 'fe80::1%7 fe80::2%7' }]);
    expect(world.sent[0]?.octets).toContain('20010db8010000000000000000000000');
    world.receive('udp', '01ab', 'fe80::2%7');
    expect(world.sent).toHaveLength(1);
  });

  it('has interfaces join the group, 128 a socket, and frees their places', () => {
    const world = new World();
    for (let i = 1; i <= 200; i++) world.links.add(link(i), 0);
    expect(world.sockets.size).toBe(4);
    expect(new Set(world.joined.map((line) => line.split(' on ')[1])).size).toBe(2);
    for (let i = 1; i <= 199; i++) world.links.remove(link(i));
    expect(world.sockets.size).toBe(3);
    world.links.close();
    expect(world.sockets.size).toBe(0);
  });

  it('is not served where there is nothing to give', () => {
    const world = new World();
    const grant = { prefix: undefined, address: undefined, delegated: undefined, dns: [], announced: [] };
    world.links.add(link(7, { grant }), 0);
    world.receive('udp', solicit, 'fe80::2%7');
    expect(world.sent).toEqual([]);
    expect(world.joined).toEqual([]);
  });
});

it('has sockets in each other namespace for as long as there are links in it', () => {
  const world = new World();
  world.links.add(link(7), 0);
  world.links.add(link(7, { netns: 'customer' }), 0);
  const there = () => [...world.sockets.values()].filter(({ netns }) => netns === 'customer').length;
  expect(there()).toBe(3);
  world.links.remove(link(7, { netns: 'customer' }));
  expect(there()).toBe(0);
  expect(world.sockets.size).toBe(3);
});
