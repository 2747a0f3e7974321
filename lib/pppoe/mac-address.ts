/** An Ethernet address as a number of 48 bits, which is a cheap key of maps. */
export type MacAddress = number;

export const broadcast: MacAddress = 0xffff_ffff_ffff;

export function readMac(octets: Uint8Array, at: number): MacAddress {
  let value = 0;
  for (let i = at; i < at + 6; i++) value = value * 256 + (octets[i] as number);
  return value;
}

export function writeMac(octets: Uint8Array, at: number, mac: MacAddress): void {
  let value = mac;
  for (let i = at + 5; i >= at; i--) {
    octets[i] = value % 256;
    value = Math.floor(value / 256);
  }
}

export function macOctets(mac: MacAddress): Uint8Array {
  const octets = new Uint8Array(6);
  writeMac(octets, 0, mac);
  return octets;
}

/** `02:00:5e:00:00:01` */
export const formatMac = (mac: MacAddress): string =>
  (mac.toString(16).padStart(12, '0').match(/../g) ?? []).join(':');

/** The first octet's lowest bit: not the address of one station. */
export const isGroupAddress = (mac: MacAddress): boolean => Math.floor(mac / 0x100_0000_0000) % 2 === 1;
