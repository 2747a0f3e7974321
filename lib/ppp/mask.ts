import { WireError } from '../wire/index.js';
import { maskAuthPacket } from './auth/index.js';
import { decodeFrame } from './frame.js';

/** The same PPP frame with zeros for passwords and responses, for captures. Total. */
export function maskFrame(frame: Uint8Array): Uint8Array {
  try {
    const { protocol, information } = decodeFrame(frame);
    const masked = maskAuthPacket(protocol, information);
    if (masked === information) return frame;
    const copy = frame.slice();
    copy.set(masked, frame.length - masked.length);
    return copy;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return frame;
  }
}
