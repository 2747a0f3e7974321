import { type Random, WireError, utf8 } from '../wire/index.js';
import type { AuthFailureReason, AuthMethod, AuthResult, Credentials, MppeKeys } from './auth/index.js';
import { type AuthenticationOwner, AuthenticationPhase, type LocalCredentials } from './authentication.js';
import { type DisconnectCause, type DisconnectReason, Direction, disconnectCause } from './causes.js';
import type { LcpParameters, PppEvent } from './events.js';
import { decodeFrame } from './frame.js';
import { Keepalive } from './keepalive.js';
import { Lcp, type LcpOwner } from './lcp.js';
import { earliest } from './deadline.js';
import { type NetworkOwner, NetworkPhase, type NetworkState } from './network.js';
import { type NetworkParameters, type ResolvedPppOptions, overridePppOptions } from './parameters.js';
import { Protocol, isAuthProtocol, isNetworkControl, isNetworkProtocol } from './protocols.js';
import { type ProxyAuth, proxyAuthOf, proxyCredentials } from './proxy.js';
import type { PppPhase, PppSessionOptions, PppStart } from './session-options.js';

const noMethods: readonly AuthMethod[] = [];

/** What does not fit into a packet has to be known before a peer asks for it. */
function checkCredentials({ user, password }: LocalCredentials, options: ResolvedPppOptions): void {
  if (utf8(user).length > MAX_FIELD) throw new RangeError(`the user name is over ${MAX_FIELD} octets`);
  if (options.authMethods.includes('pap') && utf8(password).length > MAX_FIELD)
    throw new RangeError(`PAP carries passwords of at most ${MAX_FIELD} octets`);
}

/** Octets that a PAP field holds (RFC 1334 section 2.2.1); CHAP names are kept to the same. */
const MAX_FIELD = 255;

const authFailureCauses: Readonly<Record<AuthFailureReason, DisconnectReason>> = {
  rejected: 'auth-failed',
  'bad-name': 'auth-failed',
  timeout: 'auth-timeout',
  'no-method': 'auth-protocol',
  'server-not-proven': 'auth-failed',
  verifier: 'auth-failed',
};

/**
 * The phases of one link (RFC 1661 section 3.2) and what holds them together: the face that `PppSession` shows to
 * drivers, and the one that the machines of the link see.
 */
export class SessionMachine implements LcpOwner, AuthenticationOwner, NetworkOwner {
  readonly isServer: boolean;
  readonly random: Random;
  readonly credentials: LocalCredentials | undefined;
  readonly #base: ResolvedPppOptions;
  #options: ResolvedPppOptions;
  #network: NetworkParameters;
  readonly #lcp: Lcp;
  /** Only while it has something to do. */
  #authentication: AuthenticationPhase | undefined;
  readonly #layers: NetworkPhase;
  #keepalive: Keepalive | undefined;
  #echoDue = false;
  #phase: PppPhase = 'initial';
  /** The phase must be over by then. */
  #deadline: number | undefined;
  #cause: DisconnectCause | undefined;
  #proxyAuth: ProxyAuth | undefined;
  /** Id of the last `authenticate` event, and whether it waits for its answer. */
  #authId = 0;
  #verifying = false;
  /** Of the last `authenticate` event, while it waits. */
  #credentials: Credentials | undefined;
  #wasOpen = false;
  /** A valid LCP packet has been received. */
  #heard = false;
  #discarded = 0;
  // The queues exist only between an input and its draining. Mostly there is one frame, which needs no list.
  #frame: Uint8Array | undefined;
  #moreFrames: Uint8Array[] | undefined;
  #events: PppEvent[] | undefined;

