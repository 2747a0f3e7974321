import type { DatagramSource } from '../io/index.js';
import type { PacketCapture } from '../kernel/index.js';
import { decodeHeader, peekAssignedSessionId } from '../l2tp/index.js';
import type { EndReason, MessageDirection, MessageTap, PppCall } from '../tunnels/index.js';

/** What a monitor has to know of a session. */
export interface MonitoredSession {
  readonly id: string;
  /** `undefined` until the subscriber has said it. */
  readonly user: string | undefined;
  readonly tunnelId: number | undefined;
  readonly sessionId: number;
  readonly peerSessionId: number;
  readonly callingNumber: string | undefined;
  readonly peerAddress: string;
  readonly interfaceName: string | undefined;
  /** Captures the packets of its interface. @throws KernelError; Error while there is none */
  capture(snapLength: number): PacketCapture;
}

/** Which sessions are watched: those that match every given field, also sessions that begin later. */
export interface SessionSelector {
  readonly id?: string;
  readonly user?: string;
  readonly callingNumber?: string;
  readonly peerAddress?: string;
  /** Also messages that concern no session, of the tunnels that the sessions are in. */
  readonly tunnelMessages?: boolean;
}

interface Message {
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  readonly direction: MessageDirection;
  readonly bytes: Uint8Array;
}

/** What a watch is told. The octets belong to the call: copy what has to outlive it. */
export type MonitorEvent =
  | (Message & {
      readonly kind: 'control';
      readonly path: DatagramSource;
      /** Ours. */
      readonly tunnelId: number | undefined;
      /** `undefined` where the message concerns the tunnel. */
      readonly session: MonitoredSession | undefined;
    })
  /** A PPP frame from its protocol field on. */
  | (Message & { readonly kind: 'ppp'; readonly session: MonitoredSession })
  | {
      readonly kind: 'end';
      readonly time: number;
      readonly session: MonitoredSession;
      readonly reason: EndReason;
    };

export type MonitorListener = (event: MonitorEvent) => void;

export interface SessionMonitorOptions {
  /** Who is shown every message; the monitor is among them while somebody watches. */
  readonly taps: Set<MessageTap>;
  /** The sessions that there are. */
  readonly sessions: () => Iterable<MonitoredSession>;
  /** The session that a call belongs to. */
  readonly sessionOf: (call: PppCall) => MonitoredSession | undefined;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** Gets what a listener throws. */
  readonly onError: (error: unknown) => void;
}

/** Watches at once. */
const maxWatches = 16;
/** Kept of a session whose user is not known yet, while that may be the one; and the same of all of them, in octets. */
const maxEarlyMessages = 64;
const maxEarlyOctets = 4 << 20;
/** Requests of calls whose session is about to begin. */
const maxRequests = 256;

/** So many watch already. */
export class TooManyWatchesError extends Error {
  override name = 'TooManyWatchesError';
}

interface Watch {
  readonly selector: SessionSelector;
  readonly listener: MonitorListener;
  /** Of sessions that match, where their messages are wanted. */
  readonly tunnels: Set<number>;
}

type Match = 'yes' | 'no' | 'unknown';

/**
 * Shows what is said in the sessions that somebody watches. A session whose user is wanted is watched from its first
 * message on: what it says before its user is known is kept until then. While nobody watches, it costs nothing.
 */
export class SessionMonitor implements MessageTap {
  readonly #options: SessionMonitorOptions;
  readonly #clock: () => number;
  readonly #watches = new Set<Watch>();
  /** By our ids and by the peer's, each of tunnel and call. */
  readonly #byOurs = new Map<number, MonitoredSession>();
  readonly #byPeers = new Map<number, MonitoredSession>();
  readonly #early = new Map<MonitoredSession, MonitorEvent[]>();
  #earlyOctets = 0;
  /** By the peer's ids. */
  readonly #requests = new Map<number, MonitorEvent & { readonly kind: 'control' }>();

