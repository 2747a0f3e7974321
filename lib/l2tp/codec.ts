import type { Random } from '../wire/index.js';
import { WireError, Writer } from '../wire/index.js';
import { formats, maxAvpValue } from './avp-formats.js';
import type { FormatCodec } from './avp-formats.js';
import { avps, messageTypeAttribute, messageTypes, randomVectorAttribute } from './avp-table.js';
import type { AvpDefinition, AvpField, MessageName } from './avp-table.js';
import { controlHeaderLength, writeControlHeader } from './header.js';
import { hideValue, unhideValue } from './hiding.js';
import type { ControlMessage, ReceivedMessage } from './message.js';
import { errorCode } from './result-codes.js';
import type { GeneralErrorCode } from './result-codes.js';

/** Bits of an AVP's first octet. */
export const avpFlag = { mandatory: 0x80, hidden: 0x40, reserved: 0x3c } as const;
export const avpHeaderLength = 6;

/** An AVP of the table with everything that the codec looks up. */
export interface AvpEntry extends AvpDefinition {
  readonly field: AvpField;
  readonly codec: FormatCodec<unknown>;
  readonly minLength: number;
  readonly maxLength: number;
}

const entries: readonly AvpEntry[] = Object.entries(avps).map(
  ([field, definition]: [string, AvpDefinition]) => {
    const codec = formats[definition.format] as FormatCodec<unknown>;
    return {
      ...definition,
      field: field as AvpField,
      codec,
      minLength: definition.min ?? codec.min,
      maxLength: definition.max ?? codec.max,
    };
  },
);

/** By Attribute Type, for each vendor. */
const byVendor: ReadonlyMap<number, readonly (AvpEntry | undefined)[]> = (() => {
  const tables = new Map<number, (AvpEntry | undefined)[]>();
  for (const entry of entries) {
    const vendor = entry.vendor ?? 0;
    let table = tables.get(vendor);
    if (table === undefined) {
      table = new Array<AvpEntry | undefined>(256).fill(undefined);
      tables.set(vendor, table);
    }
    table[entry.type] = entry;
  }
  return tables;
})();

const byVendorAndType = (a: AvpEntry, b: AvpEntry): number =>
  (a.vendor ?? 0) - (b.vendor ?? 0) || a.type - b.type;

interface MessageEntry {
  readonly name: MessageName;
  readonly type: number;
  /** In the order of vendors and Attribute Types, which is also the order on the wire. */
  readonly entries: readonly AvpEntry[];
  readonly required: readonly AvpEntry[];
}

const messagesByType: (MessageEntry | undefined)[] = new Array<MessageEntry | undefined>(17).fill(undefined);
const messagesByName = {} as Record<MessageName, MessageEntry>;
for (const [key, type] of Object.entries(messageTypes)) {
  const name = key as MessageName;
  const own = entries.filter((entry) => name in entry.in).sort(byVendorAndType);
  const required = own.filter((entry) => entry.in[name] === 'must');
  messagesByName[name] = { name, type, entries: own, required };
  messagesByType[type] = messagesByName[name];
}

/** The AVP with this Vendor ID and Attribute Type. */
export const avpByType = (vendor: number, type: number): AvpEntry | undefined => byVendor.get(vendor)?.[type];

/** Name of a Message Type. */
export const messageName = (type: number): MessageName | undefined => messagesByType[type]?.name;

/** Counts what was read over: malformed or unrecognised AVPs without the M bit. */
export interface DecodeTally {
  ignoredAvps: number;
}

interface Fault {
  readonly errorCode: GeneralErrorCode;
  readonly text: string;
}

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

/**
 * Decodes the body of a control message; total. The first AVP at fault whose M bit is set makes the message faulty,
 * others are read over (RFC 2661 sections 4.1 and 7.1). AVPs that belong to other messages are ignored.
 * @param secret unhides hidden AVPs; without one they count as unrecognised
 */
