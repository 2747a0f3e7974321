import { turnTime } from '../io/index.js';
import {
  KernelError,
  loadAddon,
  type NativeKernel,
  resultColumn,
  resultRowLength,
  sessionNumber,
} from '../native/index.js';

/** What an operation brought: eight numbers from `at` on, and octets where there are any. Valid during the call. */
export interface OperationResult {
  readonly numbers: Float64Array;
  readonly octets: Uint8Array | undefined;
}

interface Pending {
  readonly name: string;
  /** Monotonic ms. */
  readonly startedAt: number;
  /** Where the operation's name says too little: gives it for message `message` of a batch (-1: none). */
  readonly describe: ((operation: string, message: number) => string) | undefined;
  readonly resolve: (result: OperationResult) => void;
  readonly reject: (error: KernelError) => void;
  /** Closes what a failed operation left open; gets its result. */
  readonly discard: ((numbers: Float64Array, octets: Uint8Array | undefined) => void) | undefined;
}

export interface OperationOptions {
  readonly describe?: Pending['describe'];
  readonly discard?: Pending['discard'];
}

/** Settings of the native threads; they count before the first kernel operation of the process. */
export interface KernelThreadOptions {
  /** At most so many threads (32). Many overlap the waits for RCU grace periods of several sessions. */
  readonly threads?: number;
  /** The interface group that closed sessions' interfaces are collected in; nothing else may use it. */
  readonly dyingGroup?: number;
}

/** "kl2d" as a number: unlikely to be in use. */
const defaultDyingGroup = 0x6b6c_3264;
const defaultThreads = 32;

/**
 * Kernel operations of this process: starts them on the addon's threads and settles a promise for each. What has
 * finished within a turn of the event loop arrives in one call.
 */
export class KernelOperations {
  readonly native: NativeKernel;
  /** Is told how long each operation took, from its start here to its answer. */
  onFinished: ((operation: string, milliseconds: number, failed: boolean) => void) | undefined;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #nextKey = 1;

  /** @param native the addon, unless a test brings its own. @throws AddonError when it is not built */
  constructor(options: KernelThreadOptions = {}, native = loadAddon<NativeKernel>()) {
    this.native = native;
    this.native.kernelStart(
      options.threads ?? defaultThreads,
      options.dyingGroup ?? defaultDyingGroup,
      (rows, texts, octets) => this.#deliver(rows, texts, octets),
    );
  }

  /** Operations that are queued or run. */
  get pending(): number {
    return this.#pending.size;
  }

  /** A key for the operations of one tunnel or session; not reused soon. */
  newKey(): number {
    const key = this.#nextKey;
    this.#nextKey = key === 0xffff_ffff ? 1 : key + 1;
    return key;
  }

  /**
   * Starts an operation by one of the addon's functions.
   *
   * @param name what error texts call it when it cannot even be queued
   * @throws KernelError (rejects)
   */
  run(
    name: string,
    start: (native: NativeKernel, id: number) => number,
    options?: OperationOptions,
  ): Promise<OperationResult> {
    return new Promise((resolve, reject) => {
      const id = this.#newId();
      const errno = start(this.native, id);
      if (errno !== 0) {
        reject(new KernelError({ operation: name, errno }));
        return;
      }
      this.#pending.set(id, {
        name,
        startedAt: turnTime(),
        describe: options?.describe,
        discard: options?.discard,
        resolve,
        reject,
      });
    });
  }

  /** Closes what an operation that made a session left open when it failed. */
  discardSession(key: number, numbers: Float64Array): void {
    const at = (column: number): number => numbers[column] as number;
    if (at(sessionNumber.pppox) === 0) return;
    void this.run('close', (native, id) =>
      native.kernelCloseSession(
        id,
        key,
        at(sessionNumber.pppox),
        at(sessionNumber.channel),
        at(sessionNumber.unit),
        at(sessionNumber.interfaceIndex),
        false,
        false,
        0,
        0,
      ),
    ).catch(() => undefined);
  }

  #newId(): number {
    const id = this.#nextId;
    this.#nextId = id === 0xffff_ffff ? 1 : id + 1;
    return id;
  }

  #deliver(rows: Float64Array, texts: readonly string[], octets: readonly (Uint8Array | undefined)[]): void {
    const count = rows.length / resultRowLength;
    const now = turnTime();
    for (let row = 0; row < count; row++) {
      const at = row * resultRowLength;
      const id = rows[at + resultColumn.id] as number;
      const operation = this.#pending.get(id);
      if (operation === undefined) continue;
      this.#pending.delete(id);
      const errno = rows[at + resultColumn.errno] as number;
      this.onFinished?.(operation.name, now - operation.startedAt, errno !== 0);
      const numbers = rows.subarray(at + resultColumn.numbers, at + resultRowLength);
      if (errno === 0) {
        operation.resolve({ numbers, octets: octets[row] });
        continue;
      }
      operation.discard?.(numbers, octets[row]);
      const call = texts[row * 2] as string;
      const message = rows[at + resultColumn.message] as number;
      operation.reject(
        new KernelError({
          operation: operation.describe?.(call, message) ?? call,
          errno,
          extack: texts[row * 2 + 1] || undefined,
        }),
      );
    }
  }
}

/** Waits for all, then fails as the first that failed. */
export async function allOrFirstFailure(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

let shared: KernelOperations | undefined;

/**
 * Sets how many native threads there may be. Only before the first kernel operation of the process.
 *
 * @throws Error when they run already
 */
export function configureKernelThreads(options: KernelThreadOptions): void {
  if (shared !== undefined) throw new Error('the kernel threads of this process are already started');
  shared = new KernelOperations(options);
}

/** The kernel operations of this process, started at the first call. @throws AddonError */
export function kernelOperations(): KernelOperations {
  shared ??= new KernelOperations();
  return shared;
}

/** Has each kernel operation of this process told: its name, the ms from its start to its answer, its failure. */
export function observeKernelOperations(
  listener: (operation: string, milliseconds: number, failed: boolean) => void,
): void {
  kernelOperations().onFinished = listener;
}
