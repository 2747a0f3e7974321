import { spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Change, Journal } from '../../../lib/dial/host/journal.js';
import { identify, isAlive, type ProcessIdentity } from '../../../lib/dial/host/process-identity.js';
import { ResolvConf } from '../../../lib/dial/host/resolv-conf.js';

let directory = '';
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'dial-host-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const me = identify(process.pid) as ProcessIdentity;
/** A process of the same number that has died. */
const dead: ProcessIdentity = { pid: process.pid, start: '1' };

describe('a process', () => {
  it('is told from a later one with its number', () => {
    expect(isAlive(me)).toBe(true);
    expect(isAlive(dead)).toBe(false);
    expect(identify(0x3fff_ffff)).toBeUndefined();
  });
});

describe('resolv.conf', () => {
  const path = (): string => join(directory, 'resolv.conf');
  const before = '# mine\nsearch example.net\noptions edns0\nnameserver 192.0.2.53\n';
  const text = (): string => readFileSync(path(), 'utf8');

  it('gets the servers, keeps search and options, and comes back', () => {
    writeFileSync(path(), before);
    const file = new ResolvConf(path(), me);
    file.set(['10.9.0.2', '10.9.0.3']);
    expect(text().split('\n').slice(1)).toEqual([
      'search example.net',
      'options edns0',
      'nameserver 10.9.0.2',
      'nameserver 10.9.0.3',
      '',
    ]);
    file.set(['10.9.0.4']);
    file.restore();
    expect(text()).toBe(before);
    file.restore();
    expect(text()).toBe(before);
    expect(readdirSync(directory)).toEqual(['resolv.conf']);
  });

  it('that was a link is one again', () => {
    writeFileSync(join(directory, 'stub'), before);
    symlinkSync('stub', path());
    const file = new ResolvConf(path(), me);
    file.set(['10.9.0.2']);
    expect(lstatSync(path()).isSymbolicLink()).toBe(false);
    expect(readFileSync(join(directory, 'stub'), 'utf8')).toBe(before);
    file.restore();
    expect(readlinkSync(path())).toBe('stub');
  });

  it('that was not there is gone again', () => {
    const file = new ResolvConf(path(), me);
    file.set(['10.9.0.2']);
    expect(text()).toContain('10.9.0.2');
    file.restore();
    expect(existsSync(path())).toBe(false);
  });

  it('of a dialler that was killed is restored by the next', () => {
    writeFileSync(path(), before);
    new ResolvConf(path(), dead).set(['10.9.0.2']);
    new ResolvConf(path(), me).restore();
    expect(text()).toBe(before);
  });

  it('that somebody else has written since stays', () => {
    writeFileSync(path(), before);
    const file = new ResolvConf(path(), me);
    file.set(['10.9.0.2']);
    writeFileSync(path(), 'nameserver 192.0.2.99\n');
    file.restore();
    expect(text()).toBe('nameserver 192.0.2.99\n');
    expect(readdirSync(directory)).toEqual(['resolv.conf']);
  });

  it('of another dialler that runs is refused', async () => {
    const other = spawn('sleep', ['60']);
    try {
      writeFileSync(path(), before);
      new ResolvConf(path(), identify(other.pid ?? 0) as ProcessIdentity).set(['10.9.0.2']);
      const file = new ResolvConf(path(), me);
      expect(() => file.set(['10.9.0.3'])).toThrow(/in the hands of another dialler, process \d+/);
      file.restore();
      expect(text()).toContain('10.9.0.2');
    } finally {
      other.kill();
      await new Promise((resolve) => other.once('exit', resolve));
    }
  });
});

describe('the journal', () => {
  const route: Change = {
    kind: 'route',
    route: { destination: '192.0.2.1/32', interfaceIndex: 2, gateway: '10.0.0.1' },
  };
  const file: Change = { kind: 'resolv-conf', path: '/etc/resolv.conf' };
  const run = (): string => join(directory, 'run');
  const orphans = async (): Promise<Change[]> => {
    const left: Change[] = [];
    await new Journal(run(), me).undoOrphans((change) => {
      left.push(change);
      return Promise.resolve();
    });
    return left;
  };

  it('of one that died is undone from its end, once', async () => {
    const journal = new Journal(run(), dead);
    journal.add(route);
    journal.add(file);
    expect(await orphans()).toEqual([file, route]);
    expect(await orphans()).toEqual([]);
  });

  it('of one that runs, or that has undone all, is left alone', async () => {
    const journal = new Journal(run(), me);
    journal.add(route);
    expect(await orphans()).toEqual([]);
    journal.remove(route);
    expect(readdirSync(run())).toEqual([]);
  });

  it('tells which changes another one that runs relies on', () => {
    const other = spawn('sleep', ['60']);
    try {
      const mine = new Journal(run(), me);
      mine.add(route);
      expect(mine.isHeldElsewhere(route)).toBe(false);
      new Journal(run(), dead).add(route);
      expect(mine.isHeldElsewhere(route)).toBe(false);
      new Journal(run(), identify(other.pid ?? 0) as ProcessIdentity).add(route);
      expect(mine.isHeldElsewhere(structuredClone(route))).toBe(true);
      expect(mine.isHeldElsewhere(file)).toBe(false);
    } finally {
      other.kill();
    }
  });

  it('that is no journal is thrown away', async () => {
    new Journal(run(), dead).add(route);
    for (const content of ['', '{', '{"process":{}}', '[1]']) {
      writeFileSync(join(run(), `dial-${process.pid}.json`), content);
      expect(await orphans()).toEqual([]);
    }
    expect(readdirSync(run())).toEqual([]);
  });
});
