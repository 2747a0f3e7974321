import { expect } from 'vitest';
import { iperf, labTest, NO_TRAFFIC, serve, sleep, until } from '../support/lab/index.js';

/*
 * The main job, whole: also run on Debian's stock kernels with two processors, where races show.
 */

labTest(
  'dial in with CHAP, ping, iperf3 both ways, hang up: the process sees none of the packets',
  async (lab) => {
    const { daemon, capture, subscriber, server, serverAddress, client, lns } = await serve(
      lab,
      {},
      { filter: NO_TRAFFIC },
    );
    const idle = daemon.descriptors();
    const caller = await subscriber({ auth: 'chap' });
    const link = await caller.connect();
    await daemon.waitForSessions(1);
    // The tunnel's socket, and three for the session.
    await daemon.expectDescriptors(idle + 4);
    await caller.route('10.9.0.0/24', link.device);
    expect(await client.host.ping(serverAddress)).toBe(3);

    const [before] = await daemon.waitForSessions(1);
    await sleep(500);
    const [cpuBefore, wakeUpsBefore] = [daemon.program.cpuMilliseconds(), daemon.program.wakeUps()];
    const upload = await iperf(lab, client.host, server, serverAddress, { seconds: 2 });
    const download = await iperf(lab, client.host, server, serverAddress, { seconds: 2, reverse: true });
    const cpu = daemon.program.cpuMilliseconds() - cpuBefore;
    const wakeUps = daemon.program.wakeUps() - wakeUpsBefore;
    expect(upload.bytes).toBeGreaterThan(1_000_000);
    expect(download.bytes).toBeGreaterThan(1_000_000);

    // What the subscriber sent and received, as `show sessions` counts it; headers come on top of iperf3's figures.
    const after = await until('the counters have grown', async () => {
      const [session] = await daemon.sessions();
      return (
        session !== undefined &&
        session.rxBytes >= upload.bytes &&
        session.txBytes >= download.bytes &&
        session
      );
    });
    expect(after.rxBytes - (before?.rxBytes ?? 0)).toBeLessThan((upload.bytes + download.bytes) * 1.2);
    expect(after.rxPackets).toBeGreaterThan(before?.rxPackets ?? 0);
    expect(after.txPackets).toBeGreaterThan(before?.txPackets ?? 0);
    const packets = after.rxPackets + after.txPackets;
    console.log(
      `${(upload.bitsPerSecond / 1e6).toFixed(0)} Mbit/s up, ${(download.bitsPerSecond / 1e6).toFixed(0)} down, ` +
        `${packets} packets, ${cpu} ms of the process's CPU, ${wakeUps} wake-ups`,
    );
    // For its own clock, and for counters that it reads.
    expect(wakeUps).toBeLessThan(packets / 20);

    await caller.hangUp();
    await caller.closeTunnel();
    await daemon.waitUntilIdle();
    await daemon.expectDescriptors(idle);
    expect(await lns.run(['ip', 'route', 'show', link.local])).toMatchObject({ stdout: '' });
    await capture.check();
    await daemon.stop();
  },
  180_000,
);

labTest(
  'several callers come and go at once',
  async (lab) => {
    const { daemon, subscriber, clients, lns } = await serve(lab, {}, { clients: 4 });
    const idle = daemon.descriptors();
    const callers = await Promise.all(clients.map((host) => subscriber({}, host)));
    for (let round = 0; round < 2; round++) {
      const links = await Promise.all(callers.map((caller) => caller.connect()));
      expect(new Set(links.map(({ local }) => local)).size).toBe(4);
      await daemon.waitForSessions(4);
      const answered = await Promise.all(callers.map(({ namespace }) => namespace.ping('10.64.0.1')));
      expect(answered).toEqual([3, 3, 3, 3]);
      await Promise.all(callers.map((caller) => caller.hangUp()));
      await Promise.all(callers.map((caller) => caller.closeTunnel()));
      await daemon.waitUntilIdle();
      expect(await lns.pppLinks()).toEqual([]);
    }
    await daemon.expectDescriptors(idle);
    await daemon.stop();
  },
  240_000,
);
