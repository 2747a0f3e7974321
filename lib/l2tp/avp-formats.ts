import type { AccessLoopEncapsulation } from '../access-line/index.js';
import { text as decodeText, utf8 } from '../wire/index.js';
import type { Writer } from '../wire/index.js';
import { maxErrorMessage } from './result-codes.js';
import type { Result } from './result-codes.js';

/** Value of the Protocol Version AVP. */
export interface ProtocolVersion {
  readonly version: number;
  readonly revision: number;
}

/** Value of the Q.931 Cause Code AVP: both codes are in their native ITU encoding. */
export interface Q931Cause {
  readonly cause: number;
  readonly causeMessage: number;
  /** Cut at {@link maxErrorMessage} octets when sent. */
  readonly advisory?: string | undefined;
}

/** Value of the Call Errors AVP: counts since the call was established. */
export interface CallErrors {
  readonly crcErrors: number;
  readonly framingErrors: number;
  readonly hardwareOverruns: number;
  readonly bufferOverruns: number;
  readonly timeoutErrors: number;
  readonly alignmentErrors: number;
}

/** Value of the ACCM AVP: the LAC's masks for sending and receiving, 0xffffffff by default. */
export interface Accm {
  readonly send: number;
  readonly receive: number;
}

/** Value of the PPP Disconnect Cause Code AVP (RFC 3145). */
export interface DisconnectCause {
  /** Disconnect code, 0 to 20. */
  readonly code: number;
  /** The PPP protocol concerned, or 0. */
  readonly controlProtocol: number;
  /** 0 global, 1 at the peer, 2 at the local end. */
  readonly direction: number;
  /** Cut at {@link maxErrorMessage} octets when sent. */
  readonly message?: string | undefined;
}

/** TypeScript's side of the value formats. */
export interface AvpFormatValues {
  readonly u16: number;
  readonly u32: number;
  readonly octets: Uint8Array;
  readonly text: string;
  readonly empty: true;
  readonly version: ProtocolVersion;
  readonly result: Result;
  readonly q931: Q931Cause;
  readonly identifier: number;
  readonly callErrors: CallErrors;
  readonly accm: Accm;
  readonly disconnectCause: DisconnectCause;
  /** Bit/s, in 64 bits. */
  readonly rate: number;
  readonly encapsulation: AccessLoopEncapsulation;
}

/** How an AVP's value is laid out. */
export type AvpFormat = keyof AvpFormatValues;

/** One layout: its size in octets, both directions of its codec, and its text in traces. */
export interface FormatCodec<V> {
  readonly min: number;
  readonly max: number;
  /** Reads `length` octets at `at`; `length` is within `min` and `max`. Copies what it keeps. */
  decode(bytes: Uint8Array, at: number, length: number): V;
  encode(writer: Writer, value: V): void;
  describe(value: V): string;
}

/** An AVP's Length is 10 bits and counts its 6 octets of header. */
export const maxAvpValue = 1017;

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

const u32 = (bytes: Uint8Array, at: number): number => ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;

/** Short texts are nearly always ASCII, where a loop is several times faster than a TextDecoder. */
function readText(bytes: Uint8Array, at: number, length: number): string {
  let result = '';
  for (let i = at; i < at + length; i++) {
    const octet = bytes[i] as number;
    if (octet > 0x7f) return decodeText(bytes.subarray(at, at + length));
    result += String.fromCharCode(octet);
  }
  return result;
}

/** The octets of a text for people, cut between characters so that it stays UTF-8. */
function writeMessage(writer: Writer, message: string | undefined): void {
  if (message === undefined || message === '') return;
  const bytes = utf8(message);
  let end = Math.min(bytes.length, maxErrorMessage);
  while (end < bytes.length && end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  writer.bytes(bytes.subarray(0, end));
}

/** An unsigned integer of up to 64 bits; what a double cannot hold exactly is as near as it can. */
function readInteger(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at; i < at + length; i++) value = value * 256 + (bytes[i] as number);
  return value;
}

const bits = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

