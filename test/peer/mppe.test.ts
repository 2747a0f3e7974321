import { describe, expect } from 'vitest';
import { iperf, labTest, serve } from '../support/lab/index.js';

/*
 * pppd can be told to agree to stateful MPPE, but always asks for stateless first, and so does the daemon: with
 * these two it is always stateless (pppd 2.4.9, ccp.c). Stateful MPPE is tested by the kernel tests of both ends.
 */
describe('MPPE with pppd', () => {
  for (const { bits, ours, pppd } of [
    { bits: 128, ours: [128], pppd: ['require-mppe-128'] },
    { bits: 40, ours: [40], pppd: ['require-mppe-40', 'nomppe-128'] },
    { bits: 128, ours: [40, 128], pppd: ['require-mppe', 'mppe-stateful'] },
  ]) {
    labTest(`${bits} bit, of [${ours.join(', ')}] here and ${pppd.join(', ')} there`, async (lab) => {
      const { daemon, capture, subscriber, server, serverAddress, client } = await serve(lab, {
        ppp: { mppe: 'require', 'mppe-key-lengths': ours, 'mppe-stateful': true, auth: ['mschapv2'] },
      });
      const caller = await subscriber({ auth: 'mschap-v2', ppp: pppd });
      const link = await caller.connect();
      await caller.waitForPpp(new RegExp(`MPPE ${bits}-bit stateless compression enabled`));
      const [session] = await daemon.waitForSessions(1);
      expect(session?.mppe).toMatch(new RegExp(String(bits)));
      await caller.route('10.9.0.0/24', link.device);
      expect(await client.host.ping(serverAddress)).toBe(3);
      expect(await client.host.ping(serverAddress, { args: ['-s', '1300'] })).toBe(3);
      // Nothing of the subscriber's went in clear: only encrypted datagrams (0x00fd, RFC 3078) carry IP.
      const clear = await capture.fields(['ppp.protocol'], 'ppp.protocol == 0x0021');
      expect(clear).toEqual([]);
      expect(
        (await capture.fields(['frame.number'], 'ppp.protocol == 0x00fd')).length,
      ).toBeGreaterThanOrEqual(12);
      await capture.check();
      // The keys change with every packet: a lost step would show as silence.
      const { bytes } = await iperf(lab, client.host, server, serverAddress, { seconds: 1 });
      expect(bytes).toBeGreaterThan(100_000);
      await caller.hangUp();
      await daemon.stop();
    });
  }

  labTest('required here, refused there: no session', async (lab) => {
    const { daemon, capture, subscriber, lns } = await serve(lab, {
      ppp: { mppe: 'require', auth: ['mschapv2'] },
    });
    const caller = await subscriber({ auth: 'mschap-v2', ppp: ['nomppe', 'noccp'] });
    await caller.dial();
    await caller.waitForPpp(/Connection terminated|LCP terminated by peer|Modem hangup/);
    expect(caller.ppp.find(/local {2}IP address/)).toBeUndefined();
    await daemon.waitForSessions(0);
    expect(await lns.pppLinks()).toEqual([]);
    await capture.check();
    await daemon.stop();
  });

  labTest('off here, required there: the client gives up', async (lab) => {
    const { daemon, subscriber } = await serve(lab);
    const caller = await subscriber({ auth: 'mschap-v2', ppp: ['require-mppe-128'] });
    await caller.dial();
    await caller.waitForPpp(/MPPE required but/);
    await caller.waitForNoInterface();
    await daemon.stop();
  });

  labTest('allowed here, not asked for there: a session in clear', async (lab) => {
    const { daemon, capture, subscriber, client } = await serve(lab, {
      ppp: { mppe: 'allow', auth: ['mschapv2'] },
    });
    const caller = await subscriber({ auth: 'mschap-v2' });
    await caller.connect();
    expect(await client.host.ping('10.64.0.1')).toBe(3);
    await capture.check();
    await daemon.stop();
  });
});
