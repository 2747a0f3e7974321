import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { labTest, type Namespace, serve, until } from '../support/lab/index.js';

const POOLS = {
  ipv6: { pools: { v6: ['2001:db8:1::/48'] }, delegated: { pd: ['2001:db8:100::/40'], length: 56 } },
};

/** The global addresses of an interface. */
async function globals(host: Namespace, device: string): Promise<string[]> {
  const { stdout } = await host.run(['ip', '-json', '-6', 'addr', 'show', 'dev', device, 'scope', 'global']);
  const [link] = JSON.parse(stdout || '[]') as { addr_info: { local?: string; tentative?: boolean }[] }[];
  return (link?.addr_info ?? []).flatMap(({ local, tentative }) =>
    local === undefined || tentative === true ? [] : [local],
  );
}

const routes = async (host: Namespace, within: string): Promise<string[]> => {
  const { stdout } = await host.run(['ip', '-6', 'route', 'show', 'root', within]);
  return stdout.split('\n').filter((line) => line.trim() !== '');
};

/** What an operator sets for subscribers with IPv6. */
const forward = (host: Namespace) => host.run(['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1']);

describe('a dual-stack subscriber', () => {
  labTest(
    'gets an address by SLAAC, and a prefix and an address by DHCPv6, until it hangs up',
    async (lab) => {
      const { daemon, capture, subscriber, client, lns } = await serve(lab, {
        ipv6: { ...POOLS.ipv6, addresses: { na: ['2001:db8:2::/64'] }, dns: ['2001:db8::53'] },
      });
      await forward(lns);
      const caller = await subscriber({ ppp: ['+ipv6'] });
      const link = await caller.connect();
      const [slaac] = await until('SLAAC gives an address', async () => {
        const found = await globals(client.host, link.device);
        return found.length > 0 && found;
      });
      expect(slaac).toMatch(/^2001:db8:1:/);
      expect(await lns.ping(slaac ?? '')).toBe(3);
      const { stdout: defaults } = await client.host.run(['ip', '-6', 'route', 'show', 'default']);
      expect(defaults).toMatch(/via fe80::\S+ dev ppp/);

      await client.host.run(['ip', 'link', 'add', 'home', 'up', 'type', 'dummy']);
      const config = lab.path('dhcp6c.conf');
      writeFileSync(
        config,
        `interface ${link.device} { send ia-pd 1; send ia-na 2; request domain-name-servers; script "/bin/true"; };
       id-assoc pd 1 { prefix-interface home { sla-id 7; sla-len 8; }; };
       id-assoc na 2 { };`,
      );
      mkdirSync('/var/lib/dhcpv6', { recursive: true });
      const dhcp = lab.own(
        client.host.start('dhcp6c', [
          'dhcp6c',
          '-D',
          '-f',
          '-c',
          config,
          '-p',
          lab.path('dhcp6c.pid'),
          link.device,
        ]),
      );
      const [home] = await until('a prefix is delegated', async () => {
        const found = await globals(client.host, 'home');
        return found.length > 0 && found;
      });
      expect(home).toMatch(/^2001:db8:100:[0-9a-f]*7:/);
      await until('DHCPv6 gives an address', async () =>
        (await globals(client.host, link.device)).some((address) => address.startsWith('2001:db8:2::')),
      );
      expect(await lns.ping(home ?? '')).toBe(3);
      expect(await routes(lns, '2001:db8::/32')).toHaveLength(3);
      const answers = await capture.fields(['dhcpv6.msgtype'], 'dhcpv6');
      expect(answers.length).toBeGreaterThanOrEqual(4);
      await dhcp.stop('SIGKILL');
      await caller.hangUp();
      await daemon.waitForSessions(0);
      await until('the routes are withdrawn', async () => (await routes(lns, '2001:db8::/32')).length === 0);
      await capture.check();
      await daemon.stop();
    },
  );

  labTest('has the identifier, prefixes and routes that are its own', async (lab) => {
    const { daemon, subscriber, client, lns } = await serve(lab, {
      ...POOLS,
      users: {
        bob: {
          password: 'pass',
          routes: ['2001:db8:777::/48', { prefix: '192.168.7.0/24', metric: 9 }],
          ipv6: {
            'interface-id': '0:0:0:b0b',
            prefix: '2001:db8:1:b0b::/64',
            'delegated-prefix': '2001:db8:b0b::/48',
          },
        },
      },
    });
    await forward(lns);
    const caller = await subscriber({ ppp: ['+ipv6', 'ipv6cp-accept-local'] });
    const link = await caller.connect();
    const local = await caller.waitForPpp(/local {2}LL address (\S+)/);
    expect(local[1]).toMatch(/^fe80::(0000:)*0b0b$/);
    const [slaac] = await until('SLAAC gives an address', async () => {
      const found = await globals(client.host, link.device);
      return found.length > 0 && found;
    });
    expect(slaac).toBe('2001:db8:1:b0b::b0b');
    expect((await routes(lns, '2001:db8:777::/48'))[0]).toMatch(/dev ppp/);
    expect((await routes(lns, '2001:db8:b0b::/48'))[0]).toMatch(/dev ppp/);
    const { stdout } = await lns.run(['ip', 'route', 'show', '192.168.7.0/24']);
    expect(stdout).toMatch(/metric 9/);
    await daemon.stop();
  });
});