export function decodeMessage(
  datagram: Uint8Array,
  start: number,
  end: number,
  secret?: Uint8Array,
  tally?: DecodeTally,
): ReceivedMessage {
  const fault = checkMessageType(datagram, start, end);
  if (fault !== undefined) return { type: 'faulty', name: undefined, ...fault, fields: {} };
  const messageType = u16(datagram, start + avpHeaderLength);
  const message = messagesByType[messageType];
  if (message === undefined) {
    return {
      type: 'unknown',
      messageType,
      mandatory: ((datagram[start] as number) & avpFlag.mandatory) !== 0,
    };
  }
  return new BodyDecoder(datagram, message, secret, tally).decode(start + 8, end);
}

/** The Message Type AVP comes first, is not hidden and has 8 octets (RFC 2661 section 4.4.1). */
function checkMessageType(datagram: Uint8Array, start: number, end: number): Fault | undefined {
  const left = end - start;
  if (left < avpHeaderLength)
    return { errorCode: errorCode.lengthWrong, text: 'no complete Message Type AVP' };
  const flags = datagram[start] as number;
  const length = u16(datagram, start) & 0x3ff;
  if (length < avpHeaderLength || length > left) {
    return { errorCode: errorCode.lengthWrong, text: `length ${length} of the first AVP` };
  }
  if (u16(datagram, start + 2) !== 0 || u16(datagram, start + 4) !== messageTypeAttribute) {
    return { errorCode: errorCode.valueOutOfRange, text: 'Message Type is not the first AVP' };
  }
  if ((flags & avpFlag.reserved) !== 0) {
    return { errorCode: errorCode.unknownMandatoryAvp, text: 'reserved bits of Message Type' };
  }
  if ((flags & avpFlag.hidden) !== 0) {
    return { errorCode: errorCode.valueOutOfRange, text: 'Message Type is hidden' };
  }
  if (length !== 8) return { errorCode: errorCode.lengthWrong, text: `length ${length} of Message Type` };
  return undefined;
}

class BodyDecoder {
  readonly #datagram: Uint8Array;
  readonly #message: MessageEntry;
  readonly #secret: Uint8Array | undefined;
  readonly #tally: DecodeTally | undefined;
  readonly #fields: Record<string, unknown>;
  #randomVector: Uint8Array | undefined;
  #fault: Fault | undefined;

  constructor(
    datagram: Uint8Array,
    message: MessageEntry,
    secret: Uint8Array | undefined,
    tally: DecodeTally | undefined,
  ) {
    this.#datagram = datagram;
    this.#message = message;
    this.#secret = secret;
    this.#tally = tally;
    this.#fields = {};
  }

  decode(start: number, end: number): ReceivedMessage {
    const datagram = this.#datagram;
    let at = start;
    while (at < end) {
      const mandatory = ((datagram[at] as number) & avpFlag.mandatory) !== 0;
      const left = end - at;
      const length = left < avpHeaderLength ? 0 : u16(datagram, at) & 0x3ff;
      if (length < avpHeaderLength || length > left) {
        // Nothing after it can be found.
        this.#reject(mandatory, errorCode.lengthWrong, `AVP of length ${length} with ${left} octets left`);
        break;
      }
      this.#decodeAvp(at, length, mandatory);
      at += length;
    }
    this.#checkRequired();
    const fault = this.#fault;
    if (fault === undefined) {
      this.#fields.type = this.#message.name;
      return this.#fields as unknown as ControlMessage;
    }
    return { type: 'faulty', name: this.#message.name, ...fault, fields: this.#fields };
  }

  #decodeAvp(at: number, length: number, mandatory: boolean): void {
    const datagram = this.#datagram;
    const flags = datagram[at] as number;
    const vendor = u16(datagram, at + 2);
    const type = u16(datagram, at + 4);
    if ((flags & avpFlag.reserved) !== 0) {
      // An AVP with reserved bits counts as unrecognised (RFC 2661 section 4.1).
      this.#reject(
        mandatory,
        errorCode.unknownMandatoryAvp,
        `reserved bits of AVP ${type} of vendor ${vendor}`,
      );
      return;
    }
    const hidden = (flags & avpFlag.hidden) !== 0;
    if (vendor === 0 && (type === randomVectorAttribute || type === messageTypeAttribute)) {
      this.#decodeFraming(type, at, length, hidden, mandatory);
      return;
    }
    const entry = avpByType(vendor, type);
    if (entry === undefined) {
      this.#reject(mandatory, errorCode.unknownMandatoryAvp, `unknown AVP ${type} of vendor ${vendor}`);
      return;
    }
    // Not of this message, or there already: the first counts.
    if (!(this.#message.name in entry.in) || entry.field in this.#fields) return;
    if (hidden) this.#decodeHidden(entry, at, length, mandatory);
    else this.#decodeValue(entry, datagram, at + avpHeaderLength, length - avpHeaderLength, mandatory);
  }

  #decodeFraming(type: number, at: number, length: number, hidden: boolean, mandatory: boolean): void {
    const name = type === randomVectorAttribute ? 'Random Vector' : 'second Message Type';
    if (hidden) this.#reject(mandatory, errorCode.valueOutOfRange, `${name} is hidden`);
    else if (type === messageTypeAttribute) this.#reject(mandatory, errorCode.valueOutOfRange, name);
    else this.#randomVector = this.#datagram.subarray(at + avpHeaderLength, at + length);
  }

