import { describe, expect, it } from 'vitest';
import type { Call, Tunnel, TunnelEvent, TunnelProfile } from '../../lib/l2tp/index.js';
import { utf8 } from '../../lib/wire/index.js';
import type { Random } from '../../lib/wire/index.js';
import { Pair } from '../support/l2tp-pair.js';
import type { PairNode } from '../support/l2tp-pair.js';
import { seededRandom } from '../support/random.js';

/** Seeds of each scenario; SIM_SEEDS sets another number, SIM_SEED runs one alone. */
const seeds = Number(process.env.SIM_SEEDS ?? 600);
const only = process.env.SIM_SEED === undefined ? undefined : Number(process.env.SIM_SEED);

function forEachSeed(count: number, run: (seed: number) => void): void {
  const list = only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [only];
  for (const seed of list) {
    try {
      run(seed);
    } catch (error) {
      throw new Error(`seed ${seed} (SIM_SEED=${seed} runs it alone)`, { cause: error });
    }
  }
}

const pick = <T>(random: Random, choices: readonly T[]): T => choices[random.below(choices.length)] as T;

const outgoing = { minimumBps: 1, maximumBps: 2, bearerType: 1, framingType: 1, calledNumber: '1' };

/** Calls that a node still has to answer, later. */
interface Later {
  readonly at: number;
  readonly act: (now: number) => void;
}

/**
 * Drives a node as a role would, by chance: accepts or rejects, at once or after a while; connects; sometimes hangs up
 * in the middle of things.
 */
class Driver {
  readonly later: Later[] = [];
  readonly #random: Random;
  readonly #patience: boolean;

  /** @param patience never rejects and never hangs up */
  constructor(node: PairNode, random: Random, patience: boolean) {
    this.#random = random;
    this.#patience = patience;
    node.onEvent = (_, event, now) => this.#handle(event, now);
  }

  /** Does what is due by now. */
  run(now: number): void {
    for (const task of this.later.splice(0)) {
      if (task.at <= now) task.act(now);
      else this.later.push(task);
    }
  }

