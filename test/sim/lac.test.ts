import { describe, expect, it } from 'vitest';
import type { LacOptions } from '../../lib/lac/index.js';
import { LacWorld } from '../support/lac-world.js';

const one = '192.0.2.1';
const two = '192.0.2.2';

const switching: LacOptions = {
  groups: { isp: { secret: 's', lns: [{ address: one, weight: 2 }, { address: two }] } },
  routes: [{ domain: 'isp.example', group: 'isp' }, { default: 'local' }],
  pools: { main: '10.70.0.0/24' },
  users: { alice: { password: 'wonder' } },
};

/** The kernel's bridge does not exist here: what a client sends after it reaches nobody, so its IPCP must be quick. */
const forwarded = { state: 'forwarded', user: 'bob@isp.example' };

describe('a subscriber who is carried on', () => {
  it.each(['pap', 'chap', 'mschapv2', 'eap'] as const)(
    'is authenticated by the LNS, by %s',
    async (method) => {
      const world = await LacWorld.start({ ...switching, ppp: { auth: [method] } });
      const lns = await world.addLns(one, { ppp: { auth: [method], localAddress: '10.64.0.1' } });
      const client = world.addClient({ ppp: { authMethods: [method] } });
      const session = await world.until(world.dial(client, await world.openTunnel(client)));
      expect(session.ipv4).toMatchObject({ peer: '10.64.0.1' });
      expect(await world.lac.sessions()).toMatchObject([
        { ...forwarded, forwardedTo: { group: 'isp', server: one } },
      ]);
      expect(await lns.lns.sessions()).toMatchObject([
        { user: 'bob@isp.example', authMethod: method, state: 'open' },
      ]);
      // No interface and no address at the LAC.
      expect(world.dataPlane.calls.map(({ operation }) => operation)).not.toContain('addPppSession');
      client.hangUp(session);
      await world.run(5000);
      expect(await world.lac.sessions()).toEqual([]);
      expect(await lns.lns.sessions()).toEqual([]);
      expect(world.dataPlane.sessions).toEqual([]);
      expect(world.events).toEqual([
        `up bob@isp.example ${one}`,
        expect.stringMatching(/^down bob@isp.example/),
      ]);
      await world.until(world.lac.close());
      expect(world.dataPlane.tunnels.size).toBe(0);
      expect(world.lacHost.openTimers).toBe(0);
    },
  );
});