  #decodeHidden(entry: AvpEntry, at: number, length: number, mandatory: boolean): void {
    if (!entry.hidable) {
      this.#reject(mandatory, errorCode.valueOutOfRange, `${entry.name} must not be hidden`);
    } else if (this.#secret === undefined) {
      this.#reject(
        mandatory,
        errorCode.unknownMandatoryAvp,
        `${entry.name} is hidden and there is no secret`,
      );
    } else if (this.#randomVector === undefined) {
      this.#reject(mandatory, errorCode.valueOutOfRange, `${entry.name} is hidden without a Random Vector`);
    } else {
      const hidden = this.#datagram.subarray(at + avpHeaderLength, at + length);
      const value = unhideValue(entry.type, hidden, this.#secret, this.#randomVector);
      if (value === undefined) {
        this.#reject(
          mandatory,
          errorCode.lengthWrong,
          `hidden ${entry.name} cannot be read, the secrets may differ`,
        );
      } else {
        this.#decodeValue(entry, value, 0, value.length, mandatory);
      }
    }
  }

  #decodeValue(entry: AvpEntry, bytes: Uint8Array, at: number, length: number, mandatory: boolean): void {
    if (length < entry.minLength || length > entry.maxLength) {
      this.#reject(mandatory, errorCode.lengthWrong, `length of ${entry.name}`);
      return;
    }
    const value = entry.codec.decode(bytes, at, length);
    if (entry.nonZero === true && value === 0) {
      this.#reject(mandatory, errorCode.valueOutOfRange, `${entry.name} is 0`);
      return;
    }
    this.#fields[entry.field] = value;
  }

  #checkRequired(): void {
    if (this.#fault !== undefined) return;
    for (const entry of this.#message.required) {
      if (this.#fields[entry.field] === undefined) {
        this.#fault = { errorCode: errorCode.valueOutOfRange, text: `${entry.name} is missing` };
        return;
      }
    }
  }

  #reject(mandatory: boolean, code: GeneralErrorCode, text: string): void {
    if (mandatory) this.#fault ??= { errorCode: code, text };
    else if (this.#tally !== undefined) this.#tally.ignoredAvps++;
  }
}

/**
 * The Host Name of an SCCRQ, which is never hidden: it is needed to find the secret that unhides the rest.
 * @returns `undefined` where there is none that can be read
 */
export function peekHostName(datagram: Uint8Array, start: number, end: number): string | undefined {
  let at = start;
  while (end - at >= avpHeaderLength) {
    const length = u16(datagram, at) & 0x3ff;
    if (length < avpHeaderLength || length > end - at) return undefined;
    const plain = ((datagram[at] as number) & (avpFlag.hidden | avpFlag.reserved)) === 0;
    if (plain && u16(datagram, at + 2) === 0 && u16(datagram, at + 4) === avps.hostName.type) {
      return length === avpHeaderLength
        ? undefined
        : formats.text.decode(datagram, at + avpHeaderLength, length - avpHeaderLength);
    }
    at += length;
  }
  return undefined;
}

