import {
  captureColumn,
  captureRecordLength,
  KernelError,
  loadAddon,
  type NativeCapture,
} from '../native/index.js';
import type { CapturedPacket, PacketCapture } from './data-plane.js';

/** Octets and packets that one read takes: some ms of the event loop at most. */
const readOctets = 128 << 10;
const readPackets = 512;
/** Octets that wait in the kernel. */
const queueOctets = 1 << 20;

/** Captures the packets of an interface with a socket of its own. */
export class InterfaceCapture implements PacketCapture {
  readonly #native = loadAddon<NativeCapture>();
  readonly #words = new Uint32Array(readOctets / 4);
  readonly #octets = new Uint8Array(this.#words.buffer);
  #handle: number;
  #dropped = 0;

  /** @throws KernelError */
  constructor(interfaceIndex: number, netns: string, snapLength: number) {
    const opened = this.#native.captureOpen(interfaceIndex, netns, snapLength, queueOctets);
    if (typeof opened !== 'number') throw new KernelError(opened);
    this.#handle = opened;
  }

  get dropped(): number {
    if (this.#handle !== 0) this.#dropped += this.#native.captureDrops(this.#handle);
    return this.#dropped;
  }

  read(take: (packet: CapturedPacket) => void): void {
    if (this.#handle === 0) return;
    const end = this.#native.captureRead(this.#handle, this.#octets, readPackets);
    for (let at = 0; at < end; ) {
      const word = (column: number): number => this.#words[at / 4 + column] as number;
      const kept = word(captureColumn.kept);
      const protocol = word(captureColumn.protocol);
      const start = at + captureRecordLength;
      take({
        time: word(captureColumn.seconds) * 1000 + word(captureColumn.nanoseconds) / 1e6,
        direction: protocol >>> 16 === 1 ? 'sent' : 'received',
        protocol: protocol & 0xffff,
        octets: this.#octets.subarray(start, start + kept),
        length: word(captureColumn.length),
      });
      at = start + ((kept + 3) & ~3);
    }
  }

  close(): void {
    // Asked for once more: what was lost last counts.
    void this.dropped;
    this.#native.captureClose(this.#handle);
    this.#handle = 0;
  }
}
