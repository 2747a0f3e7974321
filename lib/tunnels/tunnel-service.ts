import type { ControlIo, DatagramSink, DatagramSource, Descriptor, SocketAddress } from '../io/index.js';
import type { DataPlane } from '../kernel/index.js';
import { decodeHeader, describeDatagram, isControl, stopResult } from '../l2tp/index.js';
import type {
  Call,
  CallEnd,
  Endpoint,
  Iccn,
  Icrq,
  Occn,
  Ocrq,
  Result,
  Tunnel,
  TunnelEvent,
  TunnelProfile,
} from '../l2tp/index.js';
import { DataSender } from './data-sender.js';
import type { EndReason } from './end-reason.js';
import { callEndReason, tunnelEndReason } from './end-reason.js';
import { Departures } from './departures.js';
import { KernelWork } from './kernel-work.js';
import type { Log } from './log.js';
import type { MessageDirection, MessageTap } from './message-tap.js';
import type { PppCall } from './ppp-call.js';
import { TunnelLink } from './tunnel-link.js';

/** What an LNS or a LAC decides about tunnels and calls. {@link TunnelService} does everything else. */
export interface TunnelRole {
  handleTunnelUp(link: TunnelLink): void;
  /** @param established whether there was a `handleTunnelUp` */
  handleTunnelDown(link: TunnelLink, reason: EndReason, established: boolean): void;
  /** The peer asks for a call: accept or reject it. */
  handleCallRequest(link: TunnelLink, call: Call, request: Icrq | Ocrq, now: number): void;
  /** The peer has accepted our call (LAC: now connect it). */
  handleCallAccepted(link: TunnelLink, call: Call, now: number): void;
  /** The call is up, and PPP may begin. */
  handleCallConnected(link: TunnelLink, call: Call, connected: Iccn | Occn, now: number): void;
  /** @param end the same reason as the protocol tells it */
  handleCallEnded(link: TunnelLink, call: Call, reason: EndReason, now: number, end: CallEnd): void;
}

/** A tunnel that is to be opened from here. */
export interface ConnectTunnelOptions {
  /** Decides about the tunnel and its calls; the service's own role unless given. */
  readonly role?: TunnelRole;
  /** IP address to send from, on the port of a listener that hears it; the system's choice unless given. */
  readonly localAddress?: string | undefined;
  /** DSCP of data packets' outer headers; the service's own unless given. */
  readonly dscp?: number | undefined;
}

interface Listener {
  readonly local: SocketAddress;
  /** As the system chose it. */
  readonly port: number;
  readonly descriptor: Descriptor;
}

export interface TunnelServiceOptions {
  readonly io: ControlIo;
  readonly dataPlane: DataPlane;
  readonly endpoint: Endpoint;
  readonly log: Log;
  /** DSCP of data packets' outer headers; 0 unless given. */
  readonly dscp?: number | undefined;
}

/** CS6: network control (RFC 4594 section 3.2). */
const controlClass = 0xc0;

/** How often a service that closes looks whether its peers have acknowledged, in ms. */
const closePollInterval = 20;

/**
 * Joins the L2TP core to sockets, timers and the kernel, for any role: gives datagrams to tunnels and calls, and
 * after each turn drains every machine that something happened to.
 */
export class TunnelService implements DatagramSink {
  readonly io: ControlIo;
  readonly dataPlane: DataPlane;
  readonly endpoint: Endpoint;
  readonly log: Log;
  readonly sender: DataSender;
  readonly kernelWork = new KernelWork();
  readonly departures = new Departures();
  /** Who is shown each control message and PPP frame. */
  readonly taps = new Set<MessageTap>();
  /** Tunnels by our tunnel id, those under way and those that linger included. */
  readonly links = new Map<number, TunnelLink>();

  readonly #role: TunnelRole;
  readonly #dscp: number;
  readonly #listeners: Listener[] = [];
  readonly #touchedCalls: PppCall[] = [];
  readonly #touchedLinks: TunnelLink[] = [];
  readonly #stopDraining: () => void;

  constructor(options: TunnelServiceOptions, role: TunnelRole) {
    this.io = options.io;
    this.dataPlane = options.dataPlane;
    this.endpoint = options.endpoint;
    this.log = options.log;
    this.#dscp = options.dscp ?? 0;
    this.sender = new DataSender(options.io);
    this.#role = role;
    this.#stopDraining = this.io.afterTurn(() => this.drain());
  }

  /** Opens a socket that peers may send to. @throws KernelError */
  listen(local: SocketAddress): void {
    const descriptor = this.io.listen({ local, sink: this, trafficClass: controlClass });
    const { port } = this.io.localAddress(descriptor);
    this.#listeners.push({ local, port, descriptor });
  }