/** Message Type of an encoded control message that has a body, without any check but its size. */
export const peekMessageType = (datagram: Uint8Array): number =>
  datagram.length < controlHeaderLength + 8 ? 0 : u16(datagram, controlHeaderLength + avpHeaderLength);

/** A value that no AVP can hold was to be sent. */
export class AvpValueError extends WireError {
  override name = 'AvpValueError';
}

/** What hides AVPs on their way out. */
export interface Hiding {
  readonly secret: Uint8Array;
  readonly random: Random;
}

/** Where messages are put together, one after the other. */
const scratch = new Uint8Array(2048);

/** Octets of the random vectors that we send; 16 at least are recommended (RFC 2661 section 4.4.1). */
const randomVectorLength = 16;
/** Up to this many random octets conceal the length of a hidden value. */
const maxPadding = 15;

/**
 * Encodes a control message with Ns and Nr 0 (the reliable channel sets them).
 * @param tunnelId the peer's Tunnel ID, 0 while it is not known
 * @param sessionId the peer's Session ID, 0 where it is not known or no session is meant
 * @param hiding hides every AVP that may be, but ids: those are in clear in each header
 * @throws AvpValueError for a value that is too long or too short for its AVP
 */
export function encodeMessage(
  message: ControlMessage,
  tunnelId: number,
  sessionId: number,
  hiding?: Hiding,
): Uint8Array {
  const { type, entries: own } = messagesByName[message.type];
  const writer = new Writer(scratch);
  writer.u32(0).u32(0).u32(0);
  writer
    .u16((avpFlag.mandatory << 8) | 8)
    .u16(0)
    .u16(messageTypeAttribute)
    .u16(type);
  const fields = message as unknown as Readonly<Record<string, unknown>>;
  let randomVector: Uint8Array | undefined;
  for (const entry of own) {
    const value = fields[entry.field];
    if (value === undefined) continue;
    if (hiding !== undefined && entry.hidable && entry.nonZero !== true) {
      randomVector ??= writeRandomVector(writer, hiding.random);
      writeHidden(writer, entry, value, hiding, randomVector);
    } else {
      writePlain(writer, entry, value);
    }
  }
  const encoded = writer.finish();
  writeControlHeader(encoded, encoded.length, tunnelId, sessionId, 0, 0);
  return encoded;
}

function writePlain(writer: Writer, entry: AvpEntry, value: unknown): void {
  const at = writer.length;
  writer
    .u16(0)
    .u16(entry.vendor ?? 0)
    .u16(entry.type);
  entry.codec.encode(writer, value);
  const length = writer.length - at;
  checkLength(entry, length - avpHeaderLength);
  writer.patchU16(at, (entry.mandatory ? avpFlag.mandatory << 8 : 0) | length);
}

function writeHidden(
  writer: Writer,
  entry: AvpEntry,
  value: unknown,
  hiding: Hiding,
  randomVector: Uint8Array,
): void {
  const plain = new Writer(32);
  entry.codec.encode(plain, value);
  checkLength(entry, plain.length, maxAvpValue - 2);
  const padding = Math.min(hiding.random.below(maxPadding + 1), maxAvpValue - 2 - plain.length);
  const hidden = hideValue(
    entry.type,
    plain.finish(),
    hiding.secret,
    randomVector,
    hiding.random.bytes(padding),
  );
  const flags = avpFlag.hidden | (entry.mandatory ? avpFlag.mandatory : 0);
  writer
    .u16((flags << 8) | (avpHeaderLength + hidden.length))
    .u16(entry.vendor ?? 0)
    .u16(entry.type)
    .bytes(hidden);
}

function writeRandomVector(writer: Writer, random: Random): Uint8Array {
  const vector = random.bytes(randomVectorLength);
  writer
    .u16((avpFlag.mandatory << 8) | (avpHeaderLength + vector.length))
    .u16(0)
    .u16(randomVectorAttribute)
    .bytes(vector);
  return vector;
}

function checkLength(entry: AvpEntry, length: number, limit = maxAvpValue): void {
  if (length < entry.minLength || length > Math.min(entry.maxLength, limit)) {
    throw new AvpValueError(`${entry.name} of ${length} octets`);
  }
}
