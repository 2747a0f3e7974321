import type {
  Descriptor,
  EthernetFilter,
  EthernetInterface,
  EthernetIo,
  EthernetSink,
} from '../../lib/io/index.js';
import type { NullDataPlane } from '../../lib/kernel/index.js';
import {
  broadcast,
  decodeFrame,
  decodeTags,
  encodeFrame,
  encodeTags,
  formatMac,
  type MacAddress,
  type PppoeFrame,
  type Tags,
} from '../../lib/pppoe/index.js';
import { type PppOptions, PppSession, resolvePppOptions } from '../../lib/ppp/index.js';
import type { Random } from '../../lib/wire/index.js';
import { seededRandom } from './random.js';
import type { SimHost } from './sim-host.js';

export interface SimEthernetOptions {
  readonly seed?: number;
  readonly loss?: number;
  readonly duplicate?: number;
  /** One way, in ms. Default 2. */
  readonly latency?: number;
}

const filterOf = (kind: PppoeFrame['kind']): EthernetFilter =>
  kind === 'PADI' ? 'padi' : kind === 'session' ? 'session' : 'discovery';

/**
 * An Ethernet in virtual time between a host, whose {@link EthernetIo} it is, and PPPoE clients. Frames are lost and
 * doubled by a seed. As a kernel does, it also brings a session's frames to the channel of a session that the data
 * plane has.
 */
export class SimEthernet implements EthernetIo {
  readonly interfaces = new Map<number, EthernetInterface>();
  /** Every frame, in either direction, for tests that look. */
  readonly frames: PppoeFrame[] = [];
  readonly #clientsHost: SimHost;
  readonly #dataPlane: NullDataPlane;
  readonly #options: SimEthernetOptions;
  readonly #random: Random;
  readonly #sinks = new Map<Descriptor, { filter: EthernetFilter; sink: EthernetSink }>();
  readonly #clients = new Map<MacAddress, SimPppoeClient>();
  #next = 1;

  /** @param clientsHost whose timers the clients and the wire use */
  constructor(clientsHost: SimHost, dataPlane: NullDataPlane, options: SimEthernetOptions = {}) {
    this.#clientsHost = clientsHost;
    this.#dataPlane = dataPlane;
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
  }

  addInterface(name: string, index: number, mtu = 1500): EthernetInterface {
    const added = { index, name, mac: 0x0200_0000_0000 + index, mtu };
    this.interfaces.set(index, added);
    return added;
  }

  addClient(client: SimPppoeClient): void {
    this.#clients.set(client.mac, client);
  }

  openEthernet(filter: EthernetFilter, sink: EthernetSink): Descriptor {
    const descriptor = this.#next++;
    this.#sinks.set(descriptor, { filter, sink });
    return descriptor;
  }

  get openSockets(): number {
    return this.#sinks.size;
  }

  sendEthernet(_socket: Descriptor, _interfaceIndex: number, octets: Uint8Array): void {
    const frame = taken(octets);
    this.#carry(frame, () => this.#clients.get(frame.destination)?.handle(frame));
  }

  ethernetInterface(which: string | number): EthernetInterface | undefined {
    return [...this.interfaces.values()].find(({ index, name }) => which === index || which === name);
  }

  close(socket: Descriptor): void {
    this.#sinks.delete(socket);
  }

  /** From a client to the host. */
  send(interfaceIndex: number, frame: PppoeFrame): void {
    const octets = encodeFrame(frame);
    this.#carry(frame, () => {
      for (const { filter, sink } of this.#sinks.values()) {
        if (filter === filterOf(frame.kind)) sink.handleEthernetFrame(octets, interfaceIndex);
      }
      if (frame.kind === 'session') this.#toChannel(frame);
    });
  }

  /** Wakes `wake` after `ms`. */
  after(ms: number, wake: (now: number) => void): { cancel(): void } {
    const timed = { handleTimeout: wake };
    this.#clientsHost.timers.schedule(timed, this.#clientsHost.now() + ms);
    return { cancel: () => this.#clientsHost.timers.schedule(timed, undefined) };
  }

  now(): number {
    return this.#clientsHost.now();
  }

  #toChannel({ sessionId, payload }: PppoeFrame): void {
    const session = this.#dataPlane.sessions.find(
      ({ options, tunnel }) => options.sessionId === sessionId && tunnel.tunnelId === 0,
    );
    session?.options.sink.handleFrame(payload);
  }

  #carry(frame: PppoeFrame, deliver: () => void): void {
    this.frames.push(frame);
    const { loss = 0, duplicate = 0, latency = 2 } = this.#options;
    if (this.#chance(loss)) return;
    this.after(latency, deliver);
    if (this.#chance(duplicate)) this.after(latency + 1, deliver);
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.#random.below(1_000_000) < probability * 1_000_000;
  }
}

