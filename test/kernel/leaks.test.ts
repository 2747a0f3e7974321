import { expect, it } from 'vitest';
import { networkIo } from '../../lib/io/index.js';
import { KernelDataPlane, type PppUnitOptions } from '../../lib/kernel/index.js';
import { ends, eventually, footprint } from './support.js';

const sink = { handleDatagram() {}, handleFrame() {}, handleHangup() {} };

it('nothing leaks over 1,000 set-ups and failures', { timeout: 240_000 }, async () => {
  const io = networkIo();
  const plane = new KernelDataPlane();
  const before = await footprint();
  const expected = new Map<string, number>();
  let done = 0;
  for (let round = 0; round < 10; round++) {
    const socket = io.connect({ local: ends.a, remote: ends.b, sink });
    const tunnel = await plane.openTunnel({
      local: ends.a,
      peer: ends.b,
      tunnelId: 100 + round,
      peerTunnelId: 1,
      socket,
    });
    const runs = Array.from({ length: 100 }, async (_, i) => {
      const sessionId = i + 1;
      const unit: PppUnitOptions = { mtu: 1400, ipv4: { local: '10.64.0.1', peer: `10.65.1.${sessionId}` } };
      const failing: PppUnitOptions = {
        ...unit,
        addresses: [{ local: '10.64.0.1', peer: `10.65.1.${sessionId}` }],
      };
      const base = { sessionId, peerSessionId: sessionId, lnsMode: true, sink };
      try {
        switch (i % 5) {
          case 0:
            // Left to the tunnel's end.
            await tunnel.addPppSession(base, unit);
            break;
          case 1:
            await (await tunnel.addPppSession(base, unit)).close();
            break;
          case 2:
            await tunnel.addPppSession(base, failing);
            break;
          case 3: {
            const session = await tunnel.addSession({ ...base, sendSequence: true });
            await session.attachPpp(failing);
            break;
          }
          default:
            await tunnel.addSession({ ...base, sessionId: 1, receiveSequence: i % 2 === 0 });
        }
      } catch (error) {
        const { code = 'none' } = error as { readonly code?: string };
        expected.set(code, (expected.get(code) ?? 0) + 1);
      }
      done++;
    });
    await Promise.all(runs);
    await tunnel.close();
    io.close(socket);
  }
  expect(done).toBe(1000);
  expect(expected.get('EEXIST')).toBeGreaterThanOrEqual(590);
  expect([...expected.keys()]).toEqual(['EEXIST']);
  await eventually(async () => expect(await footprint()).toEqual(before));
});
