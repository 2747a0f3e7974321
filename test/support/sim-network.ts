import type { SocketAddress } from '../../lib/io/index.js';
import type { Random } from '../../lib/wire/index.js';
import { Heap } from './heap.js';
import { seededRandom } from './random.js';
import { type SimDatagram, SimHost } from './sim-host.js';

export { type SimDatagram, SimHost } from './sim-host.js';

/** What the simulated links do to datagrams. Chances are from 0 to 1; times are whole ms of virtual time. */
export interface SimLink {
  /** One way. Default 10. */
  readonly latency?: number;
  /** Each datagram takes up to this much longer, so that they overtake each other. Default 0. */
  readonly jitter?: number;
  readonly loss?: number;
  readonly duplicate?: number;
  /** Chance that a datagram is held back by `reorderDelay` more. */
  readonly reorder?: number;
  /** Default four latencies. */
  readonly reorderDelay?: number;
}

export interface SimStatistics {
  sent: number;
  delivered: number;
  lost: number;
  duplicated: number;
  /** Nobody had a socket for them. */
  refused: number;
}

interface Delivery extends SimDatagram {
  readonly at: number;
  readonly order: number;
  /** Says that nobody took a datagram of the socket that sent from `to` to `from`. */
  readonly unreachable: boolean;
}

/**
 * Hosts joined by a network in virtual time: real {@link ControlIo}s for the code under test, but nothing happens
 * except in {@link SimNetwork.advance}, and the same seed gives the same run. Sockets are chosen as the kernel does:
 * a connected one before a listener, a listener on the exact address before a wildcard, the newest of equals. Unlike
 * the kernel it filters nothing and has no PPP: see {@link SimHost.openFrames}.
 */
export class SimNetwork {
  readonly statistics: SimStatistics = { sent: 0, delivered: 0, lost: 0, duplicated: 0, refused: 0 };
  /** May be exchanged at any time. */
  link: SimLink;
  /** Sees every datagram when it is sent; `false` loses it. For captures, partitions and loss that a test aims. */
  tap: ((datagram: SimDatagram) => boolean | void) | undefined;
  readonly #random: Random;
  readonly #hosts: SimHost[] = [];
  readonly #deliveries = new Heap<Delivery>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  #now = 0;
  #order = 0;

  constructor(options: { readonly seed?: number; readonly random?: Random; readonly link?: SimLink } = {}) {
    this.#random = options.random ?? seededRandom(options.seed ?? 1);
    this.link = options.link ?? {};
  }

  /** Virtual monotonic ms. */
  get now(): number {
    return this.#now;
  }

  /** A host with its addresses; the first of a family is the one that wildcards send from. */
  addHost(...addresses: readonly string[]): SimHost {
    const host = new SimHost(this, addresses);
    this.#hosts.push(host);
    return host;
  }

  /** Power off: the host neither sends nor receives any more, and another may have its addresses. */
  removeHost(host: SimHost): void {
    const at = this.#hosts.indexOf(host);
    if (at >= 0) this.#hosts.splice(at, 1);
  }

  /** Lets `ms` pass: everything that is due until then happens, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    this.#settle();
    for (let next = this.#next(); next <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next);
      this.#step();
    }
    this.#now = end;
  }

  /**
   * {@link SimNetwork.advance} for code with promises: they settle, in their turn, before the next thing happens.
   * With `until` it ends as soon as that holds.
   * @returns whether `until` holds
   */
  async run(ms: number, until: () => boolean = () => false): Promise<boolean> {
    const end = this.#now + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#settle();
      if (until()) return true;
      const next = this.#next();
      if (next > end) break;
      this.#now = Math.max(this.#now, next);
      this.#step();
    }
    this.#now = end;
    return false;
  }

  /** Takes a datagram from a host's socket. */
  transmit(from: SocketAddress, to: SocketAddress, bytes: Uint8Array): void {
    this.statistics.sent++;
    const datagram = { from, to, bytes };
    const { loss = 0, duplicate = 0 } = this.link;
    if (this.tap?.(datagram) === false || this.#chance(loss)) {
      this.statistics.lost++;
      return;
    }
    this.#carry(datagram);
    if (this.#chance(duplicate)) {
      this.statistics.duplicated++;
      this.#carry(datagram);
    }
  }

  #carry(datagram: SimDatagram, unreachable = false): void {
    const { latency = 10, jitter = 0, reorder = 0, reorderDelay = 4 * latency } = this.link;
    let delay = latency;
    if (jitter > 0) delay += this.#random.below(jitter + 1);
    if (this.#chance(reorder)) delay += reorderDelay;
    this.#deliveries.push({ ...datagram, at: this.#now + delay, order: this.#order++, unreachable });
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.#random.below(1_000_000) < probability * 1_000_000;
  }

  /** The next time at which something happens. */
  #next(): number {
    let next = this.#deliveries.first?.at ?? Infinity;
    for (const host of this.#hosts) next = Math.min(next, host.nextExpiry());
    return next;
  }

  /** One instant: each host gets all that is due for it within one turn. */
  #step(): void {
    for (let first = this.#deliveries.first; first && first.at <= this.#now; first = this.#deliveries.first) {
      this.#deliveries.pop();
      this.#deliver(first);
    }
    for (const host of this.#hosts) host.expire();
    this.#settle();
  }

  #settle(): void {
    for (const host of this.#hosts) host.endTurn();
  }

  #deliver(delivery: Delivery): void {
    const host = this.#hosts.find((each) => each.has(delivery.to.address));
    if (delivery.unreachable) {
      host?.refused(delivery);
    } else if (host?.receive(delivery)) {
      this.statistics.delivered++;
    } else {
      this.statistics.refused++;
      // ICMP port unreachable; a host that is not there says nothing.
      if (host && !host.silent) {
        this.#carry({ from: delivery.to, to: delivery.from, bytes: delivery.bytes }, true);
      }
    }
  }
}
