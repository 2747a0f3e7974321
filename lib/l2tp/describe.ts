import { randomVectorAttribute } from './avp-table.js';
import { avpByType, avpFlag, avpHeaderLength, messageName } from './codec.js';
import { decodeHeader } from './header.js';

/** A trace line of this many characters is cut. */
const maxLine = 2000;

/** What JSON lets through in texts of the peer, and terminals obey: more controls, and turns of direction. */
const unquoted = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A control message on one line, for traces. Never shows what helps to find a secret or a password: responses,
 * hidden and unknown values. Texts of the peer are in JSON quotes, so that they cannot break the line. Total.
 */
export function describeDatagram(datagram: Uint8Array): string {
  const header = decodeHeader(datagram);
  if (typeof header === 'string') return `not L2TP (${header}), ${datagram.length} octets`;
  const ids = `tunnel=${header.tunnelId} session=${header.sessionId}`;
  if (header.kind === 'data') {
    const sequence = header.ns === undefined ? '' : ` Ns=${header.ns}`;
    return `data ${ids}${sequence} ${header.end - header.payloadStart} octets`;
  }
  const head = `${ids} Ns=${header.ns} Nr=${header.nr}`;
  if (header.bodyStart === header.end) return `ZLB ${head}`;
  const [name, avps] = describeBody(datagram, header.bodyStart, header.end);
  const line = [name, head, ...avps].join(' ').replace(unquoted, escape);
  return line.length > maxLine ? `${line.slice(0, maxLine)}...` : line;
}

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

function describeBody(datagram: Uint8Array, start: number, end: number): [string, string[]] {
  let name = 'no-message-type';
  const avps: string[] = [];
  let at = start;
  while (at < end) {
    const left = end - at;
    const length = left < avpHeaderLength ? 0 : u16(datagram, at) & 0x3ff;
    if (length < avpHeaderLength || length > left) {
      avps.push(`<malformed: AVP length ${length}, ${left} octets left>`);
      break;
    }
    if (at === start && length === 8 && u16(datagram, at + 2) === 0 && u16(datagram, at + 4) === 0) {
      const type = u16(datagram, at + avpHeaderLength);
      name = messageName(type) ?? `message-${type}`;
    } else {
      avps.push(describeAvp(datagram, at, length));
    }
    at += length;
  }
  return [name, avps];
}

function describeAvp(datagram: Uint8Array, at: number, length: number): string {
  const flags = datagram[at] as number;
  const vendor = u16(datagram, at + 2);
  const type = u16(datagram, at + 4);
  const size = length - avpHeaderLength;
  if (vendor === 0 && type === randomVectorAttribute) return `Random-Vector=<${size} octets>`;
  const entry = avpByType(vendor, type);
  const mandatory = (flags & avpFlag.mandatory) !== 0 ? ',M' : '';
  if (entry === undefined) return `AVP-${vendor}-${type}=<${size} octets${mandatory}>`;
  const name = entry.name.replaceAll(' ', '-');
  if ((flags & avpFlag.reserved) !== 0) return `${name}=<reserved bits${mandatory}>`;
  if ((flags & avpFlag.hidden) !== 0) return `${name}=<hidden>`;
  if (size < entry.minLength || size > entry.maxLength) {
    return `${name}=<malformed: ${size} octets${mandatory}>`;
  }
  if (entry.secret === true) return `${name}=<${size} octets>`;
  return `${name}=${entry.codec.describe(entry.codec.decode(datagram, at + avpHeaderLength, size))}`;
}
