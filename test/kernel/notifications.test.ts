import { describe, expect, it } from 'vitest';
import { KernelTunnel, type KernelNotification } from '../../lib/kernel/index.js';
import { ends, eventually, footprint } from './support.js';

describe('notifications of the kernel', () => {
  it('tell of tunnels and sessions that netlink makes and removes', async () => {
    const before = await footprint();
    {
      await using watcher = await KernelTunnel.open({
        local: ends.a,
        peer: ends.b,
        tunnelId: 10,
        peerTunnelId: 20,
      });
      const heard: KernelNotification[] = [];
      watcher.on('notification', (notification) => heard.push(notification));
      await watcher.notificationsReady();
      {
        await using other = await KernelTunnel.open({
          local: { address: '127.0.0.3' },
          peer: { address: '127.0.0.4' },
          tunnelId: 77,
          peerTunnelId: 78,
        });
        await other.addSession({ sessionId: 5, peerSessionId: 6 });
      }
      await eventually(() => expect(heard.map(({ event }) => event)).toContain('tunnel-delete'));
      expect(heard).toEqual([
        { event: 'tunnel-create', tunnelId: 77, peerTunnelId: 78, sessionId: 0, peerSessionId: 0 },
        { event: 'session-create', tunnelId: 77, peerTunnelId: 78, sessionId: 5, peerSessionId: 6 },
        { event: 'tunnel-delete', tunnelId: 77, peerTunnelId: 78, sessionId: 0, peerSessionId: 0 },
      ]);
      const listener = (): void => undefined;
      watcher.on('notification', listener).off('notification', listener);
    }
    await eventually(async () => expect(await footprint()).toEqual(before));
  });

  it('go on when the kernel had more to tell than was read', async () => {
    await using watcher = await KernelTunnel.open({
      local: ends.a,
      peer: ends.b,
      tunnelId: 10,
      peerTunnelId: 20,
    });
    let heard = 0;
    watcher.on('notification', () => heard++);
    await watcher.notificationsReady();
    await using busy = await KernelTunnel.open({
      local: { address: '127.0.0.3' },
      peer: { address: '127.0.0.4' },
      tunnelId: 77,
      peerTunnelId: 78,
    });
    const batch = Array.from({ length: 300 }, (_, i) =>
      busy.addSession({ sessionId: i + 1, peerSessionId: i + 1 }),
    );
    await Promise.all(batch);
    await eventually(() => expect(heard).toBeGreaterThan(0));
    await eventually(async () => {
      const now = heard;
      const session = await busy.addSession({ sessionId: 1000, peerSessionId: 1000 });
      await session.close();
      expect(heard).toBeGreaterThan(now);
    });
  });
});
