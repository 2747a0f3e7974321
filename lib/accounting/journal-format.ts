import { Reader, TruncatedError } from '../wire/index.js';

/** What a journal file holds, one after the other: records, and which of them are done. */
export type JournalEntry =
  | { readonly kind: 'record'; readonly sequence: number; readonly payload: Uint8Array }
  | { readonly kind: 'done'; readonly sequence: number };

/** Length, checksum, kind, sequence number. */
export const entryOverhead = 4 + 4 + 1 + 8;
/** After length and checksum. */
const bodyAt = 8;
const kinds = { record: 1, done: 2 } as const;
const nothing = new Uint8Array(0);

const crcTable = Uint32Array.from({ length: 256 }, (_, octet) => {
  let crc = octet;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});

/** CRC-32 of IEEE 802.3. */
export function crc32(octets: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (let at = 0; at < octets.length; at++) {
    crc = (crc >>> 8) ^ (crcTable[(crc ^ (octets[at] as number)) & 0xff] as number);
  }
  return ~crc >>> 0;
}

/** An entry: length of the body, its checksum, the body. */
export function encodeEntry(entry: JournalEntry): Uint8Array {
  const payload = entry.kind === 'record' ? entry.payload : nothing;
  const length = entryOverhead + payload.length;
  const octets = new Uint8Array(length);
  octets[bodyAt] = kinds[entry.kind];
  const view = new DataView(octets.buffer);
  view.setBigUint64(bodyAt + 1, BigInt(entry.sequence));
  octets.set(payload, entryOverhead);
  view.setUint32(0, length - bodyAt);
  view.setUint32(4, crc32(octets.subarray(bodyAt)));
  return octets;
}

/**
 * The entries of a file up to the first that is not whole: what a crash left half written.
 * @returns `length`: octets of the entries; less than the file has where its end is damaged
 */
export function decodeEntries(file: Uint8Array): {
  readonly entries: JournalEntry[];
  readonly length: number;
} {
  const reader = new Reader(file);
  const entries: JournalEntry[] = [];
  let length = 0;
  try {
    while (reader.remaining > 0) {
      const size = reader.u32();
      const checksum = reader.u32();
      const body = reader.bytes(size);
      const entry = crc32(body) === checksum ? decodeBody(body) : undefined;
      if (entry === undefined) break;
      entries.push(entry);
      length = reader.offset;
    }
  } catch (error) {
    if (!(error instanceof TruncatedError)) throw error;
  }
  return { entries, length };
}

function decodeBody(body: Uint8Array): JournalEntry | undefined {
  const reader = new Reader(body);
  const kind = reader.u8();
  const sequence = Number(reader.u64());
  if (kind === kinds.record) return { kind: 'record', sequence, payload: reader.rest().slice() };
  return kind === kinds.done ? { kind: 'done', sequence } : undefined;
}
