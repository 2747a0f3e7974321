import { describe, expect, it } from 'vitest';
import { NullDataPlane } from '../../lib/kernel/index.js';
import { Lns, type LnsOptions } from '../../lib/lns/index.js';
import { MemoryLog } from '../support/memory-log.js';
import { seededRandom } from '../support/random.js';
import { SimEthernet, type SimEthernetOptions, SimPppoeClient } from '../support/sim-ethernet.js';
import { SimNetwork } from '../support/sim-network.js';

const server: LnsOptions = {
  ppp: { localAddress: '10.64.0.1' },
  pools: { main: ['10.65.0.0/18'] },
  users: { alice: { password: 'wonder', address: '10.65.1.1' }, '*': { password: 'pass' } },
  pppoe: { interfaces: ['eth0', 'eth1.*'], acName: 'lac1' },
};

/** A server with PPPoE subscribers around it, in virtual time. */
async function start(options: Partial<LnsOptions> = {}, link: SimEthernetOptions = {}) {
  const network = new SimNetwork({ seed: link.seed ?? 1 });
  const host = network.addHost('192.0.2.1');
  const dataPlane = new NullDataPlane({ record: true });
  const ethernet = new SimEthernet(network.addHost('192.0.2.2'), dataPlane, link);
  ethernet.addInterface('eth0', 2);
  const log = new MemoryLog();
  const lns = new Lns(
    { ...server, ...options },
    { io: host, ethernet, dataPlane, random: seededRandom(1), log },
  );
  const events: string[] = [];
  lns.on('session-up', ({ user, address }) => events.push(`up ${user} ${address}`));
  lns.on('session-down', ({ user }, { by }) => events.push(`down ${user} ${by}`));
  lns.on('authentication-failed', ({ user }) => events.push(`failed ${user}`));
  await lns.start();
  const close = async (): Promise<void> => {
    let closed = false;
    void lns.close().then(() => (closed = true));
    await network.run(20_000, () => closed);
    expect(closed).toBe(true);
    expect(ethernet.openSockets).toBe(0);
    expect(dataPlane.sessions).toEqual([]);
    expect(host.openTimers).toBe(0);
  };
  return { network, host, ethernet, dataPlane, log, lns, events, close };
}

const mac = (n: number): number => 0x0600_0000_0000 + n;