/** Codecs of all value formats. */
export const formats: { readonly [F in AvpFormat]: FormatCodec<AvpFormatValues[F]> } = {
  u16: {
    min: 2,
    max: 2,
    decode: u16,
    encode: (writer, value) => void writer.u16(value),
    describe: String,
  },
  u32: {
    min: 4,
    max: 4,
    decode: u32,
    encode: (writer, value) => void writer.u32(value),
    describe: String,
  },
  octets: {
    min: 0,
    max: maxAvpValue,
    decode: (bytes, at, length) => bytes.slice(at, at + length),
    encode: (writer, value) => void writer.bytes(value),
    describe: (value) => Array.from(value, (octet) => octet.toString(16).padStart(2, '0')).join(''),
  },
  text: {
    min: 0,
    max: maxAvpValue,
    decode: readText,
    encode: (writer, value) => void writer.bytes(utf8(value)),
    describe: (value) => JSON.stringify(value),
  },
  empty: {
    min: 0,
    max: 0,
    decode: () => true,
    encode: () => undefined,
    describe: () => 'yes',
  },
  version: {
    min: 2,
    max: 2,
    decode: (bytes, at) => ({ version: bytes[at] as number, revision: bytes[at + 1] as number }),
    encode: (writer, value) => void writer.u8(value.version).u8(value.revision),
    describe: (value) => `${value.version}.${value.revision}`,
  },
  result: {
    min: 2,
    max: maxAvpValue,
    decode: (bytes, at, length) => ({
      resultCode: u16(bytes, at),
      errorCode: length >= 4 ? u16(bytes, at + 2) : undefined,
      message: length > 4 ? readText(bytes, at + 4, length - 4) : undefined,
    }),
    encode: (writer, value) => {
      writer.u16(value.resultCode);
      const hasMessage = value.message !== undefined && value.message !== '';
      if (value.errorCode === undefined && !hasMessage) return;
      writer.u16(value.errorCode ?? 0);
      writeMessage(writer, value.message);
    },
    describe: (value) =>
      [value.resultCode, value.errorCode, value.message && JSON.stringify(value.message)]
        .filter((part) => part !== undefined && part !== '')
        .join('/'),
  },
  q931: {
    min: 3,
    max: maxAvpValue,
    decode: (bytes, at, length) => ({
      cause: u16(bytes, at),
      causeMessage: bytes[at + 2] as number,
      advisory: length > 3 ? readText(bytes, at + 3, length - 3) : undefined,
    }),
    encode: (writer, value) => {
      writer.u16(value.cause).u8(value.causeMessage);
      writeMessage(writer, value.advisory);
    },
    describe: (value) =>
      `${value.cause}/${value.causeMessage}${value.advisory ? `/${JSON.stringify(value.advisory)}` : ''}`,
  },
  identifier: {
    min: 2,
    max: 2,
    // The first octet is reserved.
    decode: (bytes, at) => bytes[at + 1] as number,
    encode: (writer, value) => void writer.u16(value & 0xff),
    describe: String,
  },
  callErrors: {
    min: 26,
    max: 26,
    decode: (bytes, at) => ({
      crcErrors: u32(bytes, at + 2),
      framingErrors: u32(bytes, at + 6),
      hardwareOverruns: u32(bytes, at + 10),
      bufferOverruns: u32(bytes, at + 14),
      timeoutErrors: u32(bytes, at + 18),
      alignmentErrors: u32(bytes, at + 22),
    }),
    encode: (writer, value) =>
      void writer
        .u16(0)
        .u32(value.crcErrors)
        .u32(value.framingErrors)
        .u32(value.hardwareOverruns)
        .u32(value.bufferOverruns)
        .u32(value.timeoutErrors)
        .u32(value.alignmentErrors),
    describe: (value) =>
      `crc:${value.crcErrors},framing:${value.framingErrors},hardware:${value.hardwareOverruns},` +
      `buffer:${value.bufferOverruns},timeout:${value.timeoutErrors},alignment:${value.alignmentErrors}`,
  },
  accm: {
    min: 10,
    max: 10,
    decode: (bytes, at) => ({ send: u32(bytes, at + 2), receive: u32(bytes, at + 6) }),
    encode: (writer, value) => void writer.u16(0).u32(value.send).u32(value.receive),
    describe: (value) => `send:${bits(value.send)},receive:${bits(value.receive)}`,
  },
  disconnectCause: {
    min: 5,
    max: maxAvpValue,
    decode: (bytes, at, length) => ({
      code: u16(bytes, at),
      controlProtocol: u16(bytes, at + 2),
      direction: bytes[at + 4] as number,
      message: length > 5 ? readText(bytes, at + 5, length - 5) : undefined,
    }),
    encode: (writer, value) => {
      writer.u16(value.code).u16(value.controlProtocol).u8(value.direction);
      writeMessage(writer, value.message);
    },
    describe: (value) =>
      `${value.code}/0x${value.controlProtocol.toString(16).padStart(4, '0')}/${value.direction}` +
      (value.message ? `/${JSON.stringify(value.message)}` : ''),
  },
  rate: {
    // Eight octets (RFC 5515 section 7); some send four, as in RADIUS.
    min: 4,
    max: 8,
    decode: readInteger,
    encode: (writer, value) => void writer.u64(BigInt(Math.round(value))),
    describe: (value) => `${value}bit/s`,
  },
  encapsulation: {
    min: 3,
    max: 3,
    decode: (bytes, at) => ({
      dataLink: bytes[at] as number,
      encapsulation1: bytes[at + 1] as number,
      encapsulation2: bytes[at + 2] as number,
    }),
    encode: (writer, value) =>
      void writer.u8(value.dataLink).u8(value.encapsulation1).u8(value.encapsulation2),
    describe: (value) => `${value.dataLink}/${value.encapsulation1}/${value.encapsulation2}`,
  },
};
