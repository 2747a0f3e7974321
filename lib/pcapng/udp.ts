import { concat, ipv6Octets, parseIpv4, parseIpv6 } from '../wire/index.js';

const udpProtocol = 17;
const udpHeaderLength = 8;
const timeToLive = 64;

/** One end of a datagram. */
export interface UdpEnd {
  /** An IP address in text form, perhaps with a zone. */
  readonly address: string;
  readonly port: number;
}

/**
 * The IP packet that a UDP payload was in, as far as that is known from above: one packet, however it was fragmented,
 * with checksums that are right.
 */
export function udpPacket(from: UdpEnd, to: UdpEnd, payload: Uint8Array): Uint8Array {
  const source = octetsOf(from.address);
  const destination = octetsOf(to.address);
  const length = udpHeaderLength + payload.length;
  const udp = new Uint8Array(length);
  put16(udp, 0, from.port);
  put16(udp, 2, to.port);
  put16(udp, 4, length);
  udp.set(payload, udpHeaderLength);
  const pseudo = Uint8Array.of(0, udpProtocol, length >>> 8, length);
  put16(udp, 6, checksum(concat(source, destination, pseudo, udp)) || 0xffff);
  return concat(
    source.length === 4 ? ipv4Header(source, destination, length) : ipv6Header(source, destination, length),
    udp,
  );
}

function ipv4Header(source: Uint8Array, destination: Uint8Array, length: number): Uint8Array {
  const header = new Uint8Array(20);
  header[0] = 0x45;
  put16(header, 2, header.length + length);
  header[8] = timeToLive;
  header[9] = udpProtocol;
  header.set(source, 12);
  header.set(destination, 16);
  put16(header, 10, checksum(header));
  return header;
}

function ipv6Header(source: Uint8Array, destination: Uint8Array, length: number): Uint8Array {
  const header = new Uint8Array(40);
  header[0] = 0x60;
  put16(header, 4, length);
  header[6] = udpProtocol;
  header[7] = timeToLive;
  header.set(source, 8);
  header.set(destination, 24);
  return header;
}

/** 4 or 16 octets; an address that cannot be read is 0.0.0.0. */
function octetsOf(address: string): Uint8Array {
  const ipv6 = parseIpv6(address.split('%', 1)[0] ?? '');
  if (ipv6 !== undefined) return ipv6Octets(ipv6);
  const ipv4 = parseIpv4(address) ?? 0;
  return Uint8Array.of(ipv4 >>> 24, ipv4 >>> 16, ipv4 >>> 8, ipv4);
}

/** RFC 1071. */
function checksum(octets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) sum += ((octets[at] as number) << 8) + (octets[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

function put16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8;
  octets[at + 1] = value;
}