  constructor(options: SessionMonitorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.timeOrigin + performance.now());
  }

  /**
   * @returns ends the watch; safe to call again
   * @throws TooManyWatchesError
   */
  watch(selector: SessionSelector, listener: MonitorListener): () => void {
    if (this.#watches.size >= maxWatches)
      throw new TooManyWatchesError(`${maxWatches} traces and captures run already`);
    const watch: Watch = { selector, listener, tunnels: new Set() };
    if (this.#watches.size === 0) {
      this.#options.taps.add(this);
      for (const session of this.#options.sessions()) this.#index(session);
    }
    this.#watches.add(watch);
    for (const session of this.#options.sessions()) {
      if (match(selector, session) === 'yes') noteTunnel(watch, session);
    }
    return () => {
      if (this.#watches.delete(watch) && this.#watches.size === 0) this.#stop();
    };
  }

  // ---- what is said

  controlMessage(
    bytes: Uint8Array,
    path: DatagramSource,
    direction: MessageDirection,
    tunnelId: number | undefined,
  ): void {
    const header = decodeHeader(bytes);
    if (typeof header === 'string' || header.kind !== 'control' || tunnelId === undefined) return;
    const event = { kind: 'control', time: this.#clock(), direction, bytes, path, tunnelId } as const;
    const received = direction === 'received';
    const addressee = (received ? this.#byOurs : this.#byPeers).get(keyOf(tunnelId, header.sessionId));
    if (addressee !== undefined) {
      // Of a call that we placed, the peer's id is known by now.
      if (received) this.#index(addressee);
      this.#tell(addressee, { ...event, session: addressee });
      return;
    }
    const assigned = peekAssignedSessionId(bytes);
    if (assigned === undefined) {
      if (header.sessionId === 0) this.#tellTunnel({ ...event, session: undefined });
      return;
    }
    const key = keyOf(tunnelId, assigned);
    const sender = (received ? this.#byPeers : this.#byOurs).get(key);
    if (sender !== undefined) this.#tell(sender, { ...event, session: sender });
    else if (received) this.#keepRequest(key, { ...event, session: undefined });
  }

  pppFrame(call: PppCall, frame: Uint8Array, direction: MessageDirection): void {
    const session = this.#options.sessionOf(call);
    if (session === undefined) return;
    this.#tell(session, { kind: 'ppp', time: this.#clock(), direction, bytes: frame, session });
  }

  // ---- what becomes of sessions

  sessionEntered(session: MonitoredSession): void {
    if (this.#watches.size === 0) return;
    this.#index(session);
    if (session.tunnelId === undefined) return;
    const key = keyOf(session.tunnelId, session.peerSessionId);
    const request = this.#requests.get(key);
    if (request === undefined) return;
    this.#requests.delete(key);
    this.#tell(session, { ...request, session });
  }

  /** The session's user is known from now on. */
  sessionNamed(session: MonitoredSession): void {
    if (this.#watches.size === 0) return;
    const early = this.#takeEarly(session);
    for (const watch of this.#watches) {
      if (match(watch.selector, session) !== 'yes') continue;
      noteTunnel(watch, session);
      if (watch.selector.user === undefined) continue;
      for (const event of early) this.#call(watch, event);
    }
  }

  /** Nothing more comes of the session. */
  sessionEnded(session: MonitoredSession, reason: EndReason): void {
    if (this.#watches.size === 0) return;
    this.#tell(session, { kind: 'end', time: this.#clock(), session, reason });
    this.#takeEarly(session);
    if (session.tunnelId === undefined) return;
    this.#forget(this.#byOurs, keyOf(session.tunnelId, session.sessionId), session);
    this.#forget(this.#byPeers, keyOf(session.tunnelId, session.peerSessionId), session);
  }

  #tell(session: MonitoredSession, event: MonitorEvent): void {
    let mayBe = false;
    for (const watch of this.#watches) {
      const matching = match(watch.selector, session);
      if (matching === 'unknown') mayBe = true;
      if (matching !== 'yes') continue;
      noteTunnel(watch, session);
      this.#call(watch, event);
    }
    if (mayBe) this.#keepEarly(session, event);
  }

  #tellTunnel(event: MonitorEvent & { readonly kind: 'control' }): void {
    for (const watch of this.#watches) {
      if (event.tunnelId !== undefined && watch.tunnels.has(event.tunnelId)) this.#call(watch, event);
    }
  }

  #call(watch: Watch, event: MonitorEvent): void {
    try {
      watch.listener(event);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  #keepEarly(session: MonitoredSession, event: MonitorEvent): void {
    if (event.kind === 'end') return;
    const kept = this.#early.get(session) ?? [];
    this.#early.set(session, kept);
    if (kept.length >= maxEarlyMessages || this.#earlyOctets + event.bytes.length > maxEarlyOctets) return;
    this.#earlyOctets += event.bytes.length;
    kept.push({ ...event, bytes: event.bytes.slice() });
  }

  #takeEarly(session: MonitoredSession): readonly MonitorEvent[] {
    const kept = this.#early.get(session) ?? [];
    this.#early.delete(session);
    for (const event of kept) if (event.kind !== 'end') this.#earlyOctets -= event.bytes.length;
    return kept;
  }

  #keepRequest(key: number, event: MonitorEvent & { readonly kind: 'control' }): void {
    this.#requests.delete(key);
    this.#requests.set(key, { ...event, bytes: event.bytes.slice() });
    const [oldest] = this.#requests.keys();
    if (this.#requests.size > maxRequests && oldest !== undefined) this.#requests.delete(oldest);
  }

  #index(session: MonitoredSession): void {
    const { tunnelId, sessionId, peerSessionId } = session;
    if (tunnelId === undefined) return;
    this.#byOurs.set(keyOf(tunnelId, sessionId), session);
    if (peerSessionId !== 0) this.#byPeers.set(keyOf(tunnelId, peerSessionId), session);
  }

  /** Unless the ids are another session's by now. */
  #forget(index: Map<number, MonitoredSession>, key: number, session: MonitoredSession): void {
    if (index.get(key) === session) index.delete(key);
  }

  #stop(): void {
    this.#options.taps.delete(this);
    for (const map of [this.#byOurs, this.#byPeers, this.#early, this.#requests]) map.clear();
    this.#earlyOctets = 0;
  }
}

const keyOf = (tunnelId: number, sessionId: number): number => tunnelId * 0x1_0000 + sessionId;

function match(selector: SessionSelector, session: MonitoredSession): Match {
  const { id, user, callingNumber, peerAddress } = selector;
  if (id !== undefined && id !== session.id) return 'no';
  if (callingNumber !== undefined && callingNumber !== session.callingNumber) return 'no';
  if (peerAddress !== undefined && peerAddress !== session.peerAddress) return 'no';
  if (user === undefined || user === session.user) return 'yes';
  return session.user === undefined ? 'unknown' : 'no';
}

function noteTunnel({ selector, tunnels }: Watch, { tunnelId }: MonitoredSession): void {
  if (selector.tunnelMessages === true && tunnelId !== undefined) tunnels.add(tunnelId);
}
