import type { Timed, Timers } from '../io/index.js';
import { Reader, text, utf8, Writer } from '../wire/index.js';
import type { Journal } from './journal.js';

/** One accounting record on its way. */
export interface AccountingRecord {
  /**
   * Records with one key reach their server in the order of their making; usually a session's id. Those of
   * {@link serverKey} come after all that were made before, and before all that are made later.
   */
  readonly key: string;
  /** Which servers get it. */
  readonly group: string;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  /** Its attributes as they are sent, but for Acct-Delay-Time. */
  readonly attributes: Uint8Array;
}

/** The key of records about the server itself: Accounting-On ends sessions whose Stop has to come first. */
export const serverKey = '';

/** Sends a record. `done` is called once. */
export type SendRecord = (record: AccountingRecord, done: (accepted: boolean) => void) => void;

export interface RecordQueueOptions {
  readonly journal: Journal;
  readonly timers: Timers;
  /** Monotonic ms. */
  readonly now: () => number;
  /** Whether a server of the group may be asked now. */
  readonly available: (group: string) => boolean;
  readonly send: SendRecord;
}

interface Group {
  readonly name: string;
  /** Numbers of records that wait, in order. */
  readonly waiting: number[];
  /** Keys that have a record in flight, each with the numbers that wait for it. */
  readonly inFlight: Map<string, number[]>;
  retryAt: number | undefined;
}

/** Records in flight to the servers of one group. */
const window = 64;
/** A record that nobody took although servers are there is sent again after so many ms. */
const retryInterval = 5000;

/**
 * Sends records in the order in which they were made, several at a time, but never two of one session. A record stays
 * until a server has taken it.
 */
export class RecordQueue implements Timed {
  readonly #options: RecordQueueOptions;
  readonly #groups = new Map<string, Group>();

  /** Takes up what an earlier process left in the journal. */
  constructor(options: RecordQueueOptions) {
    this.#options = options;
    for (const sequence of options.journal.sequences()) {
      const record = this.#record(sequence);
      if (record === undefined) options.journal.done(sequence);
      else this.#group(record.group).waiting.push(sequence);
    }
  }

  /** Records that no server has taken yet. */
  get count(): number {
    return this.#options.journal.count;
  }

  /** @returns false when there is no room: the record is lost */
  add(record: AccountingRecord): boolean {
    const sequence = this.#options.journal.append(encodeRecord(record));
    if (sequence === undefined) return false;
    const group = this.#group(record.group);
    group.waiting.push(sequence);
    this.#pump(group);
    return true;
  }

  /** A server is there again, or may be. */
  resume(): void {
    for (const group of this.#groups.values()) {
      group.retryAt = undefined;
      this.#pump(group);
    }
  }

  handleTimeout(now: number): void {
    for (const group of this.#groups.values()) {
      if (group.retryAt === undefined || group.retryAt > now) continue;
      group.retryAt = undefined;
      this.#pump(group);
    }
    this.#schedule();
  }

  close(): void {
    this.#options.timers.schedule(this, undefined);
  }

  #pump(group: Group): void {
    const { available, now } = this.#options;
    while (group.waiting.length > 0 && mayGoOn(group)) {
      if (!available(group.name)) {
        group.retryAt = now() + retryInterval;
        this.#schedule();
        return;
      }
      const sequence = group.waiting.shift() as number;
      const record = this.#record(sequence);
      if (record === undefined) continue;
      if (record.key === serverKey && group.inFlight.size > 0) {
        group.waiting.unshift(sequence);
        return;
      }
      const behind = group.inFlight.get(record.key);
      if (behind === undefined) this.#send(group, sequence, record);
      else behind.push(sequence);
    }
  }

  #send(group: Group, sequence: number, record: AccountingRecord): void {
    const behind = group.inFlight.get(record.key) ?? [];
    group.inFlight.set(record.key, behind);
    this.#options.send(record, (accepted) => {
      if (accepted) this.#accepted(group, sequence, record.key, behind);
      else this.#putBack(group, record.key, [sequence, ...behind]);
      this.#pump(group);
    });
  }

  #accepted(group: Group, sequence: number, key: string, behind: number[]): void {
    this.#options.journal.done(sequence);
    for (let next = behind.shift(); next !== undefined; next = behind.shift()) {
      const record = this.#record(next);
      if (record === undefined) continue;
      this.#send(group, next, record);
      return;
    }
    group.inFlight.delete(key);
  }

  #putBack(group: Group, key: string, sequences: readonly number[]): void {
    group.inFlight.delete(key);
    group.waiting.unshift(...sequences);
    group.waiting.sort((a, b) => a - b);
    group.retryAt = this.#options.now() + retryInterval;
    this.#schedule();
  }

  #schedule(): void {
    const times = [...this.#groups.values()].flatMap(({ retryAt }) => retryAt ?? []);
    this.#options.timers.schedule(this, times.length === 0 ? undefined : Math.min(...times));
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = { name, waiting: [], inFlight: new Map<string, number[]>(), retryAt: undefined };
    this.#groups.set(name, group);
    return group;
  }

  #record(sequence: number): AccountingRecord | undefined {
    const payload = this.#options.journal.payload(sequence);
    return payload === undefined ? undefined : decodeRecord(payload);
  }
}

const mayGoOn = ({ inFlight, retryAt }: Group): boolean =>
  retryAt === undefined && inFlight.size < window && !inFlight.has(serverKey);

/** A record as the journal keeps it. */
export function encodeRecord({ key, group, madeAt, attributes }: AccountingRecord): Uint8Array {
  const [keyOctets, groupOctets] = [utf8(key), utf8(group)];
  return new Writer(16 + keyOctets.length + groupOctets.length + attributes.length)
    .u64(BigInt(Math.round(madeAt)))
    .u16(keyOctets.length)
    .bytes(keyOctets)
    .u16(groupOctets.length)
    .bytes(groupOctets)
    .bytes(attributes)
    .finish();
}

/** `undefined` for octets that are no record. */
export function decodeRecord(payload: Uint8Array): AccountingRecord | undefined {
  try {
    const reader = new Reader(payload);
    const madeAt = Number(reader.u64());
    const key = text(reader.bytes(reader.u16()));
    const group = text(reader.bytes(reader.u16()));
    return { key, group, madeAt, attributes: reader.rest() };
  } catch {
    return undefined;
  }
}
