import { describe, expect, it } from 'vitest';
import { type AccountingRecord, Journal, RecordQueue, serverKey } from '../../../lib/accounting/index.js';
import { decodeRecord, encodeRecord } from '../../../lib/accounting/record-queue.js';
import type { Timed } from '../../../lib/io/index.js';
import { utf8 } from '../../../lib/wire/index.js';

const record = (key: string, text: string, group = ''): AccountingRecord => ({
  key,
  group,
  madeAt: 1_700_000_000_000,
  attributes: utf8(text),
});

/** A queue whose server answers when told to. */
class World {
  now = 0;
  available = true;
  deadline: number | undefined;
  readonly journal = new Journal({ maxSize: 1 << 20 });
  readonly sent: { text: string; done: (accepted: boolean) => void }[] = [];
  readonly queue: RecordQueue;
  #timed: Timed | undefined;

  constructor() {
    this.queue = new RecordQueue({
      journal: this.journal,
      now: () => this.now,
      timers: {
        schedule: (timed, deadline) => {
          this.#timed = timed;
          this.deadline = deadline;
        },
      },
      available: () => this.available,
      send: ({ attributes }, done) => this.sent.push({ text: Buffer.from(attributes).toString(), done }),
    });
  }

  texts(): string[] {
    return this.sent.map(({ text }) => text);
  }

  pass(ms: number): void {
    this.now += ms;
    if (this.deadline !== undefined && this.deadline <= this.now) this.#timed?.handleTimeout(this.now);
  }
}

describe('a queue of records', () => {
  it('sends records of different sessions at once, and those of one in turn', () => {
    const world = new World();
    for (const text of ['a1', 'b1', 'a2', 'b2', 'a3']) world.queue.add(record(text[0] ?? '', text));
    expect(world.texts()).toEqual(['a1', 'b1']);
    world.sent[0]?.done(true);
    world.sent[2]?.done(true);
    expect(world.texts()).toEqual(['a1', 'b1', 'a2', 'a3']);
    world.sent[1]?.done(true);
    world.sent[3]?.done(true);
    world.sent[4]?.done(true);
    expect(world.texts().at(-1)).toBe('b2');
    expect(world.queue.count).toBe(0);
  });

  it('waits while no server is there, and then goes on in order', () => {
    const world = new World();
    world.available = false;
    for (let i = 0; i < 100; i++) world.queue.add(record(`s${i}`, String(i)));
    expect(world.sent).toEqual([]);
    world.available = true;
    world.queue.resume();
    expect(world.sent.length).toBe(64);
    for (let i = 0; i < 100; i++) world.sent[i]?.done(true);
    expect(world.texts()).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
    expect(world.queue.count).toBe(0);
  });

  it('keeps what was not taken, in its place', () => {
    const world = new World();
    for (const text of ['a1', 'a2', 'b1']) world.queue.add(record(text[0] ?? '', text));
    world.sent[0]?.done(false);
    world.sent[1]?.done(true);
    world.queue.add(record('c', 'c1'));
    expect(world.texts()).toEqual(['a1', 'b1']);
    world.pass(5000);
    expect(world.texts()).toEqual(['a1', 'b1', 'a1', 'c1']);
    world.sent[2]?.done(true);
    expect(world.texts().at(-1)).toBe('a2');
  });

  it('sends records of the server after all before them, and before all after them', () => {
    const world = new World();
    for (const [key, text] of [
      ['a', 'a1'],
      ['b', 'b1'],
      [serverKey, 'on'],
      ['c', 'c1'],
    ] as const) {
      world.queue.add(record(key, text));
    }
    expect(world.texts()).toEqual(['a1', 'b1']);
    world.sent[0]?.done(true);
    expect(world.texts()).toEqual(['a1', 'b1']);
    world.sent[1]?.done(true);
    expect(world.texts()).toEqual(['a1', 'b1', 'on']);
    world.sent[2]?.done(false);
    world.pass(5000);
    expect(world.texts()).toEqual(['a1', 'b1', 'on', 'on']);
    world.sent[3]?.done(true);
    expect(world.texts().at(-1)).toBe('c1');
  });

  it('says when there is no room', () => {
    const world = new World();
    world.available = false;
    let added = 0;
    while (world.queue.add(record('a', 'x'.repeat(1000)))) added += 1;
    expect(added).toBeGreaterThan(900);
    expect(world.queue.count).toBe(added);
  });
});

describe('a record', () => {
  it('comes back, and octets that are none do not', () => {
    const one = record('id-1', 'attributes', 'wholesale');
    expect(decodeRecord(encodeRecord(one))).toEqual(one);
    expect(decodeRecord(Uint8Array.of(1, 2, 3))).toBeUndefined();
  });
});
