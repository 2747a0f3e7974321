import type { Descriptor, EthernetIo, EthernetSink } from '../io/index.js';
import {
  AccessConcentrator,
  type AccessConcentratorCounters,
  type AccessConcentratorOptions,
  decodeFrame,
  describeDiscovery,
  formatMac,
  headerLength,
  type Outgoing,
  type PppoeFrame,
  type PppoeSession,
  type SessionRequest,
  writeHeader,
} from '../pppoe/index.js';
import type { Bearer, EndReason, MessageDirection, TunnelService } from '../tunnels/index.js';
import type { Random } from '../wire/index.js';
import { AccessInterfaces } from './access-interfaces.js';
import { PppoeBearer, type PppoeBearerOwner } from './pppoe-bearer.js';

/** Longer than any frame of PPP control that is sent here. */
const longestFrame = 2048;

export interface ConcentratorOptions extends AccessConcentratorOptions {
  /** Names of Ethernet interfaces; `*` stands for any characters. */
  readonly interfaces: readonly string[];
}

/** Whoever takes the subscribers. */
export interface SubscriberHost {
  /** Why another subscriber, with this MAC address, is not taken now; `undefined` when it is. */
  refusal(peerAddress: string, now: number): string | undefined;
  /** Takes a subscriber's link, and begins PPP on it. */
  accept(bearer: Bearer, now: number): void;
  /** The subscriber has ended its link. */
  handleEnded(bearer: Bearer, reason: EndReason): void;
}

/** An access concentrator in operation: discovery on packet sockets, and a bearer for each session. */
export class PppoeConcentrator implements EthernetSink, PppoeBearerOwner {
  readonly #service: TunnelService;
  readonly #io: EthernetIo;
  readonly #host: SubscriberHost;
  readonly #interfaces: AccessInterfaces;
  readonly #machine: AccessConcentrator;
  readonly #options: ConcentratorOptions;
  readonly #bearers = new Map<PppoeSession, PppoeBearer>();
  readonly #buffer = new Uint8Array(headerLength + longestFrame);
  #sockets: Descriptor[] = [];
  /** Everything leaves by one socket, so that a PADS goes before the LCP packets of its session. */
  #sender: Descriptor = 0;

  constructor(
    service: TunnelService,
    io: EthernetIo,
    host: SubscriberHost,
    options: ConcentratorOptions,
    random: Random,
  ) {
    this.#service = service;
    this.#io = io;
    this.#host = host;
    this.#options = options;
    this.#interfaces = new AccessInterfaces(io, options.interfaces);
    this.#machine = new AccessConcentrator(options, random, service.io.now());
  }

  get counters(): Readonly<AccessConcentratorCounters> {
    return this.#machine.counters;
  }

  /** Its own bounds, and what there is of what they bound. */
  get limits() {
    const { maxSessions, maxSessionsPerMac } = this.#options;
    const { sessions, mostSessionsOfMac } = this.#machine;
    return { maxSessions, sessions: sessions.size, maxSessionsPerMac, mostSessionsOfMac };
  }

  /** Begins to answer. @throws KernelError when a packet socket cannot be opened; then none is open */
  start(): void {
    try {
      for (const filter of ['padi', 'discovery', 'session'] as const) {
        this.#sender = this.#io.openEthernet(filter, this);
        this.#sockets.push(this.#sender);
      }
    } catch (error) {
      this.stop();
      throw error;
    }
    for (const name of this.#options.interfaces) {
      if (name.includes('*') || this.#io.ethernetInterface(name) !== undefined) continue;
      this.#service.log.warn({ interface: name }, 'there is no such Ethernet interface (yet)');
    }
  }

  /** Stops answering. What was queued has left before. */
  stop(): void {
    for (const socket of this.#sockets) this.#io.close(socket);
    this.#sockets = [];
  }

  handleEthernetFrame(octets: Uint8Array, interfaceIndex: number): void {
    const now = this.#service.io.now();
    const access = this.#interfaces.find(interfaceIndex, now);
    if (access === undefined) return;
    const frame = decodeFrame(octets);
    if (frame === undefined) {
      this.#machine.counters.ignored += 1;
      return;
    }
    if (frame.kind === 'session') {
      const session = this.#machine.sessionOf(access, frame);
      if (session !== undefined) this.#bearers.get(session)?.handlePacketFrame(pppFrameOf(frame));
      return;
    }
    this.#show(frame, interfaceIndex, 'received');
    this.#machine.handleDiscovery(access, frame, now);
    this.#drain(now);
  }

  sendFrame(session: PppoeSession, frame: Uint8Array): void {
    if (frame.length > longestFrame) return;
    const { access, mac, id } = session;
    const header = { destination: mac, source: access.mac, kind: 'session', sessionId: id } as const;
    writeHeader(this.#buffer, header, frame.length);
    this.#buffer.set(frame, headerLength);
    this.#io.sendEthernet(this.#sender, access.index, this.#buffer.subarray(0, headerLength + frame.length));
  }

  terminate(session: PppoeSession, reason: string): void {
    this.#machine.terminate(session, reason);
    this.#transmit();
  }

  release(session: PppoeSession): void {
    this.#bearers.delete(session);
  }

  #drain(now: number): void {
    for (let event = this.#machine.pollEvent(); event !== undefined; event = this.#machine.pollEvent()) {
      if (event.type === 'session-request') {
        this.#handleRequest(event.request, now);
        continue;
      }
      const bearer = this.#bearers.get(event.session);
      if (bearer === undefined) continue;
      const text = event.reason === '' ? 'PADT' : `PADT ${JSON.stringify(event.reason)}`;
      this.#host.handleEnded(bearer, { by: 'peer', text, cause: 'peer-padt' });
    }
    this.#transmit();
  }

  #handleRequest(request: SessionRequest, now: number): void {
    const refusal = this.#host.refusal(formatMac(request.mac), now);
    if (refusal !== undefined) {
      this.#machine.reject(request, refusal);
      return;
    }
    const session = this.#machine.accept(request);
    if (session === undefined) return;
    const bearer = new PppoeBearer(this.#service, this, session);
    this.#bearers.set(session, bearer);
    this.#host.accept(bearer, now);
  }

  #transmit(): void {
    for (let out = this.#machine.pollTransmit(); out !== undefined; out = this.#machine.pollTransmit()) {
      this.#io.sendEthernet(this.#sender, out.interfaceIndex, out.frame);
      this.#showSent(out);
    }
  }

  #showSent({ frame, interfaceIndex }: Outgoing): void {
    if (!this.#service.log.isLevelEnabled('trace')) return;
    const sent = decodeFrame(frame);
    if (sent !== undefined) this.#show(sent, interfaceIndex, 'sent');
  }

  #show(frame: PppoeFrame, interfaceIndex: number, direction: MessageDirection): void {
    const { log } = this.#service;
    if (!log.isLevelEnabled('trace')) return;
    const peer = formatMac(direction === 'sent' ? frame.destination : frame.source);
    const name = this.#io.ethernetInterface(interfaceIndex)?.name;
    log.trace({ interface: name, peer, direction }, describeDiscovery(frame));
  }
}

const addressAndControl = 0xff03;

/** Some clients send PPP's address and control octets, which do not belong into PPPoE (RFC 2516 section 4). */
function pppFrameOf({ payload }: PppoeFrame): Uint8Array {
  const start = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
  return start === addressAndControl ? payload.subarray(2) : payload;
}
