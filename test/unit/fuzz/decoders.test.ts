import { describe, expect, it } from 'vitest';
import { WireError } from '../../../lib/wire/index.js';
import { guarded, run } from './campaign.js';
import { targets } from './targets.js';

/** Mutated inputs over all decoders; CI asks for a million and more. */
const wanted = Number(process.env['DECODER_FUZZ_INPUTS'] ?? 60_000);
const weights = targets.reduce((sum, { weight = 1 }) => sum + weight, 0);
const share = (weight = 1): number => Math.ceil((wanted * weight) / weights);

describe(`${wanted} mutated inputs`, { timeout: 60_000 + wanted / 2 }, () => {
  let ran = 0;
  // The typed errors are many, and nobody reads their stacks.
  WireError.stackTraceLimit = 0;

  it.each(targets)('give a value or the typed error: $name', (target) => {
    const tally = run(target, share(target.weight));
    ran += tally.inputs;
    expect(tally.taken + tally.refused).toBe(tally.inputs);
    expect(tally.taken, 'a corpus that nothing of is taken tests little').toBeGreaterThan(tally.inputs / 50);
  });

  it('have all run', () => {
    console.log(`${ran} mutated inputs through ${targets.length} decoders`);
    expect(ran).toBeGreaterThanOrEqual(wanted);
  });
});

describe('the campaign itself', () => {
  const name = 'broken';
  const corpus = [Uint8Array.of(1, 2, 3, 4)];

  it('finds another error than the typed one', () => {
    const decode = (bytes: Uint8Array): unknown => {
      if (bytes.length > 6) throw new TypeError('no such thing');
      return 1;
    };
    expect(() => run({ name, corpus, decode }, 2000)).toThrow(/failed on/);
  });

  it('finds a read beyond the input', () => {
    const decode = (bytes: Uint8Array): unknown =>
      new Uint8Array(bytes.buffer)[bytes.byteOffset + bytes.length];
    expect(() => run({ name, corpus, decode }, 2000)).toThrow(/failed on/);
  });

  it('finds a decoder that does not come back', () => {
    const endless = (): void => {
      for (;;);
    };
    expect(() => guarded(endless, () => 'it loops', 200)).toThrow('it loops');
  });
});
