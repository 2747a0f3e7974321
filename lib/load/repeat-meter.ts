import { decodeHeader, isControl } from '../l2tp/index.js';
import { Protocol } from '../ppp/index.js';

// RFC 1661 section 5; CHAP and PAP: RFC 1994 section 4, RFC 1334 section 2.2.
const configureRequest = 1;
const terminateRequest = 5;
const challenge = 1;
const response = 2;
const authenticateRequest = 1;

/** Packets that are sent again when nobody answers. */
const requests: readonly (readonly [protocol: number, code: number])[] = [
  [Protocol.LCP, configureRequest],
  [Protocol.LCP, terminateRequest],
  [Protocol.CHAP, challenge],
  [Protocol.CHAP, response],
  [Protocol.PAP, authenticateRequest],
  [Protocol.IPCP, configureRequest],
  [Protocol.IPV6CP, configureRequest],
  [Protocol.CCP, configureRequest],
];

const kindOf = (protocol: number, code: number): number => protocol * 0x100 + code;
const kinds: ReadonlyMap<number, number> = new Map(
  requests.map(([protocol, code], index) => [kindOf(protocol, code), index]),
);

/**
 * Finds PPP requests that say what the last one of their kind in their session said: those were sent again because
 * nothing came back. Identifiers do not count, since some implementations take a new one each time.
 */
export class RepeatMeter {
  /** Requests that were repeats. */
  repeats = 0;
  /** What was said last, by kind and session. */
  readonly #last: readonly Map<number, number>[] = requests.map(() => new Map<number, number>());

  /** Looks at one datagram of L2TP, in one direction. */
  note(datagram: Uint8Array): void {
    if (isControl(datagram)) return;
    const header = decodeHeader(datagram);
    if (typeof header === 'string' || header.kind !== 'data') return;
    let at = header.payloadStart;
    if (datagram[at] === 0xff && datagram[at + 1] === 0x03) at += 2;
    const protocol = ((datagram[at] ?? 0) << 8) | (datagram[at + 1] ?? 0);
    const last = this.#last[kinds.get(kindOf(protocol, datagram[at + 2] ?? 0)) ?? -1];
    if (last === undefined) return;
    const session = header.tunnelId * 0x1_0000 + header.sessionId;
    const said = digest(datagram, at + 4, header.end);
    if (last.get(session) === said) this.repeats++;
    else last.set(session, said);
  }
}

/** FNV-1a, 32 bits. */
function digest(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c_9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x0100_0193);
  return hash >>> 0;
}
