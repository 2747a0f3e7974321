import {
  copyFileSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { isAlive, type ProcessIdentity } from './process-identity.js';

const marker = '# kernel-l2tp dial:';
const noFile = 'none';

/**
 * The name servers of this host (resolv.conf(5)). What was there is kept beside the file, so that it comes back even
 * after a crash of the machine: the file itself says whose it is, and where the old one is.
 */
export class ResolvConf {
  readonly #path: string;
  readonly #owner: ProcessIdentity;

  constructor(path: string, owner: ProcessIdentity) {
    this.#path = path;
    this.#owner = owner;
  }

  /** @throws Error when the file cannot be written, or belongs to another dialler that runs */
  set(servers: readonly string[]): void {
    this.restore();
    const found = this.#read();
    const other = ownerOf(found);
    if (other !== undefined) {
      throw new Error(`${this.#path} is in the hands of another dialler, process ${other.pid}`);
    }
    const existed = this.#keep();
    const kept = (found ?? '').split('\n').filter((line) => /^\s*(search|domain|options)\s/.test(line));
    const lines = [
      `${marker} process ${this.#owner.pid} ${this.#owner.start}, before: ${existed ? this.#backup : noFile}`,
      ...kept,
      ...servers.map((server) => `nameserver ${server}`),
    ];
    this.#write(`${lines.join('\n')}\n`);
  }

  /**
   * Brings back what was there, if the file is ours or of a dialler that has died. One that somebody else has written
   * since is left as it is.
   */
  restore(): void {
    const found = this.#read();
    const owner = ownerOf(found);
    if (owner === undefined) {
      if (found !== undefined && !found.startsWith(marker)) rmSync(this.#backup, { force: true });
      return;
    }
    if (isAlive(owner) && owner.pid !== this.#owner.pid) return;
    if (found?.split('\n', 1)[0]?.endsWith(`before: ${noFile}`)) {
      rmSync(this.#path, { force: true });
      return;
    }
    if (lstatSync(this.#backup, { throwIfNoEntry: false }) === undefined) return;
    this.#replaceBy(this.#backup);
  }

  get #backup(): string {
    return `${this.#path}.kernel-l2tp`;
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Keeps the file, or the link that it is. @returns whether there was one */
  #keep(): boolean {
    const status = lstatSync(this.#path, { throwIfNoEntry: false });
    rmSync(this.#backup, { force: true });
    if (status === undefined) return false;
    if (status.isSymbolicLink()) symlinkSync(readlinkSync(this.#path), this.#backup);
    else copyFileSync(this.#path, this.#backup);
    return true;
  }

  #write(text: string): void {
    const fresh = `${this.#path}.kernel-l2tp-new`;
    const mode = statSync(this.#path, { throwIfNoEntry: false })?.mode ?? 0o644;
    writeFileSync(fresh, text, { mode: mode & 0o777 });
    this.#replaceBy(fresh);
  }

  #replaceBy(file: string): void {
    try {
      renameSync(file, this.#path);
    } catch (error) {
      // A file that is mounted, as in containers, can only be written to.
      if (!['EBUSY', 'EXDEV'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      writeFileSync(this.#path, readFileSync(file));
      unlinkSync(file);
    }
  }
}

/** The dialler that the file says it is of; `undefined` for any other file. */
function ownerOf(text: string | undefined): ProcessIdentity | undefined {
  const match = new RegExp(`^${marker} process (\\d+) (\\d+),`).exec(text ?? '');
  return match === null ? undefined : { pid: Number(match[1]), start: match[2] as string };
}
