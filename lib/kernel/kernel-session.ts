import type { FrameSink } from '../io/index.js';
import { show } from './address.js';
import type { PppUnit, PppUnitOptions, SessionStats } from './data-plane.js';
import type { IdleTime, KernelDataSession } from './data-session.js';
import type { SequencingOptions } from './genl.js';
import { Listeners } from './listeners.js';
import { checkAddressing, checkPair, checkRate, checkSequencing, checkUnitOptions } from './validate.js';

/** What a session tells. */
export type KernelSessionEvents = {
  /**
   * A PPP control frame of the peer, from its protocol field on: LCP, authentication, NCPs. Without an interface all
   * frames come here. The octets belong to the call: copy what has to outlive it.
   */
  frame(frame: Uint8Array): void;
  /** The kernel took the session or its interface away. */
  hangup(): void;
  close(): void;
};

/** An interface for a session. The rest is as in {@link PppUnitOptions}. */
export interface AttachOptions extends Partial<Omit<PppUnitOptions, 'addresses' | 'ipv4'>> {
  /** Our address on the interface, IPv4 or IPv6. */
  readonly local?: string;
  /** The peer's, of the same family; the kernel routes it through the interface. */
  readonly peer?: string;
}

/** IP packets that fit into an Ethernet frame with outer IPv4, UDP, L2TP and PPP headers, to be safe two octets less. */
const defaultMtu = 1460;
/** Sequence numbers make the L2TP header four octets longer. */
const defaultSequencedMtu = 1456;
/** Protocols from here on are the link's own, and never pass through an interface (RFC 1661 section 2). */
const firstLinkProtocol = 0xc000;
const protocolLength = 2;

/** What a session needs of its tunnel. @internal */
export interface SessionOwner {
  /** `toUnit`: through the interface, if there is one. */
  writeFrame(session: KernelDataSession, frame: Uint8Array, toUnit: boolean): void;
  /** The session is closed. */
  forget(session: KernelSession): void;
}

/** A session of a {@link KernelTunnel}, with or without an interface. */
export class KernelSession implements FrameSink, AsyncDisposable {
  readonly sessionId: number;
  readonly peerSessionId: number;
  readonly #owner: SessionOwner;
  readonly #sequenced: boolean;
  #session: KernelDataSession | undefined;
  #listeners: Listeners<KernelSessionEvents> | undefined;
  #closing: Promise<void> | undefined;
  #hungUp = false;

  /** @internal Sessions are made by `KernelTunnel.addSession`. */
  constructor(sessionId: number, peerSessionId: number, sequenced: boolean, owner: SessionOwner) {
    this.sessionId = sessionId;
    this.peerSessionId = peerSessionId;
    this.#sequenced = sequenced;
    this.#owner = owner;
  }

  /** @internal */
  adopt(session: KernelDataSession): void {
    this.#session = session;
  }

  /** The session in the data plane, for {@link bridge}. @throws Error when it is closed */
  get data(): KernelDataSession {
    const session = this.#session;
    if (session === undefined || this.#closing !== undefined || session.closed) {
      throw new Error(`session ${this.sessionId} is closed`);
    }
    return session;
  }

  /** The interface, once there is one. */
  get unit(): PppUnit | undefined {
    return this.#session?.unit;
  }

  get closed(): boolean {
    return this.#closing !== undefined || this.#session?.closed === true;
  }

  /**
   * Makes the session's interface: name, MTU, addresses, routes, up. All or nothing.
   *
   * @throws KernelError, TypeError, RangeError
   */
  async attachPpp(options: AttachOptions = {}): Promise<PppUnit> {
    const { local, peer, ...rest } = options;
    if ((local === undefined) !== (peer === undefined)) throw new TypeError('local and peer belong together');
    if (local !== undefined) checkPair(local, peer);
    const mtu = options.mtu ?? (this.#sequenced ? defaultSequencedMtu : defaultMtu);
    // Whoever configures by hand may add addresses of either family later.
    const protocols = options.protocols ?? ['ipv4', 'ipv6'];
    const ipv4 =
      local !== undefined && peer !== undefined && !local.includes(':') ? { local, peer } : undefined;
    const unit: PppUnitOptions = {
      ...rest,
      mtu,
      protocols,
      ...(ipv4 && { ipv4 }),
      ...(local !== undefined && peer !== undefined && !ipv4 && { addresses: [{ local, peer }] }),
    };
    checkUnitOptions(unit);
    return this.data.attachPpp(unit);
  }

  /** Adds addresses and routes, takes routes away, or changes the MTU or the rate. @throws KernelError, TypeError, RangeError */
  async update(change: Parameters<KernelDataSession['updatePpp']>[0]): Promise<void> {
    checkAddressing(change);
    if (change.rate !== undefined) checkRate(change.rate, 'rate');
    await this.data.updatePpp(change);
  }

  /** Changes sequencing while the session lives. @throws KernelError, TypeError, RangeError */
  async setSequencing(options: SequencingOptions): Promise<void> {
    checkSequencing(options);
    await this.data.setSequencing(options);
  }

  /** Counters of the kernel's session. @throws KernelError */
  async stats(): Promise<SessionStats> {
    return this.data.stats();
  }

  /** How long the interface has carried nothing. @throws KernelError */
  async idle(): Promise<IdleTime> {
    return this.data.idle();
  }

  /**
   * Sends a PPP frame, from its protocol field on. Network control protocols and IP pass through the interface, if
   * there is one; all else goes straight into the tunnel.
   *
   * @throws TypeError, RangeError; Error on a bridged session, which has no descriptor for frames
   */
  writeFrame(frame: Uint8Array): void {
    if (!(frame instanceof Uint8Array)) throw new TypeError(`frame must be a Uint8Array, not ${show(frame)}`);
    if (frame.length < protocolLength)
      throw new RangeError('frame must begin with a PPP protocol of two octets');
    const protocol = ((frame[0] as number) << 8) | (frame[1] as number);
    const session = this.data;
    if (session.channel === 0) throw new Error(`session ${this.sessionId} is bridged`);
    this.#owner.writeFrame(session, frame, protocol < firstLinkProtocol);
  }

  on<K extends keyof KernelSessionEvents>(event: K, listener: KernelSessionEvents[K]): this {
    this.#listeners ??= new Listeners();
    this.#listeners.add(event, listener);
    return this;
  }

  off<K extends keyof KernelSessionEvents>(event: K, listener: KernelSessionEvents[K]): this {
    this.#listeners?.remove(event, listener);
    return this;
  }

  /** Removes interface, session and descriptors. Safe to call again, and while something is under way. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  handleFrame(frame: Uint8Array): void {
    this.#listeners?.emit('frame', frame);
  }

  /** @internal */
  handleHangup(): void {
    // Channel and interface each hang up.
    if (this.#hungUp || this.closed) return;
    this.#hungUp = true;
    this.#listeners?.emit('hangup');
  }

  async #close(): Promise<void> {
    try {
      await this.#session?.close();
    } finally {
      this.#owner.forget(this);
      this.#listeners?.emit('close');
    }
  }
}
