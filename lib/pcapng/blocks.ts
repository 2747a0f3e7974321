import { utf8 } from '../wire/index.js';

// draft-ietf-opsawg-pcapng
const blockType = { interfaceDescription: 1, interfaceStatistics: 5, enhancedPacket: 6 } as const;
const sectionHeaderType = 0x0a0d_0d0a;
const byteOrderMagic = 0x1a2b_3c4d;
const option = { end: 0, name: 2, description: 3, userApplication: 4, resolution: 9 } as const;
const packetOption = { flags: 2 } as const;
const statisticsOption = { received: 4, dropped: 5 } as const;
/** Of time stamps: 10^-6 s. */
const microseconds = 6;

/** Link types of https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype. */
export const linkType = {
  /** A PPP frame, with or without address and control. */
  ppp: 9,
  /** An IPv4 or IPv6 packet. */
  raw: 101,
} as const;

/** Bits 0 and 1 of a packet's flags. */
const directionFlag = { received: 1, sent: 2 } as const;
export type PacketDirection = keyof typeof directionFlag;

/** Assembles one block: little endian, every part padded to 32 bits. */
class Block {
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(type: number, bodyLength: number) {
    const length = 12 + bodyLength;
    this.#octets = new Uint8Array(length);
    this.#view = new DataView(this.#octets.buffer);
    this.u32(type).u32(length);
    this.#view.setUint32(length - 4, length, true);
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  octets(value: Uint8Array): this {
    this.#octets.set(value, this.#at);
    this.#at += padded(value.length);
    return this;
  }

  options(options: readonly Option[]): Uint8Array {
    for (const [code, value] of options) this.u16(code).u16(value.length).octets(value);
    if (options.length > 0) this.u16(option.end).u16(0);
    return this.#octets;
  }
}

type Option = readonly [code: number, value: Uint8Array];

const padded = (length: number): number => (length + 3) & ~3;

const optionsLength = (options: readonly Option[]): number =>
  options.reduce((sum, [, value]) => sum + 4 + padded(value.length), options.length > 0 ? 4 : 0);

const number = (value: number, octets: 4 | 8): Uint8Array => {
  const bytes = new Uint8Array(octets);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, value % 0x1_0000_0000, true);
  if (octets === 8) view.setUint32(4, Math.floor(value / 0x1_0000_0000), true);
  return bytes;
};

/** What a file begins with (section 4.1). @param application that writes it */
export function sectionHeader(application: string): Uint8Array {
  const options: Option[] = [[option.userApplication, utf8(application)]];
  return new Block(sectionHeaderType, 16 + optionsLength(options))
    .u32(byteOrderMagic)
    .u16(1)
    .u16(0)
    .u32(0xffff_ffff)
    .u32(0xffff_ffff)
    .options(options);
}

export interface CaptureInterface {
  readonly linkType: number;
  readonly name: string;
  readonly description: string;
}

/** Interfaces are numbered from 0 in the order in which they are described (section 4.2). Packets may have any length. */
export function interfaceDescription(about: CaptureInterface): Uint8Array {
  const options: Option[] = [
    [option.name, utf8(about.name)],
    [option.description, utf8(about.description)],
    [option.resolution, Uint8Array.of(microseconds)],
  ];
  return new Block(blockType.interfaceDescription, 8 + optionsLength(options))
    .u16(about.linkType)
    .u16(0)
    .u32(0)
    .options(options);
}

export interface CapturedOctets {
  readonly interface: number;
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  readonly direction: PacketDirection;
  readonly octets: Uint8Array;
  /** Octets that the packet had, where not all were kept. */
  readonly length?: number | undefined;
}

/** One packet (section 4.3). */
export function enhancedPacket(packet: CapturedOctets): Uint8Array {
  const { octets, length = octets.length } = packet;
  const options: Option[] = [[packetOption.flags, number(directionFlag[packet.direction], 4)]];
  return timed(
    new Block(blockType.enhancedPacket, 20 + padded(octets.length) + optionsLength(options)),
    packet,
  )
    .u32(octets.length)
    .u32(length)
    .octets(octets)
    .options(options);
}

/** How many packets an interface had, and how many of them were not captured (section 4.6). */
export function interfaceStatistics(about: {
  readonly interface: number;
  readonly time: number;
  readonly received: number;
  readonly dropped: number;
}): Uint8Array {
  const options: Option[] = [
    [statisticsOption.received, number(about.received, 8)],
    [statisticsOption.dropped, number(about.dropped, 8)],
  ];
  return timed(new Block(blockType.interfaceStatistics, 12 + optionsLength(options)), about).options(options);
}

function timed(block: Block, about: { readonly interface: number; readonly time: number }): Block {
  const time = Math.round(about.time * 1000);
  return block
    .u32(about.interface)
    .u32(Math.floor(time / 0x1_0000_0000))
    .u32(time % 0x1_0000_0000);
}
