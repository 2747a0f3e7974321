import { describe, expect } from 'vitest';
import {
  Daemon,
  iperf,
  type IperfResult,
  labTest,
  NO_TRAFFIC,
  OwnClient,
  serve,
  until,
} from '../support/lab/index.js';

const LIMIT = 10e6;
/** IP and TCP headers with timestamps, in a packet of 1400 octets: the limit counts them, iperf3 does not. */
const onTheWire = ({ bitsPerSecond }: IperfResult): number => bitsPerSecond * (1400 / (1400 - 52));

describe('a rate limit', () => {
  labTest('holds within 5 % in both directions', async (lab) => {
    const { daemon, subscriber, server, serverAddress, client } = await serve(
      lab,
      { users: { bob: { password: 'pass', rate: { down: '10M', up: '10M' } } } },
      { filter: NO_TRAFFIC },
    );
    const caller = await subscriber();
    const link = await caller.connect();
    await caller.route('10.9.0.0/24', link.device);
    const down = await iperf(lab, client.host, server, serverAddress, { seconds: 8, reverse: true });
    const up = await iperf(lab, client.host, server, serverAddress, { seconds: 8 });
    console.log(`of 10 Mbit/s: ${onTheWire(down) / 1e6} down, ${onTheWire(up) / 1e6} up`);
    for (const rate of [onTheWire(down), onTheWire(up)]) {
      expect(rate).toBeGreaterThan(LIMIT * 0.95);
      expect(rate).toBeLessThan(LIMIT * 1.05);
    }
    await daemon.stop();
  });

  labTest('of a tunnel holds for its sessions together', async (lab) => {
    const { daemon, server, client } = await serve(
      lab,
      {
        profiles: [{ name: 'shared', addresses: ['10.1.0.0/16'], 'tunnel-rate': { down: '10M', up: '10M' } }],
      },
      { filter: NO_TRAFFIC },
    );
    await server.run([
      'ip',
      'addr',
      'add',
      '10.9.0.3/24',
      'dev',
      (await server.links()).at(-1)?.ifname ?? '',
    ]);
    const own = OwnClient.start(lab, client.host, {
      local: { address: client.address, port: 1701 },
      lns: { address: client.lns, port: 1701 },
      user: 'bob',
      password: 'pass',
      calls: 2,
    });
    const calls = await own.waitForCalls(2);
    const targets = ['10.9.0.2', '10.9.0.3'];
    for (const [index, target] of targets.entries()) {
      await client.host.run(['ip', 'route', 'add', target, 'dev', calls[index]?.device ?? '']);
    }
    for (const reverse of [true, false]) {
      const options = { seconds: 6, reverse };
      const results = await Promise.all(
        targets.map((target) => iperf(lab, client.host, server, target, options)),
      );
      const rates = results.map(onTheWire);
      console.log(
        `tunnel of 10 Mbit/s ${reverse ? 'down' : 'up'}: ${rates.map((rate) => rate / 1e6).join(' and ')}`,
      );
      const sum = rates.reduce((total, rate) => total + rate, 0);
      expect(sum).toBeGreaterThan(LIMIT * 0.75);
      expect(sum).toBeLessThan(LIMIT * 1.1);
    }
    await own.close();
    await daemon.stop();
  });

  labTest('from the subscriber is a queue where that is asked for, gone with the session', async (lab) => {
    const { daemon, subscriber, server, serverAddress, client, lns } = await serve(
      lab,
      { 'shape-upstream': true, users: { bob: { password: 'pass', rate: { up: '10M' } } } },
      { filter: NO_TRAFFIC },
    );
    const caller = await subscriber();
    const link = await caller.connect();
    await caller.route('10.9.0.0/24', link.device);
    const up = await iperf(lab, client.host, server, serverAddress, { seconds: 6 });
    console.log(`of 10 Mbit/s through a queue: ${onTheWire(up) / 1e6} up`);
    expect(onTheWire(up)).toBeGreaterThan(LIMIT * 0.95);
    expect(onTheWire(up)).toBeLessThan(LIMIT * 1.05);
    const devices = async (): Promise<string> =>
      (await lns.run(['ip', 'link', 'show', 'group', '5889'])).stdout;
    expect(await devices()).toMatch(/l2tpup/);
    await caller.hangUp();
    await until('the device is gone', async () => (await devices()).trim() === '');
    await daemon.stop();
  });

  labTest('of a server that was killed leaves a queue that its successor takes away', async (lab) => {
    const options = { 'shape-upstream': true, users: { bob: { password: 'pass', rate: { up: '10M' } } } };
    const { daemon, subscriber, lns } = await serve(lab, options, { filter: NO_TRAFFIC });
    const caller = await subscriber();
    await caller.connect();
    const devices = async (): Promise<string[]> =>
      (await lns.run(['ip', '-o', 'link', 'show', 'group', '5889'])).stdout.split('\n').filter(Boolean);
    const [left] = await devices();
    daemon.program.signal('SIGKILL');
    await daemon.program.waitForExit();
    expect(await devices()).toEqual([left]);
    const successor = await Daemon.start(lab, lns, options);
    await caller.kill();
    const again = await subscriber();
    await again.connect();
    const now = await devices();
    expect(now).toHaveLength(1);
    // Another device: its MAC address is a random one.
    expect(now).not.toEqual([left]);
    await again.hangUp();
    await until('the device is gone', async () => (await devices()).length === 0);
    await successor.stop();
  });
});
