import type { FrameSink } from '../io/index.js';
import type { DataPlaneSession, PppUnitOptions } from '../kernel/index.js';
import type { DisconnectCause } from '../ppp/index.js';
import { formatMac, macOctets, type PppoeSession } from '../pppoe/index.js';
import type { Bearer, BearerFacts, BearerSequencing, LogFields, TunnelService } from '../tunnels/index.js';

/** How long after the kernel's session is there the same frame may still come by both ways, in ms. */
const settleTime = 500;

type Way = 'packet' | 'channel';

interface SeenFrame {
  readonly way: Way;
  readonly frame: Uint8Array;
}

/** What a {@link PppoeBearer} needs of the access concentrator. */
export interface PppoeBearerOwner {
  sendFrame(session: PppoeSession, frame: Uint8Array): void;
  /** Sends the PADT, unless the client has done so. */
  terminate(session: PppoeSession, reason: string): void;
  release(session: PppoeSession): void;
}

/** A PPPoE session as a subscriber's link. */
export class PppoeBearer implements Bearer, FrameSink {
  readonly session: PppoeSession;
  sink: FrameSink | undefined;
  readonly #service: TunnelService;
  readonly #owner: PppoeBearerOwner;
  /**
   * While the kernel's session is being made, a frame may come by the packet socket and by the channel: what one of
   * them has brought.
   */
  #seen: SeenFrame[] | undefined;
  #settlesAt = Infinity;
  #inKernel = false;

  constructor(service: TunnelService, owner: PppoeBearerOwner, session: PppoeSession) {
    this.#service = service;
    this.#owner = owner;
    this.session = session;
  }

  get kind(): 'pppoe' {
    return 'pppoe';
  }

  get facts(): BearerFacts {
    const { id, access, mac, accessLine, serviceName } = this.session;
    const peerAddress = formatMac(mac);
    return {
      tunnelId: undefined,
      sessionId: id,
      peerSessionId: id,
      peerAddress,
      peerPort: 0,
      peerHostName: '',
      interfaceName: access.name,
      callingNumber: accessLine?.agentCircuitId ?? peerAddress,
      calledNumber: serviceName === '' ? undefined : serviceName,
      accessLine,
      txConnectSpeed: connectSpeed(accessLine?.actualRateDown),
      rxConnectSpeed: connectSpeed(accessLine?.actualRateUp),
    };
  }

  get logFields(): LogFields {
    const { id, access, mac } = this.session;
    return { session: id, peer: formatMac(mac), interface: access.name };
  }

  get maxPayload(): number {
    return this.session.maxPayload;
  }

  get sequencing(): 'none' {
    return 'none';
  }

  /** A frame that the packet socket brought: the kernel, once it has the session, brings its own. */
  handlePacketFrame(frame: Uint8Array): void {
    if (!this.#inKernel) this.#handle('packet', frame);
  }

  /** A frame that the channel brought. */
  handleFrame(frame: Uint8Array): void {
    this.#handle('channel', frame);
  }

  handleHangup(): void {
    this.sink?.handleHangup();
  }

  sendFrame(frame: Uint8Array): void {
    this.#owner.sendFrame(this.session, frame);
  }

  async openSession(_sequencing: BearerSequencing, unit?: PppUnitOptions): Promise<DataPlaneSession> {
    const { id, access, mac } = this.session;
    this.#seen = [];
    const options = {
      sessionId: id,
      interfaceName: access.name,
      peerMac: macOctets(mac),
      sink: this,
    };
    try {
      const session = await this.#service.dataPlane.openPppoe(options, unit);
      this.#inKernel = true;
      this.#settlesAt = this.#service.io.now() + settleTime;
      return session;
    } catch (error) {
      this.#seen = undefined;
      throw error;
    }
  }

  end(cause: DisconnectCause): void {
    this.#owner.terminate(this.session, cause.text);
  }

  release(): void {
    this.#owner.release(this.session);
  }

  #handle(way: Way, frame: Uint8Array): void {
    if (this.#seen !== undefined && this.#isRepeated(this.#seen, way, frame)) return;
    this.sink?.handleFrame(frame);
  }

  #isRepeated(seen: SeenFrame[], way: Way, frame: Uint8Array): boolean {
    if (this.#settlesAt < this.#service.io.now()) {
      this.#seen = undefined;
      return false;
    }
    const at = seen.findIndex((one) => one.way !== way && Buffer.compare(one.frame, frame) === 0);
    if (at < 0) {
      seen.push({ way, frame: frame.slice() });
      if (seen.length > maxSeen) seen.shift();
      return false;
    }
    seen.splice(at, 1);
    return true;
  }
}

/** A Connect Speed has 32 bits (RFC 2661 section 4.4.4). */
const connectSpeed = (rate: number | undefined): number | undefined => rate && Math.min(rate, 0xffff_ffff);

/** Frames that are compared: more than a peer sends in so short a time. */
const maxSeen = 16;
