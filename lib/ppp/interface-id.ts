/** An interface identifier as four groups of hexadecimal digits, as in the lower half of an IPv6 address. */
export function formatInterfaceId(id: bigint): string {
  const digits = id.toString(16).padStart(16, '0');
  return [0, 4, 8, 12].map((at) => digits.slice(at, at + 4).replace(/^0{1,3}/, '')).join(':');
}

/** An interface identifier as its 8 octets. */
export function interfaceIdBytes(id: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  for (let i = 7, rest = id; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

/** The interface identifier in the first 8 octets. */
export function interfaceIdOf(bytes: Uint8Array): bigint {
  let id = 0n;
  for (let i = 0; i < 8; i++) id = (id << 8n) | BigInt(bytes[i] ?? 0);
  return id;
}

/** Reads {@link formatInterfaceId}'s text; undefined where it is none, or zero, which no interface may have. */
export function parseInterfaceId(text: string): bigint | undefined {
  const groups = text.split(':');
  if (groups.length !== 4 || !groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const id = groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
  return id === 0n ? undefined : id;
}
