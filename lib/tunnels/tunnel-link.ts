import type { DatagramSink, DatagramSource, Descriptor, Timed } from '../io/index.js';
import type { DataPlaneTunnel } from '../kernel/index.js';
import { stopResult, errorCode } from '../l2tp/index.js';
import type { Call, Tunnel } from '../l2tp/index.js';
import type { L2tpBearer } from './l2tp-bearer.js';
import type { TunnelRole, TunnelService } from './tunnel-service.js';

/**
 * One tunnel in operation: its protocol machine, and once it is established its connected socket and the kernel's
 * tunnel. Before that its messages go through the listener, so that a tunnel under way owns no descriptor.
 */
export class TunnelLink implements DatagramSink, Timed {
  readonly tunnel: Tunnel;
  /** Calls by our session id. */
  readonly calls = new Map<number, L2tpBearer>();
  /** Decides about the tunnel and its calls. */
  readonly role: TunnelRole;
  /** Milliseconds since the epoch at which it was established. */
  since = 0;

  readonly #service: TunnelService;
  readonly #listener: Descriptor;
  readonly #dataClass: number;
  #socket: Descriptor | undefined;
  /** The socket of a tunnel that is down, without the kernel's tunnel. */
  #retired: Descriptor | undefined;
  #kernel: Promise<DataPlaneTunnel> | undefined;

  /**
   * @param listener where the tunnel's messages go while it has no socket of its own
   * @param dataClass traffic class of data packets' outer headers
   */
  constructor(
    service: TunnelService,
    tunnel: Tunnel,
    listener: Descriptor,
    role: TunnelRole,
    dataClass: number,
  ) {
    this.#service = service;
    this.tunnel = tunnel;
    this.role = role;
    this.#listener = listener;
    this.#dataClass = dataClass;
  }

  handleDatagram(bytes: Uint8Array): void {
    this.#service.handleTunnelDatagram(bytes, this.tunnel.path);
  }

  handleSocketError(code: string): void {
    // A soft error: the reliable channel decides when a peer is lost.
    this.#service.log.debug({ tunnel: this.tunnel.localTunnelId, code }, 'the network reports an error');
  }

  handleTimeout(now: number): void {
    this.tunnel.handleTimeout(now);
    this.#service.touchLink(this);
  }

  /** Sends one control message. */
  send(message: Uint8Array): void {
    if (this.#socket !== undefined) this.#service.io.send(this.#socket, message);
    else this.#service.io.send(this.#listener, message, this.tunnel.path);
  }

  /** Sends one PPP frame of `call`, from its protocol field on, past the kernel's session. */
  sendFrame(call: Call, frame: Uint8Array): void {
    if (this.#socket === undefined) return;
    const { sender } = this.#service;
    sender.send(this.#socket, undefined, this.tunnel.peerTunnelId, call.peerSessionId, frame);
  }

  /** The tunnel is established: opens its socket and the kernel's tunnel, or closes it again and says why. */
  open(now: number): void {
    this.since = Date.now();
    const { io, dataPlane } = this.#service;
    const { path, localTunnelId, peerTunnelId } = this.tunnel;
    try {
      this.#socket = io.connect({
        local: path.local,
        remote: path.remote,
        sink: this,
        listener: this.#listener,
        trafficClass: this.#dataClass,
      });
    } catch (error) {
      this.#refuse('its socket cannot be opened', error, now);
      return;
    }
    this.#kernel = dataPlane.openTunnel({
      local: path.local,
      peer: path.remote,
      tunnelId: localTunnelId,
      peerTunnelId,
      socket: this.#socket,
    });
    this.#service.kernelWork.track(this.#kernel, (error) => {
      this.#refuse("the kernel's tunnel cannot be made", error, io.now());
      this.#service.touchLink(this);
    });
  }

  /** The kernel's tunnel; rejects when there is none. */
  kernelTunnel(): Promise<DataPlaneTunnel> {
    return this.#kernel ?? Promise.reject(new Error('the tunnel is down'));
  }

  /** The tunnel is down: gives back the kernel's tunnel and the socket. What is left to say leaves by the listener. */
  close(): void {
    const kernel = this.#kernel;
    const socket = this.#socket;
    this.#kernel = undefined;
    this.#socket = undefined;
    if (socket === undefined) return;
    const { kernelWork, links, log } = this.#service;
    const closed = (kernel ?? Promise.reject(new Error('no kernel tunnel')))
      .then((tunnel) => tunnel.close())
      .finally(() => {
        this.#retired = socket;
        this.settle(links.get(this.tunnel.localTunnelId) !== this);
      });
    kernelWork.track(closed, (error) => {
      log.debug({ tunnel: this.tunnel.localTunnelId, error: String(error) }, 'kernel tunnel not closed');
    });
  }

  /**
   * Closes what a tunnel that is down has left open. The acknowledgement of our StopCCN comes by its socket, and would
   * be lost with it: so that stays until then.
   * @param released nothing is waited for any more
   */
  settle(released: boolean): void {
    const socket = this.#retired;
    if (socket === undefined || (!released && this.tunnel.backlog > 0)) return;
    this.#retired = undefined;
    this.#service.io.close(socket);
  }

  #refuse(what: string, error: unknown, now: number): void {
    const { log } = this.#service;
    const text = error instanceof Error ? error.message : String(error);
    log.error(
      { tunnel: this.tunnel.localTunnelId, peer: this.tunnel.path.remote.address },
      `${what}: ${text}`,
    );
    this.tunnel.close(
      { resultCode: stopResult.generalError, errorCode: errorCode.insufficientResources, message: what },
      now,
    );
  }
}

/** A path as the driver names it: the same two ends always give the same object. */
export type Path = DatagramSource;
