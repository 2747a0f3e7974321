import { concat, isShortAscii, Reader, Writer, type Random } from '../wire/index.js';
import type { AttributeDefinition } from './attribute-definition.js';
import type { AttributeName, Dictionary } from './dictionary.js';
import { RadiusError } from './errors.js';
import { hidePassword, hideSalted, revealPassword, revealSalted } from './hiding.js';
import { type AttributeValue, decodeValue, encodeValue, isUnsigned32 } from './values.js';

/** One attribute of a packet. Those that the dictionary does not know are named `Attr-TYPE` or `Attr-26.VENDOR.TYPE`. */
export interface Attribute {
  readonly name: string;
  readonly value: AttributeValue;
  /** RFC 2868 section 3; 0 where it groups nothing. */
  readonly tag?: number;
}

/** An attribute that is known without configuration. */
export interface KnownAttribute extends Attribute {
  readonly name: AttributeName;
}

/** What hides and reveals secret values: those of one request and its answer. */
export interface Hiding {
  readonly secret: Uint8Array;
  /** Of the request, for its answer too. */
  readonly authenticator: Uint8Array;
  /** Makes salts; needed to hide. */
  readonly random?: Random;
}

const vendorSpecific = 26;
const maxValue = 253;
/** After the vendor's number, its type and length. */
const maxVendorValue = maxValue - 6;

/** Where attributes are gathered, one packet's after the other's. */
const scratch = new Uint8Array(4096);

/** @throws RadiusError for an attribute that is not known, or whose value does not fit */
export function encodeAttributes(
  attributes: readonly Attribute[],
  dictionary: Dictionary,
  hiding?: Hiding,
): Uint8Array {
  const writer = new Writer(scratch);
  for (const attribute of attributes) {
    const definition = dictionary.named(attribute.name);
    if (definition === undefined) throw new RadiusError(`the attribute ${attribute.name} is not known`);
    try {
      writeAttribute(writer, definition, attribute, hiding);
    } catch (error) {
      throw error instanceof RadiusError ? new RadiusError(`${attribute.name}: ${error.message}`) : error;
    }
  }
  return writer.finish();
}

function writeAttribute(
  writer: Writer,
  definition: AttributeDefinition,
  { value, tag = 0 }: Attribute,
  hiding: Hiding | undefined,
): void {
  if (writePlain(writer, definition, value, tag)) return;
  let octets = hide(definition, encodeValue(definition.format, value), hiding);
  if (definition.tagged === true) octets = concat(Uint8Array.of(tag), octets);
  const { vendor } = definition;
  const most = vendor === 0 ? maxValue : maxVendorValue;
  if (octets.length > most && definition.concatenated !== true) {
    throw new RadiusError(`the value has ${octets.length} octets, and ${most} fit`);
  }
  // An attribute without a value says nothing, and may not be sent (RFC 2865 section 5).
  for (let at = 0; at < octets.length; at += most) {
    const part = octets.subarray(at, at + most);
    writeHeader(writer, definition, part.length);
    writer.bytes(part);
  }
}

function writeHeader(writer: Writer, { vendor, type }: AttributeDefinition, length: number): void {
  if (vendor !== 0)
    writer
      .u8(vendorSpecific)
      .u8(8 + length)
      .u32(vendor);
  writer.u8(type).u8(2 + length);
}

/** Most values are numbers and short texts, which need no octets of their own first. @returns false for others */
function writePlain(
  writer: Writer,
  definition: AttributeDefinition,
  value: AttributeValue,
  tag: number,
): boolean {
  const { format, hidden, tagged = false } = definition;
  if (hidden !== undefined) return false;
  if ((format === 'integer' || format === 'date') && isUnsigned32(value)) {
    writeHeader(writer, definition, 4);
    // The tag takes the place of the highest octet; before a text it stands alone (RFC 2868 section 3).
    writer.u32(tagged ? (tag << 24) | (value & 0xff_ffff) : value);
    return true;
  }
  if (format !== 'text' || typeof value !== 'string' || value === '' || !isShortAscii(value)) return false;
  writeHeader(writer, definition, value.length + (tagged ? 1 : 0));
  if (tagged) writer.u8(tag);
  for (let at = 0; at < value.length; at++) writer.u8(value.charCodeAt(at));
  return true;
}

function hide({ hidden }: AttributeDefinition, octets: Uint8Array, hiding: Hiding | undefined): Uint8Array {
  if (hidden === undefined) return octets;
  if (hiding === undefined) throw new RadiusError('there is no secret to hide the value with');
  const { secret, authenticator, random } = hiding;
  if (hidden === 'password') return hidePassword(octets, secret, authenticator);
  if (random === undefined) throw new RadiusError('there is no salt to hide the value with');
  const salt = random.bytes(2);
  salt[0] = (salt[0] as number) | 0x80;
  return hideSalted(octets, secret, authenticator, salt);
}

/**
 * Every attribute in the order of the packet; parts of one long value are joined.
 * @throws RadiusError for lengths or values that cannot be: the packet is then to be dropped (RFC 2865 section 5)
 */
