import type { Accm, CallErrors, DisconnectCause, Q931Cause } from './avp-formats.js';
import { callRow } from './call-states.js';
import type { CallRole, CallState } from './call-states.js';
import type { CallEnd, CallEndCause, TunnelEvent } from './events.js';
import type { Cdn, CallMessage, Iccn, MessageFields, Occn, PartialFields } from './message.js';
import type { TunnelProfile } from './profile.js';
import { callResult, errorCode } from './result-codes.js';
import type { Result } from './result-codes.js';
import type { Tunnel } from './tunnel.js';

/** WEN is not sent more often than this, in ms (RFC 2661 section 6.13). */
const errorReportInterval = 60_000;

/** Why we end a call: the CDN's AVPs. */
export interface CallCloseOptions extends Result {
  readonly q931Cause?: Q931Cause | undefined;
  /** RFC 3145. */
  readonly disconnectCause?: DisconnectCause | undefined;
}

/** AVPs of an ICCN or OCCN that we send. */
export type CallConnectFields = MessageFields<'ICCN'>;

/** What a call needs from its tunnel. */
export interface CallHost {
  readonly tunnel: Tunnel;
  readonly profile: TunnelProfile;
  send(message: CallMessage, peerSessionId: number, now: number): void;
  emit(event: TunnelEvent): void;
  /** Wakes the call by {@link Call.handleTimeout} when its deadline has passed. */
  watch(call: Call): void;
  /** The call has ended: its id is free. */
  forget(call: Call): void;
  countEstablished(): void;
  countUnexpected(): void;
}

/**
 * One call and its session, as either end of either kind (RFC 2661 sections 7.4 and 7.5). Commands return whether
 * they did anything: those that come too late, or too early, do nothing.
 */
export class Call {
  readonly role: CallRole;
  /** Our id, which the peer puts into its headers. */
  readonly sessionId: number;
  readonly serialNumber: number;
  /** For the driver: whatever belongs to the call. */
  context: unknown = undefined;

  readonly #host: CallHost;
  #state: CallState;
  #peerSessionId: number;
  #deadline: number | undefined;
  #sequencingRequired = false;
  #errorsReportedAt: number | undefined;

  /** @internal Made by its tunnel. */
  constructor(
    host: CallHost,
    role: CallRole,
    state: CallState,
    sessionId: number,
    peerSessionId: number,
    serialNumber: number,
  ) {
    this.#host = host;
    this.role = role;
    this.#state = state;
    this.sessionId = sessionId;
    this.#peerSessionId = peerSessionId;
    this.serialNumber = serialNumber;
  }

  get tunnel(): Tunnel {
    return this.#host.tunnel;
  }

  get state(): CallState {
    return this.#state;
  }

  /** The peer's id, which goes into our headers; 0 while it is not known. */
  get peerSessionId(): number {
    return this.#peerSessionId;
  }

  /** Whether data messages must have sequence numbers: the LAC said so (RFC 2661 section 5.4). */
  get sequencingRequired(): boolean {
    return this.#sequencingRequired;
  }

