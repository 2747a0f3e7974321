import { runInThisContext } from 'node:vm';
import { WireError, hex } from '../../../lib/wire/index.js';
import { fuzz, fuzzSeed } from '../../support/fuzz.js';

/** A decoder and the inputs that its mutations start from. */
export interface Target {
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  /** Decodes, and throws for a value that no decoder may give. May throw {@link WireError} for what is malformed. */
  readonly decode: (bytes: Uint8Array) => unknown;
  /** Share of all inputs. Default 1. */
  readonly weight?: number;
}

/** Inputs that one call may take the time of, and that time in ms: far more than is needed, on any machine. */
const batch = 2000;
const batchTimeout = 20_000;

/** What became of the inputs. */
export interface Tally {
  readonly inputs: number;
  /** Gave a value. */
  readonly taken: number;
  /** Gave the typed error. */
  readonly refused: number;
}

/**
 * Runs at least `inputs` mutated inputs through a decoder. Each is decoded as a view between other octets, and some a
 * second time between different ones: what differs then was read out of range. A decoder that does not come back is
 * interrupted; what it was given is in the error.
 */
export function run(target: Target, inputs: number): Tally {
  let current: Uint8Array = new Uint8Array();
  let count = 0;
  let taken = 0;
  const refused = { count: 0 };
  const elsewhere = new Uint8Array(8192).fill(0x5a);
  const once = (bytes: Uint8Array): void => {
    current = bytes;
    count++;
    const value = attempt(target, bytes, refused);
    if (value !== undefined) taken++;
    if (count % 16 !== 0) return;
    elsewhere.fill(0x5a, 0, bytes.length + 64).set(bytes, 32);
    const again = attempt(target, elsewhere.subarray(32, 32 + bytes.length), { count: 0 });
    if (text(again) !== text(value)) throw new Error('the octets around the input have a say');
  };
  const from = fuzzSeed * 1_000_003;
  for (let round = 0; count < inputs; round++) {
    const iterations = Math.min(batch, inputs - count);
    guarded(
      () => fuzz(target.corpus, once, { iterations, seed: from + round }),
      () => `${target.name} does not come back from ${hex(current)}`,
    );
  }
  return { inputs: count, taken, refused: refused.count };
}

function attempt(target: Target, bytes: Uint8Array, refused: { count: number }): unknown {
  try {
    return target.decode(bytes) ?? null;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    refused.count++;
    return undefined;
  }
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return hex(part);
    if (part instanceof Map) return [...part];
    return typeof part === 'bigint' ? String(part) : part;
  }) ?? 'undefined';

const hook = '__kernelL2tpFuzzBatch';

/** Calls `work` under a watchdog that ends even a loop without end. */
export function guarded(work: () => void, complaint: () => string, timeout = batchTimeout): void {
  const scope = globalThis as Record<string, unknown>;
  scope[hook] = work;
  try {
    runInThisContext(`${hook}()`, { timeout });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new Error(complaint());
    throw error;
  } finally {
    delete scope[hook];
  }
}
