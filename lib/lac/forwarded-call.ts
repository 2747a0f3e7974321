import type { OnwardTunnel } from '../aaa/index.js';
import type { FrameSink, Timed } from '../io/index.js';
import type { SessionStats, StatsTable } from '../kernel/index.js';
import { callResult, describeResult, errorCode } from '../l2tp/index.js';
import type { CallCloseOptions, CallEnd, IncomingCallFields } from '../l2tp/index.js';
import type { ForwardedSubscriber, Forwarding, ForwardingInfo } from '../lns/index.js';
import { Direction, type DisconnectCause, disconnectCause } from '../ppp/index.js';
import { carriedEnd, type L2tpBearer, type Log, type TunnelService } from '../tunnels/index.js';
import type { LnsPeer } from './lns-peer.js';
import { proxyFields } from './proxy-avps.js';
import { Relay, type RelayOwner } from './relay.js';
import { selectLns } from './selection.js';

/** What the LNSs are told of a subscriber, whichever of them it comes to. */
export interface CallDescription {
  readonly request: IncomingCallFields;
  readonly privateGroupId?: string | undefined;
  /** Instead of the subscriber's own name in the proxy authentication. */
  readonly user?: string | undefined;
}

export interface ForwardedCallOptions {
  readonly service: TunnelService;
  readonly subscriber: ForwardedSubscriber;
  /** The LNSs that may take it. */
  readonly peers: readonly LnsPeer[];
  readonly description: CallDescription;
  /** Ms that the subscriber waits for an LNS, over all that are tried. */
  readonly setupTimeout: number;
}

/** How far a call with one LNS is. */
type Attempt =
  | { readonly kind: 'asked'; readonly peer: LnsPeer; readonly bearer: L2tpBearer }
  /** Our ICCN is out; the LNS has not spoken to the subscriber yet. */
  | {
      readonly kind: 'connected';
      readonly peer: LnsPeer;
      readonly bearer: L2tpBearer;
      readonly since: number;
    }
  | {
      readonly kind: 'taken-over';
      readonly peer: LnsPeer;
      readonly bearer: L2tpBearer;
      readonly relay: Relay;
    };

/** What an LNS gets for a line of which nothing is known, in bit/s: the AVP has to be there. */
const unknownSpeed = 1_000_000_000;
const synchronous = 1;

/**
 * One subscriber on its way to an LNS: the call is placed with one after the other until one takes the subscriber
 * over, or the time is over. An LNS takes over with its first frame; before that the subscriber can still go to
 * another one.
 */
export class ForwardedCall implements Forwarding, FrameSink, Timed, RelayOwner {
  readonly #options: ForwardedCallOptions;
  readonly #log: Log;
  readonly #tried = new Set<LnsPeer>();
  #deadline: number;
  #attempt: Attempt | undefined;
  #lastFailure = 'no LNS has room';
  #ended = false;

  constructor(options: ForwardedCallOptions, now: number) {
    this.#options = options;
    this.#log = options.service.log;
    this.#deadline = now + options.setupTimeout;
    this.#next(now);
  }

  get info(): ForwardingInfo | undefined {
    const attempt = this.#attempt;
    if (attempt === undefined) return undefined;
    const { peer, bearer } = attempt;
    return {
      group: peer.settings.group,
      server: peer.settings.remote.address,
      tunnelId: bearer.link.tunnel.localTunnelId,
      sessionId: bearer.call.sessionId,
    };
  }

