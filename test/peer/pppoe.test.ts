import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { parse } from 'yaml';
import { type DaemonConfig, labTest, PppoeClient, serve, until } from '../support/lab/index.js';

const bob = { user: 'bob', password: 'pass' } as const;
const FLOOD = fileURLToPath(new URL('../support/lab/padi-flood.py', import.meta.url));

const pppoe = (...interfaces: string[]) => ({ lac: { pppoe: { interfaces, 'ac-name': 'lac1' } } });

/** The configuration of docs/pppoe.md as it stands. */
function example(): DaemonConfig {
  const page = readFileSync(new URL('../../docs/pppoe.md', import.meta.url), 'utf8');
  return parse(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? '') as DaemonConfig;
}

describe('a subscriber by PPPoE', () => {
  labTest('is terminated here, with traffic, and hangs up (docs/pppoe.md as it stands)', async (lab) => {
    const { daemon, client, lns } = await serve(lab, example());
    await lns.run(['ip', 'link', 'set', client.link.device.a, 'down', 'name', 'eth0']);
    await lns.run(['ip', 'link', 'set', 'eth0', 'up']);
    const device = client.link.device.b;
    for (const mode of ['kernel', 'user'] as const) {
      const alice = { user: 'alice', password: 'wonder', device, mode };
      const caller = PppoeClient.start(lab, client.host, alice);
      const link = await caller.up();
      expect(link.remote).toBe('10.64.0.1');
      expect(await client.host.ping('10.64.0.1')).toBe(3);
      const [session] = await daemon.sessions();
      expect(session).toMatchObject({
        bearer: 'pppoe',
        state: 'open',
        user: 'alice',
        address: link.local,
        mtu: 1492,
      });
      await caller.hangUp();
      await daemon.waitUntilIdle();
      await until('the interface is gone', async () => (await lns.pppLinks()).length === 0);
    }
    const { stdout } = await daemon.cli('show', 'stats', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      pppoe: { padi: 2, pado: 2, padr: 2, pads: 2, padiDropped: 0 },
    });
    const traced = daemon.log().map(({ msg }) => String(msg));
    expect(traced).toContainEqual(expect.stringMatching(/^PADI .*<Service-Name "">/));
    expect(traced).toContainEqual(expect.stringMatching(/^PADO .*<AC-Name "lac1">/));
    await daemon.stop();
  });

  labTest('uses packets of 1500 octets, on a VLAN that a pattern names and that comes later', async (lab) => {
    const { daemon, client, lns } = await serve(lab, pppoe('to-client1.*'));
    const { a, b } = client.link.device;
    for (const [host, device] of [
      [lns, a],
      [client.host, b],
    ] as const) {
      await host.run(['ip', 'link', 'set', device, 'mtu', '1508']);
      await host.run(['ip', 'link', 'add', 'link', device, 'name', `${device}.7`, 'type', 'vlan', 'id', '7']);
      await host.run(['ip', 'link', 'set', `${device}.7`, 'up']);
    }
    const options = { ...bob, device: `${b}.7`, ppp: ['mtu', '1500', 'mru', '1500'] };
    const caller = PppoeClient.start(lab, client.host, options);
    await caller.up();
    expect((await daemon.sessions())[0]).toMatchObject({ mtu: 1500 });
    await client.host.run(['ping', '-c', '1', '-W', '5', '-M', 'do', '-s', '1472', '10.64.0.1']);
    await caller.hangUp();
    await daemon.waitUntilIdle();
    await daemon.stop();
  });

  labTest('comes up while 10,000 PADIs a second come from 1,000 MAC addresses', async (lab) => {
    const { daemon, clients } = await serve(lab, pppoe('*'), { clients: 3 });
    const [flooder, ...honest] = clients;
    if (flooder === undefined) throw new Error('no client');
    const flood = lab.own(
      flooder.host.start('flood', ['python3', FLOOD, flooder.link.device.b, '10000', '1000', '10']),
    );
    const callers = honest.map(({ host, link }) =>
      PppoeClient.start(lab, host, { ...bob, device: link.device.b }),
    );
    for (const caller of callers) await caller.up();
    const [said] = await flood.waitForLine(/\d+ PADIs in .*/, 120_000);
    lab.show({ name: 'flood', tail: () => said });
    await daemon.waitForSessions(callers.length);
    for (const caller of callers) await caller.hangUp();
    await daemon.waitUntilIdle();
    await daemon.stop();
  });
});
