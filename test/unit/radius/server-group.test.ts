import { describe, expect, it } from 'vitest';
import {
  code,
  type GroupEvent,
  type GroupRequest,
  type GroupTransmit,
  parsePacket,
  response,
  ServerGroup,
  type ServerOptions,
} from '../../../lib/radius/index.js';
import { utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';

const server = (name: string, extra: Partial<ServerOptions> = {}): ServerOptions => ({
  name,
  secret: utf8(`secret of ${name}`),
  priority: 0,
  weight: 1,
  timeout: 1000,
  retries: 2,
  deadTime: 30_000,
  statusServer: false,
  requireMessageAuthenticator: true,
  ...extra,
});

/** A group whose servers answer, or do not, in virtual time. */
class World {
  readonly servers: ServerOptions[];
  readonly group: ServerGroup<GroupRequest>;
  readonly silent = new Set<number>();
  readonly seen: GroupTransmit[] = [];
  readonly events: GroupEvent<GroupRequest>[] = [];
  now = 0;

  constructor(...servers: ServerOptions[]) {
    this.servers = servers;
    this.group = new ServerGroup(servers, seededRandom(1));
  }

  request(extra: Partial<GroupRequest> = {}): GroupRequest {
    return { code: code.accessRequest, attributes: () => new Uint8Array(0), ...extra };
  }

  ask(request = this.request()): GroupRequest {
    this.group.send(request, this.now);
    this.drain();
    return request;
  }

  /** Other servers; `servers` then has them by index, old and new. */
  reconfigure(...servers: ServerOptions[]): number[] {
    const indices = this.group.reconfigure(servers, this.now);
    for (const [at, index] of indices.entries()) this.servers[index] = servers[at] as ServerOptions;
    this.drain();
    return indices;
  }

  drain(): void {
    for (let out = this.group.pollTransmit(); out !== undefined; out = this.group.pollTransmit()) {
      this.seen.push(out);
      if (!this.silent.has(out.server)) this.answer(out);
    }
    for (let event = this.group.pollEvent(); event !== undefined; event = this.group.pollEvent()) {
      this.events.push(event);
    }
  }

  answer(out: GroupTransmit, answerCode?: number, secret = this.servers[out.server]?.secret): void {
    const packet = parsePacket(out.bytes);
    const reply =
      answerCode ?? (packet.code === code.accountingRequest ? code.accountingResponse : code.accessAccept);
    const octets = response(reply, packet, new Uint8Array(0), secret ?? new Uint8Array(0));
    this.group.handleDatagram(out.server, out.slot, octets, this.now + 10);
  }

  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.group.pollTimeout();
      if (next === undefined || next > end) break;
      this.now = next;
      this.group.handleTimeout(next);
      this.drain();
    }
    this.now = end;
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }
}

