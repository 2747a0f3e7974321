import { describe, expect } from 'vitest';
import { labTest, MESSAGE, RawPeer, serve, until } from '../support/lab/index.js';

const SECRET = 'tunnel-secret';

describe('tunnel authentication with xl2tpd', () => {
  labTest('both ends prove the secret', async (lab) => {
    const { daemon, capture, subscriber } = await serve(lab, { secret: SECRET });
    const caller = await subscriber({ secret: SECRET, challenge: true });
    await caller.connect();
    await caller.program.waitForLine(/Challenge reply found/);
    await daemon.waitForSessions(1);
    expect(daemon.program.output.text).not.toContain(SECRET);
    await daemon.stop();
    await capture.check();
  });

  labTest('only the LNS asks', async (lab) => {
    const { daemon, subscriber } = await serve(lab, { secret: SECRET });
    const caller = await subscriber({ secret: SECRET, challenge: false });
    await caller.connect();
    await daemon.stop();
  });

  labTest('hidden AVPs are read by xl2tpd', async (lab) => {
    const { daemon, capture, subscriber, client } = await serve(lab, { secret: SECRET, 'hide-avps': true });
    // xl2tpd itself hides nothing, whatever it is told: it sends the Random Vector alone.
    const caller = await subscriber({ secret: SECRET, challenge: true, hiddenAvps: true });
    await caller.connect();
    expect(await client.host.ping('10.64.0.1')).toBe(3);
    await daemon.stop();
    await capture.check();
    const hidden = await capture.fields(['ip.src'], 'l2tp.avp.hidden == 1');
    expect(hidden.map((fields) => fields['ip.src']?.[0])).toContain(client.lns);
  });

  labTest('hidden AVPs are read by another implementation', async (lab) => {
    const { daemon, capture, client } = await serve(lab, { secret: SECRET, 'hide-avps': true });
    const peer = await RawPeer.start(lab, client.host, { local: client.address, lns: client.lns });
    await peer.openTunnel(4711, { secret: SECRET });
    peer.control(RawPeer.icrq(99));
    const icrp = await peer.receive(MESSAGE.ICRP);
    peer.Nr = icrp.Ns + 1;
    peer.control(RawPeer.iccn(), icrp.avps.get(14)?.readUInt16BE(0));
    await until('the call is there', () => peer.dataFrames().length > 0);
    expect(await daemon.cli('disconnect', '--all')).toMatchObject({ code: 0 });
    const cdn = await peer.receive(MESSAGE.CDN);
    expect(cdn.hidden.has(46)).toBe(true);
    // PPP Disconnect Cause Code (RFC 3145): administrative, at our end.
    expect(cdn.avps.get(46)?.readUInt16BE(0)).toBe(1);
    await capture.check();
    await daemon.stop();
  });

  labTest('a wrong secret is answered with StopCCN, not authorized', async (lab) => {
    const { daemon, capture, subscriber, client } = await serve(lab, { secret: SECRET });
    const caller = await subscriber({ secret: 'something else', challenge: false });
    await caller.dial();
    await caller.program.waitForLine(/Stop-Control-Connection-Notification/);
    await until('the tunnel is gone', async () => (await daemon.tunnels()).length === 0);
    expect(await daemon.sessions()).toEqual([]);
    const messages = await capture.controlMessages();
    const stop = messages.find(({ type, source }) => type === MESSAGE.StopCCN && source === client.lns);
    expect(stop?.resultCode).toBe(4);
    await capture.check();
    await daemon.stop();
  });

  labTest('a client that knows no secret gets no call', async (lab) => {
    const { daemon, subscriber, lns } = await serve(lab, { secret: SECRET });
    const caller = await subscriber();
    await caller.dial();
    await until('both ends gave the tunnel up', async () => (await daemon.tunnels()).length === 0);
    expect(await daemon.sessions()).toEqual([]);
    expect(await lns.kernelObjects()).toEqual({ tunnels: 0, sessions: 0 });
    expect(caller.ppp.lines()).toEqual([]);
    await daemon.stop();
  });

  labTest('profiles: each LAC has its own secret and sees its own host name', async (lab) => {
    const { daemon, subscriber, clients } = await serve(
      lab,
      {
        secret: SECRET,
        profiles: [
          {
            name: 'wholesale',
            addresses: ['10.1.2.0/24', '10.1.3.0/24'],
            'host-name': 'lac-*',
            secret: 'another',
            'announce-host-name': 'lns-for-wholesale',
          },
        ],
      },
      { clients: 2 },
    );
    const [first, second] = clients;
    const own = await subscriber({ secret: 'another', hostName: 'lac-7' }, first);
    await own.connect();
    await own.program.waitForLine(/peer reports hostname 'lns-for-wholesale'/);
    // The right address but another name: the profile does not match, so its secret does not either.
    const other = await subscriber({ secret: 'another', hostName: 'someone', challenge: false }, second);
    await other.dial();
    await other.program.waitForLine(/Stop-Control-Connection-Notification/);
    const [tunnel, ...more] = await daemon.tunnels();
    expect(more).toEqual([]);
    expect(tunnel).toMatchObject({ profile: 'wholesale', peerHostName: 'lac-7', sessions: 1 });
    await daemon.stop();
  });
});
