// RFC 2661 section 3.1
const typeBit = 0x8000;
const lengthBit = 0x4000;
const sequenceBit = 0x0800;
const offsetBit = 0x0200;
const versionMask = 0x000f;

/** An L2TP data message that the kernel left to user space. */
export interface DataPayload {
  readonly tunnelId: number;
  readonly sessionId: number;
  /** From the PPP protocol field on. */
  readonly frame: Uint8Array;
}

/** Takes the header off a data message; `undefined` for what is none of L2TPv2. */
export function payloadOf(octets: Uint8Array): DataPayload | 'control' | undefined {
  const u16 = (at: number): number => ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  const flags = u16(0);
  if ((flags & versionMask) !== 2) return undefined;
  if (flags & typeBit) return 'control';
  let at = flags & lengthBit ? 4 : 2;
  const end = flags & lengthBit ? Math.min(u16(2), octets.length) : octets.length;
  const tunnelId = u16(at);
  const sessionId = u16(at + 2);
  at += 4;
  if (flags & sequenceBit) at += 4;
  if (flags & offsetBit) at += 2 + u16(at);
  if (octets[at] === 0xff && octets[at + 1] === 0x03) at += 2;
  if (at + 2 > end) return undefined;
  return { tunnelId, sessionId, frame: octets.subarray(at, end) };
}
