import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SocketAddress } from '../../lib/io/index.js';

export interface FloodOptions {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** At most 60 octets; the last four become the number of the datagram. */
  readonly payload: Uint8Array;
  /** How many may be under way that {@link Flooder.acknowledge} has not counted. Unlimited unless given. */
  readonly window?: number;
}

/** Another thread that sends datagrams as fast as it can, through an instance of the addon of its own. */
export class Flooder {
  readonly #worker: Worker;
  readonly #state: Int32Array;
  readonly local: SocketAddress;

  private constructor(worker: Worker, state: Int32Array, local: SocketAddress) {
    this.#worker = worker;
    this.#state = state;
    this.local = local;
  }

  static async start(options: FloodOptions): Promise<Flooder> {
    const shared = new SharedArrayBuffer(12);
    const window = options.window ?? 0x7fff_ffff;
    const worker = new Worker(new URL('flood-worker.mjs', import.meta.url), {
      workerData: { ...options, window, shared },
    });
    const [local] = (await once(worker, 'message')) as [SocketAddress];
    return new Flooder(worker, new Int32Array(shared), local);
  }

  /** How many were sent so far. */
  get sent(): number {
    return Atomics.load(this.#state, 2);
  }

  acknowledge(received: number): void {
    Atomics.store(this.#state, 1, received);
    Atomics.notify(this.#state, 1);
  }

  /** Ends the flood and the thread. @returns how many were sent */
  async stop(): Promise<number> {
    const exit = once(this.#worker, 'exit');
    Atomics.store(this.#state, 0, 1);
    await exit;
    return this.sent;
  }
}
