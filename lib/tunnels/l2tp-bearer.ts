import type { AccessLine } from '../access-line/index.js';
import type { FrameSink } from '../io/index.js';
import type { DataPlaneSession, PppUnitOptions } from '../kernel/index.js';
import { accessLineOf } from '../l2tp/index.js';
import type { Call, CallCloseOptions, Iccn, Icrq, Occn, Ocrq } from '../l2tp/index.js';
import type { DisconnectCause } from '../ppp/index.js';
import type { Bearer, BearerFacts, BearerSequencing } from './bearer.js';
import { cdnResult } from './cdn-result.js';
import type { LogFields } from './log.js';
import type { TunnelLink } from './tunnel-link.js';
import type { TunnelService } from './tunnel-service.js';

/** Characters of a text in a CDN; an AVP holds some more octets (RFC 2661 section 4.1). */
const maxMessage = 200;

/** An L2TP call, at either end of its tunnel. */
export class L2tpBearer implements Bearer {
  readonly link: TunnelLink;
  readonly call: Call;
  sink: FrameSink | undefined;
  readonly #service: TunnelService;
  readonly #callingNumber: string | undefined;
  readonly #calledNumber: string | undefined;
  readonly #accessLine: AccessLine | undefined;
  #txConnectSpeed: number | undefined;
  #rxConnectSpeed: number | undefined;

  /** @param request what the peer asked for, on a call that it placed */
  constructor(service: TunnelService, link: TunnelLink, call: Call, request?: Icrq | Ocrq) {
    this.#service = service;
    this.link = link;
    this.call = call;
    this.#callingNumber = request?.type === 'ICRQ' ? request.callingNumber : undefined;
    this.#calledNumber = request?.calledNumber;
    this.#accessLine = request?.type === 'ICRQ' ? accessLineOf(request) : undefined;
    link.calls.set(call.sessionId, this);
  }

  get kind(): 'l2tp' {
    return 'l2tp';
  }

  get facts(): BearerFacts {
    const { tunnel } = this.link;
    return {
      tunnelId: tunnel.localTunnelId,
      sessionId: this.call.sessionId,
      peerSessionId: this.call.peerSessionId,
      peerAddress: tunnel.path.remote.address,
      peerPort: tunnel.path.remote.port,
      peerHostName: tunnel.peer?.hostName ?? '',
      localAddress: tunnel.path.local.address,
      localHostName: tunnel.profile.hostName,
      callSerialNumber: this.call.serialNumber,
      callingNumber: this.#callingNumber,
      calledNumber: this.#calledNumber,
      accessLine: this.#accessLine,
      txConnectSpeed: this.#txConnectSpeed,
      rxConnectSpeed: this.#rxConnectSpeed,
    };
  }

  get logFields(): LogFields {
    const { tunnel } = this.link;
    return {
      tunnel: tunnel.localTunnelId,
      session: this.call.sessionId,
      peer: tunnel.path.remote.address,
    };
  }

  get maxPayload(): undefined {
    return undefined;
  }

  get sequencing(): 'possible' | 'required' {
    return this.call.sequencingRequired ? 'required' : 'possible';
  }

  /** The call is up: what its ICCN or OCCN tells of the line. */
  connected(message: Iccn | Occn): void {
    this.#txConnectSpeed = message.txConnectSpeed;
    this.#rxConnectSpeed = message.rxConnectSpeed;
  }

  sendFrame(frame: Uint8Array): void {
    this.link.sendFrame(this.call, frame);
  }

  async openSession(sequencing: BearerSequencing, unit?: PppUnitOptions): Promise<DataPlaneSession> {
    const tunnel = await this.link.kernelTunnel();
    const { call, sink } = this;
    if (sink === undefined) throw new Error('nobody takes the frames of the call');
    const options = {
      sessionId: call.sessionId,
      peerSessionId: call.peerSessionId,
      lnsMode: call.role === 'lns-incoming' || call.role === 'lns-outgoing',
      ...sequencing,
      sink,
    };
    return unit === undefined ? tunnel.addSession(options) : tunnel.addPppSession(options, unit);
  }

  end(cause: DisconnectCause, result: CallCloseOptions = cdnResult(cause.reason, cause.text)): void {
    const { code, protocol, direction } = cause;
    const message = cause.text.slice(0, maxMessage);
    const options = {
      ...result,
      message: result.message?.slice(0, maxMessage),
      disconnectCause: { code, controlProtocol: protocol, direction, message },
    };
    this.call.close(options, this.#service.io.now());
    this.#service.touchLink(this.link);
  }

  release(): void {
    if (this.link.calls.get(this.call.sessionId) === this) this.link.calls.delete(this.call.sessionId);
  }
}
