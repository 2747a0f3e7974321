import type { SocketAddress } from '../io/index.js';
import { bearer, callResult, PlacementError, stopResult } from '../l2tp/index.js';
import type { Call, CallCloseOptions, Ocrq, Refusal, TunnelProfile } from '../l2tp/index.js';
import { Direction, disconnectCause } from '../ppp/index.js';
import type { EndReason, TunnelLink, TunnelRole, TunnelService } from '../tunnels/index.js';
import { parseListenAddress } from './listen-address.js';
import type { LnsSession } from './lns-session.js';

/** A call to place through a LAC: OCRQ (RFC 2661 section 6.9). */
export interface OutgoingCallOptions {
  /** Address of the LAC, with its port where that is not 1701. A tunnel to it is opened where there is none. */
  readonly lac: string;
  readonly calledNumber: string;
  readonly subAddress?: string;
  /** Bit/s. Default 1 to 2,147,483,647. */
  readonly minimumBps?: number;
  readonly maximumBps?: number;
  /** Kind of line; whatever the LAC has unless given. */
  readonly bearer?: 'digital' | 'analog';
  /** Gives up the call while it is being set up. */
  readonly signal?: AbortSignal;
}

/** Why an outgoing call did not come up. */
export type OutgoingCallOutcome =
  | 'busy'
  | 'no-answer'
  | 'no-carrier'
  | 'no-dial-tone'
  | 'invalid-destination'
  /** The LAC does not answer, or has no tunnel for us. */
  | 'no-tunnel'
  /** Our own limits, or the LAC's, or anything else; the message says what. */
  | 'failed';

/** An outgoing call did not come up. */
export class OutgoingCallError extends Error {
  override name = 'OutgoingCallError';
  readonly outcome: OutgoingCallOutcome;
  /** How the call or tunnel ended; `undefined` where it was not begun. */
  readonly reason: EndReason | undefined;

  constructor(outcome: OutgoingCallOutcome, text: string, reason?: EndReason) {
    super(text);
    this.outcome = outcome;
    this.reason = reason;
  }
}

/** What placing calls needs of the LNS. */
export interface OutgoingCallContext {
  readonly service: TunnelService;
  readonly role: TunnelRole;
  profileFor(address: string): TunnelProfile | Refusal;
  /** Why there is no room for a call in the tunnel; `undefined` when there is. */
  refusal(link: TunnelLink): CallCloseOptions | undefined;
  newSession(link: TunnelLink, call: Call, request: Ocrq): LnsSession;
}

const outcomes: Readonly<Record<number, OutgoingCallOutcome>> = {
  [callResult.busy]: 'busy',
  [callResult.timedOut]: 'no-answer',
  [callResult.noCarrier]: 'no-carrier',
  [callResult.noDialTone]: 'no-dial-tone',
  [callResult.invalidDestination]: 'invalid-destination',
};

const defaultMaximumBps = 0x7fff_ffff;

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: OutgoingCallError) => void;
}

/** The calls that the LNS places through LACs, until they are up, and the tunnels that were opened for them. */
export class OutgoingCalls {
  readonly #context: OutgoingCallContext;
  /** Tunnels opened for calls, those under way with who waits for them. They go with their last call. */
  readonly #tunnels = new Map<TunnelLink, Waiter<TunnelLink>[]>();
  readonly #calls = new Map<LnsSession, Waiter<LnsSession>>();

  constructor(context: OutgoingCallContext) {
    this.#context = context;
  }

