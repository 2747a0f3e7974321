import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelTunnel, listKernelSessions, probeKernel } from '../../lib/kernel/index.js';
import { ends, eventually, interfaces, moveTo, namespace, ping, sh, tunnelPair } from './support.js';

const forbidden = '/etc/modprobe.d/no-l2tp-netlink.conf';
/** Where it is a module it is taken away for this file, whose process has not used it yet. */
const removable = /^l2tp_netlink /m.test(modules());

function modules(): string {
  try {
    return readFileSync('/proc/modules', 'utf8');
  } catch {
    return '';
  }
}

describe('a kernel without l2tp_netlink', () => {
  beforeAll(async () => {
    if (!removable) return;
    writeFileSync(forbidden, 'install l2tp_netlink /bin/false\n');
    await sh('modprobe', '-r', 'l2tp_eth').catch(() => undefined);
    await sh('rmmod', 'l2tp_netlink');
  });
  afterAll(async () => {
    if (!removable) return;
    rmSync(forbidden);
    await sh('modprobe', 'l2tp_netlink');
  });

  // With netlink there, the fallback has to be asked for.
  const api = removable ? ('auto' as const) : ('pppox' as const);

  it('gets its tunnels and sessions from PPPoL2TP sockets', async () => {
    await using far = await namespace('far');
    {
      await using pair = await tunnelPair({ api });
      expect(pair.a.api).toBe('pppox');
      const a = await pair.a.addSession({
        sessionId: 1,
        peerSessionId: 2,
        lnsMode: true,
        sendSequence: true,
      });
      const b = await pair.b.addSession({ sessionId: 2, peerSessionId: 1, reorderTimeout: 100 });
      await a.attachPpp({ name: 'near0', local: '10.64.0.1', peer: '10.65.0.2' });
      await b.attachPpp({ name: 'far0' });
      await moveTo(far.name, 'far0', '10.65.0.2', '10.64.0.1');
      expect(await ping('10.65.0.2')).toBeGreaterThanOrEqual(2);
      const stats = await a.stats();
      expect(stats.txPackets).toBeGreaterThanOrEqual(3);
      expect(await pair.a.stats()).toMatchObject({ txPackets: stats.txPackets });
      await expect(pair.a.addSession({ sessionId: 9, peerSessionId: 9 })).resolves.toBeDefined();
    }
    await eventually(async () => expect(await interfaces()).toEqual([]));
    await using again = await KernelTunnel.open({
      local: ends.a,
      peer: ends.b,
      tunnelId: 10,
      peerTunnelId: 20,
      api,
    });
    expect(again.api).toBe('pppox');
  });

  it('says so', async () => {
    const probe = await probeKernel();
    expect(probe.netlink).toBe(!removable);
    if (!removable) return;
    await expect(listKernelSessions()).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(
      KernelTunnel.open({ local: ends.a, peer: ends.b, tunnelId: 10, peerTunnelId: 20, api: 'netlink' }),
    ).rejects.toMatchObject({ operation: 'CTRL_CMD_GETFAMILY l2tp', code: 'ENOENT' });
  });
});
