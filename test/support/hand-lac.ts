import type { DatagramSource, Descriptor, Timed } from '../../lib/io/index.js';
import {
  type Call,
  decodeHeader,
  encodeDataMessage,
  Endpoint,
  type IncomingCallFields,
  isControl,
  type Tunnel,
  type TunnelEvent,
  tunnelProfile,
  type TunnelProfile,
} from '../../lib/l2tp/index.js';
import { PppSession, type PppEvent, resolvePppOptions, type PppOptions } from '../../lib/ppp/index.js';
import { concat, fromHex, type Random, utf8 } from '../../lib/wire/index.js';
import { lnsAddress, type LnsWorld } from './lns-world.js';
import { seededRandom } from './random.js';
import type { SimHost } from './sim-host.js';

/** What a call of a {@link HandLac} has received, and its PPP where it has one. */
export class HandCall {
  readonly call: Call;
  /** PPP frames of the LNS, from the protocol field on. */
  readonly frames: Uint8Array[] = [];
  readonly events: PppEvent[] = [];
  ppp: PppSession | undefined;
  ended: Extract<TunnelEvent, { type: 'call-ended' }>['end'] | undefined;

  constructor(call: Call) {
    this.call = call;
  }

  get isUp(): boolean {
    return this.ppp?.phase === 'open';
  }
}

/**
 * A LAC whose every message a test decides about: L2TP by the book unless told otherwise, PPP frames by hand, or by a
 * client of ours.
 */
export class HandLac implements Timed {
  readonly world: LnsWorld;
  readonly host: SimHost;
  readonly address: string;
  readonly port: number;
  readonly endpoint: Endpoint;
  readonly profile: TunnelProfile;
  readonly calls = new Map<number, HandCall>();
  readonly tunnelEvents: TunnelEvent[] = [];
  /** AVPs of each ICCN. */
  connectFields: Partial<Parameters<Call['connect']>[0]> = {};
  readonly #random: Random;
  readonly #socket: Descriptor;
  readonly #path: DatagramSource;