  constructor({ role, options, random, credentials, network }: PppSessionOptions) {
    if (credentials) checkCredentials(credentials, options);
    this.isServer = role === 'server';
    this.random = random;
    this.credentials = credentials;
    this.#base = this.#options = options;
    this.#network = network ?? {};
    this.#lcp = new Lcp(
      this,
      options,
      random,
      this.isServer ? options.authOffers : noMethods,
      credentials ? options.authMethods : noMethods,
    );
    this.#layers = new NetworkPhase(this);
  }

  // ---- getters

  get phase(): PppPhase {
    return this.#phase;
  }

  get closeCause(): DisconnectCause | undefined {
    return this.#cause;
  }

  get options(): ResolvedPppOptions {
    return this.#options;
  }

  get peerMru(): number {
    return this.#lcp.negotiation.peerMru;
  }

  /** Frames that were malformed, or made no sense at their time, and were discarded. */
  get discarded(): number {
    return this.#discarded;
  }

  /** The kernel's part of the session is there. */
  get attached(): boolean {
    return this.#layers.attached;
  }

  /** The peer takes frames without address and control octets (RFC 1661 section 6.6). LCP frames keep them. */
  get peerTakesAcfc(): boolean {
    return this.#lcp.opened && this.#lcp.negotiation.peerAcfc;
  }

  /** What LCP agreed on; undefined while it is not open. */
  get lcp(): LcpParameters | undefined {
    return this.#lcp.opened ? this.#lcp.parameters : undefined;
  }

  /** What the network control protocols that are open have agreed on. */
  get network(): NetworkState {
    return this.#layers.state;
  }

  /** What another end needs to go on with this link while an `authenticate` event is open. */
  get proxy(): PppStart {
    const identifier = this.#authentication?.identifier;
    return {
      proxyLcp: this.#lcp.transcript,
      proxyAuth: proxyAuthOf(this.#verifying ? this.#credentials : undefined, identifier),
    };
  }

  // ---- commands and inputs

  /** The link below is there. With proxy LCP that fits (RFC 2661 section 4.4.5) LCP is open at once. */
  start({ proxyLcp, proxyAuth }: PppStart, now: number): void {
    if (this.#phase !== 'initial') return;
    this.#phase = 'lcp';
    this.#deadline = now + this.#options.lcpTimeout;
    this.#lcp.open(now);
    if (proxyLcp !== undefined && this.#options.proxy) {
      this.#proxyAuth = proxyAuth;
      this.#heard = true;
      if (this.#lcp.adopt(proxyLcp, now)) return;
      this.#proxyAuth = undefined;
      this.#heard = false;
    }
    this.#lcp.up(now);
  }

  /** One PPP frame of the peer, with or without address and control, with either form of the protocol field. */
  handleFrame(frame: Uint8Array, now: number): void {
    if (this.#phase === 'initial' || this.#phase === 'dead') return;
    if (this.#keepalive !== undefined && this.#lcp.takeEchoReply(frame)) {
      this.#keepalive.noteActivity(now);
      return;
    }
    try {
      const { protocol, information } = decodeFrame(frame);
      this.#keepalive?.noteActivity(now);
      this.#receive(protocol, information, now);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#discarded++;
    }
  }

  /** The peer was heard without this session seeing it: the kernel has counted packets from it. */
  noteActivity(now: number): void {
    this.#keepalive?.noteActivity(now);
  }

  handleTimeout(now: number): void {
    this.#lcp.handleTimeout(now);
    this.#handleKeepalive(now);
    this.#authentication?.handleTimeout(now);
    this.#layers.handleTimeout(now);
    if (this.#deadline === undefined || now < this.#deadline) return;
    this.#deadline = undefined;
    if (this.#phase === 'lcp') this.close(this.#lcpTimeout(), now);
    else if (this.#phase === 'authenticate') this.close(disconnectCause('auth-timeout'), now);
  }

  /**
   * The answer to an `authenticate` event. One with another id than the last event's is too late and ignored.
   * @param network what an accepted peer gets
   */
  handleAuthResult(
    id: number,
    result: AuthResult,
    network: NetworkParameters | undefined,
    now: number,
  ): void {
    if (!this.#verifying || id !== this.#authId || this.#phase !== 'authenticate') return;
    this.#verifying = false;
    this.#credentials = undefined;
    if (result.kind === 'accept') {
      this.#network = network ?? {};
      this.#options = overridePppOptions(this.#base, this.#network.optionsOverride);
    }
    if (this.#lcp.negotiation.authMethod === undefined) {
      // Nobody had to prove anything.
      if (result.kind !== 'accept') this.close(disconnectCause('auth-failed', Direction.Local), now);
      else this.#acceptUnknown(now);
      return;
    }
    const proxied = this.#proxyAuth !== undefined;
    this.#proxyAuth = undefined;
    if (proxied && result.kind === 'reject' && this.#options.proxyAuthReject === 'renegotiate')
      this.renegotiate(now);
    else this.#authentication?.handleResult(result, now);
  }

  /** The kernel has what the `attach` event asked for. */
  handleAttached(now: number): void {
    this.#layers.handleAttached(now);
  }

  /** The kernel could not do what the `attach` or `mppe` event asked for. @param reason for people */
  handleAttachFailed(reason: string, now: number): void {
    this.close(disconnectCause('data-plane', Direction.Local, 0, reason), now);
  }

  /** The kernel has the keys of the last `mppe` event. */
  handleMppeReady(now: number): void {
    this.#layers.handleMppeReady(now);
  }

  /** Starts LCP again on an open link; the peer has to authenticate anew. */
  renegotiate(now: number): void {
    if (!this.#lcp.opened) return;
    this.#lcp.renegotiate(now);
  }

  /** Ends the session with a Terminate-Request (RFC 1661 section 3.7); the `down` event follows. */
  close(cause: DisconnectCause, now: number): void {
    if (this.#phase === 'dead' || this.#phase === 'closing') return;
    const started = this.#phase !== 'initial';
    this.#beginClosing(cause);
    if (started) this.#lcp.close(now, 'closed', utf8(cause.text).slice(0, 120));
    else this.#die(cause);
  }

  /** Ends the session at once: the link below is gone, nothing more can be sent. */
  abort(now: number, cause: DisconnectCause = disconnectCause('carrier-lost')): void {
    if (this.#phase === 'dead') return;
    const known = this.#cause;
    if (!known) this.#beginClosing(cause);
    this.#lcp.down(now);
    this.#frame = undefined;
    this.#moreFrames = undefined;
    this.#die(known ?? cause);
  }

  // ---- outputs

  /**
   * A frame to send: the two octets of its protocol field, then the information; address and control left out. Whoever
   * keeps it beyond the next call, of any session, has to copy it: all echo requests are made in the same octets.
   */
  pollTransmit(): Uint8Array | undefined {
    const frame = this.#frame;
    if (frame === undefined && this.#echoDue) {
      this.#echoDue = false;
      return this.#lcp.echoRequest();
    }
    this.#frame = this.#moreFrames?.shift();
    if (this.#frame === undefined) this.#moreFrames = undefined;
    return frame;
  }

  pollEvent(): PppEvent | undefined {
    const event = this.#events?.shift();
    if (this.#events?.length === 0) this.#events = undefined;
    return event;
  }

  /** When {@link handleTimeout} is due. */
  pollTimeout(): number | undefined {
    if (this.#phase === 'dead') return undefined;
    return earliest(
      earliest(this.#deadline, this.#lcp.deadline),
      earliest(
        this.#keepalive?.deadline,
        earliest(this.#authentication?.pollTimeout(), this.#layers.pollTimeout()),
      ),
    );
  }

  // ---- for the machines of the link

  transmit(frame: Uint8Array): void {
    if (this.#frame === undefined) this.#frame = frame;
    else (this.#moreFrames ??= []).push(frame);
  }

  emit(event: PppEvent): void {
    (this.#events ??= []).push(event);
  }

  lcpUp(now: number): void {
    const { negotiation } = this.#lcp;
    this.#heard = true;
    this.emit({ kind: 'lcp-up', ...this.#lcp.parameters });
    if (this.#base.identification !== undefined) this.#lcp.sendIdentification(this.#base.identification);
    this.#setKeepalive(now);
    this.#phase = 'authenticate';
    this.#deadline = now + this.#options.authTimeout;
    const { authMethod, peerAuthMethod } = negotiation;
    if (!authMethod && !peerAuthMethod) {
      if (this.isServer) this.#ask(undefined);
      else this.#acceptUnknown(now);
      return;
    }
    const proxied =
      this.#proxyAuth && authMethod && this.#lcp.proxied
        ? proxyCredentials(this.#proxyAuth, authMethod)
        : undefined;
    if (!proxied) this.#proxyAuth = undefined;
    this.#authentication = new AuthenticationPhase(this);
    this.#authentication.start(authMethod, peerAuthMethod, proxied, now);
  }

  lcpDown(renegotiating: boolean, now: number): void {
    this.#keepalive = undefined;
    this.#echoDue = false;
    this.#verifying = false;
    this.#credentials = undefined;
    this.#proxyAuth = undefined;
    this.#authentication = undefined;
    this.#layers.stop(now);
    if (this.#phase === 'closing' || this.#phase === 'dead') return;
    this.#phase = 'lcp';
    this.#deadline = now + this.#options.lcpTimeout;
    this.emit({ kind: 'renegotiating', by: renegotiating ? 'peer' : 'local' });
  }

  lcpFinished(): void {
    this.#die(this.#cause ?? this.#lcpTimeout());
  }

  lcpUnusable(reason: DisconnectReason, now: number): void {
    this.close(disconnectCause(reason), now);
  }

  lcpRejected(): void {
    if (this.#phase !== 'closing')
      this.#beginClosing(disconnectCause('lcp-rejected', Direction.Peer, Protocol.LCP));
  }

  lcpTerminated(message: string): void {
    if (this.#phase !== 'closing')
      this.#beginClosing(disconnectCause('normal', Direction.Peer, 0, message || undefined));
  }

  protocolRejected(protocol: number, now: number): void {
    if (this.#phase === 'authenticate' && isAuthProtocol(protocol))
      this.close(disconnectCause('auth-protocol', Direction.Peer, protocol), now);
    else this.#layers.protocolRejected(protocol, now);
  }

  echoAnswered(now: number): void {
    this.#keepalive?.noteActivity(now);
  }

  echoRejected(): void {
    this.#keepalive = undefined;
  }

  identified(text: string): void {
    this.emit({ kind: 'identification', text });
  }

  verify(credentials: Credentials): void {
    this.#ask(credentials);
  }

  authenticated(keys: MppeKeys | undefined, now: number): void {
    if (this.#phase !== 'authenticate') return;
    // A server that only had to prove itself still has to learn what its peer gets.
    if (this.isServer && this.#lcp.negotiation.authMethod === undefined) this.#ask(undefined);
    else this.#startNetwork(keys, now);
  }

  authenticationFailed(reason: AuthFailureReason, now: number): void {
    this.close(disconnectCause(authFailureCauses[reason]), now);
  }

  networkOpened(): void {
    this.#phase = 'open';
    this.#wasOpen = true;
    if (this.#authentication?.settle()) this.#authentication = undefined;
  }

  networkFailed(cause: DisconnectCause, now: number): void {
    this.close(cause, now);
  }

  // ---- inside

  #receive(protocol: number, information: Uint8Array, now: number): void {
    if (protocol === Protocol.LCP) {
      this.#lcp.receive(information, now);
      this.#heard = true;
      return;
    }
    // "Any non-LCP packets received during this phase MUST be silently discarded" (RFC 1661 section 3.4).
    if (!this.#lcp.opened) return;
    if (isAuthProtocol(protocol)) {
      this.#authentication?.receive(protocol, information, now);
      return;
    }
    if (isNetworkControl(protocol)) this.#authentication?.noteNetworkPhase(now);
    // In the authentication phase known protocols are early (section 3.5), unknown ones are unknown at any time.
    const spoken =
      this.#phase === 'authenticate'
        ? isNetworkProtocol(protocol)
        : this.#layers.receive(protocol, information, now);
    if (!spoken && this.#lcp.opened) this.#lcp.sendProtocolReject(protocol, information);
  }

  #ask(credentials: Credentials | undefined): void {
    this.#authId++;
    this.#verifying = true;
    this.#credentials = credentials;
    this.emit({ kind: 'authenticate', id: this.#authId, credentials, again: this.#wasOpen });
  }

  #acceptUnknown(now: number): void {
    this.emit({ kind: 'authenticated', user: '', method: undefined, mppe: false });
    this.#startNetwork(undefined, now);
  }

  #startNetwork(keys: MppeKeys | undefined, now: number): void {
    this.#phase = 'network';
    this.#deadline = undefined;
    this.#lcp.forgetTranscript();
    this.#setKeepalive(now);
    this.#layers.start(this.#network, keys, now);
  }

  #setKeepalive(now: number): void {
    const { echoInterval } = this.#options;
    this.#keepalive = echoInterval > 0 ? new Keepalive(echoInterval, now) : undefined;
  }

  #handleKeepalive(now: number): void {
    switch (this.#keepalive?.handleTimeout(now, this.#options.echoFailures)) {
      case 'request':
        this.#echoDue = true;
        return;
      case 'dead':
        this.close(disconnectCause('echo-timeout', Direction.Peer), now);
        return;
      default:
    }
  }

  #lcpTimeout(): DisconnectCause {
    return disconnectCause(this.#heard ? 'lcp-timeout' : 'no-lcp', Direction.Global, Protocol.LCP);
  }

  #beginClosing(cause: DisconnectCause): void {
    this.#cause = cause;
    this.#phase = 'closing';
    this.#deadline = undefined;
    this.#verifying = false;
    this.#credentials = undefined;
    this.emit({ kind: 'closing', cause });
  }

  #die(cause: DisconnectCause): void {
    if (this.#phase === 'dead') return;
    if (!this.#cause) this.#beginClosing(cause);
    this.#phase = 'dead';
    this.#keepalive = undefined;
    this.#echoDue = false;
    this.#authentication = undefined;
    this.emit({ kind: 'down', cause });
  }
}
