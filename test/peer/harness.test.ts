import { expect } from 'vitest';
import {
  access,
  Capture,
  Client,
  iperf,
  labTest,
  MESSAGE,
  NO_TRAFFIC,
  RawPeer,
  Xl2tpdServer,
} from '../support/lab/index.js';

/*
 * The harness measured against itself: xl2tpd as LNS and as LAC. When these fail, look at the lab before the daemon.
 */

labTest('xl2tpd dials xl2tpd: CHAP, tunnel secret, ping, iperf3, hang-up', async (lab) => {
  const { lns, server, serverAddress, client } = await access(lab);
  const capture = await Capture.start(lab, lns, { filter: NO_TRAFFIC });
  const peer = await Xl2tpdServer.start(lab, lns, {
    local: client.lns,
    localIp: '10.64.0.1',
    range: '10.65.0.10-10.65.0.99',
    users: { bob: 'pass' },
    secret: 'tunnel-secret',
    ppp: ['require-chap', 'ms-dns 10.9.0.2', 'ms-dns 10.9.0.3'],
  });
  const subscriber = await Client.start(lab, client.host, {
    lns: client.lns,
    user: 'bob',
    password: 'pass',
    auth: 'chap',
    secret: 'tunnel-secret',
  });
  const link = await subscriber.connect();
  expect(link).toEqual({ device: 'ppp0', local: '10.65.0.10', remote: '10.64.0.1' });
  expect(subscriber.dns()).toEqual(['10.9.0.2', '10.9.0.3']);
  expect((await subscriber.link()).ifname).toBe('ppp0');
  expect(subscriber.pppdArguments()).toContain('pppol2tp.so');
  expect(await client.host.kernelObjects()).toEqual({ tunnels: 1, sessions: 1 });
  await peer.ppp.waitForLine(/local {2}IP address 10\.64\.0\.1/);

  await subscriber.route('10.9.0.0/24', link.device);
  expect(await client.host.ping(serverAddress)).toBe(3);
  expect(await client.host.ping('10.99.99.99', { count: 1 })).toBe(0);
  const { bytes } = await iperf(lab, client.host, server, serverAddress, { seconds: 1 });
  expect(bytes).toBeGreaterThan(100_000);

  await subscriber.hangUp();
  await subscriber.closeTunnel();
  const messages = await capture.controlMessages();
  expect(messages.map(({ type }) => type)).toEqual(
    expect.arrayContaining([
      MESSAGE.SCCRQ,
      MESSAGE.SCCRP,
      MESSAGE.ICRQ,
      MESSAGE.ICCN,
      MESSAGE.CDN,
      MESSAGE.StopCCN,
    ]),
  );
  await capture.check();
});

labTest('a wrong password does not get through', async (lab) => {
  const { lns, client } = await access(lab);
  await Xl2tpdServer.start(lab, lns, {
    local: client.lns,
    localIp: '10.64.0.1',
    range: '10.65.0.10-10.65.0.99',
    users: { bob: 'pass' },
  });
  const subscriber = await Client.start(lab, client.host, {
    lns: client.lns,
    user: 'bob',
    password: 'wrong',
  });
  await subscriber.dial();
  await subscriber.waitForPpp(/authentication failed/);
  await expect(subscriber.up(2000)).rejects.toThrow(/no line|ended/);
});

labTest('MPPE of two kernels: the harness reads it in the log', async (lab) => {
  const { lns, client } = await access(lab);
  await Xl2tpdServer.start(lab, lns, {
    local: client.lns,
    localIp: '10.64.0.1',
    range: '10.65.0.10-10.65.0.99',
    users: { bob: 'pass' },
    ppp: ['require-mschap-v2', 'require-mppe-128'],
  });
  const subscriber = await Client.start(lab, client.host, {
    lns: client.lns,
    user: 'bob',
    password: 'pass',
    auth: 'mschap-v2',
    ppp: ['require-mppe-128'],
  });
  await subscriber.connect();
  await subscriber.waitForPpp(/MPPE 128-bit stateless compression enabled/);
  expect(await client.host.ping('10.64.0.1')).toBe(3);
});

labTest('the hand-made peer opens a tunnel with xl2tpd', async (lab) => {
  const { lns, client } = await access(lab);
  await Xl2tpdServer.start(lab, lns, {
    local: client.lns,
    localIp: '10.64.0.1',
    range: '10.65.0.10-10.65.0.99',
    users: { bob: 'pass' },
    secret: 'tunnel-secret',
  });
  const capture = await Capture.start(lab, lns);
  const peer = await RawPeer.start(lab, client.host, { local: client.address, lns: client.lns });
  await peer.openTunnel(4711, { secret: 'tunnel-secret' });
  expect(await peer.hello()).toBeLessThan(5000);
  peer.control(RawPeer.icrq(99));
  const answer = await peer.receive(MESSAGE.ICRP);
  expect(answer.tunnelId).toBe(4711);
  expect(answer.sessionId).toBe(99);
  await peer.flood([Buffer.from('not L2TP at all'), Buffer.from('c802', 'hex')], 200, 1000);
  await capture.stop();
});

labTest('what is said of loss holds', async (lab) => {
  const { client } = await access(lab);
  expect(await client.host.ping(client.lns)).toBe(3);
  if (await client.host.loss(client.link.device.b, 100))
    expect(await client.host.ping(client.lns, { count: 1 })).toBe(0);
});
