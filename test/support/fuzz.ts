import type { Random } from '../../lib/wire/index.js';
import { hex } from '../../lib/wire/index.js';
import { seededRandom } from './random.js';

/** Mutated inputs for each fuzz test; FUZZ_ITERATIONS sets another number, as CI does. */
export const fuzzIterations = Number(process.env.FUZZ_ITERATIONS ?? 5_000);

/** Time-out of a fuzz test, in ms: enough for {@link fuzzIterations} on a slow machine. */
export const fuzzTimeout = 10_000 + fuzzIterations / 2;

/** Where mutation starts; FUZZ_SEED sets another. */
export const fuzzSeed = Number(process.env.FUZZ_SEED ?? 1);

type Mutator = (bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

const interesting = [0, 1, 2, 3, 4, 5, 6, 7, 8, 0x7f, 0x80, 0xff];

const flipBit: Mutator = (bytes, random) => {
  const copy = bytes.slice();
  if (copy.length === 0) return copy;
  const at = random.below(copy.length);
  copy[at] = (copy[at] as number) ^ (1 << random.below(8));
  return copy;
};

const setOctet: Mutator = (bytes, random) => {
  const copy = bytes.slice();
  if (copy.length === 0) return copy;
  copy[random.below(copy.length)] =
    random.below(2) === 0 ? random.below(256) : (interesting[random.below(interesting.length)] as number);
  return copy;
};

const truncate: Mutator = (bytes, random) => bytes.slice(0, random.below(bytes.length + 1));

/** Adds or subtracts a little: what a length field that is slightly wrong looks like. */
const nudge: Mutator = (bytes, random) => {
  const copy = bytes.slice();
  if (copy.length === 0) return copy;
  const at = random.below(copy.length);
  copy[at] = (copy[at] as number) + random.below(9) - 4;
  return copy;
};

/** A 16-bit field with a length of the right order: the size of the input, or an extreme. */
const editLength: Mutator = (bytes, random) => {
  const copy = bytes.slice();
  if (copy.length < 2) return copy;
  const at = random.below(copy.length - 1);
  const choices = [0, 1, 4, 6, copy.length - at, copy.length, copy.length + 1, 0x3ff, 0xffff];
  const value = choices[random.below(choices.length)] as number;
  copy[at] = value >>> 8;
  copy[at + 1] = value;
  return copy;
};

const insert: Mutator = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  const extra = random.bytes(1 + random.below(16));
  return join(bytes.subarray(0, at), extra, bytes.subarray(at));
};

const remove: Mutator = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  const length = random.below(Math.min(16, bytes.length - at) + 1);
  return join(bytes.subarray(0, at), bytes.subarray(at + length));
};

const repeat: Mutator = (bytes, random) => {
  const at = random.below(bytes.length + 1);
  const part = bytes.subarray(at, at + random.below(bytes.length - at + 1));
  return join(bytes.subarray(0, at), part, bytes.subarray(at));
};

/** The head of one input and the tail of another. */
const splice: Mutator = (bytes, random, corpus) => {
  const other = corpus[random.below(corpus.length)] ?? bytes;
  return join(
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  );
};

const mutators = [flipBit, setOctet, truncate, nudge, editLength, insert, remove, repeat, splice];

/** No input grows beyond this: one UDP datagram. */
const maxLength = 4096;

/** One to four mutations of `bytes`; the original is not touched. */
export function mutate(
  bytes: Uint8Array,
  random: Random,
  corpus: readonly Uint8Array[] = [bytes],
): Uint8Array {
  let mutated = bytes;
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--) {
    const mutator = mutators[random.below(mutators.length)] as Mutator;
    mutated = mutator(mutated, random, corpus);
  }
  return mutated.length > maxLength ? mutated.slice(0, maxLength) : mutated;
}

export interface FuzzOptions {
  /** Default {@link fuzzIterations}. */
  readonly iterations?: number;
  readonly seed?: number;
  /** Errors that a decoder may throw; any other fails the test. */
  readonly allow?: (error: unknown) => boolean;
}

/**
 * Feeds mutated inputs to `run`, each as a view between other octets. What it throws and `allow` does not know fails
 * with the input in hexadecimal, so that it can be made a test of its own.
 */
export function fuzz(
  corpus: readonly Uint8Array[],
  run: (bytes: Uint8Array, random: Random) => void,
  options: FuzzOptions = {},
): void {
  if (corpus.length === 0) throw new Error('nothing to mutate');
  const random = seededRandom(options.seed ?? fuzzSeed);
  const iterations = options.iterations ?? fuzzIterations;
  const arena = new Uint8Array(maxLength + 64).fill(0xa5);
  for (let i = 0; i < iterations; i++) {
    const base = corpus[random.below(corpus.length)] as Uint8Array;
    const input = mutate(base, random, corpus);
    arena.set(input, 32);
    try {
      run(arena.subarray(32, 32 + input.length), random);
    } catch (error) {
      if (options.allow?.(error) === true) continue;
      throw new Error(`iteration ${i} failed on ${hex(input)}`, { cause: error });
    }
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
