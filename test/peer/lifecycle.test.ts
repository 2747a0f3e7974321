import { describe, expect } from 'vitest';
import { Daemon, labTest, MESSAGE, RawPeer, serve, sleep, until } from '../support/lab/index.js';

/** Finds a lost peer within seconds. */
const IMPATIENT = {
  'hello-interval': 1,
  retransmit: { first: 0.3, cap: 1, tries: 3 },
};

describe('a client', () => {
  labTest('hangs up and calls again at once, three times', async (lab) => {
    const { daemon, capture, subscriber, lns } = await serve(lab);
    const caller = await subscriber({ user: 'alice', password: 'wonder' });
    for (let round = 0; round < 3; round++) {
      const link = await caller.connect();
      expect(link.local).toBe('10.65.1.1');
      expect(await caller.namespace.ping('10.64.0.1')).toBe(3);
      await caller.hangUp();
      if (round === 1) await caller.closeTunnel(); // The third call has a tunnel of its own.
    }
    await caller.closeTunnel();
    await daemon.waitUntilIdle();
    expect(await lns.pppLinks()).toEqual([]);
    await capture.check();
    await daemon.stop();
  });

  labTest(
    'loses power: LCP echo finds out, and frees tunnel, session, interface and address',
    async (lab) => {
      const { daemon, subscriber, clients } = await serve(
        lab,
        {
          retransmit: { first: 0.3, cap: 1, tries: 3 },
          ppp: { 'echo-interval': 1, 'echo-failures': 2 },
          pools: { main: ['10.65.0.10'] },
        },
        { clients: 2 },
      );
      const caller = await subscriber({}, clients[0]);
      expect((await caller.connect()).local).toBe('10.65.0.10');
      await sleep(4000); // An idle session whose peer answers its echoes stays.
      await daemon.waitForSessions(1);
      await caller.kill();
      await daemon.waitUntilIdle(20_000);
      const next = await subscriber({}, clients[1]);
      expect((await next.connect()).local).toBe('10.65.0.10');
      await daemon.stop();
    },
  );

  labTest('loses power: HELLO finds out where there is no LCP echo', async (lab) => {
    const { daemon, subscriber } = await serve(lab, { ...IMPATIENT, ppp: { 'echo-interval': 0 } });
    const idle = daemon.descriptors();
    const caller = await subscriber();
    await caller.connect();
    await sleep(4000);
    await daemon.waitForSessions(1);
    await caller.kill();
    await daemon.waitUntilIdle(20_000);
    await daemon.expectDescriptors(idle);
    await daemon.stop();
  });

  labTest('restarts and calls again while its old session still stands', async (lab) => {
    const { daemon, subscriber, lns } = await serve(lab, {
      ...IMPATIENT,
      'hello-interval': 5,
      ppp: { 'echo-interval': 2, 'echo-failures': 2 },
    });
    const before = await subscriber();
    const first = await before.connect();
    await before.kill();
    const after = await subscriber();
    const second = await after.connect();
    expect(second.local).not.toBe(first.local);
    expect(await after.namespace.ping('10.64.0.1')).toBe(3);
    // The old tunnel goes, the new one stays.
    const [session] = await daemon.waitForSessions(1, 40_000);
    expect(session?.address).toBe(second.local);
    await until('one tunnel is left', async () => (await daemon.tunnels()).length === 1);
    expect(await lns.kernelObjects()).toEqual({ tunnels: 1, sessions: 1 });
    expect(await after.namespace.ping('10.64.0.1')).toBe(3);
    await daemon.stop();
  });

  labTest('restarts and takes its old tunnel id: the old tunnel is replaced', async (lab) => {
    const { daemon, client, lns } = await serve(lab);
    const peer = await RawPeer.start(lab, client.host, { local: client.address, lns: client.lns });
    await peer.openTunnel(4711);
    peer.control(RawPeer.icrq(99));
    await peer.receive(MESSAGE.ICRP);
    await until('the call is there', async () => (await daemon.sessions()).length === 1);
    const [old] = await daemon.tunnels();

    await peer.openTunnel(4711, { hostName: 'after-restart' });
    await peer.hello();
    const [tunnel, ...more] = await until('one tunnel is left', async () => {
      const tunnels = await daemon.tunnels();
      return tunnels.length === 1 && tunnels;
    });
    expect(more).toEqual([]);
    expect(tunnel).toMatchObject({ peerTunnelId: 4711, peerHostName: 'after-restart', state: 'established' });
    expect(tunnel?.tunnelId).not.toBe(old?.tunnelId);
    expect(await daemon.sessions()).toEqual([]);
    expect(await lns.kernelObjects()).toEqual({ tunnels: 1, sessions: 0 });
    await daemon.stop();
  });
});

