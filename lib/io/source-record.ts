import { sourceField, sourceRecordLength } from '../native/index.js';
import type { DatagramSource } from './control-io.js';

/** What the tables' `source` and `address` columns point to: both ends of a datagram, addresses as text. */
export class SourceRecords {
  readonly #buffer: Buffer;

  /** @param memory a buffer shared with the addon */
  constructor(memory: Uint8Array) {
    this.#buffer = Buffer.from(memory.buffer, memory.byteOffset, memory.length);
  }

  read(at: number): DatagramSource {
    const b = this.#buffer;
    const remoteEnd = at + sourceRecordLength + (b[at + sourceField.remoteLength] as number);
    const localEnd = remoteEnd + (b[at + sourceField.localLength] as number);
    return {
      remote: {
        address: b.toString('latin1', at + sourceRecordLength, remoteEnd),
        port: b.readUInt16BE(at + sourceField.remotePort),
      },
      local: {
        address: b.toString('latin1', remoteEnd, localEnd),
        port: b.readUInt16BE(at + sourceField.localPort),
      },
    };
  }

  /** @returns the octets written; at most {@link maxRecordLength} */
  write(at: number, { remote, local }: DatagramSource): number {
    const b = this.#buffer;
    const remoteLength = b.write(remote.address, at + sourceRecordLength, maxTextLength, 'latin1');
    const localLength = b.write(
      local.address,
      at + sourceRecordLength + remoteLength,
      maxTextLength,
      'latin1',
    );
    b.writeUInt16BE(remote.port, at + sourceField.remotePort);
    b.writeUInt16BE(local.port, at + sourceField.localPort);
    b[at + sourceField.remoteLength] = remoteLength;
    b[at + sourceField.localLength] = localLength;
    return sourceRecordLength + remoteLength + localLength;
  }
}

/** Longer than any address; the addon refuses what is none. */
const maxTextLength = 100;

/** The longest record that {@link SourceRecords.write} makes. */
export const maxRecordLength = sourceRecordLength + 2 * maxTextLength;
