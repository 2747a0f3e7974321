import { describe, expect } from 'vitest';
import { labTest, PppoeClient, serve, until } from '../support/lab/index.js';

const bob = { user: 'bob', password: 'pass' } as const;

describe('a subscriber by PPPoE', () => {
  for (const mode of ['kernel', 'user'] as const) {
    labTest(`is terminated here (pppd in ${mode} mode), with traffic, and hangs up`, async (lab) => {
      const { daemon, client, lns } = await serve(lab, {
        lac: { pppoe: { interfaces: ['*'], 'ac-name': 'lac1' } },
      });
      const device = client.link.device.b;
      const caller = PppoeClient.start(lab, client.host, { ...bob, device, mode });
      const link = await caller.up();
      expect(link.remote).toBe('10.64.0.1');
      expect(await client.host.ping('10.64.0.1')).toBe(3);
      const [session] = await daemon.sessions();
      expect(session).toMatchObject({
        bearer: 'pppoe',
        state: 'open',
        user: 'bob',
        address: link.local,
        mtu: 1492,
      });
      await caller.hangUp();
      await daemon.waitUntilIdle();
      await until('the interface is gone', async () => (await lns.pppLinks()).length === 0);
      await daemon.stop();
    });
  }
});
