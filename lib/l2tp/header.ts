/** Bits of the first two octets (RFC 2661 section 3.1). */
export const headerFlag = {
  type: 0x8000,
  length: 0x4000,
  sequence: 0x0800,
  offset: 0x0200,
  priority: 0x0100,
} as const;

const versionMask = 0x000f;
const version = 2;
/** T, L and S with version 2: what every control message starts with. */
const controlFlags = headerFlag.type | headerFlag.length | headerFlag.sequence | version;

/** Octets of a control message's header: all of its fields are always present. */
export const controlHeaderLength = 12;
/** Octets of the longest data header that {@link writeDataHeader} makes. */
export const maxDataHeaderLength = 10;

/** Header of a control message. The body is `datagram.subarray(bodyStart, end)`; none means ZLB. */
export interface ControlHeader {
  readonly kind: 'control';
  /** The recipient's Tunnel ID; 0 before it was told. */
  readonly tunnelId: number;
  /** The recipient's Session ID; 0 where no session is meant or none was told. */
  readonly sessionId: number;
  readonly ns: number;
  readonly nr: number;
  readonly bodyStart: number;
  readonly end: number;
}

/** Header of a data message. The PPP frame is `datagram.subarray(payloadStart, end)`. */
export interface DataHeader {
  readonly kind: 'data';
  readonly tunnelId: number;
  readonly sessionId: number;
  /** Sequence number; absent when the S bit is 0. Nr is reserved and not kept. */
  readonly ns: number | undefined;
  readonly priority: boolean;
  readonly payloadStart: number;
  readonly end: number;
}

/**
 * Why a datagram is not an L2TPv2 message; all of these are to be discarded (RFC 2661 sections 3.1 and 7.1).
 * `version` includes L2F (1) and L2TPv3 (3); `flags` is a control message without Length or Ns and Nr, or with an
 * offset.
 */
export type HeaderFault = 'truncated' | 'version' | 'flags' | 'length' | 'offset';

/** Decodes the header of a datagram. Octets beyond its Length field are ignored, as are reserved bits. */
export function decodeHeader(datagram: Uint8Array): ControlHeader | DataHeader | HeaderFault {
  const size = datagram.length;
  if (size < 6) return 'truncated';
  const flags = ((datagram[0] as number) << 8) | (datagram[1] as number);
  if ((flags & versionMask) !== version) return 'version';
  if ((flags & headerFlag.type) === 0) return decodeDataFields(datagram, flags);
  const needed = headerFlag.length | headerFlag.sequence;
  if ((flags & needed) !== needed || (flags & headerFlag.offset) !== 0) return 'flags';
  if (size < controlHeaderLength) return 'truncated';
  const end = u16(datagram, 2);
  if (end < controlHeaderLength || end > size) return 'length';
  return {
    kind: 'control',
    tunnelId: u16(datagram, 4),
    sessionId: u16(datagram, 6),
    ns: u16(datagram, 8),
    nr: u16(datagram, 10),
    bodyStart: controlHeaderLength,
    end,
  };
}

function decodeDataFields(datagram: Uint8Array, flags: number): DataHeader | HeaderFault {
  let end = datagram.length;
  let at = 2;
  if ((flags & headerFlag.length) !== 0) {
    const length = u16(datagram, at);
    if (length > end) return 'length';
    end = length;
    at += 2;
  }
  const fields = at;
  at += (flags & headerFlag.sequence) !== 0 ? 8 : 4;
  const hasOffset = (flags & headerFlag.offset) !== 0;
  if (hasOffset) at += 2;
  if (at > end) return (flags & headerFlag.length) !== 0 ? 'length' : 'truncated';
  if (hasOffset) {
    at += u16(datagram, at - 2);
    if (at > end) return 'offset';
  }
  return {
    kind: 'data',
    tunnelId: u16(datagram, fields),
    sessionId: u16(datagram, fields + 2),
    ns: (flags & headerFlag.sequence) !== 0 ? u16(datagram, fields + 4) : undefined,
    priority: (flags & headerFlag.priority) !== 0,
    payloadStart: at,
    end,
  };
}

/** Whether a datagram claims to be a control message (T bit), without any further check. */
export const isControl = (datagram: Uint8Array): boolean =>
  datagram.length > 0 && ((datagram[0] as number) & 0x80) !== 0;

/** Writes the 12 octets of a control header; Ns and Nr are filled in when the message is sent. */
export function writeControlHeader(
  target: Uint8Array,
  length: number,
  tunnelId: number,
  sessionId: number,
  ns: number,
  nr: number,
): void {
  putU16(target, 0, controlFlags);
  putU16(target, 2, length);
  putU16(target, 4, tunnelId);
  putU16(target, 6, sessionId);
  putU16(target, 8, ns);
  putU16(target, 10, nr);
}

/** Sets Ns and Nr of an encoded control message. */
export function patchSequence(message: Uint8Array, ns: number, nr: number): void {
  putU16(message, 8, ns);
  putU16(message, 10, nr);
}

/** A zero-length body message, which only acknowledges (RFC 2661 section 5.8). */
export function encodeZlb(tunnelId: number, ns: number, nr: number, sessionId = 0): Uint8Array {
  const message = new Uint8Array(controlHeaderLength);
  writeControlHeader(message, controlHeaderLength, tunnelId, sessionId, ns, nr);
  return message;
}

/** What a data header may carry beside the two ids. */
export interface DataHeaderOptions {
  /** Sequence number (S bit). */
  readonly ns?: number | undefined;
  /** P bit: to be preferred in queues, as LCP echo requests should. */
  readonly priority?: boolean | undefined;
}

/**
 * Writes a data header without Length at `at`: 6 octets, or 10 with a sequence number.
 * @returns where the PPP frame goes
 */
export function writeDataHeader(
  target: Uint8Array,
  at: number,
  tunnelId: number,
  sessionId: number,
  options?: DataHeaderOptions,
): number {
  const ns = options?.ns;
  let flags: number = version;
  if (ns !== undefined) flags |= headerFlag.sequence;
  if (options?.priority === true) flags |= headerFlag.priority;
  putU16(target, at, flags);
  putU16(target, at + 2, tunnelId);
  putU16(target, at + 4, sessionId);
  if (ns === undefined) return at + 6;
  putU16(target, at + 6, ns);
  putU16(target, at + 8, 0);
  return at + 10;
}

/** A data message that carries `frame`, a PPP frame without flags and FCS. */
export function encodeDataMessage(
  tunnelId: number,
  sessionId: number,
  frame: Uint8Array,
  options?: DataHeaderOptions,
): Uint8Array {
  const message = new Uint8Array((options?.ns === undefined ? 6 : 10) + frame.length);
  message.set(frame, writeDataHeader(message, 0, tunnelId, sessionId, options));
  return message;
}

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number);

function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