  get tunnel(): OnwardTunnel | undefined {
    if (this.#attempt?.kind !== 'taken-over') return undefined;
    const { tunnel } = this.#attempt.bearer.link;
    return {
      clientAddress: tunnel.path.local.address,
      clientHostName: tunnel.profile.hostName,
      serverAddress: tunnel.path.remote.address,
      serverHostName: tunnel.peer?.hostName ?? '',
      callSerialNumber: this.#attempt.bearer.call.serialNumber,
    };
  }

  /** The user's name, for those who tell which sessions a tunnel took along. */
  get user(): string {
    return this.#options.subscriber.user ?? '';
  }

  // ---- from the subscriber

  handleSubscriberFrame(frame: Uint8Array): void {
    if (this.#attempt?.kind === 'taken-over') this.#attempt.relay.fromSubscriber(frame);
  }

  async stats(): Promise<SessionStats | undefined> {
    return this.#attempt?.kind === 'taken-over' ? this.#attempt.relay.stats() : undefined;
  }

  statsIn(all: StatsTable): SessionStats | undefined {
    return this.#attempt?.kind === 'taken-over' ? this.#attempt.relay.statsIn(all) : undefined;
  }

  close(cause: DisconnectCause, result?: CallCloseOptions): Promise<SessionStats | undefined> {
    const attempt = this.#attempt;
    this.#ended = true;
    this.#schedule(undefined);
    this.#attempt = undefined;
    if (attempt === undefined) return Promise.resolve(undefined);
    attempt.bearer.end(cause, result);
    if (attempt.kind === 'asked') attempt.peer.health.withdrawCall();
    return this.#release(attempt);
  }

  // ---- from the LNS

  /** A frame of the LNS, which takes the subscriber over with the first. */
  handleFrame(frame: Uint8Array): void {
    const attempt = this.#attempt;
    if (attempt === undefined || attempt.kind === 'asked') return;
    const relay = attempt.kind === 'taken-over' ? attempt.relay : this.#takeOver(attempt);
    relay.fromLns(frame);
  }

  /** The LNS has accepted the call. */
  handleAccepted(now: number): void {
    const attempt = this.#attempt;
    if (attempt?.kind !== 'asked') return;
    const { peer, bearer } = attempt;
    const { subscriber, description } = this.#options;
    const { txConnectSpeed, rxConnectSpeed } = subscriber.bearer.facts;
    peer.health.recover();
    this.#attempt = { kind: 'connected', peer, bearer, since: now };
    bearer.call.connect(
      {
        txConnectSpeed: txConnectSpeed ?? unknownSpeed,
        ...(rxConnectSpeed !== undefined && { rxConnectSpeed }),
        framingType: synchronous,
        privateGroupId: description.privateGroupId,
        ...proxyFields(subscriber.proxy, description.user),
      },
      now,
    );
    this.#schedule(now + peer.settings.answerTimeout);
  }

  /** The call with the LNS has ended, by the LNS or with its tunnel. */
  handleCallEnded(end: CallEnd, now: number): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    if (end.by === 'tunnel') attempt.peer.health.setAside(reasonOf(end), now);
    if (attempt.kind === 'taken-over' || (end.by === 'peer' && !isTemporary(end))) {
      const { cause, result } = carriedEnd(end);
      this.#fail(cause, result ?? { resultCode: callResult.lossOfCarrier });
      return;
    }
    this.#giveUp(attempt, reasonOf(end), now);
  }

  handleTimeout(now: number): void {
    const attempt = this.#attempt;
    if (attempt === undefined || attempt.kind === 'taken-over') return;
    // An LNS that has acknowledged the ICCN may take its time to ask others about the user.
    if (attempt.kind === 'connected' && attempt.bearer.link.tunnel.lastHeard >= attempt.since) return;
    const text = 'the LNS does not answer';
    attempt.bearer.end(disconnectCause('carrier-lost', Direction.Local, 0, text), {
      resultCode: callResult.timedOut,
      message: text,
    });
    this.#giveUp(attempt, text, now);
  }

  handleHangup(): void {
    this.handleBridgeFailed('the kernel session is gone');
  }

  // ---- from the relay

  handleBridged(): void {
    this.#options.subscriber.handleForwarded();
  }

  handleBridgeFailed(error: unknown): void {
    const fields = { ...this.#options.subscriber.logFields(), error: String(error) };
    this.#log.error(fields, 'the kernel cannot join the two legs of a session');
    this.#fail(
      disconnectCause('data-plane', Direction.Local),
      noResources('the data plane could not be set up'),
    );
  }

  #takeOver({ peer, bearer }: Attempt): Relay {
    const { subscriber } = this.#options;
    const relay = new Relay(subscriber, bearer, this);
    this.#attempt = { kind: 'taken-over', peer, bearer, relay };
    this.#schedule(undefined);
    subscriber.handleTakenOver();
    return relay;
  }

  /** The subscriber moves on from an LNS that has failed. */
  #giveUp(attempt: Attempt, reason: string, now: number): void {
    const { peer } = attempt;
    peer.health.setAside(reason, now);
    this.#attempt = undefined;
    void this.#release(attempt);
    this.#note(peer, reason);
    this.#next(now);
  }

  #next(now: number): void {
    while (now < this.#deadline) {
      const peer = selectLns(this.#options.peers, this.#tried, now);
      if (peer === undefined) break;
      this.#tried.add(peer);
      try {
        const bearer = peer.place(this, this.#options.description.request, now);
        this.#attempt = { kind: 'asked', peer, bearer };
        this.#schedule(Math.min(this.#deadline, now + peer.settings.answerTimeout));
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        peer.health.setAside(reason, now);
        this.#note(peer, reason);
      }
    }
    const text = `no LNS takes the subscriber: ${this.#lastFailure}`;
    this.#fail(disconnectCause('carrier-lost', Direction.Local, 0, text), {
      resultCode: callResult.temporarilyNoFacilities,
      message: text,
    });
  }

  #note({ settings }: LnsPeer, reason: string): void {
    this.#lastFailure = reason;
    const fields = { ...this.#options.subscriber.logFields(), server: settings.remote.address, reason };
    this.#log.warn(fields, 'the LNS does not take the subscriber');
  }

  #fail(cause: DisconnectCause, result: CallCloseOptions): void {
    if (this.#ended) return;
    // Ends the subscriber's link, which closes this call in its turn.
    this.#options.subscriber.handleForwardingEnded(cause, result);
  }

  #release(attempt: Attempt): Promise<SessionStats | undefined> {
    attempt.peer.release(attempt.bearer);
    if (attempt.kind !== 'taken-over') return Promise.resolve(undefined);
    const closed = attempt.relay.close();
    this.#options.service.kernelWork.track(closed, (error) => {
      const fields = { ...this.#options.subscriber.logFields(), error: String(error) };
      this.#log.error(fields, 'the kernel session to the LNS cannot be removed');
    });
    return closed.catch(() => undefined);
  }

  #schedule(deadline: number | undefined): void {
    this.#options.service.io.timers.schedule(this, deadline);
  }
}

/** Why an LNS does not take a call, for people. */
const reasonOf = ({ by, result }: CallEnd): string =>
  (by === 'tunnel' ? result.message : undefined) ?? `CDN ${describeResult('CDN', result)}`;

/** CDNs after which another LNS may take the call, and this one is left alone (RFC 2661 section 4.4.2). */
function isTemporary({ result }: CallEnd): boolean {
  if (result.resultCode === callResult.temporarilyNoFacilities || result.resultCode === callResult.timedOut)
    return true;
  const { insufficientResources, tryAnother, tryAnotherDirected } = errorCode;
  const codes: readonly (number | undefined)[] = [insufficientResources, tryAnother, tryAnotherDirected];
  return result.resultCode === callResult.generalError && codes.includes(result.errorCode);
}

const noResources = (message: string): CallCloseOptions => ({
  resultCode: callResult.generalError,
  errorCode: errorCode.insufficientResources,
  message,
});
