import type { DataPlaneSession, SessionStats, StatsTable } from '../kernel/index.js';
import type { L2tpBearer } from '../tunnels/index.js';
import type { ForwardedSubscriber } from '../lns/index.js';
import { withoutAddressAndControl } from '../ppp/index.js';

/** Frames of either direction that wait while the kernel's bridge is being made. */
const maxHeld = 32;

type State =
  | { readonly kind: 'relaying' | 'bridged' | 'closed' }
  | { readonly kind: 'bridging'; readonly held: (() => void)[] };

/** What becomes of a {@link Relay}. */
export interface RelayOwner {
  handleBridged(): void;
  handleBridgeFailed(error: unknown): void;
}

/**
 * The two legs of a carried subscriber. Until the LNS has let the subscriber in, which its first network control
 * frame shows, frames are handed over here, so that failed log-ins cost no kernel objects; then the kernel joins the
 * channels of both legs (PPPIOCBRIDGECHAN), and only frames that it leaves to us still come by.
 */
export class Relay {
  readonly #subscriber: ForwardedSubscriber;
  readonly #lns: L2tpBearer;
  readonly #owner: RelayOwner;
  #state: State = { kind: 'relaying' };
  #kernel: DataPlaneSession | undefined;

  constructor(subscriber: ForwardedSubscriber, lns: L2tpBearer, owner: RelayOwner) {
    this.#subscriber = subscriber;
    this.#lns = lns;
    this.#owner = owner;
  }

  fromSubscriber(frame: Uint8Array): void {
    this.#pass(withoutAddressAndControl(frame), (octets) => this.#lns.sendFrame(octets));
  }

  fromLns(frame: Uint8Array): void {
    const octets = withoutAddressAndControl(frame);
    if (this.#state.kind === 'relaying' && isNetworkControl(octets)) this.#bridge();
    this.#pass(octets, (held) => this.#subscriber.bearer.sendFrame(held));
  }

  /** Of the leg to the LNS, as the subscriber sees it. */
  async stats(): Promise<SessionStats | undefined> {
    return reversed(await this.#kernel?.stats());
  }

  /** The same, out of the counters of all sessions. */
  statsIn(all: StatsTable): SessionStats | undefined {
    return this.#kernel && reversed(all.get(this.#kernel.statsKey));
  }

  /** Takes the kernel's session of the leg to the LNS away; the subscriber's is its own. @returns the last counters */
  async close(): Promise<SessionStats | undefined> {
    this.#state = { kind: 'closed' };
    const stats = await this.stats().catch(() => undefined);
    await this.#kernel?.close();
    return stats;
  }

  #pass(frame: Uint8Array, send: (frame: Uint8Array) => void): void {
    if (this.#state.kind === 'closed') return;
    if (this.#state.kind !== 'bridging') {
      send(frame);
      return;
    }
    const { held } = this.#state;
    // The octets belong to the call.
    const copy = frame.slice();
    if (held.length < maxHeld) held.push(() => send(copy));
  }

  #bridge(): void {
    const held: (() => void)[] = [];
    this.#state = { kind: 'bridging', held };
    this.#openBridge().then(
      () => {
        if (this.#state.kind !== 'bridging') return;
        this.#state = { kind: 'bridged' };
        this.#owner.handleBridged();
        for (const send of held) send();
      },
      (error: unknown) => {
        if (this.#state.kind === 'bridging') this.#owner.handleBridgeFailed(error);
      },
    );
  }

  async #openBridge(): Promise<void> {
    const [subscriber, lns] = await Promise.allSettled([
      this.#subscriber.openChannel(),
      this.#lns.openSession({}),
    ]);
    if (lns.status === 'fulfilled') {
      this.#kernel = lns.value;
      if (this.#state.kind === 'closed') await lns.value.close();
    }
    if (subscriber.status === 'rejected') throw subscriber.reason;
    if (lns.status === 'rejected') throw lns.reason;
    if (this.#state.kind !== 'closed') await lns.value.bridge(subscriber.value);
  }
}

/** What goes to the LNS comes from the subscriber. */
const reversed = (stats: SessionStats | undefined): SessionStats | undefined =>
  stats && {
    ...stats,
    rxPackets: stats.txPackets,
    rxBytes: stats.txBytes,
    rxErrors: stats.txErrors,
    txPackets: stats.rxPackets,
    txBytes: stats.rxBytes,
    txErrors: stats.rxErrors,
  };

/** Network control protocols are those from 8000 to BFFF (RFC 1661 section 2). */
const isNetworkControl = (frame: Uint8Array): boolean => ((frame[0] ?? 0) & 0xc0) === 0x80;