  /** The address and port of each listener, as the system chose them. */
  listenAddresses(): SocketAddress[] {
    return this.#listeners.map(({ descriptor }) => this.io.localAddress(descriptor));
  }

  /**
   * Begins a tunnel to `remote`, from a listener of its address family.
   * @throws RangeError when there is none; PlacementError when no tunnel id is left
   */
  connect(
    remote: SocketAddress,
    profile: TunnelProfile,
    { role = this.#role, localAddress, dscp }: ConnectTunnelOptions = {},
  ): TunnelLink {
    const family = remote.address.includes(':');
    const listener = this.#listeners.find(
      ({ local: { address } }) =>
        address.includes(':') === family &&
        (localAddress === undefined || address === localAddress || isWildcard(address)),
    );
    if (listener === undefined) {
      const what =
        localAddress === undefined ? `of the address family of ${remote.address}` : `on ${localAddress}`;
      throw new RangeError(`no listener ${what}`);
    }
    const from = { address: localAddress ?? listener.local.address, port: listener.port };
    const tunnel = this.endpoint.connect({ local: from, remote }, profile, this.io.now());
    const link = this.#link(tunnel, role, dscp);
    this.touchLink(link);
    return link;
  }

  /** A datagram on a listener. */
  handleDatagram(bytes: Uint8Array, source: DatagramSource | undefined): void {
    if (source !== undefined) this.handleTunnelDatagram(bytes, source);
  }

  /** A datagram that came along `path`, by whichever socket. */
  handleTunnelDatagram(bytes: Uint8Array, path: DatagramSource): void {
    if (isControl(bytes)) {
      this.#show(bytes, path, 'received');
      this.endpoint.handleDatagram(bytes, path, this.io.now());
      return;
    }
    const header = decodeHeader(bytes);
    if (typeof header === 'string' || header.kind !== 'data') return;
    const link = this.links.get(header.tunnelId);
    if (link === undefined || !isFrom(link.tunnel.path.remote, path.remote)) return;
    link.calls.get(header.sessionId)?.sink?.handleFrame(bytes.subarray(header.payloadStart, header.end));
  }

  /** The call's machine has something to say, or another deadline. */
  touchCall(call: PppCall): void {
    this.#touchedCalls.push(call);
    this.io.now(); // Opens a turn where none is: its end drains.
  }

  /** The tunnel's machine has something to say, or another deadline. */
  touchLink(link: TunnelLink): void {
    this.#touchedLinks.push(link);
    this.io.now();
  }

  /** Lets every touched machine speak, until none has anything left to say. */
  drain(): void {
    const now = this.io.now();
    for (;;) {
      const tunnel = this.endpoint.pollTouched();
      const link = tunnel === undefined ? this.#touchedLinks.pop() : this.#link(tunnel);
      if (link !== undefined) {
        try {
          this.#drainLink(link, now);
        } catch (error) {
          this.#fail(link, error, now);
        }
        continue;
      }
      const call = this.#touchedCalls.pop();
      if (call === undefined) break;
      call.drain(now);
    }
    for (
      let answer = this.endpoint.pollTransmit();
      answer !== undefined;
      answer = this.endpoint.pollTransmit()
    ) {
      const listener = this.#listenerFor(answer.path.local);
      this.#show(answer.bytes, answer.path, 'sent');
      if (listener !== undefined) this.io.send(listener, answer.bytes, answer.path);
    }
  }

  /**
   * Ends all tunnels with StopCCN and waits for the peers' acknowledgements, at most `timeout` ms, and for the kernel;
   * then closes the listeners.
   */
  async close(result: Result, timeout: number): Promise<void> {
    const began = this.io.now();
    this.drain();
    // A StopCCN goes before what waits for the peer's window: the CDNs of the role get their time first.
    await this.#poll(() => this.#saidAll, began + timeout / 2);
    this.endpoint.close(this.io.now(), result);
    this.drain();
    await this.#poll(() => this.endpoint.drained, began + timeout);
    await this.kernelWork.idle();
    this.#stopDraining();
    for (const link of this.links.values()) {
      this.io.timers.schedule(link, undefined);
      link.settle(true);
    }
    for (const { descriptor } of this.#listeners) this.io.close(descriptor);
    this.#listeners.length = 0;
    this.links.clear();
  }

  /** Every established tunnel's peer has acknowledged all that was said. */
  get #saidAll(): boolean {
    for (const { tunnel } of this.links.values()) if (tunnel.established && tunnel.backlog > 0) return false;
    return true;
  }

