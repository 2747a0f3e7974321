import type { SessionObservers, SubscriberTunnel } from '../aaa/index.js';
import { describeResult } from '../l2tp/index.js';
import type { Call, CallCloseOptions, Icrq, Ocrq, Result, TunnelRequest } from '../l2tp/index.js';
import type { EndReason, Log, TunnelLink } from '../tunnels/index.js';
import { CallRateLimiter } from './admission.js';
import type { FailedTunnel, LnsEvents, RefusedCall } from './events.js';
import type { LacSettings } from './settings.js';
import type { TunnelInfo } from './info.js';

/** Anybody can ask for tunnels, as fast as they like: so many refusals a second are told. */
const toldRefusals = { perSecond: 10 };

/** What the reports are about, and who hears of them. */
export interface TunnelReporterHost {
  readonly observers: SessionObservers;
  readonly view: { tunnel(link: TunnelLink): TunnelInfo };
  /** Id of a tunnel in records. */
  tunnelKey(tunnelId: number): string;
  lacOf(link: TunnelLink): LacSettings;
  emit<E extends keyof LnsEvents>(event: E, ...parameters: LnsEvents[E]): void;
}

/** Tells log, listeners and observers of tunnels, and of tunnels and calls that came to nothing. */
export class TunnelReporter {
  readonly #host: TunnelReporterHost;
  readonly #log: Log;
  readonly #toldRefusals = new CallRateLimiter(toldRefusals, 0);
  /** Tunnels that failed since one was told of. */
  #untold = 0;

  constructor(host: TunnelReporterHost, log: Log) {
    this.#host = host;
    this.#log = log;
  }

  up(link: TunnelLink, now: number): void {
    const { tunnel } = link;
    this.#log.info(
      { tunnel: tunnel.localTunnelId, peer: tunnel.path.remote.address, host: tunnel.peer?.hostName },
      'tunnel up',
    );
    this.#host.emit('tunnel-up', this.#host.view.tunnel(link));
    this.#host.observers.tunnelUp(this.#accountedTunnel(link), now);
  }

  down(link: TunnelLink, reason: EndReason, now: number): void {
    const { tunnel } = link;
    this.#log.info(
      { tunnel: tunnel.localTunnelId, peer: tunnel.path.remote.address, ...reason },
      'tunnel down',
    );
    this.#host.emit('tunnel-down', this.#host.view.tunnel(link), reason);
    this.#host.observers.tunnelDown(this.#accountedTunnel(link), reason, now);
  }

  /** A tunnel went before it was up. */
  notEstablished(link: TunnelLink, reason: EndReason, now: number): void {
    const { peer, path } = link.tunnel;
    const failed = { peerAddress: path.remote.address, peerHostName: peer?.hostName ?? '' };
    this.#failed(failed, 'tunnel not established', reason, now);
    this.#host.observers.tunnelFailed(this.#accountedTunnel(link), reason, now);
  }

  /** A request for a tunnel was answered with StopCCN. */
  refused({ address, hostName = '' }: TunnelRequest, result: Result, now: number): void {
    const { resultCode, errorCode } = result;
    const reason: EndReason = {
      by: 'local',
      text: `StopCCN ${describeResult('StopCCN', result)}`,
      cause: 'tunnel-refused',
      resultCode,
      ...(errorCode !== undefined && { errorCode }),
    };
    this.#failed({ peerAddress: address, peerHostName: hostName }, 'tunnel refused', reason, now);
  }

  #failed(tunnel: FailedTunnel, message: string, reason: EndReason, now: number): void {
    if (!this.#toldRefusals.take(now)) {
      this.#untold += 1;
      return;
    }
    const untold = this.#untold === 0 ? {} : { untold: this.#untold };
    this.#untold = 0;
    this.#log.warn({ peer: tunnel.peerAddress, host: tunnel.peerHostName, ...reason, ...untold }, message);
    this.#host.emit('tunnel-failed', tunnel, reason);
  }

  /** A call, or a subscriber outside of tunnels, was refused. */
  refusedCall(call: RefusedCall, reason: string): void {
    const { tunnelId, peerAddress: peer } = call;
    this.#log.warn({ ...(tunnelId !== undefined && { tunnel: tunnelId }), peer, reason }, 'call refused');
    this.#host.emit('call-refused', call, reason);
  }

  /** A call of a tunnel was refused. */
  refusedCallOf(
    link: TunnelLink,
    call: Call,
    request: Icrq | Ocrq,
    { resultCode, message = '' }: CallCloseOptions,
    now: number,
  ): void {
    const tunnel = this.#accountedTunnel(link);
    const { tunnelId, peerAddress, profile } = tunnel;
    this.refusedCall({ tunnelId, peerAddress, profile }, message);
    const failed = {
      tunnel,
      callSerialNumber: call.serialNumber,
      callingNumber: request.type === 'ICRQ' ? request.callingNumber : undefined,
      calledNumber: request.calledNumber,
    };
    this.#host.observers.callFailed(failed, { by: 'local', text: message, resultCode }, now);
  }

  #accountedTunnel(link: TunnelLink): SubscriberTunnel {
    const { path, peer, profile, localTunnelId } = link.tunnel;
    return {
      id: this.#host.tunnelKey(localTunnelId),
      tunnelId: localTunnelId,
      peerAddress: path.remote.address,
      peerHostName: peer?.hostName ?? '',
      localAddress: path.local.address,
      localHostName: profile.hostName,
      profile: this.#host.lacOf(link).name,
    };
  }
}
