import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { isAlive, type ProcessIdentity } from './process-identity.js';

const route = z.strictObject({
  destination: z.string(),
  interfaceIndex: z.exactOptional(z.number()),
  gateway: z.exactOptional(z.string()),
  metric: z.exactOptional(z.number()),
  unreachable: z.exactOptional(z.boolean()),
});

const change = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('route'), route }),
  z.strictObject({ kind: z.literal('resolv-conf'), path: z.string() }),
  z.strictObject({
    kind: z.literal('hook'),
    command: z.string(),
    environment: z.record(z.string(), z.string()),
  }),
]);

/** Something that a dialler has changed on its host, with all that it takes to undo it. */
export type Change = z.output<typeof change>;

const file = z.strictObject({
  process: z.strictObject({ pid: z.number(), start: z.string() }),
  changes: z.array(change),
});

/**
 * What this process has changed on its host, written down before it is done: a later dialler undoes what a killed one
 * has left.
 */
export class Journal {
  readonly #directory: string;
  readonly #owner: ProcessIdentity;
  #changes: readonly Change[] = [];

  constructor(directory: string, owner: ProcessIdentity) {
    this.#directory = directory;
    this.#owner = owner;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** @throws Error when it cannot be written */
  add(entry: Change): void {
    this.#write([...this.#changes, entry]);
  }

  /** @throws Error when it cannot be written */
  remove(entry: Change): void {
    this.#write(this.#changes.filter((other) => other !== entry));
  }

  /** Whether another dialler that lives relies on the same change. */
  isHeldElsewhere(entry: Change): boolean {
    return this.#files().some((name) => {
      if (name === this.#name) return false;
      const read = readJournal(join(this.#directory, name));
      return (
        read !== undefined &&
        isAlive(read.process) &&
        read.changes.some((other) => isDeepStrictEqual(other, entry))
      );
    });
  }

  /** Undoes what diallers that have died left, the newest change of each first. `undo` must not reject. */
  async undoOrphans(undo: (change: Change) => Promise<void>): Promise<void> {
    for (const name of this.#files()) {
      const path = join(this.#directory, name);
      const read = readJournal(path);
      if (read !== undefined && isAlive(read.process)) continue;
      for (const change of (read?.changes ?? []).toReversed()) await undo(change);
      rmSync(path, { force: true });
    }
  }

  get #name(): string {
    return `dial-${this.#owner.pid}.json`;
  }

  #files(): string[] {
    try {
      return readdirSync(this.#directory).filter((name) => /^dial-\d+\.json$/.test(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  #write(changes: readonly Change[]): void {
    const path = join(this.#directory, this.#name);
    if (changes.length === 0) {
      rmSync(path, { force: true });
    } else {
      mkdirSync(this.#directory, { recursive: true });
      writeFileSync(`${path}.new`, JSON.stringify({ process: this.#owner, changes }), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    }
    this.#changes = changes;
  }
}

/** `undefined` for a file that no journal has written, or not to its end. */
function readJournal(path: string): z.output<typeof file> | undefined {
  try {
    const read = file.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