  #handle(event: TunnelEvent, now: number): void {
    if (event.type === 'call-request') {
      const refuse = !this.#patience && this.#random.below(6) === 0;
      this.#soon(now, (at) => {
        if (refuse) event.call.reject({ resultCode: 2, errorCode: 4 }, at);
        else event.call.accept(at);
        if (!refuse && event.call.role === 'lac-outgoing') this.#connect(event.call, at);
      });
    } else if (event.type === 'call-accepted' && event.call.role === 'lac-incoming') {
      this.#connect(event.call, now);
    } else if (event.type === 'call-connected' && !this.#patience && this.#random.below(8) === 0) {
      this.#soon(now, (at) => event.call.close({ resultCode: 3 }, at));
    }
  }

  #connect(call: Call, now: number): void {
    this.#soon(now, (at) =>
      call.connect({ txConnectSpeed: 1_000_000, framingType: 1, rxConnectSpeed: 9 }, at),
    );
  }

  #soon(now: number, act: (now: number) => void): void {
    if (this.#random.below(2) === 0) act(now);
    else this.later.push({ at: now + this.#random.below(3000), act });
  }
}

/** A profile by chance; both ends get the same secret. */
function profile(random: Random, secret: boolean, tries: number): Partial<TunnelProfile> {
  return {
    receiveWindow: pick(random, [1, 2, 3, 4, 8, 16, 128]),
    ackDelay: pick(random, [0, 20, 200]),
    helloInterval: 20_000,
    retransmit: { first: 1000, cap: 8000, tries },
    hideAvps: random.below(2) === 0,
    ...(secret && { secret: utf8('tunnel-secret') }),
  };
}

/** Runs both drivers along with time. */
function live(pair: Pair, drivers: readonly Driver[], ms: number): void {
  const end = pair.now + ms;
  while (pair.now < end) {
    const next = Math.min(end, ...drivers.flatMap(({ later }) => later.map(({ at }) => at)));
    const waiting = drivers.reduce((sum, { later }) => sum + later.length, 0);
    pair.until(
      () => drivers.reduce((sum, { later }) => sum + later.length, 0) !== waiting,
      Math.max(0, next - pair.now),
    );
    for (const driver of drivers) driver.run(pair.now);
    pair.flush();
  }
}

/** @param quitter hangs up some of the calls, at any moment of their set-up */
function place(
  pair: Pair,
  tunnels: readonly Tunnel[],
  random: Random,
  count: number,
  quitter?: Driver,
): void {
  for (let i = 0; i < count; i++) {
    const tunnel = pick(random, tunnels);
    if (tunnel.state === 'closed' || tunnel.state === 'stopping' || tunnel.state === 'lingering') continue;
    // Both ends may be LAC or LNS for a call; the initiator of the tunnel places these.
    const call =
      random.below(3) === 0
        ? tunnel.placeOutgoingCall(outgoing, pair.now)
        : tunnel.placeIncomingCall({ callingNumber: `line ${i}` }, pair.now);
    if (quitter === undefined || random.below(4) > 0) continue;
    const at = pair.now + random.below(pick(random, [200, 2000]));
    quitter.later.push({ at, act: (now) => void call.close({ resultCode: 1 }, now) });
  }
  pair.flush();
}

/** The network clears up, and what has been lost on the way is noticed. */
function settle(pair: Pair, drivers: readonly Driver[]): void {
  Object.assign(pair.weather, { loss: 0, duplicate: 0, jitter: 0 });
  live(pair, drivers, 200_000);
}

/** Everything is closed from here, and nothing may remain at either end. */
function expectEmptyAfterClose(pair: Pair, who: PairNode): void {
  who.endpoint.close(pair.now);
  pair.advance(120_000);
  for (const node of pair.nodes) {
    expect(node.endpoint.tunnelCount, `${node.name} tunnels`).toBe(0);
    expect(node.endpoint.halfOpenCount, `${node.name} half-open`).toBe(0);
    expect(node.deadlines.size, `${node.name} deadlines`).toBe(0);
    expect([...node.ends.values()].every((times) => times === 1)).toBe(true);
  }
}

describe('LAC and LNS', () => {
  it('agree about every call, whatever the network does', { timeout: 120_000 }, () => {
    let established = 0;
    let lost = 0;
    forEachSeed(seeds, (seed) => {
      const random = seededRandom(seed * 7919);
      const secret = random.below(2) === 0;
      const tries = pick(random, [5, 5, 8]);
      const pair = new Pair({
        seed,
        weather: {
          loss: pick(random, [0, 0.05, 0.15, 0.3]),
          duplicate: pick(random, [0, 0.1, 0.3]),
          latency: pick(random, [1, 20, 150]),
          jitter: pick(random, [0, 30, 400]),
        },
        lac: { profile: profile(random, secret, tries), seed: seed + 1 },
        lns: { profile: profile(random, secret, tries), seed: seed + 2 },
      });
      const drivers = pair.nodes.map((node) => new Driver(node, seededRandom(seed + node.port), false));
      const initiator = pick(random, pair.nodes);
      const quitter = drivers[pair.nodes.indexOf(initiator)];
      const other = initiator === pair.lac ? pair.lns : pair.lac;
      const tunnels = Array.from({ length: 1 + random.below(2) }, () => pair.connect(initiator, other));
      place(pair, tunnels, random, random.below(12), quitter);
      live(pair, drivers, 5000 + random.below(10_000));
      place(pair, tunnels, random, random.below(12), quitter);
      live(pair, drivers, pick(random, [10_000, 20_000, 90_000]));
      settle(pair, drivers);
      expect(pair.mismatches()).toEqual([]);
      established += pair.establishedCalls(pair.lac).length;
      lost += pair.lac.endpoint.counters.tunnelsLost + pair.lns.endpoint.counters.tunnelsLost;
      expectEmptyAfterClose(pair, pick(random, pair.nodes));
    });
    // The weather is foul enough to lose tunnels, and fair enough for calls.
    if (only === undefined) {
      expect(established).toBeGreaterThan(seeds * 3);
      expect(lost).toBeGreaterThan(0);
    }
  });

  it('bring up every call while the tunnel holds', { timeout: 120_000 }, () => {
    forEachSeed(seeds / 6, (seed) => {
      const random = seededRandom(seed * 104_729);
      const patient = { ...profile(random, true, 40), callTimeout: 600_000, setupTimeout: 600_000 };
      const pair = new Pair({
        seed,
        weather: { loss: 0.3, duplicate: 0.1, latency: 20, jitter: pick(random, [0, 100]) },
        lac: { profile: patient },
        lns: { profile: { ...patient, ...profile(random, true, 40) } },
      });
      const drivers = pair.nodes.map((node) => new Driver(node, seededRandom(seed), true));
      const tunnel = pair.connect(pair.lac, pair.lns);
      place(pair, [tunnel], random, 20);
      live(pair, drivers, 400_000);
      expect(pair.establishedCalls(pair.lac)).toHaveLength(20);
      expect(pair.mismatches()).toEqual([]);
      expect(pair.statistics.lost).toBeGreaterThan(0);
    });
  });
});

describe('a restarted end', () => {
  it('takes the place of the one that it was, with the ids that it had', { timeout: 120_000 }, () => {
    forEachSeed(seeds / 2, (seed) => {
      const random = seededRandom(seed * 15_485_863);
      const secret = random.below(2) === 0;
      const pair = new Pair({
        seed,
        weather: {
          loss: pick(random, [0, 0.1, 0.3]),
          duplicate: pick(random, [0, 0.2]),
          latency: 20,
          jitter: pick(random, [0, 100]),
        },
        lac: { profile: profile(random, secret, 5) },
        lns: { profile: profile(random, secret, 5) },
      });
      const drivers = pair.nodes.map((node) => new Driver(node, seededRandom(seed), false));
      for (let round = 0; round < 3; round++) {
        const tunnel = pair.connect(pair.lac, pair.lns);
        place(pair, [tunnel], random, random.below(6));
        // The ids are the same in each life: they come from the same seed.
        live(pair, drivers, pick(random, [50, 300, 2000, 15_000, 70_000]));
        const victim = pick(random, [pair.lac, pair.lac, pair.lns]);
        for (const driver of drivers) driver.later.length = 0;
        pair.restart(victim);
      }
      const tunnel = pair.connect(pair.lac, pair.lns);
      place(pair, [tunnel], random, 3);
      live(pair, drivers, 20_000);
      settle(pair, drivers);
      expect(pair.mismatches()).toEqual([]);
      expectEmptyAfterClose(pair, pair.lac);
    });
  });
});

describe('both ends that open a tunnel at once', () => {
  it('agree which remains, where there are tie breakers', { timeout: 60_000 }, () => {
    forEachSeed(seeds / 4, (seed) => {
      const random = seededRandom(seed * 31_337);
      const [ours, theirs] = [random.below(3) > 0, random.below(3) > 0];
      const common = {
        retransmit: { first: 1000, cap: 8000, tries: 12 },
        helloInterval: 20_000,
        setupTimeout: 120_000,
      };
      const pair = new Pair({
        seed,
        weather: { loss: pick(random, [0, 0.1]), latency: 50, jitter: pick(random, [0, 40]) },
        lac: { profile: { ...common, tieBreaker: ours }, seed },
        lns: { profile: { ...common, tieBreaker: theirs }, seed: seed + 9999 },
      });
      pair.connect(pair.lac, pair.lns);
      pair.advance(random.below(40));
      pair.connect(pair.lns, pair.lac);
      pair.advance(30_000);
      settle(pair, []);
      expect(pair.mismatches()).toEqual([]);
      const up = [...pair.lac.endpoint.tunnels()].filter((tunnel) => tunnel.established).length;
      // With loss one of the requests may come when the other tunnel is up, where it breaks no tie.
      if (pair.statistics.lost === 0) expect(up).toBe(ours || theirs ? 1 : 2);
      else expect([1, 2]).toContain(up);
    });
  });
});
