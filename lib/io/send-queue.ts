import {
  errnoName,
  type NativeIo,
  noAddress,
  rowLength,
  sendColumn,
  sentDespite,
  type SharedBatch,
} from '../native/index.js';
import type { DatagramSource, Descriptor } from './control-io.js';
import { maxRecordLength, SourceRecords } from './source-record.js';

/** Errors that pass by themselves: the socket's or the device's queue is full. */
const transient = new Set(['EAGAIN', 'ENOBUFS', 'ENOMEM']);

/** How often and how long a datagram that found a full queue is tried again, and how many wait so. */
const maxAttempts = 5;
const maxWaiting = 1024;
export const retryDelay = 10;

/** What could not be sent, or what the kernel reported of an earlier datagram when this one was sent. */
export interface SendFailure {
  /** The sink's tag; 0 if the descriptor was closed before. */
  readonly tag: number;
  readonly code: string;
  readonly to: DatagramSource | undefined;
  /** The error is of an earlier datagram of the socket; this one has left. */
  readonly sent: boolean;
}

interface Waiting {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly to: DatagramSource | undefined;
  readonly attempts: number;
}

/**
 * Collects what is sent within a turn in the memory that the addon reads, so that one native call sends it all.
 *
 * A datagram that meets a full queue (EAGAIN, ENOBUFS) is tried again up to 5 times, 10 ms apart; up to 1,024 wait so.
 * After that it is dropped and reported, as any other failure is at once: L2TP and PPP send again what matters.
 */
export class SendQueue {
  readonly #native: Pick<NativeIo, 'ioSend'>;
  readonly #buffer: Uint8Array;
  readonly #table: Uint32Array;
  readonly #records: SourceRecords;
  readonly #destinations: (DatagramSource | undefined)[];
  readonly #attempts: Uint8Array;
  #waiting: Waiting[] = [];
  #rows = 0;
  #used = 0;
  /** The destination written last, and where: runs of datagrams to one peer share it. */
  #lastTo: DatagramSource | undefined;
  #lastAddress = noAddress;

  constructor(native: Pick<NativeIo, 'ioSend'>, { buffer, table }: SharedBatch) {
    const capacity = Math.floor(table.length / rowLength);
    this.#native = native;
    this.#buffer = buffer;
    this.#table = table;
    this.#records = new SourceRecords(buffer);
    this.#destinations = new Array<DatagramSource | undefined>(capacity);
    this.#attempts = new Uint8Array(capacity);
  }

  /** How many datagrams and frames the next flush sends. */
  get length(): number {
    return this.#rows;
  }

  /** How many wait to be tried again. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether another of this length fits before a flush. */
  hasRoom(length: number): boolean {
    return (
      this.#rows < this.#destinations.length && this.#used + length + maxRecordLength <= this.#buffer.length
    );
  }

  /** Queues a copy of the octets; there must be room. */
  push(descriptor: Descriptor, bytes: Uint8Array, to?: DatagramSource, attempts = 0): void {
    let address = noAddress;
    if (to !== undefined) {
      if (to !== this.#lastTo) {
        const length = this.#records.write(this.#used, to);
        this.#lastTo = to;
        this.#lastAddress = this.#used;
        this.#used += length;
      }
      address = this.#lastAddress;
    }
    const row = this.#rows++;
    const at = row * rowLength;
    this.#buffer.set(bytes, this.#used);
    this.#table[at + sendColumn.handle] = descriptor;
    this.#table[at + sendColumn.offset] = this.#used;
    this.#table[at + sendColumn.length] = bytes.length;
    this.#table[at + sendColumn.address] = address;
    this.#destinations[row] = to;
    this.#attempts[row] = attempts;
    this.#used += bytes.length;
  }

  /** Queues a copy of a whole Ethernet frame; there must be room. It is not tried again. */
  pushPacket(descriptor: Descriptor, frame: Uint8Array, interfaceIndex: number): void {
    const row = this.#rows;
    this.push(descriptor, frame, undefined, maxAttempts);
    this.#table[row * rowLength + sendColumn.address] = interfaceIndex;
  }

  /** Sends everything. @returns what failed for good */
  flush(): readonly SendFailure[] {
    const rows = this.#rows;
    if (rows === 0) return [];
    const marked = this.#native.ioSend(rows);
    const failures = marked > 0 ? this.#collect(rows) : [];
    this.#rows = 0;
    this.#used = 0;
    this.#lastTo = undefined;
    return failures;
  }

  /** Takes what waits, to be queued again. */
  takeWaiting(): readonly Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }

  #collect(rows: number): SendFailure[] {
    const failures: SendFailure[] = [];
    for (let row = 0; row < rows; row++) {
      const at = row * rowLength;
      const status = this.#table[at + sendColumn.status] as number;
      if (status === 0) continue;
      const code = errnoName(status & ~sentDespite);
      const to = this.#destinations[row];
      const attempts = (this.#attempts[row] as number) + 1;
      if (transient.has(code) && attempts <= maxAttempts && this.#waiting.length < maxWaiting) {
        const descriptor = this.#table[at + sendColumn.handle] as number;
        const offset = this.#table[at + sendColumn.offset] as number;
        const bytes = this.#buffer.slice(offset, offset + (this.#table[at + sendColumn.length] as number));
        this.#waiting.push({ descriptor, bytes, to, attempts });
        continue;
      }
      const tag = this.#table[at + sendColumn.tag] as number;
      failures.push({ tag, code, to, sent: (status & sentDespite) !== 0 });
    }
    return failures;
  }
}
