import { PppDecodeError } from './packet.js';

/** A PPP frame without address and control. */
export interface Frame {
  readonly protocol: number;
  /** A view of the information field, with any padding. */
  readonly information: Uint8Array;
}

/**
 * Where the protocol field of a frame begins: address and control octets may stand before it (RFC 1662 section 3.1).
 */
export const protocolAt = (frame: Uint8Array): number => (frame[0] === 0xff && frame[1] === 0x03 ? 2 : 0);

/** A view of the frame from its protocol field on: address and control are each link's own (RFC 1661 section 6.6). */
export const withoutAddressAndControl = (frame: Uint8Array): Uint8Array => {
  const at = protocolAt(frame);
  return at === 0 ? frame : frame.subarray(at);
};

/**
 * Takes a PPP frame apart (RFC 1661 section 2, RFC 1662 section 3.1): address and control may be there or not,
 * the protocol field may be one octet or two, whatever was negotiated, since peers differ in when they begin to
 * compress.
 * @throws PppDecodeError when the frame ends within its header or the protocol field is not one of the two forms
 */
export function decodeFrame(frame: Uint8Array): Frame {
  const at = protocolAt(frame);
  const first = frame[at];
  if (first === undefined) throw new PppDecodeError('frame without a protocol field');
  // The least significant bit of an octet marks the last one of the field (RFC 1661 section 6.5).
  if (first & 1) return { protocol: first, information: frame.subarray(at + 1) };
  const second = frame[at + 1];
  if (second === undefined) throw new PppDecodeError('frame ends within its protocol field');
  if (!(second & 1)) throw new PppDecodeError('protocol field does not end at its second octet');
  return { protocol: (first << 8) | second, information: frame.subarray(at + 2) };
}
