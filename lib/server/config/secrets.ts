import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ConfigDocument } from './document.js';
import type { SecretValue } from './fields.js';
import { type ConfigPath, type ConfigProblem, quote } from './problem.js';
import { whyUnreadable } from './files.js';

/** Octets; far more than any secret has. */
const MAX_SECRET = 65_536;

/** Where secrets that are not in the configuration itself come from. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Fetches secrets, and notes what is wrong with those that cannot be had. */
export class SecretReader {
  readonly problems: ConfigProblem[] = [];
  readonly warnings: ConfigProblem[] = [];
  readonly #document: ConfigDocument;
  readonly #sources: SecretSources;

  constructor(document: ConfigDocument, sources: SecretSources) {
    this.#document = document;
    this.#sources = sources;
  }

  /** The secret's text; an empty one after a problem. */
  read(value: SecretValue, path: ConfigPath): string {
    if (typeof value === 'string') return value;
    if (value.file !== undefined) return this.#readFile(value.file, [...path, 'file']);
    return this.#readEnv(value.env ?? '', [...path, 'env']);
  }

  #readEnv(name: string, path: ConfigPath): string {
    const value = this.#sources.env[name] ?? '';
    if (value === '') this.#problem(path, `the environment variable ${quote(name)} is not set; set it`);
    return value;
  }

  #readFile(name: string, path: ConfigPath): string {
    const file = resolve(dirname(this.#document.file), name);
    let octets: Buffer;
    try {
      const { mode, size } = statSync(file);
      if (size > MAX_SECRET) {
        return this.#problem(path, `${quote(file)} has ${size} octets, which is too much for a secret`);
      }
      octets = readFileSync(file);
      if ((mode & 0o004) !== 0) {
        this.warnings.push(
          this.#document.problem(
            path,
            `every user of this machine can read ${quote(file)}; chmod 600 mends it`,
          ),
        );
      }
    } catch (error) {
      return this.#problem(path, `cannot read ${quote(file)}: ${whyUnreadable(error)}`);
    }
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(octets).replace(/\r?\n$/, '');
    } catch {
      return this.#problem(path, `${quote(file)} is not UTF-8 text`);
    }
    return text === '' ? this.#problem(path, `${quote(file)} is empty; write the secret into it`) : text;
  }

  #problem(path: ConfigPath, message: string): string {
    this.problems.push(this.#document.problem(path, message));
    return '';
  }
}
