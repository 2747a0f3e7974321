import { createSocket } from 'node:dgram';
import { release } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { evaluate, needsOf } from '../../../lib/server/doctor/index.js';
import { probeHost } from '../../../lib/server/doctor/probe.js';
import {
  parseDefaultInterface,
  parseDistribution,
  parseLimit,
  parseProcUdp,
} from '../../../lib/server/doctor/proc.js';

describe("the kernel's files", () => {
  it('of UDP sockets', () => {
    const text = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  123: 00000000:06A5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31415 2 0000000000000000 0
  124: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 27182 2 0000000000000000 0
`;
    expect(parseProcUdp(text)).toEqual([
      { address: '0.0.0.0', port: 1701, inode: '31415' },
      { address: '127.0.0.1', port: 53, inode: '27182' },
    ]);
    const six = `  sl  local_address                         remote_address                        st
   77: 00000000000000000000000000000000:06A5 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
   78: B80D0120000000000000000001000000:06A5 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2 2 0 0
`;
    expect(parseProcUdp(six)).toEqual([
      { address: '::', port: 1701, inode: '1' },
      { address: '2001:db8::1', port: 1701, inode: '2' },
    ]);
    expect(parseProcUdp('')).toEqual([]);
    expect(parseProcUdp('garbage\n\n 1: x y z')).toEqual([]);
  });

  it('of this process', () => {
    const limits =
      'Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 4096                 files\nMax cpu time              unlimited            unlimited            seconds\n';
    expect(parseLimit(limits, 'Max open files')).toBe(1024);
    expect(parseLimit(limits, 'Max cpu time')).toBe(Infinity);
    expect(parseLimit('', 'Max open files')).toBe(Infinity);
  });

  it('of routes and of the distribution', () => {
    const routes = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth1	00000000	0100000A	0003	0	0	200	00000000	0	0	0
eth0	00000000	0100000A	0003	0	0	100	00000000	0	0	0
eth0	0000000A	00000000	0001	0	0	0	00FFFFFF	0	0	0
`;
    expect(parseDefaultInterface(routes)).toBe('eth0');
    expect(parseDefaultInterface('')).toBeUndefined();
    expect(parseDistribution('NAME="Ubuntu"\nID=ubuntu\nID_LIKE="debian x"\nVERSION_ID="24.04"\n')).toEqual([
      'ubuntu',
      'debian',
      'x',
    ]);
  });
});

describe('this host', () => {
  const sockets: ReturnType<typeof createSocket>[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
  });

  it('is read without an error', async () => {
    const facts = await probeHost({ ports: [] });
    expect(facts.kernelRelease).toBe(release());
    expect(facts.openFiles).toBeGreaterThan(0);
    expect(facts.interfaces.map(({ name }) => name)).toContain('lo');
    expect(facts.sysctls['fs.file-max']).toMatch(/^\d+$/);
    // With the addon there are findings about the kernel; without it, that it is missing.
    expect('kernel' in facts).not.toBe('addonError' in facts);
    expect(evaluate(facts, needsOf()).length).toBeGreaterThan(5);
  });

  it('shows who has a port', async () => {
    const socket = createSocket('udp4');
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    const { udpSockets } = await probeHost({ ports: [port] });
    expect(udpSockets).toEqual([
      { address: '127.0.0.1', port, owner: { pid: process.pid, name: expect.any(String) as string } },
    ]);
  });
});
