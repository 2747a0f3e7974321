import { text, utf8, type Reader, type Writer } from '../wire/index.js';
import { type AccessLine, accessLineEntries, type AccessLoopEncapsulation } from './fields.js';

const byType = new Map(accessLineEntries.map((entry) => [entry.type, entry]));

/** Rates of TR-101 are in kbit/s. */
const kilobit = 1000;
/** Octets of an Agent Circuit Id or Remote Id (TR-101 section 3.9.3). */
const maxText = 63;

/**
 * Reads the sub-options of TR-101's vendor-specific tag, after its vendor number. Sub-options that are not known, cut
 * short, or of another length than theirs are read over; the first of a kind counts.
 */
export function decodeTr101(reader: Reader): AccessLine {
  const line: Record<string, unknown> = {};
  while (reader.remaining >= 2) {
    const type = reader.u8();
    const length = reader.u8();
    if (length > reader.remaining) break;
    const value = reader.sub(length);
    const entry = byType.get(type);
    if (entry === undefined || entry.field in line) continue;
    if (entry.format === 'text') {
      if (length > 0 && length <= maxText) line[entry.field] = text(value.rest());
    } else if (entry.format === 'encapsulation') {
      if (length === 3) {
        line[entry.field] = {
          dataLink: value.u8(),
          encapsulation1: value.u8(),
          encapsulation2: value.u8(),
        } satisfies AccessLoopEncapsulation;
      }
    } else if (length === 4) {
      line[entry.field] = value.u32() * (entry.format === 'rate' ? kilobit : 1);
    }
  }
  return line;
}

/** Writes the sub-options as {@link decodeTr101} reads them: what an access node adds to its subscribers' packets. */
export function encodeTr101(writer: Writer, line: AccessLine): void {
  for (const { field, type, format } of accessLineEntries) {
    const value = line[field];
    if (value === undefined) continue;
    if (typeof value === 'string') {
      const octets = utf8(value).subarray(0, maxText);
      writer.u8(type).u8(octets.length).bytes(octets);
    } else if (typeof value === 'number') {
      writer
        .u8(type)
        .u8(4)
        .u32(format === 'rate' ? Math.round(value / kilobit) : value);
    } else {
      writer.u8(type).u8(3).u8(value.dataLink).u8(value.encapsulation1).u8(value.encapsulation2);
    }
  }
}
