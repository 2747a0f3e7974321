import { describe, expect, it } from 'vitest';
import { NullDataPlane } from '../../../lib/kernel/index.js';

const sink = { handleFrame() {}, handleHangup() {} };
const tunnelOptions = {
  local: { address: '10.0.0.1', port: 1701 },
  peer: { address: '10.0.0.2', port: 1701 },
  tunnelId: 10,
  peerTunnelId: 20,
  socket: 1,
};
const session = (sessionId: number) => ({ sessionId, peerSessionId: 9, lnsMode: true, sink });

describe('the null data plane', () => {
  it('has the life of the real one, and notes it', async () => {
    const plane = new NullDataPlane({ record: true });
    const tunnel = await plane.openTunnel(tunnelOptions);
    const first = await tunnel.addPppSession(session(1), { mtu: 1460, name: 'l2tp0' });
    const second = await tunnel.addSession(session(2));
    expect(first.unit).toMatchObject({ name: 'l2tp0' });
    expect(second.unit).toBeUndefined();
    expect((await second.attachPpp({ mtu: 1400 })).name).toMatch(/^ppp\d+$/);
    await second.updatePpp({ routes: ['10.0.0.0/8'] });
    expect(second.unitOptions).toEqual({ mtu: 1400, routes: ['10.0.0.0/8'] });
    expect(plane.sessions).toHaveLength(2);
    await first.close();
    await first.close();
    await tunnel.close();
    expect(plane.sessions).toHaveLength(0);
    expect(plane.calls.map(({ operation, sessionId }) => [operation, sessionId])).toEqual([
      ['openTunnel', undefined],
      ['addPppSession', 1],
      ['addSession', 2],
      ['attachPpp', 2],
      ['updatePpp', 2],
      ['closeSession', 1],
      ['closeSession', 2],
      ['closeTunnel', undefined],
    ]);
    await expect(tunnel.addSession(session(3))).rejects.toThrow('closed');
  });

  it('fails and waits where it is told to', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const plane = new NullDataPlane({
      before: ({ operation }) => (operation === 'addSession' ? gate : undefined),
      fail: ({ sessionId }) => (sessionId === 2 ? new Error('no room') : undefined),
    });
    const tunnel = await plane.openTunnel(tunnelOptions);
    const adding = tunnel.addSession(session(1));
    const closing = tunnel.close();
    release();
    await expect(adding).rejects.toThrow('closed');
    await closing;
    const again = await plane.openTunnel(tunnelOptions);
    await expect(again.addSession(session(2))).rejects.toThrow('no room');
    await expect(plane.openTunnel(tunnelOptions)).rejects.toThrow('exists');
    await plane.close();
    expect(plane.tunnels.size).toBe(0);
  });
});