function taken(octets: Uint8Array): PppoeFrame {
  const frame = decodeFrame(octets.slice());
  if (frame === undefined) throw new Error('the host sent what is no PPPoE frame');
  return frame;
}

export interface SimPppoeClientOptions {
  readonly user?: string;
  readonly password?: string;
  readonly tags?: Partial<Tags>;
  readonly interfaceIndex?: number;
  readonly ppp?: PppOptions;
}

const discoveryTimeout = 1000;

/** A PPPoE subscriber: discovery with repeats, then PPP's client. */
export class SimPppoeClient {
  readonly mac: MacAddress;
  readonly events: string[] = [];
  readonly ppp: PppSession;
  sessionId = 0;
  #ac: MacAddress = 0;
  #cookie: Uint8Array | undefined;
  #repeat: { cancel(): void } | undefined;
  #timer: { cancel(): void } | undefined;
  readonly #ethernet: SimEthernet;
  readonly #options: SimPppoeClientOptions;

  constructor(ethernet: SimEthernet, mac: MacAddress, options: SimPppoeClientOptions = {}) {
    this.#ethernet = ethernet;
    this.mac = mac;
    this.#options = options;
    const { user = 'bob', password = 'pass', ppp } = options;
    this.ppp = new PppSession({
      role: 'client',
      options: resolvePppOptions({ mru: 1492, mtu: 1492, ...ppp }),
      random: seededRandom(mac % 0x1_0000),
      credentials: { user, password },
      network: {},
    });
    ethernet.addClient(this);
  }

  get name(): string {
    return formatMac(this.mac);
  }

  dial(): void {
    this.#discover('PADI');
  }

  hangUp(): void {
    this.#send('PADT', this.sessionId, {});
    this.#timer?.cancel();
    this.sessionId = 0;
  }

  handle(frame: PppoeFrame): void {
    if (frame.kind === 'session') {
      if (frame.sessionId !== this.sessionId) return;
      this.ppp.handleFrame(frame.payload, this.#ethernet.now());
      this.#drain();
      return;
    }
    const tags = decodeTags(frame.payload);
    if (frame.kind === 'PADO' && this.#cookie === undefined && tags?.acCookie) {
      this.#ac = frame.source;
      this.#cookie = tags.acCookie;
      this.#discover('PADR');
    } else if (frame.kind === 'PADS' && this.sessionId === 0 && this.#cookie !== undefined) {
      this.#repeat?.cancel();
      if (frame.sessionId === 0) {
        this.events.push(`refused ${tags?.acSystemError ?? tags?.serviceNameError ?? ''}`);
        return;
      }
      this.sessionId = frame.sessionId;
      this.ppp.start({}, this.#ethernet.now());
      this.#drain();
    } else if (frame.kind === 'PADT' && frame.sessionId === this.sessionId) {
      this.events.push(`PADT ${tags?.genericError ?? ''}`);
      this.sessionId = 0;
      this.#timer?.cancel();
    }
  }

  #discover(kind: 'PADI' | 'PADR'): void {
    this.#repeat?.cancel();
    this.#send(kind, 0, {
      ...this.#options.tags,
      ...(kind === 'PADR' && { acCookie: this.#cookie }),
    });
    this.#repeat = this.#ethernet.after(discoveryTimeout, () => this.#discover(kind));
  }

  #send(kind: PppoeFrame['kind'], sessionId: number, tags: Partial<Tags>): void {
    this.#ethernet.send(this.#options.interfaceIndex ?? 2, {
      destination: kind === 'PADI' ? broadcast : this.#ac,
      source: this.mac,
      kind,
      sessionId,
      payload: encodeTags({ serviceNames: [''], ...tags }),
    });
  }

  #drain(): void {
    const now = this.#ethernet.now();
    for (;;) {
      const frame = this.ppp.pollTransmit();
      if (frame !== undefined) {
        this.#ethernet.send(this.#options.interfaceIndex ?? 2, {
          destination: this.#ac,
          source: this.mac,
          kind: 'session',
          sessionId: this.sessionId,
          payload: frame,
        });
        continue;
      }
      const event = this.ppp.pollEvent();
      if (event === undefined) break;
      if (event.kind === 'authenticate') this.ppp.handleAuthResult(event.id, { kind: 'accept' }, {}, now);
      else if (event.kind === 'attach') this.ppp.handleAttached(now);
      else this.events.push(event.kind === 'down' ? `down ${event.cause.text}` : event.kind);
    }
    this.#timer?.cancel();
    const deadline = this.ppp.pollTimeout();
    if (deadline === undefined) return;
    this.#timer = this.#ethernet.after(Math.max(0, deadline - now), (at) => {
      this.ppp.handleTimeout(at);
      this.#drain();
    });
  }
}
