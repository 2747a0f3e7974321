/** Rotations of the three rounds, and the constants added in the second and third (RFC 1320 section 3.4). */
const ROUNDS = [
  { shifts: [3, 7, 11, 19], constant: 0 },
  { shifts: [3, 5, 9, 13], constant: 0x5a827999 },
  { shifts: [3, 9, 11, 15], constant: 0x6ed9eba1 },
] as const;

/** Which message word each of the 48 steps takes. */
const WORD = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  ...[0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  ...[0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
] as const;

const mix = [
  (x: number, y: number, z: number) => (x & y) | (~x & z),
  (x: number, y: number, z: number) => (x & y) | (x & z) | (y & z),
  (x: number, y: number, z: number) => x ^ y ^ z,
] as const;

/**
 * MD4 (RFC 1320), 16 octets. Broken as a hash; MS-CHAP and MPPE are defined by it, and OpenSSL 3 keeps it in its
 * legacy provider only.
 */
export function md4(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array((((message.length + 8) >>> 6) + 1) << 6);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, message.length << 3, true);
  view.setUint32(padded.length - 4, message.length >>> 29, true);

  const state: [number, number, number, number] = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let block = 0; block < padded.length; block += 64) addBlock(state, view, block);

  const digest = new Uint8Array(16);
  const out = new DataView(digest.buffer);
  state.forEach((word, i) => {
    out.setUint32(i * 4, word, true);
  });
  return digest;
}

function addBlock(state: [number, number, number, number], view: DataView, block: number): void {
  let [a, b, c, d] = state;
  for (let step = 0; step < 48; step++) {
    const round = (step >> 4) as 0 | 1 | 2;
    const { shifts, constant } = ROUNDS[round];
    const shift = shifts[(step & 3) as 0 | 1 | 2 | 3];
    const word = view.getUint32(block + (WORD[step] as number) * 4, true);
    const sum = (a + mix[round](b, c, d) + word + constant) | 0;
    a = d;
    d = c;
    c = b;
    b = (sum << shift) | (sum >>> (32 - shift));
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
}