  /** When the call has to have left its state; `undefined` once it is established. */
  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** Accepts the peer's request: ICRP, or OCRP when we are about to dial. */
  accept(now: number, fields: { readonly physicalChannelId?: number } = {}): boolean {
    if (this.#state !== 'requested') return false;
    const assignedSessionId = this.sessionId;
    if (this.role === 'lns-incoming') {
      this.#send({ type: 'ICRP', assignedSessionId }, now);
      this.#enter('wait-connect', now);
    } else {
      this.#send({ type: 'OCRP', assignedSessionId, physicalChannelId: fields.physicalChannelId }, now);
      this.#enter('wait-cs-answer', now);
    }
    return true;
  }

  /** Refuses the peer's request: CDN. */
  reject(options: CallCloseOptions, now: number): boolean {
    return this.#state === 'requested' && this.close(options, now);
  }

  /**
   * The line is up (LAC): ICCN after an ICRP, OCCN after we accepted an OCRQ. An OCCN takes speeds, framing and
   * sequencing only.
   * @throws AvpValueError for a value that its AVP cannot hold; the call stays as it is
   */
  connect(fields: CallConnectFields, now: number): boolean {
    if (this.#state === 'answering') {
      this.#send({ ...fields, type: 'ICCN' }, now);
    } else if (this.#state === 'wait-cs-answer') {
      const { txConnectSpeed, framingType, rxConnectSpeed, sequencingRequired } = fields;
      this.#send({ type: 'OCCN', txConnectSpeed, framingType, rxConnectSpeed, sequencingRequired }, now);
    } else {
      return false;
    }
    this.#sequencingRequired = fields.sequencingRequired === true;
    this.#enterEstablished();
    return true;
  }

  /** Ends the call: CDN, unless the peer has not been told of it. */
  close(options: CallCloseOptions, now: number): boolean {
    return this.#disconnect('local', options, now);
  }

  /** Tells the LAC which control character maps PPP has agreed on (LNS): SLI. */
  setLinkInfo(accm: Accm, now: number): boolean {
    if (this.#state !== 'established' || !this.#isLns) return false;
    this.#send({ type: 'SLI', accm }, now);
    return true;
  }

  /** Tells the LNS the line's error counts (LAC): WEN, at most one in 60 s (RFC 2661 section 6.13). */
  reportErrors(errors: CallErrors, now: number): boolean {
    if (this.#state !== 'established' || this.#isLns) return false;
    if (this.#errorsReportedAt !== undefined && now - this.#errorsReportedAt < errorReportInterval)
      return false;
    this.#errorsReportedAt = now;
    this.#send({ type: 'WEN', callErrors: errors }, now);
    return true;
  }

  /** @internal The request goes out: ICRQ or OCRQ. */
  request(message: CallMessage, now: number): void {
    this.#send(message, now);
    this.#enter('wait-reply', now);
  }

  /** @internal The call waits from now on: for its tunnel, or for our answer. */
  begin(now: number): void {
    this.#enter(this.#state, now);
  }

  /** @internal */
  handleMessage(message: CallMessage, now: number): void {
    const row = callRow(this.role, this.#state, message.type);
    switch (row?.action) {
      case 'accepted':
      case 'placed':
        if (message.type !== 'ICRP' && message.type !== 'OCRP') return;
        this.#peerSessionId = message.assignedSessionId;
        this.#enter(row.action === 'accepted' ? 'answering' : 'wait-connect', now);
        this.#host.emit({ type: 'call-accepted', call: this, reply: message });
        return;
      case 'established':
        if (message.type === 'ICCN' || message.type === 'OCCN') this.#connected(message, now);
        return;
      case 'ended':
        if (message.type === 'CDN') this.#ended(message);
        return;
      case 'errors':
        if (message.type !== 'WEN') return;
        this.#host.emit({ type: 'call-errors', call: this, errors: message.callErrors });
        return;
      case 'link-info':
        if (message.type !== 'SLI') return;
        this.#host.emit({ type: 'call-link-info', call: this, accm: message.accm });
        return;
      case 'disconnect':
        this.#host.countUnexpected();
        // The CDN of a call whose ICRP is at odds still finds the peer's session.
        if (message.type === 'ICRP' || message.type === 'OCRP') this.#learnPeer(message.assignedSessionId);
        this.#disconnect(
          'fault',
          {
            resultCode: callResult.generalError,
            errorCode: errorCode.invalidSessionId,
            message: `${message.type} in state ${this.#state}: ${row.why}`,
          },
          now,
        );
        return;
      case 'ignore':
      case undefined:
        this.#host.countUnexpected();
    }
  }

  /** @internal A message for this call has a fault that ends it. */
  handleFault(result: Result, fields: PartialFields, now: number): void {
    if (fields.assignedSessionId !== undefined) this.#learnPeer(fields.assignedSessionId);
    this.#disconnect('fault', result, now);
  }

  /** @internal A CDN that could not be read in full is one all the same. */
  handleFaultyCdn(fields: PartialFields): void {
    this.#end({
      by: 'peer',
      result: fields.result ?? { resultCode: callResult.generalError },
      q931Cause: fields.q931Cause,
      disconnectCause: fields.disconnectCause,
    });
  }

  /** @internal */
  handleTimeout(now: number): void {
    if (this.#deadline === undefined || this.#deadline > now) return;
    this.#disconnect(
      'timeout',
      {
        resultCode: this.#isLns ? callResult.administrative : callResult.timedOut,
        message: `no progress in state ${this.#state}`,
      },
      now,
    );
  }

  /** @internal */
  handleTunnelDown(text: string): void {
    const result = {
      resultCode: callResult.generalError,
      errorCode: errorCode.noControlConnection,
      message: `tunnel is down: ${text}`,
    };
    this.#end({ by: 'tunnel', result });
  }

  get #isLns(): boolean {
    return this.role === 'lns-incoming' || this.role === 'lns-outgoing';
  }

  #learnPeer(sessionId: number): void {
    if (this.#peerSessionId === 0) this.#peerSessionId = sessionId;
  }

  #connected(message: Iccn | Occn, now: number): void {
    // A framing type that we never offered is to be refused (RFC 2661 section 4.4.3).
    const { framingCapabilities } = this.#host.profile;
    if (message.framingType !== 0 && (message.framingType & framingCapabilities) === 0) {
      const text = `framing type ${message.framingType} was not offered`;
      const result = {
        resultCode: callResult.generalError,
        errorCode: errorCode.valueOutOfRange,
        message: text,
      };
      this.#disconnect('fault', result, now);
      return;
    }
    this.#sequencingRequired = message.sequencingRequired === true;
    this.#enterEstablished();
    this.#host.emit({ type: 'call-connected', call: this, connected: message });
  }

  #ended(cdn: Cdn): void {
    const { result, q931Cause, disconnectCause } = cdn;
    this.#host.tunnel.acknowledgeEnd(this.#peerSessionId);
    this.#end({ by: 'peer', result, q931Cause, disconnectCause });
  }

  #enter(state: CallState, now: number): void {
    this.#state = state;
    this.#deadline = now + this.#host.profile.callTimeout;
    this.#host.watch(this);
  }

  #enterEstablished(): void {
    this.#state = 'established';
    this.#deadline = undefined;
    this.#host.countEstablished();
  }

  #disconnect(by: CallEndCause, options: CallCloseOptions, now: number): boolean {
    if (this.#state === 'closed') return false;
    const { q931Cause, disconnectCause, resultCode, errorCode: error, message } = options;
    const result: Result = { resultCode, errorCode: error, message };
    if (this.#state !== 'wait-tunnel') {
      this.#send({ type: 'CDN', assignedSessionId: this.sessionId, result, q931Cause, disconnectCause }, now);
    }
    this.#end({ by, result, q931Cause, disconnectCause });
    return true;
  }

  #end(end: CallEnd): void {
    this.#state = 'closed';
    this.#deadline = undefined;
    this.#host.forget(this);
    this.#host.emit({ type: 'call-ended', call: this, end });
  }

  #send(message: CallMessage, now: number): void {
    this.#host.send(message, this.#peerSessionId, now);
  }
}
