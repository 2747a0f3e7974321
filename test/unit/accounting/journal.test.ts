import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal, JournalInUseError } from '../../../lib/accounting/index.js';
import { crc32, decodeEntries, encodeEntry } from '../../../lib/accounting/journal-format.js';
import { concat, utf8 } from '../../../lib/wire/index.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(async () => {
  for (const journal of journals.splice(0)) await journal.close();
  rmSync(directory, { recursive: true, force: true });
});

const journals: Journal[] = [];
function open(maxSize = 1 << 20): Journal {
  const journal = new Journal({ directory, maxSize });
  journals.push(journal);
  return journal;
}
const contents = (journal: Journal): string[] =>
  journal.sequences().map((sequence) => Buffer.from(journal.payload(sequence) ?? []).toString());
/** What a killed process leaves: everything written, nothing closed, and the claim of a process that is dead. */
const kill = async (journal: Journal): Promise<void> => {
  await journal.flush();
  writeFileSync(join(directory, 'lock'), '4194304 1');
};

describe('a journal', () => {
  it('has the records of a killed process, in order, without those that were done', async () => {
    const first = open();
    const numbers = ['a', 'b', 'c', 'd'].map((text) => first.append(utf8(text)) ?? 0);
    first.done(numbers[1] ?? 0);
    await kill(first);
    const second = open();
    expect(contents(second)).toEqual(['a', 'c', 'd']);
    second.append(utf8('e'));
    second.done(numbers[0] ?? 0);
    await kill(second);
    expect(contents(open())).toEqual(['c', 'd', 'e']);
  });

  it('writes nothing of a record that is done at once', async () => {
    const journal = open();
    journal.done(journal.append(utf8('accepted')) ?? 0);
    await journal.flush();
    expect(readdirSync(directory)).toEqual(['lock']);
    journal.append(utf8('kept'));
    await vi.waitFor(() => expect(readdirSync(directory)).toHaveLength(2));
    expect(contents(journal)).toEqual(['kept']);
  });

  it('survives an end that is torn, and says how much was lost', async () => {
    const first = open();
    first.append(utf8('whole'));
    first.append(utf8('torn'));
    await kill(first);
    const file = join(directory, readdirSync(directory).find((name) => name.endsWith('.log')) ?? '');
    const octets = readFileSync(file);
    writeFileSync(file, octets.subarray(0, octets.length - 3));
    const second = open();
    expect(contents(second)).toEqual(['whole']);
    expect(second.torn).toBeGreaterThan(0);
    second.append(utf8('next'));
    await kill(second);
    expect(contents(open())).toEqual(['whole', 'next']);
  });

  it('takes no more than its size, and again when there is room', () => {
    const journal = open(200);
    const numbers: (number | undefined)[] = [];
    for (let i = 0; i < 10; i++) numbers.push(journal.append(new Uint8Array(33)));
    expect(numbers.filter((number) => number !== undefined)).toHaveLength(4);
    expect(journal.size).toBeLessThanOrEqual(200);
    journal.done(numbers[0] ?? 0);
    expect(journal.append(new Uint8Array(33))).toBeDefined();
  });

  it('keeps no file of what is done', async () => {
    const journal = open(64 << 20);
    const payload = new Uint8Array(100_000);
    for (let i = 0; i < 200; i++) journal.done(journal.append(payload) ?? 0);
    await journal.flush();
    const files = readdirSync(directory).filter((name) => name.endsWith('.log'));
    expect(files.length).toBeLessThanOrEqual(1);
    await journal.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is one process only', () => {
    open();
    const start = readFileSync('/proc/1/stat', 'utf8');
    writeFileSync(join(directory, 'lock'), `1 ${start.slice(start.lastIndexOf(')') + 2).split(' ')[19]}`);
    expect(() => open()).toThrow(JournalInUseError);
  });

  it('works in memory alone when the disk fails, and says so once', async () => {
    const states: (string | undefined)[] = [];
    const journal = new Journal({
      directory,
      maxSize: 1 << 20,
      onState: (error) => states.push(error?.message),
    });
    rmSync(directory, { recursive: true });
    for (const text of ['a', 'b']) {
      journal.append(utf8(text));
      await journal.flush();
    }
    expect(contents(journal)).toEqual(['a', 'b']);
    expect(states).toHaveLength(1);
    expect(states[0]).toMatch(/ENOENT/);
  });
});

describe('the format', () => {
  it('has the checksum of IEEE 802.3', () => {
    expect(crc32(utf8('123456789'))).toBe(0xcbf4_3926);
  });

  it('gives back whole entries, whatever follows or is changed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (payloads, place, change) => {
          const entries = payloads.map((payload, index) =>
            encodeEntry({ kind: 'record', sequence: index + 1, payload }),
          );
          const file = concat(...entries);
          expect(decodeEntries(file).entries).toHaveLength(payloads.length);
          if (file.length === 0) return;
          const at = place % file.length;
          const damaged = file.slice();
          damaged[at] = (damaged[at] as number) ^ change;
          let whole = 0;
          for (let end = 0; whole < entries.length; whole++) {
            end += (entries[whole] as Uint8Array).length;
            if (at < end) break;
          }
          expect(decodeEntries(damaged).entries.length).toBe(whole);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('stops at a file of something else', () => {
    const file = join(directory, '00000001.log');
    appendFileSync(file, 'this is no journal at all, but a text');
    expect(contents(open())).toEqual([]);
  });
});
