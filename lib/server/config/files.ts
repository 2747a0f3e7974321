import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from './problem.js';

/** Octets; 100,000 users fit. */
const MAX_CONFIG = 16 * 1024 * 1024;

/** Why a file cannot be read, for people. */
export function whyUnreadable(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it';
    case 'EISDIR':
      return 'it is a directory';
    case 'ENOTDIR':
      return 'a part of its path is not a directory';
    case 'ELOOP':
      return 'its symbolic links form a loop';
    default:
      return typeof code === 'string' ? code : 'it cannot be read';
  }
}

/** @throws ConfigError when there is none, or it is not text */
export function readConfigFile(file: string): { text: string; worldReadable: boolean } {
  let octets: Buffer;
  let mode: number;
  try {
    const stat = statSync(file);
    mode = stat.mode;
    if (stat.size > MAX_CONFIG) {
      throw new ConfigError([{ file, path: [], message: `the file has over ${MAX_CONFIG} octets` }]);
    }
    octets = readFileSync(file);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([{ file, path: [], message: `cannot read the file: ${whyUnreadable(error)}` }]);
  }
  return { text: decodeText(file, octets), worldReadable: (mode & 0o004) !== 0 };
}

/** @throws ConfigError naming the line of the first octet that is not UTF-8 */
export function decodeText(file: string, octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    const before = validPrefix(octets);
    const newlines = octets.subarray(0, before).reduce((count, octet) => count + (octet === 10 ? 1 : 0), 0);
    const column = before - octets.subarray(0, before).lastIndexOf(10);
    throw new ConfigError([
      { file, line: newlines + 1, column, path: [], message: 'this is not UTF-8; save the file as UTF-8' },
    ]);
  }
}

/** The length of the longest start that is UTF-8. */
function validPrefix(octets: Uint8Array): number {
  let [good, bad] = [0, octets.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8(octets.subarray(0, middle), true)) good = middle;
    else bad = middle;
  }
  // What ends it may be the beginning of the character that is wrong.
  while (!isUtf8(octets.subarray(0, good), false)) good -= 1;
  return good;
}

function isUtf8(octets: Uint8Array, stream: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(octets, { stream });
    return true;
  } catch {
    return false;
  }
}
