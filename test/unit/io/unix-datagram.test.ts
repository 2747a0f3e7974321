import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { sendUnixDatagram } from '../../../lib/io/index.js';
import { KernelError } from '../../../lib/native/index.js';

/** Prints what it receives, as JSON; Node has no such sockets. */
const receiver = `
import json, socket, sys
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind('\\0' + path[1:] if path[0] == '@' else path)
print('bound', flush=True)
print(json.dumps(s.recv(65536).decode()), flush=True)
`;

async function roundTrip(path: string, text: string): Promise<string> {
  const child = execFile('python3', ['-c', receiver, path]);
  try {
    const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('bound');
    sendUnixDatagram(path, text);
    return JSON.parse(String((await lines.next()).value)) as string;
  } finally {
    child.kill();
  }
}

it('reaches sockets of the file system and abstract ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'datagram-'));
  try {
    const text = 'READY=1\nSTATUS=größer';
    expect(await roundTrip(join(folder, 'notify'), text)).toBe(text);
    expect(await roundTrip(`@kernel-l2tp-test-${process.pid}`, text)).toBe(text);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 30_000);

it('says why nobody was reached', () => {
  expect(() => sendUnixDatagram('/nowhere/socket', 'x')).toThrow(/^send to \/nowhere\/socket: ENOENT/);
  expect(() => sendUnixDatagram(`/${'long'.repeat(40)}`, 'x')).toThrow(KernelError);
  expect(() => sendUnixDatagram('', 'x')).toThrow(/EINVAL/);
});
