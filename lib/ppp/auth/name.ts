/** The longest name that is taken: what a RADIUS User-Name holds (RFC 2865 section 5.1). */
export const MAX_NAME_OCTETS = 253;

// Without ignoreBOM a leading U+FEFF would vanish, and the name would not encode to the octets received.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A peer's name as text, or undefined where it cannot be a user's name: not UTF-8, over {@link MAX_NAME_OCTETS}, or
 * with a control character. Two names never become the same text, and the text encodes to the same octets again
 * (the MS-CHAPv2 hash covers them). An empty name is one: PAP allows it, and who serves such callers can tell them
 * apart by their number. A trailing NUL is not cut off: RFC 1994 section 4.1 forbids it, and cutting would make two
 * names one.
 */
export function decodeName(octets: Uint8Array): string | undefined {
  if (octets.length > MAX_NAME_OCTETS) return undefined;
  for (const octet of octets) {
    if (octet < 0x20 || octet === 0x7f) return undefined;
  }
  try {
    return strict.decode(octets);
  } catch {
    return undefined;
  }
}

/** The user's name without a `DOMAIN\` prefix, as the MS-CHAPv2 hash wants it (RFC 2759 section 4). */
export const withoutDomain = (user: string): string => user.slice(user.lastIndexOf('\\') + 1);