  #poll(done: () => boolean, deadline: number): Promise<void> {
    return new Promise((resolve) => {
      const poll = {
        handleTimeout: (now: number): void => {
          if (done() || now >= deadline) resolve();
          else this.io.timers.schedule(poll, now + closePollInterval);
        },
      };
      poll.handleTimeout(this.io.now());
    });
  }

  #link(tunnel: Tunnel, role = this.#role, dscp = this.#dscp): TunnelLink {
    const known = this.links.get(tunnel.localTunnelId);
    if (known !== undefined) return known;
    const listener = this.#listenerFor(tunnel.path.local);
    if (listener === undefined) throw new RangeError(`no listener for ${tunnel.path.local.address}`);
    const link = new TunnelLink(this, tunnel, listener, role, dscp << 2);
    this.links.set(tunnel.localTunnelId, link);
    return link;
  }

  /** The listener that hears what is sent to `local`. */
  #listenerFor(local: SocketAddress): Descriptor | undefined {
    const family = local.address.includes(':');
    const heard = this.#listeners.filter(
      ({ local: { address } }) =>
        address === local.address || (isWildcard(address) && address.includes(':') === family),
    );
    const fits = heard.filter(({ port }) => port === local.port);
    const exact = fits.find((one) => one.local.address === local.address);
    return (exact ?? fits[0] ?? heard[0])?.descriptor;
  }

  #drainLink(link: TunnelLink, now: number): void {
    const { tunnel } = link;
    for (let event = tunnel.pollEvent(); event !== undefined; event = tunnel.pollEvent()) {
      this.#handleEvent(link, event, now);
    }
    for (let bytes = tunnel.pollTransmit(); bytes !== undefined; bytes = tunnel.pollTransmit()) {
      this.#show(bytes, tunnel.path, 'sent', tunnel.localTunnelId);
      link.send(bytes);
    }
    const known = this.links.has(tunnel.localTunnelId);
    this.io.timers.schedule(link, known ? tunnel.pollTimeout() : undefined);
    link.settle(!known);
  }

  /** A defect of ours must not reach beyond the tunnel that met it. */
  #fail({ tunnel }: TunnelLink, error: unknown, now: number): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.error({ tunnel: tunnel.localTunnelId, error: text }, 'internal error: the tunnel ends');
    tunnel.close({ resultCode: stopResult.generalRequest, message: 'internal error' }, now);
  }

  #handleEvent(link: TunnelLink, event: TunnelEvent, now: number): void {
    switch (event.type) {
      case 'up':
        link.open(now);
        link.role.handleTunnelUp(link);
        return;
      case 'down':
        link.close();
        link.role.handleTunnelDown(link, tunnelEndReason(event), event.established);
        return;
      case 'released':
        this.links.delete(link.tunnel.localTunnelId);
        return;
      case 'call-request':
        link.role.handleCallRequest(link, event.call, event.request, now);
        return;
      case 'call-accepted':
        link.role.handleCallAccepted(link, event.call, now);
        return;
      case 'call-connected':
        link.role.handleCallConnected(link, event.call, event.connected, now);
        return;
      case 'call-ended':
        link.role.handleCallEnded(link, event.call, callEndReason(event.end), now, event.end);
        return;
      case 'call-errors':
      case 'call-link-info':
      case 'path-changed':
        this.log.debug({ tunnel: link.tunnel.localTunnelId }, event.type);
    }
  }

  /** Our id of the tunnel that a message is for; `undefined` where there is none. */
  #receiver(bytes: Uint8Array): number | undefined {
    const header = decodeHeader(bytes);
    return typeof header === 'string' || !this.links.has(header.tunnelId) ? undefined : header.tunnelId;
  }

  /** @param tunnelId ours, where it is known without a look at the message */
  #show(bytes: Uint8Array, path: DatagramSource, direction: MessageDirection, tunnelId?: number): void {
    const traced = this.log.isLevelEnabled('trace');
    if (!traced && this.taps.size === 0) return;
    const tunnel = tunnelId ?? (direction === 'received' ? this.#receiver(bytes) : undefined);
    for (const tap of this.taps) tap.controlMessage?.(bytes, path, direction, tunnel);
    if (!traced) return;
    const fields = { ...(tunnel !== undefined && { tunnel }), peer: path.remote.address, direction };
    this.log.trace(fields, describeDatagram(bytes));
  }
}

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

const isFrom = (expected: SocketAddress, actual: SocketAddress): boolean =>
  expected.port === actual.port && expected.address === actual.address;
