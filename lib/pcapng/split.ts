import { concat } from '../wire/index.js';

/** No block that {@link BlockSplitter} is meant for is longer; in octets. */
const maxBlock = 1 << 20;
const packetType = 6;

/** Octets that are not the blocks of this library's own files. */
export class BlockError extends Error {
  override name = 'BlockError';
}

/** Cuts a stream of octets into whole blocks, so that a file that ends anywhere ends with a whole one. */
export class BlockSplitter {
  #rest: Uint8Array = new Uint8Array(0);
  #packets = 0;

  /** Packets in the blocks so far. */
  get packets(): number {
    return this.#packets;
  }

  /** @returns the whole blocks that there are now, which may be none. @throws BlockError */
  push(chunk: Uint8Array): Uint8Array {
    const octets = this.#rest.length === 0 ? chunk : concat(this.#rest, chunk);
    const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
    let at = 0;
    while (octets.length - at >= 8) {
      const length = view.getUint32(at + 4, true);
      if (length < 12 || length > maxBlock || length % 4 !== 0)
        throw new BlockError('these octets are no pcapng');
      if (octets.length - at < length) break;
      if (view.getUint32(at, true) === packetType) this.#packets += 1;
      at += length;
    }
    this.#rest = octets.slice(at);
    return octets.subarray(0, at);
  }
}
