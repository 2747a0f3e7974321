import { describe, expect } from 'vitest';
import { labTest, MESSAGE, type PppdAuth, RawPeer, serve, until } from '../support/lab/index.js';

describe('xl2tpd and pppd dial in', () => {
  const methods: readonly { pppd: PppdAuth; ours: string; auth?: string[] }[] = [
    // pppd refuses what comes first in the five-line configuration, so these two go through Configure-Nak.
    { pppd: 'pap', ours: 'pap' },
    { pppd: 'chap', ours: 'chap' },
    { pppd: 'mschap-v2', ours: 'mschapv2' },
    { pppd: 'mschap', ours: 'mschapv1', auth: ['mschapv1'] },
    { pppd: 'eap', ours: 'eap', auth: ['eap', 'chap'] },
  ];
  for (const { pppd, ours, auth } of methods) {
    labTest(`with ${ours}: address, name servers, ping, hang-up`, async (lab) => {
      const { daemon, capture, subscriber, server, serverAddress, client, lns } = await serve(
        lab,
        auth === undefined ? {} : { ppp: { auth } },
      );
      const idle = daemon.descriptors();
      const caller = await subscriber({ auth: pppd });
      const link = await caller.connect();
      expect(link.remote).toBe('10.64.0.1');
      expect(link.local).toMatch(/^10\.65\.\d+\.\d+$/);
      expect(caller.dns()).toEqual(['10.9.0.2', '10.9.0.3']);

      const [session] = await daemon.waitForSessions(1);
      expect(session).toMatchObject({
        user: 'bob',
        address: link.local,
        authMethod: ours,
        state: 'open',
        peerAddress: client.address,
      });
      const [unit] = await lns.pppLinks();
      expect(unit?.ifname).toBe(session?.interfaceName);
      expect(unit?.mtu).toBe(1400);
      expect(unit?.addr_info).toContainEqual(
        expect.objectContaining({ local: '10.64.0.1', address: link.local }),
      );
      expect(await lns.kernelObjects()).toEqual({ tunnels: 1, sessions: 1 });

      await caller.route('10.9.0.0/24', link.device);
      expect(await client.host.ping(serverAddress)).toBe(3);
      expect(await server.ping(link.local, { args: ['-s', '1300'] })).toBe(3);

      await caller.hangUp();
      await caller.closeTunnel();
      await daemon.waitUntilIdle();
      await daemon.expectDescriptors(idle);
      await capture.check();
      await daemon.stop();
    });
  }

  labTest('alice gets the address that is hers, others one of the pool', async (lab) => {
    const { daemon, subscriber, clients } = await serve(lab, {}, { clients: 2 });
    const alice = await subscriber({ user: 'alice', password: 'wonder' }, clients[0]);
    const bob = await subscriber({}, clients[1]);
    const [first, second] = await Promise.all([alice.connect(), bob.connect()]);
    expect(first.local).toBe('10.65.1.1');
    expect(second.local).toMatch(/^10\.65\./);
    expect(second.local).not.toBe('10.65.1.1');
    const sessions = await daemon.waitForSessions(2);
    expect(sessions.map(({ user }) => user).sort()).toEqual(['alice', 'bob']);
    // Each other's host answers through both sessions.
    await alice.route('10.65.0.0/16', first.device);
    await bob.route('10.65.0.0/16', second.device);
    expect(await alice.namespace.ping(second.local)).toBe(3);
    await daemon.stop();
  });
});

describe('a log-in that fails', () => {
  const cases: readonly { auth: PppdAuth; user: string; password: string; what: string }[] = [
    { auth: 'pap', user: 'alice', password: 'wrong', what: 'wrong password with PAP' },
    { auth: 'chap', user: 'alice', password: 'wrong', what: 'wrong password with CHAP' },
    { auth: 'mschap-v2', user: 'alice', password: 'wrong', what: 'wrong password with MS-CHAPv2' },
    { auth: 'chap', user: 'mallory', password: 'pass', what: 'unknown user' },
  ];
  for (const { auth, user, password, what } of cases) {
    labTest(`${what}: told, ended, nothing in the kernel`, async (lab) => {
      const { daemon, capture, subscriber, lns } = await serve(lab, {
        users: { alice: { password: 'wonder', address: '10.65.1.1' } },
      });
      const caller = await subscriber({ auth, user, password });
      await caller.dial();
      await caller.waitForPpp(/authentication failed/i);
      await caller.waitForNoInterface();
      await until('the session is gone', async () => (await daemon.sessions()).length === 0);
      expect(await lns.pppLinks()).toEqual([]);
      expect((await lns.kernelObjects()).sessions).toBe(0);
      expect(caller.ppp.find(/IP address/)).toBeUndefined();
      // No password in the log, whatever its level.
      expect(daemon.program.output.text).not.toMatch(/wonder|"wrong"/);

      // The same caller with the right password comes in.
      if (user === 'alice') {
        await caller.kill();
        const right = await subscriber({ auth, user, password: 'wonder' });
        expect((await right.connect()).local).toBe('10.65.1.1');
      }
      await capture.check();
      await daemon.stop();
    });
  }

  labTest('a caller who says nothing is hung up, and never was in the kernel', async (lab) => {
    const { daemon, capture, client, lns } = await serve(lab, {
      ppp: { 'restart-timer': 0.3, 'max-configure': 4 },
    });
    const peer = await RawPeer.start(lab, client.host, { local: client.address, lns: client.lns });
    await peer.openTunnel(4711);
    peer.control(RawPeer.icrq(99));
    const icrp = await peer.receive(MESSAGE.ICRP);
    peer.Nr = icrp.Ns + 1;
    const sessionId = icrp.avps.get(14)?.readUInt16BE(0) ?? 0;
    peer.control(RawPeer.iccn(), sessionId);
    await until('the call is there', async () => (await daemon.sessions()).length === 1);
    expect((await lns.kernelObjects()).sessions).toBe(0);
    expect(await lns.pppLinks()).toEqual([]);
    const cdn = await peer.receive(MESSAGE.CDN);
    expect(cdn.sessionId).toBe(99);
    await until('the session is gone', async () => (await daemon.sessions()).length === 0);
    await capture.check();
  });
});
