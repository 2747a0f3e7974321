import {
  decodeHeader,
  decodeMessage,
  encodeMessage,
  encodeZlb,
  Endpoint,
  patchSequence,
  tunnelProfile,
} from '../../../lib/l2tp/index.js';
import type {
  Call,
  ControlHeader,
  ControlMessage,
  EndpointOptions,
  Path,
  ReceivedMessage,
  Sccrq,
  Tunnel,
  TunnelEvent,
  TunnelProfile,
} from '../../../lib/l2tp/index.js';
import { seededRandom } from '../../support/random.js';

/** A datagram of the endpoint, decoded. */
export interface Sent {
  readonly header: ControlHeader;
  /** `undefined` for a ZLB. */
  readonly message: ReceivedMessage | undefined;
  readonly path: Path;
}

export const pathFrom = (address = '192.0.2.1', port = 1701): Path => ({
  local: { address: '198.51.100.1', port: 1701 },
  remote: { address, port },
});

/** An endpoint with a clock, drained as a driver does. */
export class Bench {
  now = 1000;
  readonly endpoint: Endpoint;
  readonly profile: TunnelProfile;
  readonly events: { tunnel: Tunnel; event: TunnelEvent }[] = [];
  #sent: { bytes: Uint8Array; path: Path }[] = [];

  constructor(profile: Partial<TunnelProfile> = {}, options: Partial<EndpointOptions> = {}) {
    this.profile = tunnelProfile({ hostName: 'here', ...profile });
    this.endpoint = new Endpoint({ random: seededRandom(42), profile: this.profile, ...options });
  }

  drain(): void {
    for (
      let tunnel = this.endpoint.pollTouched();
      tunnel !== undefined;
      tunnel = this.endpoint.pollTouched()
    ) {
      for (let event = tunnel.pollEvent(); event !== undefined; event = tunnel.pollEvent()) {
        this.events.push({ tunnel, event });
      }
      for (let bytes = tunnel.pollTransmit(); bytes !== undefined; bytes = tunnel.pollTransmit()) {
        this.#sent.push({ bytes: bytes.slice(), path: tunnel.path });
      }
    }
    for (let answer = this.endpoint.pollTransmit(); answer; answer = this.endpoint.pollTransmit()) {
      this.#sent.push(answer);
    }
  }

  /** Lets time pass, with every deadline met on the way. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.drain();
      const due = [...this.endpoint.tunnels()]
        .map((tunnel) => ({ tunnel, at: tunnel.pollTimeout() ?? Number.POSITIVE_INFINITY }))
        .filter(({ at }) => at <= end)
        .sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.now = Math.max(this.now, due.at);
      due.tunnel.handleTimeout(this.now);
    }
    this.now = end;
    this.drain();
  }

  /** What was sent along a path since the last call. */
  take(path?: Path): { bytes: Uint8Array; path: Path }[] {
    this.drain();
    const taken = this.#sent.filter((one) => path === undefined || samePath(one.path, path));
    this.#sent = this.#sent.filter((one) => !taken.includes(one));
    return taken;
  }

  /** Types of the events since the last call, and the events. */
  takeEvents(): TunnelEvent[] {
    this.drain();
    return this.events.splice(0).map(({ event }) => event);
  }
}

const samePath = (a: Path, b: Path): boolean =>
  a.remote.address === b.remote.address && a.remote.port === b.remote.port;

export const sccrq = (fields: Partial<Sccrq> = {}): Sccrq => ({
  type: 'SCCRQ',
  protocolVersion: { version: 1, revision: 0 },
  framingCapabilities: 3,
  bearerCapabilities: 3,
  hostName: 'there',
  assignedTunnelId: 77,
  ...fields,
});

/** The other end by hand: messages that are in no state and no order but the test's. */
export class RawPeer {
  readonly bench: Bench;
  path: Path;
  /** The endpoint's Tunnel ID, for headers. */
  tunnelId = 0;
  ns = 0;
  nr = 0;

