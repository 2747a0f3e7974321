import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { MESSAGE } from './capture.js';
import type { Lab } from './lab.js';
import type { Namespace } from './namespace.js';
import { PATIENCE, type Program } from './processes.js';

/*
 * An L2TP peer written by hand for what no honest peer does: ids of our choice, garbage, floods, silence. Its
 * encoding is its own, so that a mistake of lib/l2tp cannot hide here.
 */

const u16 = (...values: number[]): Buffer => {
  const buffer = Buffer.alloc(values.length * 2);
  values.forEach((value, index) => buffer.writeUInt16BE(value, index * 2));
  return buffer;
};

/** An IETF AVP with bit M set (RFC 2661 section 4.1). */
export function avp(type: number, value: Uint8Array, mandatory = true): Buffer {
  return Buffer.concat([u16((mandatory ? 0x8000 : 0) | (value.length + 6), 0, type), value]);
}

/** A control message as it came. */
export interface RawMessage {
  readonly type: number;
  readonly tunnelId: number;
  readonly sessionId: number;
  readonly Ns: number;
  readonly Nr: number;
  /** Values by AVP type (vendor 0), unhidden. */
  readonly avps: ReadonlyMap<number, Buffer>;
  /** Types of those that were hidden. */
  readonly hidden: ReadonlySet<number>;
}

/** A control message's octets (RFC 2661 section 3.1); no AVPs make a ZLB. */
export function controlMessage(
  tunnelId: number,
  sessionId: number,
  Ns: number,
  Nr: number,
  avps: readonly Buffer[],
): Buffer {
  const body = Buffer.concat([...avps]);
  return Buffer.concat([u16(0xc802, body.length + 12, tunnelId, sessionId, Ns, Nr), body]);
}

/** Reverses AVP hiding (RFC 2661 section 4.3). */
function unhide(type: number, hidden: Buffer, secret: string, vector: Buffer): Buffer {
  const plain = Buffer.from(hidden);
  let previous: Buffer | undefined;
  for (let at = 0; at < hidden.length; at += 16) {
    const hash = createHash('md5');
    if (previous === undefined) hash.update(u16(type)).update(secret).update(vector);
    else hash.update(secret).update(previous);
    const key = hash.digest();
    previous = hidden.subarray(at, at + 16);
    previous.forEach((octet, index) => (plain[at + index] = octet ^ (key[index] ?? 0)));
  }
  return plain.subarray(2, 2 + plain.readUInt16BE(0));
}

function decode(data: Buffer, secret: string): RawMessage | undefined {
  if (data.length < 12 || (data.readUInt16BE(0) & 0x8000) === 0) return undefined;
  const avps = new Map<number, Buffer>();
  const hidden = new Set<number>();
  for (let at = 12; at + 6 <= data.length; ) {
    const flags = data.readUInt16BE(at);
    const length = flags & 0x3ff;
    if (length < 6) break;
    const type = data.readUInt16BE(at + 4);
    const value = data.subarray(at + 6, at + length);
    const isHidden = (flags & 0x4000) !== 0;
    if (isHidden) hidden.add(type);
    if (data.readUInt16BE(at + 2) === 0) {
      avps.set(type, isHidden ? unhide(type, value, secret, avps.get(36) ?? Buffer.alloc(0)) : value);
    }
    at += length;
  }
  return {
    type: avps.get(0)?.readUInt16BE(0) ?? 0,
    tunnelId: data.readUInt16BE(4),
    sessionId: data.readUInt16BE(6),
    Ns: data.readUInt16BE(8),
    Nr: data.readUInt16BE(10),
    avps,
    hidden,
  };
}

/** One hand-made peer: it acknowledges nothing and repeats nothing unless told to. */
export class RawPeer {
  readonly #relay: Program;
  readonly #lns: string;
  #secret = '';
  Ns = 0;
  Nr = 0;
  /** The tunnel id that the LNS assigned. */
  lnsTunnelId = 0;

  private constructor(relay: Program, lns: string) {
    this.#relay = relay;
    this.#lns = lns;
  }

  /** Opens a socket in `namespace`; port 0 takes any. */
  static async start(
    lab: Lab,
    namespace: Namespace,
    options: { local: string; port?: number; lns: string },
  ): Promise<RawPeer> {
    const script = fileURLToPath(new URL('udp-relay.mjs', import.meta.url));
    const relay = lab.own(
      namespace.start('udp-relay', [process.execPath, script, options.local, `${options.port ?? 1701}`], {
        input: true,
      }),
    );
    await relay.waitForLine(/^ready /);
    return new RawPeer(relay, options.lns);
  }

  send(data: Uint8Array): void {
    const send = Buffer.from(data).toString('hex');
    this.#relay.write(`${JSON.stringify({ send, address: this.#lns, port: 1701 })}\n`);
  }