describe('a group of servers', () => {
  it('asks the preferred one', () => {
    const world = new World(server('b', { priority: 1 }), server('a'));
    world.ask();
    expect(world.events).toMatchObject([{ kind: 'reply', server: 1 }]);
  });

  it('shares by weight', () => {
    const world = new World(server('a', { weight: 3 }), server('b'));
    for (let i = 0; i < 400; i++) world.ask();
    const first = world.seen.filter((out) => out.server === 0).length;
    expect(first).toBeGreaterThan(250);
    expect(first).toBeLessThan(350);
  });

  it('repeats the same octets, each wait twice the last, then asks the next one', () => {
    const world = new World(server('a'), server('b', { priority: 1 }));
    world.silent.add(0);
    world.ask();
    world.run(2500);
    expect(world.seen).toHaveLength(2);
    expect(world.seen[1]).toEqual(world.seen[0]);
    world.run(6000);
    expect(world.seen.map((out) => out.server)).toEqual([0, 0, 0, 1]);
    expect(world.kinds()).toEqual(['server-dead', 'reply']);
    expect(world.group.inFlight).toBe(0);
  });

  it('moves everything in flight from a dead server, and comes back to it later', () => {
    const world = new World(server('a'), server('b', { priority: 1 }));
    world.silent.add(0);
    for (let i = 0; i < 300; i++) world.ask();
    world.run(8000);
    expect(world.events.filter(({ kind }) => kind === 'reply')).toHaveLength(300);
    expect(world.group.status()[0]).toMatchObject({ state: 'dead', inFlight: 0 });
    world.ask();
    expect(world.events.at(-1)).toMatchObject({ kind: 'reply', server: 1 });
    world.silent.clear();
    world.run(31_000);
    expect(world.kinds().at(-1)).toBe('server-up');
    world.ask();
    expect(world.events.at(-1)).toMatchObject({ kind: 'reply', server: 0 });
  });

  it('asks a dead server for signs of life', () => {
    const world = new World(server('a', { statusServer: true, deadTime: 600_000 }));
    world.silent.add(0);
    world.ask();
    world.run(20_000);
    expect(world.kinds()).toEqual(['failed', 'server-dead']);
    const probes = world.seen.filter((out) => out.bytes[0] === code.statusServer);
    expect(probes.length).toBeGreaterThan(1);
    world.silent.clear();
    world.run(6000);
    expect(world.kinds().at(-1)).toBe('server-up');
    const seen = world.seen.length;
    world.run(60_000);
    expect(world.seen).toHaveLength(seen);
  });

  it('keeps more than 256 in flight, by source port, and uses no identifier twice', () => {
    const world = new World(server('a'));
    world.silent.add(0);
    for (let i = 0; i < 1000; i++) world.ask();
    world.run(400);
    const places = new Set(world.seen.map((out) => `${out.slot}/${out.bytes[1]}`));
    expect(places.size).toBe(1000);
    for (const out of world.seen.slice(0, 1000)) world.answer(out);
    world.drain();
    expect(world.events.filter(({ kind }) => kind === 'reply')).toHaveLength(1000);
    expect(world.group.status()[0]?.inFlight).toBe(0);
  });

  it('sends a burst, then more as answers come, and further bursts only to a server that is quiet', () => {
    const world = new World(server('a'), server('b', { priority: 1 }));
    world.silent.add(0);
    const asked = Array.from({ length: 400 }, () => world.ask());
    expect(world.seen).toHaveLength(128);
    for (const out of world.seen.slice(0, 31)) world.answer(out);
    world.drain();
    expect(world.seen).toHaveLength(128);
    world.answer(world.seen[31] as GroupTransmit);
    world.drain();
    expect(world.seen).toHaveLength(160);
    // They were answered at 10 ms.
    world.run(29);
    expect(world.seen).toHaveLength(160);
    for (const request of asked.slice(160, 170)) world.group.cancel(request);
    world.run(2);
    expect(world.seen).toHaveLength(288);
    world.run(40);
    expect(world.seen).toHaveLength(390);
    expect(world.group.status()[0]).toMatchObject({ requests: 400, inFlight: 358 });
    // The server goes: what waits for its turn is asked of another one too.
    const late = Array.from({ length: 100 }, () => world.ask());
    world.run(10_000);
    const unheard = asked.length - 42 + late.length;
    expect(world.events.filter((event) => event.kind === 'reply' && event.server === 1)).toHaveLength(
      unheard,
    );
    expect(world.group.status()).toMatchObject([{ inFlight: 0 }, { inFlight: 0 }]);
    expect(world.group.inFlight).toBe(0);
  });

  it('drops answers that nobody asked for, that are forged, or come twice', () => {
    const world = new World(server('a'));
    world.silent.add(0);
    world.ask();
    const [out] = world.seen as [GroupTransmit];
    world.answer({ ...out, slot: 5 });
    world.answer(out, code.accessAccept, utf8('another secret'));
    world.answer(out, code.accountingResponse);
    world.group.handleDatagram(0, 0, Uint8Array.of(2, 0, 0), 1);
    world.drain();
    expect(world.kinds()).toEqual(['forged']);
    world.answer(out);
    world.answer(out);
    world.drain();
    expect(world.kinds()).toEqual(['forged', 'reply']);
    expect(world.group.status()[0]).toMatchObject({ unmatched: 3, forged: 1, malformed: 1, accepts: 1 });
  });

  it('says why when every answer is forged', () => {
    const world = new World(server('a'));
    world.silent.add(0);
    const request = world.ask();
    world.answer(world.seen[0] as GroupTransmit, code.accessAccept, utf8('another secret'));
    world.run(20_000);
    const failed = world.events.find(({ kind }) => kind === 'failed');
    expect(failed).toMatchObject({ request, reason: expect.stringMatching(/another secret\?/) as string });
  });

  it('takes an answer without Message-Authenticator only where that is allowed', () => {
    for (const required of [true, false]) {
      const world = new World(server('a', { requireMessageAuthenticator: required }));
      world.silent.add(0);
      world.ask(world.request({ code: code.accountingRequest }));
      expect(world.seen).toHaveLength(1);
      world.answer(world.seen[0] as GroupTransmit);
      world.drain();
      expect(world.kinds()).toEqual(['reply']);
    }
  });

  it('forgets what is cancelled', () => {
    const world = new World(server('a'));
    world.silent.add(0);
    const request = world.ask();
    world.group.cancel(request);
    world.answer(world.seen[0] as GroupTransmit);
    world.run(60_000);
    expect(world.kinds()).toEqual([]);
    expect(world.group.pollTimeout()).toBeUndefined();
  });
});