describe('PPPoE subscribers', () => {
  it('come up, get an interface, and go by PADT', async () => {
    const { network, ethernet, dataPlane, lns, events, close } = await start();
    const client = new SimPppoeClient(ethernet, mac(1), {
      user: 'alice',
      password: 'wonder',
      tags: { accessLine: { agentCircuitId: 'node 7', actualRateDown: 16_000_000 } },
    });
    client.dial();
    await network.run(2000);
    expect(events).toEqual(['up alice 10.65.1.1']);
    const [session] = await lns.sessions();
    expect(session).toMatchObject({
      bearer: 'pppoe',
      tunnelId: undefined,
      peerAddress: '06:00:00:00:00:01',
      callingNumber: 'node 7',
      mtu: 1492,
      state: 'open',
    });
    expect(dataPlane.calls.map(({ operation }) => operation)).toEqual(['openPppoe']);
    client.hangUp();
    await network.run(1000);
    expect(events.slice(1)).toEqual(['down alice peer']);
    expect(dataPlane.sessions).toEqual([]);
    await close();
  });

  it('cost the kernel nothing before they are authenticated', async () => {
    const { network, ethernet, dataPlane, lns, events, close } = await start();
    const client = new SimPppoeClient(ethernet, mac(1), { user: 'alice', password: 'wrong' });
    client.dial();
    await network.run(10_000);
    expect(events).toEqual(['failed alice']);
    expect(client.events.at(-1)).toContain('PADT');
    expect(dataPlane.calls).toEqual([]);
    expect(await lns.sessions()).toEqual([]);
    await close();
  });

  it('all come up though frames are lost and doubled', async () => {
    for (const seed of [1, 2, 3]) {
      const { network, ethernet, lns, close } = await start({}, { seed, loss: 0.15, duplicate: 0.1 });
      const clients = Array.from({ length: 30 }, (_, n) => new SimPppoeClient(ethernet, mac(n + 1)));
      for (const client of clients) client.dial();
      const done = await network.run(60_000, () =>
        clients.every(({ events }) => events.includes('network-up')),
      );
      expect(done, `seed ${seed}`).toBe(true);
      await network.run(1000);
      expect(await lns.sessions()).toHaveLength(30);
      await close();
    }
  });

  it('are ended from here by LCP and PADT', async () => {
    const { network, ethernet, lns, close } = await start();
    const client = new SimPppoeClient(ethernet, mac(1));
    client.dial();
    await network.run(2000);
    lns.disconnect({ user: 'bob' }, 'go away');
    await network.run(2000);
    expect(client.events.at(-1)).toBe('PADT administrative disconnect: go away');
    expect(await lns.sessions()).toEqual([]);
    await close();
  });

  it('are told when the server ends', async () => {
    const { network, ethernet, close } = await start();
    const client = new SimPppoeClient(ethernet, mac(1));
    client.dial();
    await network.run(2000);
    await close();
    await network.run(100);
    expect(client.events.at(-1)).toContain('PADT');
  });

  it('use longer packets where both ends can (RFC 4638)', async () => {
    const { network, ethernet, lns, close } = await start();
    ethernet.addInterface('eth0', 2, 1508);
    const client = new SimPppoeClient(ethernet, mac(1), {
      tags: { maxPayload: 1500 },
      ppp: { mru: 1500, mtu: 1500 },
    });
    client.dial();
    await network.run(2000);
    expect((await lns.sessions())[0]?.mtu).toBe(1500);
    await close();
  });

  it('come by interfaces that appear later, and by no others', async () => {
    const { network, ethernet, events, close } = await start();
    ethernet.addInterface('eth2', 3);
    const other = new SimPppoeClient(ethernet, mac(1), { interfaceIndex: 3 });
    const client = new SimPppoeClient(ethernet, mac(2), { interfaceIndex: 4 });
    other.dial();
    client.dial();
    await network.run(5000);
    expect(events).toEqual([]);
    ethernet.addInterface('eth1.7', 4);
    await network.run(5000);
    expect(events).toEqual([expect.stringContaining('up bob')]);
    await close();
  });

  it('are refused with a reason when there are too many', async () => {
    const { network, ethernet, close } = await start({ maxSessions: 1 });
    const clients = [1, 2].map((n) => new SimPppoeClient(ethernet, mac(n)));
    for (const client of clients) client.dial();
    await network.run(3000);
    expect(clients.flatMap(({ events }) => events.filter((event) => event.startsWith('refused')))).toEqual([
      'refused server: limit of 1 sessions reached',
    ]);
    await close();
  });

  it('come up while others flood', async () => {
    const { network, ethernet, lns, close } = await start();
    const flood = (): void => {
      for (let n = 0; n < 100; n++) {
        ethernet.send(2, {
          destination: 0xffff_ffff_ffff,
          source: mac(0x10000 + ((Math.floor(network.now / 10) * 100 + n) % 1000)),
          kind: 'PADI',
          sessionId: 0,
          payload: Uint8Array.of(1, 1, 0, 0),
        });
      }
      if (network.now < 4000) ethernet.after(10, flood);
    };
    flood();
    const clients = Array.from({ length: 20 }, (_, n) => new SimPppoeClient(ethernet, mac(n + 1)));
    for (const client of clients) client.dial();
    await network.run(4000);
    expect(clients.filter(({ events }) => events.includes('network-up'))).toHaveLength(20);
    expect(lns.statistics().pppoe?.padiDropped).toBeGreaterThan(10_000);
    expect(await lns.sessions()).toHaveLength(20);
    await close();
  });

  it('survive frames that make no sense', async () => {
    const { network, ethernet, lns, log, close } = await start();
    const client = new SimPppoeClient(ethernet, mac(1));
    client.dial();
    await network.run(2000);
    const random = seededRandom(9);
    const kinds = ['PADI', 'PADO', 'PADR', 'PADS', 'PADT', 'session'] as const;
    for (let n = 0; n < 3000; n++) {
      ethernet.send(2, {
        destination: random.below(2) === 0 ? 0x0200_0000_0002 : 0xffff_ffff_ffff,
        source: mac(2 + random.below(4)),
        kind: kinds[random.below(kinds.length)] ?? 'PADI',
        sessionId: random.below(3) === 0 ? client.sessionId : random.below(0x10000),
        payload: random.bytes(random.below(60)),
      });
      if (n % 100 === 0) await network.run(20);
    }
    await network.run(2000);
    expect((await lns.sessions()).map(({ state }) => state)).toEqual(['open']);
    expect(log.of('error')).toEqual([]);
    await close();
  });
});
