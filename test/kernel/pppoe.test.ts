import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkIo } from '../../lib/io/index.js';
import { type DataPlanePppoeOptions, KernelDataPlane } from '../../lib/kernel/index.js';
import { broadcast, decodeFrame, encodeFrame, macOctets, type PppoeFrame } from '../../lib/pppoe/index.js';
import { concat, fromHex, hex } from '../../lib/wire/index.js';
import { echoRequest, eventually, interfaces, ip } from './support.js';

const names = ['pppoe-a', 'pppoe-b'] as const;

beforeAll(async () => {
  await ip('link', 'add', names[0], 'type', 'veth', 'peer', names[1]);
  for (const name of names) await ip('link', 'set', name, 'up');
});

afterAll(() => ip('link', 'del', names[0]));

/** The interface of that name, as the addon sees it. */
function ethernet(name: string) {
  const found = networkIo().ethernetInterface(name);
  if (found === undefined) throw new Error(`no interface ${name}`);
  return found;
}

const silent = { handleFrame: () => undefined, handleHangup: () => undefined };

describe('a PPPoE session of the kernel', () => {
  const plane = new KernelDataPlane();
  const options = (here: string, there: string): DataPlanePppoeOptions => ({
    sessionId: 77,
    interfaceName: here,
    peerMac: macOctets(ethernet(there).mac),
    sink: silent,
  });

  it('carries control frames both ways, gets an interface, and leaves nothing', async () => {
    const received: string[] = [];
    const sink = { ...silent, handleFrame: (frame: Uint8Array) => void received.push(hex(frame)) };
    const a = await plane.openPppoe(options(...names));
    const b = await plane.openPppoe({ ...options(names[1], names[0]), sink });
    networkIo().writeFrame(a.channel, echoRequest(1));
    await eventually(() => expect(received).toEqual([hex(echoRequest(1))]));
    const unit = await a.attachPpp({ name: 'over-ethernet', mtu: 1492 });
    expect(await interfaces()).toEqual(['over-ethernet']);
    expect(networkIo().ethernetInterface(unit.name)).toBeUndefined();
    await a.close();
    await b.close();
    expect(await interfaces()).toEqual([]);
  });

  it('comes up with its interface at once', async () => {
    const ipv4 = { local: '10.99.0.1', peer: '10.99.0.2' };
    const session = await plane.openPppoe(options(...names), { mtu: 1492, ipv4 });
    expect(session.unit?.name).toMatch(/^ppp\d+$/);
    expect((await session.stats()).rxPackets).toBe(0);
    await session.close();
    expect(await interfaces()).toEqual([]);
  });

  it('says why it cannot be, and leaves nothing', async () => {
    const first = await plane.openPppoe(options(...names));
    await expect(plane.openPppoe(options(...names))).rejects.toThrow(/connect PPPoE: EALREADY/);
    await first.close();
    const lost = { ...options(...names), interfaceName: 'no-such0' };
    await expect(plane.openPppoe(lost)).rejects.toThrow(/connect PPPoE: ENODEV/);
    const unit = { mtu: 1492, name: names[0] };
    await expect(plane.openPppoe(options(...names), unit)).rejects.toThrow(/EEXIST/);
    expect(await interfaces()).toEqual([]);
  });
});

describe('packet sockets', () => {
  it('take discovery and PPP control of their interface, and leave data to the kernel', async () => {
    const io = networkIo();
    const [a, b] = names.map(ethernet);
    if (a === undefined || b === undefined) throw new Error('no interfaces');
    const received: string[] = [];
    const sockets = (['padi', 'discovery', 'session'] as const).map((filter) =>
      io.openEthernet(filter, {
        handleEthernetFrame: (octets, index) => {
          const frame = decodeFrame(octets);
          if (index === b.index && frame) received.push(`${filter} ${frame.kind} ${hex(frame.payload)}`);
        },
      }),
    );
    const sender = sockets[0] ?? 0;
    const send = (kind: PppoeFrame['kind'], payload: string, destination = b.mac): void => {
      const frame = { destination, source: a.mac, kind, sessionId: 1, payload: fromHex(payload) };
      io.sendEthernet(sender, a.index, encodeFrame(frame));
    };
    send('PADI', '01010000', broadcast);
    send('PADI', '01010000', b.mac - 1);
    send('PADO', '01010000');
    send('PADR', '01010000');
    send('PADT', '');
    send('PADT', '', broadcast);
    send('session', '002145000014');
    send('session', '2145000014');
    send('session', '8021010100040000');
    send('session', 'c021090100080000');
    await eventually(() => expect(received).toContain('session session c021090100080000'));
    expect(received.sort()).toEqual([
      'discovery PADR 01010000',
      'discovery PADT ',
      'padi PADI 01010000',
      'session session 8021010100040000',
      'session session c021090100080000',
    ]);
    for (const socket of sockets) io.close(socket);
  });

  it('send long frames and many', async () => {
    const io = networkIo();
    const [a, b] = names.map(ethernet);
    if (a === undefined || b === undefined) throw new Error('no interfaces');
    let count = 0;
    const socket = io.openEthernet('session', { handleEthernetFrame: () => void count++ });
    const payload = concat(fromHex('c021'), new Uint8Array(1490));
    const frame = { destination: b.mac, source: a.mac, kind: 'session', sessionId: 1, payload } as const;
    for (let n = 0; n < 500; n++) io.sendEthernet(socket, a.index, encodeFrame(frame));
    await eventually(() => expect(count).toBe(500));
    io.close(socket);
  });
});