  constructor(bench: Bench, path = pathFrom()) {
    this.bench = bench;
    this.path = path;
  }

  /** Sends a message with the next Ns. */
  send(message: ControlMessage, sessionId = 0): Uint8Array {
    return this.sendBytes(encodeMessage(message, this.tunnelId, sessionId));
  }

  /** Sends any octets after a header with the next Ns. */
  sendBody(body: Uint8Array, sessionId = 0): Uint8Array {
    const bytes = new Uint8Array(12 + body.length);
    bytes.set(encodeZlb(this.tunnelId, 0, 0));
    bytes.set(body, 12);
    const length = bytes.length;
    bytes.set([length >>> 8, length & 0xff], 2);
    bytes.set([sessionId >>> 8, sessionId & 0xff], 6);
    return this.sendBytes(bytes);
  }

  sendBytes(bytes: Uint8Array): Uint8Array {
    patchSequence(bytes, this.ns, this.nr);
    this.ns = (this.ns + 1) & 0xffff;
    this.give(bytes);
    return bytes;
  }

  /** Sends a datagram as it is. */
  give(bytes: Uint8Array, path = this.path): void {
    this.bench.endpoint.handleDatagram(bytes, path, this.bench.now);
  }

  /** Acknowledges everything received. */
  ack(): void {
    this.give(encodeZlb(this.tunnelId, this.ns, this.nr));
  }

  /** What the endpoint sent to this peer; Nr follows it. */
  receive(): Sent[] {
    return this.bench.take(this.path).map(({ bytes, path }) => {
      const header = decodeHeader(bytes);
      if (typeof header === 'string' || header.kind === 'data') throw new Error('not a control message');
      const isZlb = header.bodyStart === header.end;
      const { secret } = this.bench.profile;
      const message = isZlb ? undefined : decodeMessage(bytes, header.bodyStart, header.end, secret);
      if (!isZlb && header.ns === this.nr) this.nr = (this.nr + 1) & 0xffff;
      return { header, message, path };
    });
  }

  /** Names of what the endpoint sent. */
  receiveTypes(): string[] {
    return this.receive().map(({ message }) => message?.type ?? 'ZLB');
  }

  /** Sends `message` and gives the one message of that type that must come back. */
  expect<T extends ControlMessage['type']>(
    type: T,
  ): Extract<ControlMessage, { type: T }> & { header: ControlHeader } {
    const received = this.receive();
    const found = received.find(({ message }) => message?.type === type);
    if (found === undefined) {
      throw new Error(
        `${type} expected, there came ${received.map((one) => one.message?.type ?? 'ZLB').join() || 'nothing'}`,
      );
    }
    return { ...(found.message as Extract<ControlMessage, { type: T }>), header: found.header };
  }

  /** Opens a tunnel to the endpoint without authentication. */
  open(fields: Partial<Sccrq> = {}): Tunnel {
    this.send(sccrq(fields));
    this.tunnelId = this.expect('SCCRP').assignedTunnelId;
    this.send({ type: 'SCCCN' });
    this.bench.drain();
    const tunnel = this.bench.endpoint.tunnel(this.tunnelId);
    if (tunnel?.established !== true) throw new Error('not established');
    return tunnel;
  }

  /** Brings an incoming call to its established state, as LAC. */
  call(peerSessionId: number): Call {
    this.send({ type: 'ICRQ', assignedSessionId: peerSessionId, callSerialNumber: peerSessionId });
    this.bench.drain();
    const call = this.bench.events
      .map(({ event }) => (event.type === 'call-request' ? event.call : undefined))
      .findLast((one) => one?.peerSessionId === peerSessionId);
    if (call === undefined) throw new Error('no call-request');
    call.accept(this.bench.now);
    this.expect('ICRP');
    this.send({ type: 'ICCN', txConnectSpeed: 1000, framingType: 1 }, call.sessionId);
    this.bench.drain();
    if (call.state !== 'established') throw new Error('call not established');
    return call;
  }
}