  /** Sends `count` datagrams, taken in turn from `frames`, at `rate` a second. Resolves when all are out. */
  async flood(frames: readonly Uint8Array[], count: number, rate: number): Promise<void> {
    const mark = this.#relay.output.mark();
    const flood = frames.map((frame) => Buffer.from(frame).toString('hex'));
    this.#relay.write(`${JSON.stringify({ flood, count, rate, address: this.#lns, port: 1701 })}\n`);
    await this.#relay.waitForLine(/^flooded /, PATIENCE + (count / rate) * 4000, mark);
  }

  /** Marks the place in what was received. */
  mark(): number {
    return this.#relay.output.mark();
  }

  /** Everything received since a mark, decoded; data messages are left out. */
  received(since = 0): RawMessage[] {
    return this.#relay.output.lines(since).flatMap((line) => {
      const hex = /^rx ([0-9a-f]*)/.exec(line)?.[1];
      const message = hex === undefined ? undefined : decode(Buffer.from(hex, 'hex'), this.#secret);
      return message === undefined ? [] : [message];
    });
  }

  /** Data messages (RFC 2661 section 3.1, bit T clear) received since a mark. */
  dataFrames(since = 0): Buffer[] {
    return this.#relay.output.lines(since).flatMap((line) => {
      const hex = /^rx ([0-9a-f]+)/.exec(line)?.[1];
      const data = Buffer.from(hex ?? '80', 'hex');
      return ((data[0] ?? 0x80) & 0x80) === 0 ? [data] : [];
    });
  }

  /** The first message of this type since `since`. */
  async receive(type: number, since = 0, ms: number = PATIENCE): Promise<RawMessage> {
    const deadline = Date.now() + ms;
    for (;;) {
      const message = this.received(since).find((candidate) => candidate.type === type);
      if (message !== undefined) return message;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no control message of type ${type} came in ${ms / 1000} s`);
      const mark = this.mark();
      await this.#relay.waitForLine(/^rx /, left, mark).catch(() => undefined);
    }
  }

  /** Sends the next message of our sequence; a ZLB without AVPs. */
  control(avps: readonly Buffer[], sessionId = 0, tunnelId = this.lnsTunnelId): void {
    this.send(controlMessage(tunnelId, sessionId, this.Ns, this.Nr, avps));
    if (avps.length > 0) this.Ns += 1;
  }

  /** AVPs of an SCCRQ (RFC 2661 section 6.1). */
  static sccrq(tunnelId: number, hostName: string): Buffer[] {
    return [
      avp(0, u16(MESSAGE.SCCRQ)),
      avp(2, u16(0x0100)),
      avp(3, Buffer.from([0, 0, 0, 3])),
      avp(7, Buffer.from(hostName)),
      avp(9, u16(tunnelId)),
      avp(10, u16(8)),
    ];
  }

  /**
   * Opens a control connection under our tunnel id: SCCRQ, SCCRP, SCCCN. Returns the SCCRP.
   * @throws Error when the LNS does not answer
   */
  async openTunnel(
    tunnelId: number,
    options: { hostName?: string; secret?: string } = {},
  ): Promise<RawMessage> {
    const mark = this.mark();
    this.#secret = options.secret ?? '';
    this.Ns = 0;
    this.Nr = 0;
    this.control(RawPeer.sccrq(tunnelId, options.hostName ?? 'raw-peer'), 0, 0);
    const sccrp = await this.receive(MESSAGE.SCCRP, mark);
    this.lnsTunnelId = sccrp.avps.get(9)?.readUInt16BE(0) ?? 0;
    this.Nr = sccrp.Ns + 1;
    const answer: Buffer[] = [avp(0, u16(MESSAGE.SCCCN))];
    const challenge = sccrp.avps.get(11);
    if (challenge !== undefined) {
      // RFC 2661 section 4.4.3: MD5 over the type of the answering message, the secret and the challenge.
      const hash = createHash('md5').update(Uint8Array.of(MESSAGE.SCCCN)).update(this.#secret);
      answer.push(avp(13, hash.update(challenge).digest()));
    }
    this.control(answer);
    return sccrp;
  }

  /** AVPs of an ICRQ (RFC 2661 section 6.6). */
  static icrq(sessionId: number, serial = 1): Buffer[] {
    return [avp(0, u16(MESSAGE.ICRQ)), avp(14, u16(sessionId)), avp(15, u16(0, serial))];
  }

  /** AVPs of an ICCN (RFC 2661 section 6.8). */
  static iccn(): Buffer[] {
    return [avp(0, u16(MESSAGE.ICCN)), avp(24, u16(0, 0xffff)), avp(19, u16(0, 1))];
  }

  /** Sends a HELLO and waits until it is acknowledged. @returns milliseconds that took */
  async hello(ms: number = PATIENCE): Promise<number> {
    const mark = this.mark();
    const start = Date.now();
    this.control([avp(0, u16(MESSAGE.HELLO))]);
    for (;;) {
      if (this.received(mark).some((message) => message.Nr === (this.Ns & 0xffff))) return Date.now() - start;
      if (Date.now() - start > ms) throw new Error(`HELLO was not acknowledged in ${ms / 1000} s`);
      await this.#relay.waitForLine(/^rx /, 200, this.mark()).catch(() => undefined);
    }
  }
}