  /**
   * Places a call and waits until its subscriber is authenticated and has its interface.
   * @throws OutgoingCallError
   * @throws RangeError for an address that is none; AvpValueError for a value that its AVP cannot hold
   */
  async place(options: OutgoingCallOptions): Promise<LnsSession> {
    const link = await this.#tunnelTo(parseListenAddress(options.lac), options.signal);
    const session = this.#request(link, options);
    const giveUp = (): void => {
      const cause = disconnectCause('administrative', Direction.Local, 0, 'the call was given up');
      session.disconnect(cause, this.#context.service.io.now());
    };
    options.signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await new Promise((resolve, reject) => this.#calls.set(session, { resolve, reject }));
    } finally {
      options.signal?.removeEventListener('abort', giveUp);
    }
  }

  handleTunnelUp(link: TunnelLink): void {
    const waiters = this.#tunnels.get(link);
    if (waiters === undefined) return;
    for (const { resolve } of waiters.splice(0)) resolve(link);
  }

  handleTunnelDown(link: TunnelLink, reason: EndReason): void {
    const waiters = this.#tunnels.get(link) ?? [];
    this.#tunnels.delete(link);
    for (const { reject } of waiters.splice(0))
      reject(new OutgoingCallError('no-tunnel', reason.text, reason));
  }

  /** The session is up. */
  handleUp(session: LnsSession): void {
    this.#calls.get(session)?.resolve(session);
    this.#calls.delete(session);
  }

  /** A session has ended, whether or not it was a call of ours. */
  handleEnded(session: LnsSession, link: TunnelLink, reason: EndReason): void {
    const waiter = this.#calls.get(session);
    this.#calls.delete(session);
    const outcome = reason.by === 'peer' ? (outcomes[reason.resultCode ?? 0] ?? 'failed') : 'failed';
    waiter?.reject(new OutgoingCallError(outcome, reason.text, reason));
    this.#closeIdle(link);
  }

  async #tunnelTo(lac: SocketAddress, signal: AbortSignal | undefined): Promise<TunnelLink> {
    const { service, role } = this.#context;
    for (const link of service.links.values()) {
      const { address, port } = link.tunnel.path.remote;
      if (link.role !== role || address !== lac.address || port !== lac.port) continue;
      if (link.tunnel.established) return link;
      const waiters = this.#tunnels.get(link);
      if (waiters !== undefined) return this.#up(link, waiters, signal);
    }
    const profile = this.#context.profileFor(lac.address);
    if ('refuse' in profile) {
      throw new OutgoingCallError('no-tunnel', `the configuration refuses the LAC ${lac.address}`);
    }
    let link: TunnelLink;
    try {
      link = service.connect(lac, profile);
    } catch (error) {
      if (!(error instanceof RangeError) && !(error instanceof PlacementError)) throw error;
      throw new OutgoingCallError('no-tunnel', error.message);
    }
    const waiters: Waiter<TunnelLink>[] = [];
    this.#tunnels.set(link, waiters);
    return this.#up(link, waiters, signal);
  }

  #up(link: TunnelLink, waiters: Waiter<TunnelLink>[], signal: AbortSignal | undefined): Promise<TunnelLink> {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      waiters.push(waiter);
      const giveUp = (): void => {
        const at = waiters.indexOf(waiter);
        if (at < 0) return;
        waiters.splice(at, 1);
        reject(new OutgoingCallError('no-tunnel', 'the call was given up before the LAC had answered'));
        this.#closeIdle(link);
      };
      if (signal?.aborted === true) giveUp();
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  #request(link: TunnelLink, options: OutgoingCallOptions): LnsSession {
    const { service } = this.#context;
    const refused = this.#context.refusal(link);
    if (refused !== undefined) {
      this.#closeIdle(link);
      throw new OutgoingCallError('failed', refused.message ?? 'no room for the call');
    }
    const { calledNumber, subAddress, minimumBps = 1, maximumBps = defaultMaximumBps } = options;
    const { bearerCapabilities = 0, framingCapabilities = 0 } = link.tunnel.peer ?? {};
    const fields = {
      calledNumber,
      ...(subAddress !== undefined && { subAddress }),
      minimumBps,
      maximumBps,
      // Only bits that the LAC has announced may be set (RFC 2661 section 4.4.4).
      bearerType: options.bearer === undefined ? bearerCapabilities : bearer[options.bearer],
      framingType: framingCapabilities,
    };
    let call: Call;
    try {
      call = link.tunnel.placeOutgoingCall(fields, service.io.now());
    } catch (error) {
      this.#closeIdle(link);
      throw error instanceof PlacementError ? new OutgoingCallError('failed', error.message) : error;
    }
    service.touchLink(link);
    const { sessionId, serialNumber } = call;
    const request = { ...fields, assignedSessionId: sessionId, callSerialNumber: serialNumber };
    return this.#context.newSession(link, call, { type: 'OCRQ', ...request });
  }

  #closeIdle(link: TunnelLink): void {
    const waiters = this.#tunnels.get(link);
    if (waiters === undefined || waiters.length > 0 || link.calls.size > 0) return;
    const { service } = this.#context;
    link.tunnel.close(
      { resultCode: stopResult.generalRequest, message: 'no call is left' },
      service.io.now(),
    );
    service.touchLink(link);
  }
}
