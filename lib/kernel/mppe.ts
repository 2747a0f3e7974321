import type { MppeDirection, MppeSetup } from './data-plane.js';

// linux/ppp-ioctl.h
const SC_CCP_OPEN = 0x40;
const SC_CCP_UP = 0x80;
const SC_MUST_COMP = 0x0040_0000;
// linux/ppp-comp.h
const CI_MPPE = 18;
const CILEN_MPPE = 6;
const keyLength = 16;

/** Flags of a unit that looks at the Configure-Acks of CCP (PPPIOCSFLAGS). */
export const negotiatingFlags = SC_CCP_OPEN;

/** Flags of a unit whose CCP is open. @param required no packet may pass in the clear */
export const openFlags = (required: boolean): number =>
  SC_CCP_OPEN | SC_CCP_UP | (required ? SC_MUST_COMP : 0);

/** @throws RangeError for a start key of another length */
export function checkKeys({ send, receive }: MppeSetup): void {
  for (const direction of [send, receive]) {
    if (direction !== undefined && direction.key.length !== keyLength)
      throw new RangeError(`an MPPE start key has ${keyLength} octets`);
  }
}

/** The option of PPPIOCSCOMPRESS: as CCP has it, with the key behind. To be wiped once it is handed over. */
export function compressorOption({ key, bits }: MppeDirection): Uint8Array {
  const option = new Uint8Array(CILEN_MPPE + keyLength);
  option[0] = CI_MPPE;
  option[1] = CILEN_MPPE;
  new DataView(option.buffer).setUint32(2, bits);
  option.set(key.subarray(0, keyLength), CILEN_MPPE);
  return option;
}
