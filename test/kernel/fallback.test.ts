import { describe, expect, it } from 'vitest';
import { KernelDataPlane, KernelTunnel } from '../../lib/kernel/index.js';
import { networkIo } from '../../lib/io/index.js';
import { ends, eventually, footprint, interfaces, moveTo, namespace, ping, tunnelPair } from './support.js';

// A kernel without l2tp_netlink gets the same as these, where `auto` finds no family of that name. Kernels with
// CONFIG_L2TP_V3 cannot part with it, so here it is asked for.
describe('tunnels and sessions by PPPoL2TP sockets alone', () => {
  it('carry data, with sequence numbers, and have counters', async () => {
    const before = await footprint();
    {
      await using far = await namespace('far');
      await using pair = await tunnelPair({ api: 'pppox' });
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
    await eventually(async () => expect(await footprint()).toEqual(before));
    await using again = await KernelTunnel.open({
      local: ends.a,
      peer: ends.b,
      tunnelId: 10,
      peerTunnelId: 20,
      api: 'pppox',
    });
    expect(again.api).toBe('pppox');
  });

  it('work over IPv6, and leave nothing of what fails', async () => {
    const before = await footprint();
    const io = networkIo();
    const sink = { handleDatagram() {}, handleFrame() {}, handleHangup() {} };
    const local = { address: '::1', port: 1701 };
    const peer = { address: '::1', port: 1702 };
    const socket = io.connect({ local, remote: peer, sink });
    const plane = new KernelDataPlane({ api: 'pppox' });
    const options = { local, peer, tunnelId: 10, peerTunnelId: 20, socket };
    const tunnel = await plane.openTunnel(options);
    // The id is taken: the kernel finds the tunnel, and its management session.
    await expect(plane.openTunnel(options)).rejects.toMatchObject({ name: 'KernelError' });
    const session = { sessionId: 1, peerSessionId: 1, lnsMode: true, sink, sendSequence: true };
    const open = await tunnel.addPppSession(session, { mtu: 1400 });
    await expect(tunnel.addPppSession(session, { mtu: 1400 })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await interfaces()).toEqual([open.unit?.name]);
    await tunnel.close();
    io.close(socket);
    await eventually(async () => expect(await footprint()).toEqual(before));
  });
});