describe('the operator', () => {
  labTest('sees tunnels and sessions, and ends one session', async (lab) => {
    const { daemon, capture, subscriber, clients } = await serve(lab, {}, { clients: 2 });
    const [first, second] = clients;
    const alice = await subscriber({ user: 'alice', password: 'wonder' }, first);
    const bob = await subscriber({}, second);
    await Promise.all([alice.connect(), bob.connect()]);
    await daemon.waitForSessions(2);
    const table = await daemon.cli('show', 'sessions');
    expect(table.stdout).toMatch(/alice.*10\.65\.1\.1|10\.65\.1\.1.*alice/);
    expect(table.stdout).toMatch(/bob/);
    const tunnels = await daemon.cli('show', 'tunnels');
    expect(tunnels.stdout).toContain(first?.address);

    const ended = await daemon.cli('disconnect', '--user', 'alice');
    expect(ended).toMatchObject({ code: 0 });
    await alice.waitForNoInterface();
    const [left] = await daemon.waitForSessions(1);
    expect(left?.user).toBe('bob');
    expect(await bob.namespace.ping('10.64.0.1')).toBe(3);
    // She may come back, and has her address again.
    expect((await alice.connect()).local).toBe('10.65.1.1');
    const messages = await capture.controlMessages();
    const cdn = messages.find(({ type, source }) => type === MESSAGE.CDN && source === first?.lns);
    expect(cdn?.resultCode).toBe(3); // Administrative (RFC 2661 section 4.4.2).
    await daemon.stop();
    await capture.check();
  });

  labTest('stops the daemon: every session and tunnel is told, and the clients notice', async (lab) => {
    const { daemon, capture, subscriber, clients } = await serve(lab, {}, { clients: 3 });
    const callers = await Promise.all(clients.map((host) => subscriber({}, host)));
    await Promise.all(callers.map((caller) => caller.connect()));
    await daemon.waitForSessions(3);
    await daemon.stop();
    for (const caller of callers) {
      await caller.program.waitForLine(/Stop-Control-Connection-Notification/);
      await caller.waitForNoInterface();
    }
    const messages = await capture.controlMessages();
    for (const { lns } of clients) {
      const sent = messages.filter(({ source }) => source === lns);
      expect(sent.filter(({ type }) => type === MESSAGE.CDN)).toHaveLength(1);
      // xl2tpd may forget its tunnel before it acknowledges; the message is then repeated, with the same Ns.
      const stop = sent.filter(({ type }) => type === MESSAGE.StopCCN);
      expect(new Set(stop.map(({ Ns }) => Ns)).size).toBe(1);
      expect(stop[0]?.resultCode).toBe(6); // Being shut down (RFC 2661 section 4.4.2).
    }
    await capture.check();
  });

  labTest('stops it twice: the second time is at once', async (lab) => {
    const { daemon, subscriber } = await serve(lab, { retransmit: { first: 1, cap: 8, tries: 8 } });
    const caller = await subscriber();
    await caller.connect();
    await daemon.waitForSessions(1);
    // A client that does not answer makes a polite end take long.
    for (const pid of caller.namespace.pids()) process.kill(pid, 'SIGSTOP');
    daemon.program.signal('SIGTERM');
    await sleep(1000);
    expect(daemon.program.running).toBe(true);
    daemon.program.signal('SIGTERM');
    const status = await daemon.program.waitForExit(2000);
    expect(status.signal).toBeNull();
    await daemon.expectNothingLeft();
  });

  labTest(
    'a daemon that was killed leaves nothing, and its successor takes the same callers',
    async (lab) => {
      const { daemon, subscriber, lns } = await serve(lab);
      const caller = await subscriber({ user: 'alice', password: 'wonder' });
      await caller.connect();
      await daemon.waitForSessions(1);
      daemon.program.signal('SIGKILL');
      await daemon.program.waitForExit();
      await daemon.expectNothingLeft();
      const successor = await Daemon.start(lab, lns);
      await caller.kill();
      const again = await subscriber({ user: 'alice', password: 'wonder' });
      expect((await again.connect()).local).toBe('10.65.1.1');
      await successor.stop();
    },
  );
});
