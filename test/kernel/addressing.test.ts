import { describe, expect, it } from 'vitest';
import { networkIo } from '../../lib/io/index.js';
import { findLink, KernelDataPlane, type KernelSession } from '../../lib/kernel/index.js';
import { ends, eventually, footprint, ip, ipJson, moveTo, namespace, ping, tunnelPair } from './support.js';

const sink = { handleDatagram() {}, handleFrame() {}, handleHangup() {} };

describe('unnumbered sessions', () => {
  it('share a local address, and are reached by routes', async () => {
    const before = await footprint();
    {
      await using far = await namespace('far');
      await using pair = await tunnelPair({ addressing: 'unnumbered' });
      const sessions: KernelSession[] = [];
      for (let i = 1; i <= 3; i++) {
        const session = await pair.a.addSession({ sessionId: i, peerSessionId: i, lnsMode: true });
        await session.attachPpp({ name: `near${i}`, mtu: 1400, local: '10.64.0.1', peer: `10.65.0.${i}` });
        sessions.push(session);
      }
      const b = await pair.b.addSession({ sessionId: 2, peerSessionId: 2 });
      await b.attachPpp({ name: 'far0', mtu: 1400 });
      await moveTo(far.name, 'far0', '10.65.0.2', '10.64.0.1');

      const [near] = await ipJson('addr', 'show', 'dev', 'near2');
      expect(near?.['addr_info']).toEqual([]);
      expect(await ipJson('addr', 'show', 'dev', 'l2tp-local')).toMatchObject([
        { addr_info: [{ family: 'inet', local: '10.64.0.1', prefixlen: 32 }] },
      ]);
      expect(await ipJson('route', 'show', '10.65.0.2')).toMatchObject([
        { dev: 'near2', prefsrc: '10.64.0.1', scope: 'link' },
      ]);
      expect(await ping('10.65.0.2')).toBe(3);
      expect(await ping('10.64.0.1', { netns: far.name })).toBe(3);
      await sessions[0]?.update({ ipv4: { local: '10.64.0.9', peer: '10.65.0.9' } });
      expect(await ipJson('route', 'get', '10.65.0.9')).toMatchObject([
        { dev: 'near1', prefsrc: '10.64.0.9' },
      ]);
      await sessions[1]?.close();
      expect(await ipJson('route', 'show', '10.65.0.2')).toEqual([]);
    }
    expect(await findLink('l2tp-local')).toBeUndefined();
    await eventually(async () => expect(await footprint()).toEqual(before));
  });

  it('take over the interface that a killed process left', async () => {
    await ip('link', 'add', 'l2tp-left', 'type', 'dummy');
    await ip('addr', 'add', '10.64.0.1/32', 'dev', 'l2tp-left');
    const io = networkIo();
    const socket = io.connect({ local: ends.a, remote: ends.b, sink });
    const plane = new KernelDataPlane({ addressing: 'unnumbered', localInterface: 'l2tp-left' });
    const tunnel = await plane.openTunnel({
      local: ends.a,
      peer: ends.b,
      tunnelId: 1,
      peerTunnelId: 2,
      socket,
    });
    const unit = { mtu: 1400, ipv4: { local: '10.64.0.1', peer: '10.65.0.2' } };
    await tunnel.addPppSession({ sessionId: 1, peerSessionId: 1, lnsMode: true, sink }, unit);
    expect(await findLink('l2tp-left')).toMatchObject({ kind: 'dummy', up: true });
    await tunnel.close();
    await plane.close();
    expect(await findLink('l2tp-left')).toBeUndefined();
    io.close(socket);
  });
});

describe('network protocols', () => {
  it('pass only when their control protocol brought an address', async () => {
    await using far = await namespace('far');
    const io = networkIo();
    await using pair = await tunnelPair({}, [30, 40]);
    const socket = io.connect({
      local: { address: '127.0.0.5', port: 1701 },
      remote: { address: '127.0.0.6', port: 1701 },
      sink,
    });
    await using peer = await tunnelPair(
      { local: { address: '127.0.0.6', port: 1701 }, peer: { address: '127.0.0.7', port: 1701 } },
      [60, 70],
    );
    await peer.a.close();
    // One end is the data plane of a server, the other a static tunnel.
    const plane = new KernelDataPlane();
    const ends6 = { local: { address: '127.0.0.5', port: 1701 }, peer: { address: '127.0.0.6', port: 1701 } };
    const server = await plane.openTunnel({ ...ends6, tunnelId: 50, peerTunnelId: 60, socket });
    const other = io.connect({ local: ends6.peer, remote: ends6.local, sink });
    const client = await plane.openTunnel({
      local: ends6.peer,
      peer: ends6.local,
      tunnelId: 60,
      peerTunnelId: 50,
      socket: other,
    });
    const near = await server.addPppSession(
      { sessionId: 1, peerSessionId: 1, lnsMode: true, sink },
      { name: 'near0', mtu: 1400, ipv4: { local: '10.64.0.1', peer: '10.65.0.2' } },
    );
    await client.addPppSession(
      { sessionId: 1, peerSessionId: 1, lnsMode: false, sink },
      { name: 'far0', mtu: 1400, protocols: ['ipv4', 'ipv6'] },
    );
    await moveTo(far.name, 'far0', '10.65.0.2', '10.64.0.1');
    await ip('-6', '-n', far.name, 'addr', 'add', 'fe80::2', 'peer', 'fe80::1', 'dev', 'far0', 'nodad');
    await ip('-6', 'addr', 'add', 'fd00:64::1', 'peer', 'fd00:65::2', 'dev', 'near0', 'nodad');
    await ip('-6', '-n', far.name, 'addr', 'add', 'fd00:65::2', 'peer', 'fd00:64::1', 'dev', 'far0', 'nodad');
    expect(await ping('10.65.0.2', { count: 2 })).toBe(2);
    expect(await ping('fd00:65::2', { count: 1 })).toBe(0);
    expect(await ping('fd00:64::1', { count: 1, netns: far.name })).toBe(0);
    const id = (last: number): Uint8Array => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, last);
    await near.updatePpp({ ipv6: { localInterfaceId: id(1), peerInterfaceId: id(2) } });
    expect(await ping('fd00:65::2', { count: 2 })).toBe(2);
    expect(await ping('fe80::2%near0', { count: 2 })).toBe(2);
    await client.close();
    await server.close();
    io.close(socket);
    io.close(other);
    expect(pair.a.closed).toBe(false);
  });
});
