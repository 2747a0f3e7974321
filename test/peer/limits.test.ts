import { describe, expect } from 'vitest';
import {
  CONTROL_ONLY,
  controlMessage,
  labTest,
  MESSAGE,
  RawPeer,
  serve,
  until,
} from '../support/lab/index.js';

describe('limits are answered, never passed over in silence', () => {
  labTest('max-sessions: CDN 2/4 for the caller too many, room again after one went', async (lab) => {
    const { daemon, capture, subscriber, clients } = await serve(lab, { 'max-sessions': 1 }, { clients: 2 });
    const [first, second] = clients;
    const in1 = await subscriber({}, first);
    const in2 = await subscriber({}, second);
    await in1.connect();
    await in2.dial();
    await in2.program.waitForLine(/Call-Disconnect-Notify/);
    await daemon.waitForSessions(1);
    await in1.hangUp();
    await daemon.waitForSessions(0);
    await in2.closeTunnel();
    await in2.connect();
    await daemon.stop();
    const messages = await capture.controlMessages();
    const cdn = messages.find(({ type, source }) => type === MESSAGE.CDN && source === second?.lns);
    expect(cdn).toMatchObject({ resultCode: 2, errorCode: 4 });
    await capture.check();
  });

  for (const { what, config } of [
    { what: 'max-sessions-per-tunnel', config: { 'max-sessions-per-tunnel': 1 } },
    { what: 'call-rate', config: { 'call-rate': { 'per-second': 0.01, burst: 1 } } },
    { what: 'max-calls-in-progress', config: { 'max-calls-in-progress': 1 } },
  ]) {
    labTest(`${what}: the second call of a tunnel gets CDN 2/4`, async (lab) => {
      const { daemon, capture, client } = await serve(lab, config);
      const peer = await RawPeer.start(lab, client.host, { local: client.address, lns: client.lns });
      await peer.openTunnel(4711);
      peer.control(RawPeer.icrq(1));
      const icrp = await peer.receive(MESSAGE.ICRP);
      expect(icrp.sessionId).toBe(1);
      peer.Nr = icrp.Ns + 1;
      peer.control(RawPeer.icrq(2, 2));
      const cdn = await peer.receive(MESSAGE.CDN);
      expect(cdn.sessionId).toBe(2);
      const result = cdn.avps.get(1);
      expect([result?.readUInt16BE(0), result?.readUInt16BE(2)]).toEqual([2, 4]);
      peer.Nr = cdn.Ns + 1;
      expect(await daemon.sessions()).toHaveLength(1);
      await capture.check();
      await daemon.stop();
    });
  }
});

describe('floods', () => {
  /** Datagrams that are not L2TP, nearly L2TP, or L2TP of nobody. */
  const garbage = (): Buffer[] => [
    Buffer.from('GET / HTTP/1.0\r\n\r\n'),
    Buffer.alloc(0),
    Buffer.from('c8', 'hex'),
    Buffer.from('c802000c', 'hex'),
    Buffer.from('c802ffff0000000000000000', 'hex'),
    Buffer.from('c8030014000000000000000080080000000000010000', 'hex'),
    Buffer.alloc(1400, 0xff),
    controlMessage(1, 2, 3, 4, []),
    controlMessage(0, 0, 0, 0, [Buffer.from('800500000000', 'hex')]),
    controlMessage(0, 0, 0, 0, [Buffer.from('80080000000000ff', 'hex')]),
    controlMessage(0, 0, 0, 0, [Buffer.from('8006000000078006000000ff', 'hex')]),
    Buffer.from('0002123456780021450000140000000040010000', 'hex'),
  ];

  labTest('garbage at the listener: a caller comes in meanwhile', async (lab) => {
    const { daemon, capture, subscriber, clients } = await serve(
      lab,
      { log: { level: 'info' } },
      { clients: 2, filter: `${CONTROL_ONLY} and src net 10.1.3.0/24` },
    );
    const [bad, good] = clients;
    if (bad === undefined || good === undefined) throw new Error('no clients');
    const noise = await RawPeer.start(lab, bad.host, { local: bad.address, lns: bad.lns });
    const flood = noise.flood(garbage(), 10_000, 2000);
    const caller = await subscriber({}, good);
    await caller.connect();
    expect(await caller.namespace.ping('10.64.0.1')).toBe(3);
    await flood;
    await daemon.waitForSessions(1);
    expect(await daemon.tunnels()).toHaveLength(1);
    await daemon.stop();
    await capture.check();
  });

  labTest('stray data on an established tunnel does not starve its control messages', async (lab) => {
    const { daemon, client } = await serve(lab, { log: { level: 'info' } }, { filter: CONTROL_ONLY });
    const peer = await RawPeer.start(lab, client.host, { local: client.address, lns: client.lns });
    await peer.openTunnel(4711);
    await peer.hello();
    // IP packets of sessions that nobody knows, as after a restart of this end.
    const header = Buffer.from('0002000000000003ff030021', 'hex');
    header.writeUInt16BE(peer.lnsTunnelId, 2);
    const stray = Buffer.concat([header, Buffer.alloc(600, 0x45)]);
    const before = daemon.program.cpuMilliseconds();
    const flood = peer.flood([stray], 20_000, 5000);
    const times: number[] = [];
    for (let round = 0; round < 5; round++) times.push(await peer.hello(5000));
    await flood;
    const cpu = daemon.program.cpuMilliseconds() - before;
    console.log(
      `HELLO answered after ${times.join(', ')} ms under 5,000 stray packets a second; ${cpu} ms of CPU`,
    );
    expect(Math.max(...times)).toBeLessThan(2000);
    expect(await daemon.tunnels()).toHaveLength(1);
    await daemon.stop();
  });

  labTest(
    'SCCRQs without end from one address: half-open tunnels are bounded, others come in',
    async (lab) => {
      const { daemon, subscriber, clients, lns } = await serve(
        lab,
        { 'max-half-open-tunnels': 8, log: { level: 'info' } },
        { clients: 2, filter: CONTROL_ONLY },
      );
      const [bad, good] = clients;
      if (bad === undefined || good === undefined) throw new Error('no clients');
      const noise = await RawPeer.start(lab, bad.host, { local: bad.address, lns: bad.lns });
      const requests = Array.from({ length: 1000 }, (_, id) =>
        controlMessage(0, 0, 0, 0, RawPeer.sccrq(id + 1, 'flood')),
      );
      const idle = daemon.descriptors();
      await noise.flood(requests, 1000, 1000);
      const half = (await daemon.tunnels()).length;
      expect(half).toBeLessThanOrEqual(8);
      expect((await lns.kernelObjects()).tunnels).toBe(0);
      await daemon.expectDescriptors(idle);
      const caller = await subscriber({}, good);
      await caller.connect();
      await until(
        'the half-open ones are given up',
        async () => (await daemon.tunnels()).length === 1,
        60_000,
      );
      await daemon.stop();
    },
  );
});
