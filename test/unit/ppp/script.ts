import {
  type Credentials,
  type DisconnectReason,
  type NetworkParameters,
  type PppEvent,
  type PppOptions,
  PppSession,
  type PppStart,
  chapMd5,
  describeFrame,
  resolvePppOptions,
} from '../../../lib/ppp/index.js';
import { type Random, fromHex, utf8 } from '../../../lib/wire/index.js';

export const LCP = 0xc021;
export const PAP = 0xc023;
export const CHAP = 0xc223;
export const IPCP = 0x8021;
export const IPV6CP = 0x8057;
export const CCP = 0x80fd;

/** A generator that counts: the first magic number is 1, the next 2, and so on. */
export function countingRandom(): Random {
  let count = 0;
  return {
    below: (limit) => count++ % limit,
    bytes: (length) => new Uint8Array(length).fill(0x10 + count++),
  };
}

/** A control protocol packet as a frame, without address and control. */
export function frame(
  protocol: number,
  code: number,
  identifier: number,
  data: string | Uint8Array = '',
): Uint8Array {
  const octets = typeof data === 'string' ? fromHex(data) : data;
  const length = octets.length + 4;
  return Uint8Array.of(protocol >>> 8, protocol, code, identifier, length >>> 8, length, ...octets);
}

export interface ScriptOptions extends PppOptions {
  readonly role?: 'server' | 'client';
  readonly network?: NetworkParameters;
  readonly credentials?: { readonly user: string; readonly password: string };
}

export const localAddress = 0x0a400001;
export const peerAddress = 0x0a410101;

export const defaultNetwork: NetworkParameters = {
  localAddress,
  peerAddress,
  dns: [0x0a090002, 0x0a090003],
};

type EventOf<K extends PppEvent['kind']> = Extract<PppEvent, { kind: K }>;

/**
 * One session under a timed script: `receive` what the peer sends, `at` a time let timers run, `sent` is what has
 * been sent since it was asked last, one line a frame.
 */
export class Script {
  readonly session: PppSession;
  readonly events: PppEvent[] = [];
  readonly frames: Uint8Array[] = [];
  now = 0;
  #told = 0;
  #seen = 0;

  constructor({ role = 'server', network, credentials, ...options }: ScriptOptions = {}) {
    this.session = new PppSession({
      role,
      options: resolvePppOptions({ echoInterval: 0, ...options }),
      random: countingRandom(),
      ...(network && { network }),
      ...(credentials && { credentials }),
    });
  }

  start(start: PppStart = {}): this {
    this.session.start(start, this.now);
    return this.drain();
  }

  /** Lets time pass up to `time`, with every timer at its own moment. */
  at(time: number): this {
    for (;;) {
      const due = this.session.pollTimeout();
      if (due === undefined || due > time) break;
      this.now = Math.max(this.now, due);
      this.session.handleTimeout(this.now);
      this.drain();
    }
    this.now = time;
    return this;
  }

  /** The peer sends a control packet. */
  receive(protocol: number, code: number, identifier: number, data: string | Uint8Array = ''): this {
    return this.receiveFrame(frame(protocol, code, identifier, data));
  }

  receiveFrame(bytes: Uint8Array): this {
    // The buffer is the caller's: whatever is kept of it must be a copy.
    const buffer = bytes.slice();
    this.session.handleFrame(buffer, this.now);
    buffer.fill(0xee);
    return this.drain();
  }

  /** Runs a command. */
  do(command: (session: PppSession, now: number) => void): this {
    command(this.session, this.now);
    return this.drain();
  }

  /** Frames sent since the last call. */
  sent(): string[] {
    const lines = this.frames.slice(this.#told).map((bytes) => describeFrame(bytes));
    this.#told = this.frames.length;
    return lines;
  }

  /** The last frame that was sent, whole. */
  get lastFrame(): Uint8Array {
    return this.frames.at(-1) ?? new Uint8Array(0);
  }

  /** Kinds of events since the last call. */
  told(): string[] {
    const kinds = this.events.slice(this.#seen).map(({ kind }) => kind);
    this.#seen = this.events.length;
    return kinds;
  }

  last<K extends PppEvent['kind']>(kind: K): EventOf<K> {
    const found = this.events.filter((event): event is EventOf<K> => event.kind === kind).at(-1);
    if (!found) throw new Error(`no ${kind} among ${this.events.map((event) => event.kind).join(', ')}`);
    return found;
  }

  count(kind: PppEvent['kind']): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  get downReason(): DisconnectReason {
    return this.last('down').cause.reason;
  }

  get credentials(): Credentials | undefined {
    return this.last('authenticate').credentials;
  }

  /** Acknowledges our last Configure-Request of a protocol. */
  ack(protocol: number): this {
    const request = this.lastRequest(protocol);
    return this.receive(protocol, 2, request[3] as number, request.subarray(6));
  }

  lastRequest(protocol: number): Uint8Array {
    const request = this.frames
      .filter((bytes) => bytes[0] === protocol >>> 8 && bytes[1] === (protocol & 0xff) && bytes[2] === 1)
      .at(-1);
    if (!request) throw new Error('no Configure-Request was sent');
    return request;
  }

  /** LCP with a peer of magic number 0x0a0b0c0d that asks for nothing else. */
  openLcp(options = '0506 0a0b0c0d'): this {
    return this.start().ack(LCP).receive(LCP, 1, 1, options);
  }

  /** Answers the last CHAP challenge with MD5. */
  respond(user = 'alice', password = 'wonder'): this {
    const challenge = this.frames.filter((bytes) => bytes[0] === 0xc2 && bytes[2] === 1).at(-1);
    if (!challenge) throw new Error('no challenge was sent');
    const id = challenge[3] as number;
    const value = challenge.subarray(7, 7 + (challenge[6] as number));
    const response = chapMd5(id, utf8(password), value);
    return this.receive(CHAP, 2, id, Uint8Array.of(16, ...response, ...utf8(user)));
  }

  accept(network: NetworkParameters = defaultNetwork): this {
    const { id } = this.last('authenticate');
    return this.do((session, now) => session.handleAuthResult(id, { kind: 'accept' }, network, now));
  }

  /** A server in its network phase after CHAP with MD5. */
  toNetwork(network: NetworkParameters = defaultNetwork): this {
    return this.openLcp().respond().accept(network);
  }

  /** A server with IPCP open. */
  toOpen(network: NetworkParameters = defaultNetwork): this {
    this.toNetwork(network).ack(IPCP).receive(IPCP, 1, 7, '0306 0a410101');
    return this.do((session, now) => session.handleAttached(now));
  }

  drain(): this {
    for (let event = this.session.pollEvent(); event; event = this.session.pollEvent())
      this.events.push(event);
    for (let out = this.session.pollTransmit(); out; out = this.session.pollTransmit()) this.frames.push(out);
    return this;
  }
}
