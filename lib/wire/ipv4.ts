const OCTET = '(0|[1-9][0-9]{0,2})';
const DOTTED = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);

/**
 * The unsigned number of a dotted IPv4 address, or undefined where the text is anything but four decimal octets. A
 * leading zero is refused: some programs would read octal.
 */
export function parseIpv4(text: string): number | undefined {
  const match = DOTTED.exec(text);
  if (!match) return undefined;
  let address = 0;
  for (let i = 1; i <= 4; i++) {
    const octet = Number(match[i]);
    if (octet > 255) return undefined;
    address = address * 256 + octet;
  }
  return address;
}

/** @param address an unsigned 32-bit number */
export const formatIpv4 = (address: number): string =>
  `${address >>> 24}.${(address >>> 16) & 0xff}.${(address >>> 8) & 0xff}.${address & 0xff}`;
