import { describe, expect } from 'vitest';
import { type Capture, type DaemonConfig, type Lab, labTest, serve } from '../support/lab/index.js';

const EF = '46';
const CS6 = '48';
/** Type of service of `ping -Q` with the DSCP EF. */
const TOS = '0xb8';

/** DSCPs of the outer headers of what the LNS sent, by kind; of IPv6 those of echo requests alone. */
async function outer(capture: Capture, source: string) {
  const names = ['ip.src', 'ip.dsfield.dscp', 'l2tp.type', 'ppp.protocol', 'icmpv6.type'];
  const packets = (await capture.fields(names, 'l2tp'))
    .filter((fields) => fields['ip.src']?.[0] === source)
    .map((fields) => ({
      dscp: fields['ip.dsfield.dscp']?.[0],
      isControl: fields['l2tp.type']?.[0] !== '0',
      protocol: Number(fields['ppp.protocol']?.[0]),
      isEcho: fields['icmpv6.type']?.[0] === '128',
    }));
  const of = (wanted: (packet: (typeof packets)[number]) => boolean) =>
    new Set(packets.filter(wanted).map(({ dscp }) => dscp));
  return {
    control: of(({ isControl }) => isControl),
    pppControl: of(({ protocol }) => protocol >= 0x8000),
    ipv4: of(({ protocol }) => protocol === 0x21),
    ipv6: of(({ protocol, isEcho }) => protocol === 0x57 && isEcho),
  };
}

/** Marked packets, IPv4 and IPv6, go to a subscriber. */
async function markedPackets(lab: Lab, config: DaemonConfig) {
  const scenario = await serve(lab, { ppp: { ipv6: true }, ...config });
  const { subscriber, server, lns, client, daemon } = scenario;
  const caller = await subscriber({ ppp: ['+ipv6'] });
  const link = await caller.connect();
  await caller.route('10.9.0.0/24', link.device);
  expect(await server.ping(link.local, { args: ['-Q', TOS] })).toBe(3);
  const { stdout } = await client.host.run(['ip', '-6', '-o', 'addr', 'show', 'dev', link.device]);
  const address = /inet6 (fe80::[0-9a-f:]+)/.exec(stdout)?.[1] ?? '';
  const [session] = await daemon.waitForSessions(1);
  expect(await lns.ping(`${address}%${session?.interfaceName}`, { args: ['-6', '-Q', TOS] })).toBe(3);
  await caller.hangUp();
  await daemon.waitForSessions(0);
  const seen = await outer(scenario.capture, client.lns);
  await scenario.capture.check();
  await daemon.stop();
  return { seen, lns };
}

describe('the DSCP of outer headers', () => {
  labTest(
    'is CS6 for control messages, and that of the packet inside where that is asked for',
    async (lab) => {
      const { seen, lns } = await markedPackets(lab, { 'copy-dscp': true });
      expect(seen).toEqual({
        control: new Set([CS6]),
        pppControl: new Set([CS6]),
        ipv4: new Set([EF]),
        ipv6: new Set([EF]),
      });
      expect((await lns.run(['nft', 'list', 'tables'])).stdout).not.toContain('dscp');
    },
  );

  labTest('is fixed otherwise', async (lab) => {
    const { seen } = await markedPackets(lab, { dscp: 34 });
    expect(seen).toEqual({
      control: new Set([CS6]),
      pppControl: new Set([CS6]),
      ipv4: new Set(['34']),
      ipv6: new Set(['34']),
    });
  });
});