describe('a group of servers that change', () => {
  it('asks others at once, and keeps what it knows of those that stay', () => {
    const world = new World(server('a'), server('b', { priority: 1 }));
    world.silent.add(0);
    world.ask();
    world.run(8000);
    expect(world.kinds()).toEqual(['server-dead', 'reply']);
    expect(world.reconfigure(server('c', { priority: 2 }), server('a', { weight: 5 }))).toEqual([2, 0]);
    expect(world.group.status()).toMatchObject([
      { name: 'c', state: 'up', requests: 0 },
      { name: 'a', state: 'dead', requests: 1, timeouts: 1 },
    ]);
    world.ask();
    expect(world.events.at(-1)).toMatchObject({ kind: 'reply', server: 2 });
    world.silent.clear();
    world.run(60_000);
    world.ask();
    expect(world.events.at(-1)).toMatchObject({ kind: 'reply', server: 0 });
  });

  it('takes the answer of one that has left, which is asked nothing new, and then forgets it', () => {
    const world = new World(server('a'));
    world.silent.add(0);
    const request = world.ask();
    world.reconfigure(server('b'));
    world.ask();
    expect(world.seen.map((out) => out.server)).toEqual([0, 1]);
    world.answer(world.seen[0] as GroupTransmit);
    world.drain();
    expect(world.events.filter(({ kind }) => kind === 'reply')).toMatchObject([
      { server: 1 },
      { server: 0, request },
    ]);
    expect(world.group.status().map(({ name }) => name)).toEqual(['b']);
    world.run(60_000);
    expect(world.events.at(-1)).toEqual({ kind: 'server-gone', server: 0 });
    expect(world.group.pollTimeout()).toBeUndefined();
    world.answer(world.seen[0] as GroupTransmit);
    world.drain();
    expect(world.events.at(-1)?.kind).toBe('server-gone');
  });

  it('asks a new one what one that has left does not answer, even at the same address', () => {
    const world = new World(server('a'));
    world.silent.add(0);
    const request = world.ask();
    world.reconfigure(server('a', { secret: utf8('a new secret') }));
    world.answer(world.seen[0] as GroupTransmit, code.accessAccept, utf8('a new secret'));
    world.run(60_000);
    expect(world.events).toMatchObject([
      { kind: 'forged' },
      { kind: 'reply', request, server: 1 },
      { kind: 'server-gone', server: 0 },
    ]);
  });

  it('lets a conversation end with the server that it is with', () => {
    const world = new World(server('a'));
    world.ask();
    world.reconfigure(server('b'));
    const request = world.ask(world.request({ server: 0 }));
    expect(world.events.at(-1)).toMatchObject({ kind: 'reply', server: 0, request });
    world.run(60_000);
    world.ask(world.request({ server: 0 }));
    expect(world.events.at(-1)).toMatchObject({ kind: 'failed' });
  });

  it('may have no servers any more', () => {
    const world = new World(server('a'));
    world.reconfigure();
    expect(world.group.available).toBe(false);
    world.ask();
    expect(world.events).toMatchObject([{ kind: 'failed', reason: 'there is no RADIUS server' }]);
  });
});
