import { expect, test } from 'vitest';
import { LoadGenerator } from '../../lib/load/index.js';
import { NullDataPlane } from '../../lib/kernel/index.js';
import { Lns } from '../../lib/lns/index.js';
import { seededRandom } from '../support/random.js';
import { SimNetwork } from '../support/sim-network.js';

const CALLERS = 3000;
const ESTABLISHED = 200;
const UNDER_WAY = 256;
/** Virtual ms of the kernel's serial work for a session: 333 a second. */
const KERNEL_WORK = 3;
const RETRY = 3000;

test(`${CALLERS} callers at once, who try again every ${RETRY / 1000} s, all get in, and nobody falls out`, async () => {
  const network = new SimNetwork({ seed: 1, link: { latency: 5 } });
  const lnsHost = network.addHost('192.0.2.1');
  let kernelFreeAt = 0;
  const dataPlane = new NullDataPlane({
    before: ({ operation }) => {
      if (operation !== 'addPppSession') return undefined;
      kernelFreeAt = Math.max(kernelFreeAt, lnsHost.now()) + KERNEL_WORK;
      const at = kernelFreeAt;
      return new Promise((resolve) => {
        lnsHost.timers.schedule({ handleTimeout: () => resolve() }, at);
      });
    },
  });
  const lns = new Lns(
    {
      ppp: { localAddress: '10.64.0.1', auth: ['chap'], echoInterval: 2, echoFailures: 2 },
      helloInterval: 2,
      pools: { main: '10.65.0.0/16' },
      users: { '*': { password: 'pass' } },
      maxCallsInProgress: UNDER_WAY,
    },
    { io: lnsHost, dataPlane, random: seededRandom(1) },
  );
  let down = 0;
  let tunnelsDown = 0;
  lns.on('session-down', () => (down += 1));
  lns.on('tunnel-down', () => (tunnelsDown += 1));
  await lns.start();

  const generator = (sessions: number, address: string, seed: number): LoadGenerator =>
    new LoadGenerator(
      {
        lns: { address: '192.0.2.1', port: 1701 },
        tunnels: 4,
        sessions,
        inFlight: sessions,
        user: 'load{n}',
        password: 'pass',
        retryAfter: RETRY,
      },
      { io: network.addHost(address), random: seededRandom(seed) },
    );
  const until = async <T>(work: Promise<T>): Promise<T> => {
    let settled = false;
    void work.then(() => (settled = true));
    await network.run(120_000, () => settled);
    expect(settled).toBe(true);
    return await work;
  };
  const early = generator(ESTABLISHED, '192.0.2.10', 2);
  expect((await until(early.setUp())).sessions).toBe(ESTABLISHED);

  const storm = generator(CALLERS, '192.0.2.11', 3);
  const report = await until(storm.setUp());
  expect(report).toMatchObject({ sessions: CALLERS, failed: 0 });
  // Refused calls were answered, by nothing but CDN 2/4.
  expect(Object.keys(report.failures)).toHaveLength(1);
  expect(Object.keys(report.failures)[0]).toMatch(/CDN 2 .*too many calls are under way/);
  // Who was let in came up before PPP grew impatient, so nothing was sent twice.
  expect(report.latency.max).toBeLessThan(2000);
  expect(report.repeats).toEqual({ l2tpSent: 0, l2tpReceived: 0, pppSent: 0, pppReceived: 0 });
  // A round lets in as many as can be under way, and those who get a place while others finish.
  const atBest = CALLERS * KERNEL_WORK;
  expect(report.milliseconds).toBeGreaterThanOrEqual(atBest);
  expect(report.milliseconds).toBeLessThan(Math.ceil(CALLERS / UNDER_WAY) * RETRY);
  expect([early.up, early.lost, storm.up, storm.lost, down, tunnelsDown]).toEqual([
    ESTABLISHED,
    0,
    CALLERS,
    0,
    0,
    0,
  ]);
  await until(lns.close());
});
