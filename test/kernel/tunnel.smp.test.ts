import { afterEach, describe, expect, it } from 'vitest';
import {
  KernelError,
  KernelTunnel,
  kernelAtLeast,
  listKernelSessions,
  listKernelTunnels,
} from '../../lib/kernel/index.js';
import {
  ends,
  eventually,
  footprint,
  interfaces,
  ip,
  ipJson,
  moveTo,
  namespace,
  ping,
  tunnelPair,
} from './support.js';

const options = { local: ends.a, peer: ends.b, tunnelId: 10, peerTunnelId: 20 } as const;

describe('a static kernel tunnel', () => {
  afterEach(async () => {
    await eventually(async () => {
      expect(await listKernelTunnels()).toEqual([]);
      expect(await listKernelSessions()).toEqual([]);
      expect(await interfaces()).toEqual([]);
    });
  });

  it('works as the example in its documentation', async () => {
    await using tunnel = await KernelTunnel.open(options);
    const session = await tunnel.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true });
    const unit = await session.attachPpp({ name: 'l2tp0', mtu: 1460, local: '10.64.0.1', peer: '10.65.0.2' });
    expect(unit.name).toBe('l2tp0');

    const [link] = await ipJson('addr', 'show', 'dev', 'l2tp0');
    expect(link).toMatchObject({ ifindex: unit.index, mtu: 1460, qdisc: 'noqueue' });
    expect(link?.['flags']).toContain('UP');
    expect(link?.['addr_info']).toMatchObject([{ family: 'inet', local: '10.64.0.1', address: '10.65.0.2' }]);
    expect(await ipJson('route', 'get', '10.65.0.2')).toMatchObject([{ dev: 'l2tp0', prefsrc: '10.64.0.1' }]);
    expect(await listKernelTunnels()).toMatchObject([
      { tunnelId: 10, peerTunnelId: 20, version: 2, encapsulation: 'udp', local: ends.a, peer: ends.b },
    ]);
    expect(await listKernelSessions()).toMatchObject([
      {
        tunnelId: 10,
        sessionId: 1,
        peerSessionId: 2,
        lnsMode: true,
        sendSequence: false,
        receiveSequence: false,
      },
    ]);
    expect(await session.stats()).toMatchObject({ rxPackets: 0, txErrors: 0 });
    expect(await tunnel.stats()).toMatchObject({ rxPackets: 0, rxErrors: 0 });
  });

  const outer = [
    ['IPv4', ends.a, ends.b],
    ['IPv6', { address: '::1', port: 1701 }, { address: 'fd00:1701::2', port: 1702 }],
  ] as const;
  it.each(outer)('carries packets over %s', async (family, local, peer) => {
    if (family === 'IPv6') await ip('addr', 'add', 'fd00:1701::2/128', 'dev', 'lo');
    await using far = await namespace('far');
    await using pair = await tunnelPair({ local, peer });
    const a = await pair.a.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true });
    const b = await pair.b.addSession({ sessionId: 2, peerSessionId: 1 });
    await a.attachPpp({ name: 'near0', mtu: 1400, local: '10.64.0.1', peer: '10.65.0.2' });
    await b.attachPpp({ name: 'far0', mtu: 1400 });
    await moveTo(far.name, 'far0', '10.65.0.2', '10.64.0.1');

    expect(await ping('10.65.0.2')).toBe(3);
    expect(await ping('10.64.0.1', { netns: far.name })).toBe(3);
    const stats = await a.stats();
    expect(stats.rxPackets).toBeGreaterThanOrEqual(6);
    expect(stats.txPackets).toBeGreaterThanOrEqual(6);
    expect(stats.rxErrors + stats.txErrors).toBe(0);
    expect((await pair.a.stats()).rxPackets).toBe(stats.rxPackets);
    if (family === 'IPv6') await ip('addr', 'del', 'fd00:1701::2/128', 'dev', 'lo');
  });

  it('names an interface of the kernel’s choice, and IPv6 addresses and routes', async () => {
    await using tunnel = await KernelTunnel.open(options);
    const session = await tunnel.addSession({ sessionId: 7, peerSessionId: 8 });
    const unit = await session.attachPpp({
      mru: 1492,
      ipv6: {
        localInterfaceId: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1),
        peerInterfaceId: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2),
      },
      local: '2001:db8::1',
      peer: '2001:db8::2',
      routes: ['2001:db8:1::/48', '10.9.0.0/16', '10.10.0.1'],
      group: 77,
    });
    expect(unit.name).toMatch(/^ppp\d+$/);
    const [link] = await ipJson('addr', 'show', 'dev', unit.name);
    expect(link).toMatchObject({ mtu: 1460, group: '77' });
    const addresses = (link?.['addr_info'] as { local: string; address?: string; prefixlen: number }[]).map(
      ({ local, address }) => [local, address],
    );
    expect(addresses).toContainEqual(['fe80::1', 'fe80::2']);
    expect(addresses).toContainEqual(['2001:db8::1', '2001:db8::2']);
    expect(addresses).toHaveLength(2);
    const routes = (await ipJson('-6', 'route', 'show', 'dev', unit.name)).map(({ dst }) => dst);
    expect(routes).toEqual(expect.arrayContaining(['2001:db8:1::/48', '2001:db8::2']));
    const routes4 = (await ipJson('route', 'show', 'dev', unit.name)).map(({ dst }) => dst);
    expect(routes4).toEqual(['10.9.0.0/16', '10.10.0.1']);
  });

  it('leaves no address of its own making on an interface', async () => {
    await using tunnel = await KernelTunnel.open(options);
    const session = await tunnel.addSession({ sessionId: 7, peerSessionId: 8 });
    const unit = await session.attachPpp();
    const [link] = await ipJson('addr', 'show', 'dev', unit.name);
    expect(link?.['addr_info'] ?? []).toEqual([]);
    await session.update({
      ipv4: { local: '10.64.0.1', peer: '10.65.0.9' },
      routes: ['10.66.0.0/24'],
      mtu: 1300,
    });
    const [changed] = await ipJson('addr', 'show', 'dev', unit.name);
    expect(changed).toMatchObject({ mtu: 1300, addr_info: [{ local: '10.64.0.1', address: '10.65.0.9' }] });
    await expect(
      session.update({
        ipv4: { local: '10.64.0.2', peer: '10.65.0.8' },
        addresses: [{ local: '10.64.0.1', peer: '10.65.0.9' }],
      }),
    ).rejects.toMatchObject({ code: 'EEXIST' });
    const [undone] = await ipJson('addr', 'show', 'dev', unit.name);
    expect(undone?.['addr_info']).toMatchObject([{ local: '10.64.0.1', address: '10.65.0.9' }]);
  });

  it('says what the kernel refuses, in its words', async () => {
    await using tunnel = await KernelTunnel.open(options);
    await expect(KernelTunnel.open({ ...options, peer: { address: '127.0.0.3' } })).rejects.toMatchObject({
      name: 'KernelError',
      operation: 'L2TP_CMD_TUNNEL_CREATE',
      code: 'EEXIST',
    });
    const session = await tunnel.addSession({ sessionId: 1, peerSessionId: 2 });
    await expect(tunnel.addSession({ sessionId: 1, peerSessionId: 3 })).rejects.toMatchObject({
      code: 'EEXIST',
    });
    await session.attachPpp({ name: 'taken0' });
    await expect(session.attachPpp()).rejects.toThrow('has an interface already');
    const second = await tunnel.addSession({ sessionId: 2, peerSessionId: 3 });
    const refused: unknown = await second.attachPpp({ name: 'taken0' }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(KernelError);
    expect(refused).toMatchObject({ operation: 'RTM_SETLINK name taken0', code: 'EEXIST', errno: 17 });
    // A route to an address that the interface does not have is refused with the kernel's explanation.
    const explained: unknown = await second
      .attachPpp({ name: 'p2', mtu: 1400, master: 0x7fff_fff0 })
      .catch((error: unknown) => error);
    expect(explained).toMatchObject({ operation: 'RTM_SETLINK name p2' });
    expect(await interfaces()).toEqual(['taken0']);
    expect((await second.attachPpp({ name: 'free0' })).name).toBe('free0');
  });

  it('hands on the text of the kernel’s extended acknowledgement', async () => {
    await using tunnel = await KernelTunnel.open(options);
    const session = await tunnel.addSession({ sessionId: 1, peerSessionId: 2 });
    await ip('link', 'add', 'notamaster', 'type', 'dummy');
    const [dummy] = await ipJson('link', 'show', 'notamaster');
    const error: unknown = await session
      .attachPpp({ routes: ['2001:db8::/32'], master: Number(dummy?.['ifindex']) })
      .catch((caught: unknown) => caught);
    await ip('link', 'del', 'notamaster');
    expect(error).toBeInstanceOf(KernelError);
    expect((error as Error).message).toMatch(/^RTM_SETLINK: \w+.*\[kernel: .+\]$|^RTM_SETLINK: EOPNOTSUPP/);
  });

  it('closes once, in any order, and while something is under way', async () => {
    const before = await footprint();
    const tunnel = await KernelTunnel.open(options);
    const session = await tunnel.addSession({ sessionId: 1, peerSessionId: 2 });
    const attaching = session.attachPpp({ name: 'half0' });
    const adding = tunnel.addSession({ sessionId: 2, peerSessionId: 3 });
    const stats = session.stats();
    const closing = tunnel.close();
    expect(tunnel.close()).toBe(closing);
    const closed: string[] = [];
    session.on('close', () => closed.push('session'));
    tunnel.on('close', () => closed.push('tunnel'));
    await Promise.allSettled([attaching, adding, stats]);
    await closing;
    await session.close();
    expect(closed).toEqual(['session', 'tunnel']);
    await expect(tunnel.addSession({ sessionId: 3, peerSessionId: 3 })).rejects.toThrow(
      'tunnel 10 is closed',
    );
    await expect(session.stats()).rejects.toThrow('session 1 is closed');
    expect(() => session.writeFrame(new Uint8Array(8))).toThrow('session 1 is closed');
    expect(await footprint()).toEqual(before);
    await using again = await KernelTunnel.open(options);
    expect(again.api).toBe('netlink');
  });

  it('refuses a second tunnel with the same ends where the kernel would mix up their data', async () => {
    await using first = await KernelTunnel.open(options);
    const second = KernelTunnel.open({ ...options, tunnelId: 11, peerTunnelId: 21 });
    if (kernelAtLeast(6, 11)) await (await second).close();
    else await expect(second).rejects.toThrow(/kernel before 6\.11 would mix up/);
    expect(first.closed).toBe(false);
  });
});
