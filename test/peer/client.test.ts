import { describe, expect } from 'vitest';
import {
  access,
  Capture,
  type Lab,
  labTest,
  MESSAGE,
  NO_TRAFFIC,
  OwnClient,
  type OwnClientOptions,
  iperf,
  serve,
  until,
  Xl2tpdServer,
} from '../support/lab/index.js';

describe("our client at xl2tpd's LNS", () => {
  const dialled = async (lab: Lab, ppp: readonly string[], client: Partial<OwnClientOptions> = {}) => {
    const network = await access(lab);
    const capture = await Capture.start(lab, network.lns, { filter: NO_TRAFFIC });
    const lns = await Xl2tpdServer.start(lab, network.lns, {
      local: network.client.lns,
      localIp: '10.64.0.1',
      range: '10.65.0.10-10.65.0.99',
      users: { bob: 'pass' },
      ppp: [...ppp, 'ms-dns 10.9.0.2', 'ms-dns 10.9.0.3'],
      ...(client.secret === undefined ? {} : { secret: client.secret }),
    });
    const own = OwnClient.start(lab, network.client.host, {
      local: { address: network.client.address, port: 1701 },
      lns: { address: network.client.lns, port: 1701 },
      user: 'bob',
      password: 'pass',
      ...client,
    });
    return { ...network, capture, peer: lns, own };
  };

  for (const { auth, required } of [
    { auth: 'pap', required: 'require-pap' },
    { auth: 'chap', required: 'require-chap' },
    { auth: 'mschapv2', required: 'require-mschap-v2' },
    { auth: 'eap', required: 'require-eap' },
  ] as const) {
    labTest(`logs in with ${auth}, carries traffic, hangs up`, async (lab) => {
      const { own, peer, client, server, serverAddress, capture } = await dialled(lab, [required], {
        secret: 'tunnel-secret',
        ppp: { authMethods: [auth] },
      });
      const up = await own.wait('up');
      expect(up.ipv4).toEqual({ local: '10.65.0.10', peer: '10.64.0.1', dns: ['10.9.0.2', '10.9.0.3'] });
      expect(await client.host.ping('10.64.0.1')).toBe(3);
      await client.host.run(['ip', 'route', 'add', '10.9.0.0/24', 'dev', up.device ?? '']);
      expect(await client.host.ping(serverAddress)).toBe(3);
      const { bytes } = await iperf(lab, client.host, server, serverAddress, { seconds: 1 });
      expect(bytes).toBeGreaterThan(100_000);
      await own.close();
      await peer.ppp.waitForLine(/LCP terminated by peer/);
      expect(await client.host.pppLinks()).toEqual([]);
      expect(await client.host.kernelObjects()).toEqual({ tunnels: 0, sessions: 0 });
      await capture.check();
    });
  }

  labTest('encrypts with MPPE', async (lab) => {
    const { own, client, capture } = await dialled(lab, ['require-mschap-v2', 'require-mppe-128'], {
      ppp: { mppe: { mode: 'require' } },
    });
    await own.wait('up');
    expect(await client.host.ping('10.64.0.1', { count: 5 })).toBe(5);
    await own.close();
    await capture.check();
  });

  labTest('says why a log-in failed', async (lab) => {
    const { own, client } = await dialled(lab, ['require-chap'], { password: 'wrong' });
    const failed = await own.wait('failed');
    expect(failed.reason?.text).toMatch(/authentication/i);
    await own.program.waitForExit();
    expect(await client.host.kernelObjects()).toEqual({ tunnels: 0, sessions: 0 });
  });

  labTest('notices when the LNS goes', async (lab) => {
    const { own, peer, client, capture } = await dialled(lab, ['require-chap']);
    await own.wait('up');
    await peer.program.stop('SIGTERM');
    const down = await own.wait('down');
    // xl2tpd closes its tunnel, and its pppd its link: whichever comes first.
    expect(down.reason?.text).toMatch(/Server closing|User request/);
    await until('the interface is gone', async () => (await client.host.pppLinks()).length === 0);
    const messages = await capture.controlMessages();
    expect(messages.some(({ type }) => type === MESSAGE.StopCCN || type === MESSAGE.CDN)).toBe(true);
  });
});

describe('both ends ours', () => {
  labTest('IPv6 under the tunnel: log-in, traffic, hang-up', async (lab) => {
    const { daemon, capture, client, server, serverAddress } = await serve(
      lab,
      { listen: ['0.0.0.0:1701', '[::]:1701'], secret: 'tunnel-secret' },
      { filter: 'udp port 1701 and ip6' },
    );
    const idle = daemon.descriptors();
    const own = OwnClient.start(lab, client.host, {
      local: { address: client.link.v6.b, port: 0 },
      lns: { address: client.link.v6.a, port: 1701 },
      secret: 'tunnel-secret',
      user: 'alice',
      password: 'wonder',
    });
    const up = await own.wait('up');
    expect(up.ipv4?.local).toBe('10.65.1.1');
    const [session] = await daemon.waitForSessions(1);
    expect(session).toMatchObject({ user: 'alice', peerAddress: client.link.v6.b });
    expect(await client.host.ping('10.64.0.1')).toBe(3);
    await client.host.run(['ip', 'route', 'add', '10.9.0.0/24', 'dev', up.device ?? '']);
    expect(await client.host.ping(serverAddress, { args: ['-s', '1300'] })).toBe(3);
    await capture.check();
    const { bytes } = await iperf(lab, client.host, server, serverAddress, { seconds: 1 });
    expect(bytes).toBeGreaterThan(100_000);
    await own.close();
    await daemon.waitUntilIdle();
    await daemon.expectDescriptors(idle);
    await daemon.stop();
  });
});