export function decodeAttributes(octets: Uint8Array, dictionary: Dictionary, hiding?: Hiding): Attribute[] {
  const reader = new Reader(octets);
  const decoded: Attribute[] = [];
  while (reader.remaining > 0) {
    const type = reader.u8();
    const length = reader.remaining > 0 ? reader.u8() : 0;
    if (length < 2 || length - 2 > reader.remaining)
      throw new RadiusError(`attribute ${type} has a wrong length`);
    const value = reader.bytes(length - 2);
    if (type === vendorSpecific) decodeVendor(value, dictionary, hiding, decoded);
    else decodeOne(dictionary.numbered(0, type), `Attr-${type}`, value, hiding, decoded);
  }
  return decoded;
}

function decodeVendor(
  octets: Uint8Array,
  dictionary: Dictionary,
  hiding: Hiding | undefined,
  decoded: Attribute[],
): void {
  if (octets.length < 4) throw new RadiusError('a vendor attribute has no vendor');
  const reader = new Reader(octets);
  const vendor = reader.u32();
  // A vendor's own content need not follow the recommended form (RFC 2865 section 5.26).
  const inner: [number, Uint8Array][] = [];
  while (reader.remaining >= 2) {
    const type = reader.u8();
    const length = reader.u8();
    if (length < 2 || length - 2 > reader.remaining) break;
    inner.push([type, reader.bytes(length - 2)]);
  }
  if (reader.remaining > 0 || inner.length === 0) {
    decoded.push({ name: `Attr-26.${vendor}`, value: octets.slice(4) });
    return;
  }
  for (const [type, value] of inner) {
    decodeOne(dictionary.numbered(vendor, type), `Attr-26.${vendor}.${type}`, value, hiding, decoded);
  }
}

function decodeOne(
  definition: AttributeDefinition | undefined,
  unknownName: string,
  octets: Uint8Array,
  hiding: Hiding | undefined,
  decoded: Attribute[],
): void {
  if (definition === undefined) {
    decoded.push({ name: unknownName, value: octets.slice() });
    return;
  }
  const { name } = definition;
  try {
    const { tag, rest } =
      definition.tagged === true ? splitTag(definition, octets) : { tag: undefined, rest: octets };
    const value = decodeValue(definition.format, reveal(definition, rest, hiding));
    const last = decoded.at(-1);
    if (definition.concatenated === true && last?.name === name && last.value instanceof Uint8Array) {
      decoded[decoded.length - 1] = { name, value: Buffer.concat([last.value, value as Uint8Array]) };
    } else {
      decoded.push({ name, value, ...(tag !== undefined && { tag }) });
    }
  } catch (error) {
    throw error instanceof RadiusError ? new RadiusError(`${name}: ${error.message}`) : error;
  }
}

/** A first octet above 0x1f is part of a text, and no tag (RFC 2868 section 3.3). */
function splitTag(
  { format, hidden }: AttributeDefinition,
  octets: Uint8Array,
): { readonly tag: number; readonly rest: Uint8Array } {
  const first = octets[0] ?? 0;
  if (format === 'integer') return { tag: first, rest: Uint8Array.of(0, ...octets.subarray(1)) };
  if (hidden === undefined && first > 0x1f) return { tag: 0, rest: octets };
  return { tag: first > 0x1f ? 0 : first, rest: octets.subarray(1) };
}

function reveal({ hidden }: AttributeDefinition, octets: Uint8Array, hiding: Hiding | undefined): Uint8Array {
  if (hidden === undefined || hiding === undefined) return octets;
  const { secret, authenticator } = hiding;
  return hidden === 'password'
    ? revealPassword(octets, secret, authenticator)
    : revealSalted(octets, secret, authenticator);
}

/** The first value of an attribute. */
export function firstValue(
  attributes: readonly Attribute[],
  name: AttributeName,
): AttributeValue | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}

export function firstText(attributes: readonly Attribute[], name: AttributeName): string | undefined {
  const value = firstValue(attributes, name);
  return typeof value === 'string' ? value : undefined;
}

export function firstNumber(attributes: readonly Attribute[], name: AttributeName): number | undefined {
  const value = firstValue(attributes, name);
  return typeof value === 'number' ? value : undefined;
}

export function firstOctets(attributes: readonly Attribute[], name: AttributeName): Uint8Array | undefined {
  const value = firstValue(attributes, name);
  return value instanceof Uint8Array ? value : undefined;
}

export const allTexts = (attributes: readonly Attribute[], name: AttributeName): string[] =>
  attributes.flatMap((one) => (one.name === name && typeof one.value === 'string' ? [one.value] : []));

export const allOctets = (attributes: readonly Attribute[], name: AttributeName): Uint8Array[] =>
  attributes.flatMap((one) => (one.name === name && one.value instanceof Uint8Array ? [one.value] : []));

/** For the log: names and values, without secrets. */
export function describeAttributes(attributes: readonly Attribute[], dictionary: Dictionary): string {
  return attributes.map((attribute) => describeAttribute(attribute, dictionary)).join(', ');
}

/** Controls would break the line of the log. */
const quote = (value: string): string =>
  JSON.stringify(value.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' '));

function describeAttribute({ name, value, tag }: Attribute, dictionary: Dictionary): string {
  const label = tag === undefined || tag === 0 ? name : `${name}:${tag}`;
  if (dictionary.named(name)?.secret === true) return `${label}=[secret]`;
  if (value instanceof Uint8Array) return `${label}=0x${Buffer.from(value).toString('hex')}`;
  return `${label}=${typeof value === 'string' ? quote(value) : value}`;
}
