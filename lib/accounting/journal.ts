import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEntries, encodeEntry, entryOverhead, type JournalEntry } from './journal-format.js';

export interface JournalOptions {
  /** Folder, made where it is not there; in memory alone, when absent. */
  readonly directory?: string | undefined;
  /** Octets that records may take, on disk and in memory. */
  readonly maxSize: number;
  /** Writing has failed or works again. */
  readonly onState?: (error: Error | undefined) => void;
}

/** One file: entries in the order of their making. */
interface Segment {
  readonly file: string;
  size: number;
  /** Records that are not done. */
  live: number;
}

/** What is to be written. */
interface Unwritten {
  readonly segment: Segment;
  /** `undefined` once there is nothing to write any more. */
  entry: JournalEntry | undefined;
}

/** A record that is not done. */
interface Kept {
  readonly payload: Uint8Array;
  readonly segment: Segment | undefined;
  /** It is still to be written. */
  unwritten: Unwritten | undefined;
}

/**
 * Records wait so long for others, in ms, before they are written together. What is done by then, as most are while a
 * server is there, never reaches the disk.
 */
const gatherFor = 20;
/** A file is closed, and the next one begun, when it has so many octets. */
const segmentSize = 4 << 20;
/** What is written reaches the disk within so many ms; a killed process loses nothing of it at any time. */
const syncInterval = 100;

/** The folder is another process's. */
export class JournalInUseError extends Error {
  override name = 'JournalInUseError';
}

/**
 * Records that must not be lost: each that is not done within 20 ms is appended to a file, and leaves it when it is
 * done. They are all in memory, too, so that none is read back but at the start.
 */
export class Journal {
  readonly #options: JournalOptions;
  readonly #records = new Map<number, Kept>();
  readonly #segments: Segment[] = [];
  #size = 0;
  #next = 1;
  #nextSegment = 1;
  #handle: FileHandle | undefined;
  #handleOf: Segment | undefined;
  #unwritten: Unwritten[] = [];
  #writing: Promise<void> | undefined;
  /** Ends the wait for further records. */
  #hurry: () => void = () => undefined;
  /** What was written may not be on the disk yet. */
  #unsynced = false;
  #syncedAt = 0;
  #failed = false;
  #closed = false;
  #torn = 0;

  /**
   * Reads what an earlier process left.
   * @throws JournalInUseError; Error for a folder that cannot be used
   */
  constructor(options: JournalOptions) {
    this.#options = options;
    if (options.directory !== undefined) this.#load(options.directory);
  }

  /** Records that are not done. */
  get count(): number {
    return this.#records.size;
  }

  /** Octets that they take in memory, with their places in the files. */
  get size(): number {
    return this.#size;
  }

  /** Octets that were damaged when the files were read. */
  get torn(): number {
    return this.#torn;
  }

