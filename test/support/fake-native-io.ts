import {
  type NativeFailure,
  type NativeIo,
  noAddress,
  receiveColumn,
  rowLength,
  sendColumn,
  type SharedBatch,
} from '../../lib/native/index.js';

export interface SentRow {
  readonly handle: number;
  readonly text: string;
  readonly addressed: boolean;
}

export interface FakeRow {
  readonly kind: number;
  readonly tag: number;
  readonly text?: string;
  readonly length?: number;
}

/** The addon's batches without descriptors: a test hands in rows and says what becomes of what is sent. */
export class FakeNativeIo implements NativeIo {
  /** Each native send call, with its rows. */
  readonly sends: SentRow[][] = [];
  /** The status of a row that is sent; 0 unless given. */
  status: (row: SentRow) => number = () => 0;
  /** The tag of what each handle was opened with. */
  readonly tags = new Map<number, number>();
  failure: NativeFailure | undefined;
  readonly #receive: SharedBatch = { buffer: new Uint8Array(4096), table: new Uint32Array(64 * rowLength) };
  readonly #send: SharedBatch;
  #deliver: (rows: number) => void = () => undefined;
  #nextHandle = 100;

  constructor({ sendRows = 8, sendBuffer = 4096 } = {}) {
    this.#send = { buffer: new Uint8Array(sendBuffer), table: new Uint32Array(sendRows * rowLength) };
  }

  /** One wake-up. */
  deliver(...rows: readonly FakeRow[]): void {
    let used = 0;
    rows.forEach(({ kind, tag, text = '', length }, row) => {
      const bytes = Buffer.from(text);
      this.#receive.buffer.set(bytes, used);
      const at = row * rowLength;
      const { table } = this.#receive;
      table[at + receiveColumn.kind] = kind;
      table[at + receiveColumn.tag] = tag;
      table[at + receiveColumn.offset] = used;
      table[at + receiveColumn.length] = length ?? bytes.length;
      table[at + receiveColumn.source] = noAddress;
      used += bytes.length;
    });
    this.#deliver(rows.length);
  }

  ioOpenPacket(): number {
    return this.#nextHandle++;
  }

  ioInterface(): undefined {
    return undefined;
  }

  ioStart(deliver: (rows: number) => void): { receive: SharedBatch; send: SharedBatch } {
    this.#deliver = deliver;
    return { receive: this.#receive, send: this.#send };
  }

  ioOpen({ tag }: { readonly tag: number }): number | NativeFailure {
    if (this.failure) return this.failure;
    const handle = this.#nextHandle++;
    this.tags.set(handle, tag);
    return handle;
  }

  ioClose(handle: number): boolean {
    return this.tags.delete(handle);
  }

  ioLocalAddress(handle: number): { address: string; port: number } | NativeFailure {
    return this.tags.has(handle)
      ? { address: '127.0.0.1', port: handle }
      : { operation: 'getsockname', errno: 9 };
  }

  ioSend(rows: number): number {
    const { buffer, table } = this.#send;
    const sent: SentRow[] = [];
    let marked = 0;
    for (let row = 0; row < rows; row++) {
      const at = row * rowLength;
      const handle = table[at + sendColumn.handle] as number;
      const offset = table[at + sendColumn.offset] as number;
      const text = Buffer.from(buffer.subarray(offset, offset + (table[at + sendColumn.length] as number)));
      const one = { handle, text: text.toString(), addressed: table[at + sendColumn.address] !== noAddress };
      const status = this.status(one);
      table[at + sendColumn.status] = status;
      table[at + sendColumn.tag] = this.tags.get(handle) ?? 0;
      if (status !== 0) marked++;
      sent.push(one);
    }
    this.sends.push(sent);
    return marked;
  }

  ioStatistics(): { descriptors: number; redirected: number; foreignDropped: number; truncated: number } {
    return { descriptors: this.tags.size, redirected: 0, foreignDropped: 0, truncated: 0 };
  }
}
