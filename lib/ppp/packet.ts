import { WireError } from '../wire/index.js';

/** A PPP frame or control packet that cannot be what it claims; it is discarded and counted, never answered. */
export class PppDecodeError extends WireError {
  override name = 'PppDecodeError';
}

/** Code, Identifier and Length. */
export const HEADER_LENGTH = 4;

/** A control protocol packet (RFC 1661 section 5). */
export interface ControlPacket {
  readonly code: number;
  readonly identifier: number;
  /** A view of what follows the header, without padding. */
  readonly data: Uint8Array;
}

/**
 * Decodes a control protocol packet. Octets beyond the Length field are padding and left out.
 * @throws PppDecodeError when the header is short or the Length is below 4 or beyond the packet
 */
export function decodePacket(packet: Uint8Array): ControlPacket {
  if (packet.length < HEADER_LENGTH) throw new PppDecodeError('packet shorter than its header');
  const length = ((packet[2] as number) << 8) | (packet[3] as number);
  if (length < HEADER_LENGTH) throw new PppDecodeError(`length field ${length} below 4`);
  if (length > packet.length)
    throw new PppDecodeError(`length field ${length} beyond the packet's ${packet.length} octets`);
  return {
    code: packet[0] as number,
    identifier: packet[1] as number,
    data: packet.subarray(HEADER_LENGTH, length),
  };
}

/** Encodes a control protocol packet behind the two octets of its protocol field: a frame ready to send. */
export function encodePacket(
  protocol: number,
  code: number,
  identifier: number,
  data: Uint8Array = nothing,
): Uint8Array {
  const length = HEADER_LENGTH + data.length;
  const frame = new Uint8Array(2 + length);
  frame[0] = protocol >>> 8;
  frame[1] = protocol;
  frame[2] = code;
  frame[3] = identifier;
  frame[4] = length >>> 8;
  frame[5] = length;
  frame.set(data, 2 + HEADER_LENGTH);
  return frame;
}

const nothing = new Uint8Array(0);

/** Where the data of a frame made by {@link encodePacket} begins. */
export const FRAME_DATA_OFFSET = 2 + HEADER_LENGTH;

/**
 * Checks that a list of configuration options is well formed (RFC 1661 section 6): an option shorter than its
 * own two octets or reaching beyond the packet makes the whole packet invalid.
 * @throws PppDecodeError
 */
export function checkOptions(options: Uint8Array): void {
  for (let at = 0; at < options.length; ) {
    const length = options[at + 1];
    if (length === undefined) throw new PppDecodeError('option without a length');
    if (length < 2) throw new PppDecodeError(`option ${options[at]} of length ${length}`);
    if (length > options.length - at)
      throw new PppDecodeError(`option ${options[at]} reaches beyond the packet`);
    at += length;
  }
}

/** One configuration option: `raw` is all of it, `value` what follows type and length. Both are views. */
export interface RawOption {
  readonly type: number;
  readonly value: Uint8Array;
  readonly raw: Uint8Array;
}

/** The options of a list that {@link checkOptions} has passed, in their order. */
export function* eachOption(options: Uint8Array): Generator<RawOption> {
  for (let at = 0; at + 1 < options.length; ) {
    const length = Math.max(2, options[at + 1] as number);
    const raw = options.subarray(at, at + length);
    yield { type: raw[0] as number, value: raw.subarray(2), raw };
    at += length;
  }
}

/**
 * Decodes a list of configuration options.
 * @throws PppDecodeError
 */
export function decodeOptions(options: Uint8Array): RawOption[] {
  checkOptions(options);
  return [...eachOption(options)];
}

/** Encodes options as type, length, value. A value has at most 253 octets. */
export function encodeOptions(
  options: Iterable<{ readonly type: number; readonly value: Uint8Array }>,
): Uint8Array {
  const octets: number[] = [];
  for (const { type, value } of options) octets.push(type, value.length + 2, ...value);
  return Uint8Array.from(octets);
}

export const readU16 = (value: Uint8Array): number => ((value[0] as number) << 8) | (value[1] as number);

export const readU32 = (value: Uint8Array, at = 0): number =>
  (((value[at] as number) << 24) |
    ((value[at + 1] as number) << 16) |
    ((value[at + 2] as number) << 8) |
    (value[at + 3] as number)) >>>
  0;

export const u16Value = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value);

export function u32Value(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  writeU32(octets, value);
  return octets;
}

export function writeU32(target: Uint8Array, value: number): void {
  target[0] = value >>> 24;
  target[1] = value >>> 16;
  target[2] = value >>> 8;
  target[3] = value;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Text that a peer sent, fit for a log line: printable ASCII, the rest as `.`, at most 128 octets. */
export function printable(bytes: Uint8Array): string {
  let line = '';
  for (const octet of bytes.subarray(0, 128))
    line += octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.';
  return line;
}