  /** Numbers of the records that are not done, in the order in which they were made. */
  sequences(): number[] {
    return [...this.#records.keys()];
  }

  payload(sequence: number): Uint8Array | undefined {
    return this.#records.get(sequence)?.payload;
  }

  /** @returns its number; `undefined` when there is no room, and the record is lost */
  append(payload: Uint8Array): number | undefined {
    const needed = payload.length + entryOverhead;
    if (this.#closed || this.#size + needed > this.#options.maxSize) return undefined;
    const sequence = this.#next++;
    const segment = this.#segmentFor();
    const kept: Kept = { payload, segment, unwritten: undefined };
    this.#records.set(sequence, kept);
    this.#size += needed;
    if (segment !== undefined) {
      segment.live += 1;
      kept.unwritten = this.#write(segment, { kind: 'record', sequence, payload });
    }
    return sequence;
  }

  /** The record has reached its destination. */
  done(sequence: number): void {
    const record = this.#records.get(sequence);
    if (record === undefined) return;
    this.#records.delete(sequence);
    this.#size -= record.payload.length + entryOverhead;
    if (record.segment === undefined) return;
    record.segment.live -= 1;
    if (record.unwritten?.entry !== undefined) {
      record.unwritten.entry = undefined;
      return;
    }
    const segment = this.#segmentFor();
    if (segment !== undefined) this.#write(segment, { kind: 'done', sequence });
  }

  /** Resolves when everything is written and on the disk. */
  async flush(): Promise<void> {
    this.#syncedAt = 0;
    this.#hurry();
    while (this.#writing !== undefined) await this.#writing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    await this.#handle?.close().catch(() => undefined);
    this.#handle = undefined;
    const { directory } = this.#options;
    if (directory === undefined) return;
    if (this.#records.size === 0) for (const { file } of this.#segments) unlink(file);
    unlink(join(directory, 'lock'));
  }

  #load(directory: string): void {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    lock(join(directory, 'lock'));
    const names = readdirSync(directory).filter((name) => /^\d{8}\.log$/.test(name));
    for (const name of names.toSorted()) {
      const segment: Segment = { file: join(directory, name), size: 0, live: 0 };
      this.#segments.push(segment);
      this.#nextSegment = Number(name.slice(0, 8)) + 1;
      const octets = readFileSync(segment.file);
      const { entries, length } = decodeEntries(octets);
      segment.size = octets.length;
      this.#torn += octets.length - length;
      for (const entry of entries) {
        this.#next = Math.max(this.#next, entry.sequence + 1);
        if (entry.kind === 'record') {
          this.#records.set(entry.sequence, { payload: entry.payload, segment, unwritten: undefined });
          this.#size += entry.payload.length + entryOverhead;
          segment.live += 1;
        } else {
          const record = this.#records.get(entry.sequence);
          if (record === undefined) continue;
          this.#records.delete(entry.sequence);
          this.#size -= record.payload.length + entryOverhead;
          if (record.segment !== undefined) record.segment.live -= 1;
        }
      }
    }
    // A file whose end may be torn is not written to again.
    if (this.#segments.length > 0) this.#begin(directory);
    this.#dropDone();
  }

  #segmentFor(): Segment | undefined {
    const { directory } = this.#options;
    if (directory === undefined) return undefined;
    const last = this.#segments.at(-1);
    if (last !== undefined && last.size < segmentSize) return last;
    return this.#begin(directory);
  }

  #begin(directory: string): Segment {
    const name = `${String(this.#nextSegment++).padStart(8, '0')}.log`;
    const segment = { file: join(directory, name), size: 0, live: 0 };
    this.#segments.push(segment);
    return segment;
  }

  /** A file goes when it and all before it hold nothing that is not done: what is done is told by later ones. */
  #dropDone(): void {
    for (let first = this.#segments[0]; first !== undefined; first = this.#segments[0]) {
      if (first.live > 0 || this.#segments.length === 1 || this.#unwritten[0]?.segment === first) return;
      this.#segments.shift();
      unlink(first.file);
    }
  }

  #write(segment: Segment, entry: JournalEntry): Unwritten {
    const unwritten = { segment, entry };
    segment.size += entryOverhead + (entry.kind === 'record' ? entry.payload.length : 0);
    this.#unwritten.push(unwritten);
    this.#writing ??= this.#writeAll();
    return unwritten;
  }

  /** Everything that gathers while the disk is at work leaves in the next write. */
  async #writeAll(): Promise<void> {
    while (this.#unwritten.length > 0 || this.#unsynced) {
      await this.#gather();
      const segment = this.#unwritten[0]?.segment;
      const after = this.#unwritten.findIndex((one) => one.segment !== segment);
      const octets = takeOctets(this.#unwritten.splice(0, after < 0 ? this.#unwritten.length : after));
      try {
        if (segment !== undefined && octets.length > 0) {
          const handle = await this.#handleFor(segment);
          await handle.appendFile(octets);
          this.#unsynced = true;
        }
        await this.#sync();
        this.#note(undefined);
      } catch (error) {
        this.#unsynced = false;
        this.#note(error instanceof Error ? error : new Error(String(error)));
      }
      this.#dropDone();
    }
    this.#writing = undefined;
  }

  async #sync(): Promise<void> {
    if (!this.#unsynced || Date.now() - this.#syncedAt < syncInterval) return;
    await this.#handle?.datasync();
    this.#syncedAt = Date.now();
    this.#unsynced = false;
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#closed ? 0 : gatherFor);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #handleFor(segment: Segment): Promise<FileHandle> {
    if (this.#handle !== undefined && this.#handleOf === segment) return this.#handle;
    if (this.#handle !== undefined) {
      await this.#handle.datasync();
      await this.#handle.close();
      this.#handle = undefined;
    }
    this.#handle = await open(segment.file, 'a', 0o600);
    this.#handleOf = segment;
    return this.#handle;
  }

  #note(error: Error | undefined): void {
    if (this.#failed === (error !== undefined)) return;
    this.#failed = error !== undefined;
    this.#options.onState?.(error);
  }
}

/** From now on they count as written. */
function takeOctets(all: readonly Unwritten[]): Uint8Array {
  const octets: Uint8Array[] = [];
  for (const unwritten of all) {
    if (unwritten.entry === undefined) continue;
    octets.push(encodeEntry(unwritten.entry));
    unwritten.entry = undefined;
  }
  return Buffer.concat(octets);
}

function unlink(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // It was never written, or somebody else has removed it.
  }
}

/** Who a process is: its id alone may be another's by now. */
function processMark(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

/** Claims the folder for this process; the claim of one that is dead does not count. @throws JournalInUseError */
function lock(file: string): void {
  const own = processMark(String(process.pid)) ?? String(process.pid);
  let holder = '';
  try {
    holder = readFileSync(file, 'utf8');
  } catch {
    // Nobody has claimed it.
  }
  const pid = holder.split(' ')[0] ?? '';
  if (/^\d+$/.test(pid) && holder !== own && processMark(pid) === holder) {
    throw new JournalInUseError(`process ${pid} uses the accounting queue of ${file.replace(/\/lock$/, '')}`);
  }
  writeFileSync(file, own, { mode: 0o600 });
  // A folder that cannot be written to says so now.
  closeSync(openSync(file, 'r+'));
}
