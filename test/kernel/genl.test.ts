import { describe, expect, it } from 'vitest';
import { networkIo } from '../../lib/io/index.js';
import {
  deleteKernelSession,
  deleteKernelTunnel,
  getKernelSession,
  getKernelTunnel,
  type KernelNotification,
  KernelTunnel,
  modifyKernelSession,
  modifyKernelTunnel,
} from '../../lib/kernel/index.js';
import { ends, eventually, footprint } from './support.js';

describe('generic netlink', () => {
  it('gets, modifies and deletes tunnels and sessions that anybody made, and notifies of it', async () => {
    const before = await footprint();
    {
      await using tunnel = await KernelTunnel.open({
        local: ends.a,
        peer: ends.b,
        tunnelId: 10,
        peerTunnelId: 20,
      });
      const heard: string[] = [];
      tunnel.on('notification', ({ event }: KernelNotification) => heard.push(event));
      await tunnel.notificationsReady();
      const session = await tunnel.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true });
      expect(await getKernelTunnel(10)).toMatchObject({
        tunnelId: 10,
        peerTunnelId: 20,
        local: ends.a,
        peer: ends.b,
      });
      expect(await getKernelSession(10, 1)).toMatchObject({ sessionId: 1, peerSessionId: 2, lnsMode: true });

      await modifyKernelSession(10, 1, { sendSequence: true, receiveSequence: true, reorderTimeout: 300 });
      expect(await getKernelSession(10, 1)).toMatchObject({
        sendSequence: true,
        receiveSequence: true,
        reorderTimeout: 300,
      });
      await session.setSequencing({ receiveSequence: false });
      expect(await getKernelSession(10, 1)).toMatchObject({ sendSequence: true, receiveSequence: false });
      await modifyKernelTunnel(10);
      // In the order of the calls: the session is changed before it is closed.
      await Promise.all([session.setSequencing({ sendSequence: false }), session.close()]);
      await deleteKernelTunnel(10);
      await eventually(() =>
        expect(heard).toEqual([
          'session-create',
          'session-modify',
          'session-modify',
          'tunnel-modify',
          'session-modify',
          'tunnel-delete',
        ]),
      );
      await eventually(async () => expect((await footprint()).tunnels).toBe(0));
    }
    await eventually(async () => expect(await footprint()).toEqual(before));
  });

  it('deletes no session that is not there', async () => {
    await using tunnel = await KernelTunnel.open({
      local: ends.a,
      peer: ends.b,
      tunnelId: 10,
      peerTunnelId: 20,
    });
    expect(networkIo().statistics().descriptors).toBeGreaterThan(0);
    const { execFileSync } = await import('node:child_process');
    // iproute2 makes Ethernet sessions only, which L2TPv2 has not: the kernel says so.
    expect(() =>
      execFileSync(
        'ip',
        ['l2tp', 'add', 'session', 'tunnel_id', '10', 'session_id', '1', 'peer_session_id', '2'],
        {
          stdio: 'pipe',
        },
      ),
    ).toThrow(/Protocol not supported/);
    await expect(deleteKernelSession(10, 1)).rejects.toMatchObject({
      operation: 'L2TP_CMD_SESSION_DELETE',
      code: 'ENODEV',
    });
    expect(tunnel.closed).toBe(false);
  });

  it('says what is not there', async () => {
    await expect(getKernelTunnel(4711)).rejects.toMatchObject({
      operation: 'L2TP_CMD_TUNNEL_GET',
      code: 'ENODEV',
    });
    await expect(getKernelSession(4711, 1)).rejects.toMatchObject({ code: 'ENODEV' });
    await expect(deleteKernelTunnel(4711)).rejects.toMatchObject({ code: 'ENODEV' });
    await expect(modifyKernelTunnel(4711)).rejects.toMatchObject({ code: 'ENODEV' });
    await expect(modifyKernelSession(4711, 1, {})).rejects.toMatchObject({ code: 'ENODEV' });
  });
});
