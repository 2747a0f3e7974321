import { endianness } from 'node:os';

// linux/netlink.h
const NLA_F_NESTED = 0x8000;
const littleEndian = endianness() === 'LE';

/** The interface that the batch is for, whose index is known only to the addon, once it has made it. */
export const thisInterface = 0;

/**
 * Netlink messages that the kernel gets in one call. An interface index of {@link thisInterface} is filled in by the
 * addon. The machine's own octet order.
 */
export class NetlinkBatch {
  // From Node's pool: thousands of these are made in a storm of set-ups.
  #octets: Uint8Array = Buffer.allocUnsafe(256);
  #length = 0;
  #start = 0;
  readonly #patches: number[] = [];
  readonly #names: string[] = [];
  readonly #starts: number[] = [];

  /** How many messages there are. */
  get count(): number {
    return this.#names.length;
  }

  /** What message `index` does, for error texts: `RTM_NEWADDR`, say. */
  name(index: number): string | undefined {
    return this.#names[index];
  }

  /** The messages alone, for interfaces that are known. */
  messages(): Uint8Array {
    return this.#octets.slice(0, this.#length);
  }

  /** The messages that are not at the places of `left`. */
  messagesBut(left: ReadonlySet<number>): Uint8Array {
    const kept = this.#starts.flatMap((start, i) =>
      left.has(i) ? [] : [this.#octets.subarray(start, this.#starts[i + 1] ?? this.#length)],
    );
    return Buffer.concat(kept);
  }

  /** As the addon wants it for an interface that it makes: number of patches, their offsets, messages. */
  unitPlan(): Uint8Array {
    const plan = new NetlinkBatch();
    plan.u32(this.#patches.length);
    for (const at of this.#patches) plan.u32(at);
    const at = plan.#grow(this.#length);
    plan.#octets.set(this.#octets.subarray(0, this.#length), at);
    return plan.#octets.subarray(0, plan.#length);
  }

  begin(type: number, flags: number, name: string): void {
    this.#names.push(name);
    this.#starts.push(this.#length);
    this.#start = this.#length;
    const at = this.#grow(16);
    this.#octets.fill(0, at, at + 16);
    this.#put16(at + 4, type);
    this.#put16(at + 6, flags);
  }

  end(): this {
    this.#put32(this.#start, this.#length - this.#start);
    return this;
  }

  nest(type: number): number {
    const at = this.#length;
    this.attributeHead(type | NLA_F_NESTED, 0);
    return at;
  }

  unnest(at: number): void {
    this.#put16(at, this.#length - at);
  }

  attributeHead(type: number, size: number): void {
    const at = this.#grow(4);
    this.#put16(at, 4 + size);
    this.#put16(at + 2, type);
  }

  attribute(type: number, value: Uint8Array): void {
    this.attributeHead(type, value.length);
    const padded = (value.length + 3) & ~3;
    const at = this.#grow(padded);
    this.#octets.fill(0, at, at + padded);
    this.#octets.set(value, at);
  }

  text(type: number, value: string): void {
    this.attribute(type, Buffer.from(`${value}\0`, 'latin1'));
  }

  number(type: number, value: number): void {
    this.attributeHead(type, 4);
    this.u32(value);
  }

  interface(index: number): void {
    if (index === thisInterface) this.#patches.push(this.#length);
    this.u32(index < 0 ? 0 : index);
  }

  u32(value: number): void {
    this.#put32(this.#grow(4), value);
  }

  #put16(at: number, value: number): void {
    const o = this.#octets;
    o[littleEndian ? at : at + 1] = value;
    o[littleEndian ? at + 1 : at] = value >>> 8;
  }

  #put32(at: number, value: number): void {
    this.#put16(littleEndian ? at : at + 2, value & 0xffff);
    this.#put16(littleEndian ? at + 2 : at, value >>> 16);
  }

  u8x4(a: number, b: number, c: number, d: number): void {
    const at = this.#grow(4);
    const o = this.#octets;
    o[at] = a;
    o[at + 1] = b;
    o[at + 2] = c;
    o[at + 3] = d;
  }

  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#octets.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#octets.length * 2));
      larger.set(this.#octets.subarray(0, at));
      this.#octets = larger;
    }
    return at;
  }
}

/** Names the message of a batch that failed. */
export const batchNames =
  (batch: NetlinkBatch) =>
  (operation: string, message: number): string =>
    (operation === 'rtnetlink' ? batch.name(message) : undefined) ?? operation;

/** Which messages of a batch failed: numbers of 32 bits, as the addon gives them. */
export const failedMessages = (octets: Uint8Array | undefined): Set<number> =>
  new Set(octets && new Uint32Array(octets.buffer, octets.byteOffset, octets.byteLength >> 2));