  constructor(
    world: LnsWorld,
    {
      address = '192.0.2.200',
      port = 1701,
      secret,
      profile = {},
      seed = 4711,
      host,
    }: {
      readonly address?: string;
      readonly port?: number;
      readonly secret?: string;
      readonly profile?: Partial<TunnelProfile>;
      readonly seed?: number;
      readonly host?: SimHost;
    } = {},
  ) {
    this.world = world;
    this.address = address;
    this.port = port;
    this.host = host ?? world.network.addHost(address);
    this.#random = seededRandom(seed);
    this.profile = tunnelProfile({
      hostName: 'hand',
      helloInterval: 0,
      ...(secret !== undefined && { secret: utf8(secret) }),
      ...profile,
    });
    this.endpoint = new Endpoint({ random: this.#random, profile: this.profile });
    this.#socket = this.host.listen({
      local: { address, port },
      sink: { handleDatagram: (bytes, source) => this.#receive(bytes, source) },
    });
    this.#path = { local: { address, port }, remote: { address: lnsAddress, port: 1701 } };
    this.host.afterTurn(() => this.#drain());
  }

  /** Opens a tunnel. @throws Error when the LNS does not want it */
  async open(): Promise<Tunnel> {
    const tunnel = this.host.turn(() => this.endpoint.connect(this.#path, this.profile, this.host.now()));
    await this.world.network.run(20_000, () => tunnel.established || tunnel.state === 'closed');
    if (!tunnel.established) throw new Error('no tunnel');
    return tunnel;
  }

  /** Asks for a call, and connects it when the LNS accepts. Nothing is waited for. */
  place(tunnel: Tunnel, fields: IncomingCallFields = {}): HandCall {
    return this.host.turn(() => {
      const call = new HandCall(tunnel.placeIncomingCall(fields, this.host.now()));
      this.calls.set(call.call.sessionId, call);
      return call;
    });
  }

  /** A call that is connected, without PPP. */
  async connect(tunnel: Tunnel): Promise<HandCall> {
    const call = this.place(tunnel);
    await this.world.network.run(5000, () => call.call.state === 'established' || call.ended !== undefined);
    return call;
  }

  /** Dials in with PPP; resolves when the network is up or the call is over. */
  async dial(
    tunnel: Tunnel,
    credentials = { user: 'bob', password: 'pass' },
    options: PppOptions = {},
  ): Promise<HandCall> {
    const call = await this.connect(tunnel);
    await this.speak(call, credentials, options);
    return call;
  }

  /** Begins PPP in a call, from its start, whatever was spoken there before. */
  async speak(
    call: HandCall,
    credentials = { user: 'bob', password: 'pass' },
    options: PppOptions = {},
  ): Promise<void> {
    this.host.turn(() => {
      call.ppp = new PppSession({
        role: 'client',
        options: resolvePppOptions({ echoInterval: 0, ...options }),
        random: this.#random,
        credentials,
      });
      call.ppp.start({}, this.host.now());
      for (const frame of call.frames.splice(0)) call.ppp.handleFrame(frame, this.host.now());
    });
    await this.world.network.run(60_000, () => call.isUp || call.ended !== undefined);
  }

  /** Sends one PPP frame, from the protocol field on; in hexadecimal, or as octets. */
  sendFrame({ call }: HandCall, frame: string | Uint8Array): void {
    const octets = typeof frame === 'string' ? fromHex(frame) : frame;
    const bytes = encodeDataMessage(
      call.tunnel.peerTunnelId,
      call.peerSessionId,
      concat(fromHex('ff03'), octets),
    );
    this.send(bytes);
  }

  send(bytes: Uint8Array): void {
    this.host.turn(() => this.host.send(this.#socket, bytes, this.#path));
  }

  handleTimeout(now: number): void {
    for (const tunnel of [...this.endpoint.tunnels()]) tunnel.handleTimeout(now);
    for (const { ppp } of this.calls.values()) ppp?.handleTimeout(now);
  }

  #receive(bytes: Uint8Array, source: DatagramSource | undefined): void {
    if (isControl(bytes)) {
      this.endpoint.handleDatagram(bytes, source ?? this.#path, this.host.now());
      return;
    }
    const header = decodeHeader(bytes);
    if (typeof header === 'string' || header.kind !== 'data') return;
    const call = this.calls.get(header.sessionId);
    const frame = bytes.slice(header.payloadStart, header.end);
    if (call?.ppp) call.ppp.handleFrame(frame, this.host.now());
    else call?.frames.push(frame[0] === 0xff ? frame.slice(2) : frame);
  }

  #drain(): void {
    const now = this.host.now();
    for (let tunnel = this.endpoint.pollTouched(); tunnel; tunnel = this.endpoint.pollTouched()) {
      for (let event = tunnel.pollEvent(); event; event = tunnel.pollEvent()) this.#handle(event, now);
      for (let bytes = tunnel.pollTransmit(); bytes; bytes = tunnel.pollTransmit())
        this.host.send(this.#socket, bytes, this.#path);
    }
    let next: number | undefined;
    const due = (deadline: number | undefined): void => {
      if (deadline !== undefined) next = Math.min(next ?? deadline, deadline);
    };
    for (const tunnel of this.endpoint.tunnels()) due(tunnel.pollTimeout());
    for (const call of this.calls.values()) {
      this.#drainPpp(call, now);
      due(call.ppp?.pollTimeout());
    }
    this.host.timers.schedule(this, next);
  }

  #handle(event: TunnelEvent, now: number): void {
    this.tunnelEvents.push(event);
    if (event.type === 'call-accepted')
      event.call.connect({ txConnectSpeed: 1_000_000, framingType: 1, ...this.connectFields }, now);
    if (event.type !== 'call-ended') return;
    const call = this.calls.get(event.call.sessionId);
    if (!call) return;
    call.ended = event.end;
    call.ppp?.abort(now);
  }

  #drainPpp(call: HandCall, now: number): void {
    const { ppp } = call;
    if (!ppp) return;
    for (;;) {
      const frame = ppp.pollTransmit();
      if (frame) {
        if (call.call.state === 'established') {
          const { tunnel, peerSessionId } = call.call;
          const bytes = encodeDataMessage(tunnel.peerTunnelId, peerSessionId, concat(fromHex('ff03'), frame));
          this.host.send(this.#socket, bytes, this.#path);
        }
        continue;
      }
      const event = ppp.pollEvent();
      if (!event) return;
      call.events.push(event);
      if (event.kind === 'authenticate') ppp.handleAuthResult(event.id, { kind: 'accept' }, {}, now);
      else if (event.kind === 'attach') ppp.handleAttached(now);
      else if (event.kind === 'down') call.call.close({ resultCode: 1 }, now);
    }
  }
}
