import { expect, it } from 'vitest';
import { type PppOptions, PppSession, resolvePppOptions, verify } from '../../lib/ppp/index.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { seededRandom } from '../support/random.js';

const dns = [0x0a090002, 0x0a090003];

/** A server's session with its network layers open; the client and all that was exchanged are let go. */
function open(options: ReturnType<typeof resolvePppOptions>, seed: number): PppSession {
  const random = seededRandom(seed);
  const server = new PppSession({ role: 'server', options, random });
  const client = new PppSession({
    role: 'client',
    options,
    random,
    credentials: { user: 'alice', password: 'wonder' },
  });
  const ends = [server, client] as const;
  for (const end of ends) end.start({}, 1);
  for (let busy = true; busy; ) {
    busy = false;
    for (const end of ends) {
      for (let event = end.pollEvent(); event; event = end.pollEvent()) {
        busy = true;
        if (event.kind === 'attach') end.handleAttached(1);
        if (event.kind !== 'authenticate' || !event.credentials || event.credentials.method === 'eap')
          continue;
        const network = { localAddress: 0x0a400001, peerAddress: 0x0a410000 + seed, dns };
        end.handleAuthResult(event.id, verify(event.credentials, 'wonder'), network, 1);
      }
      for (let frame = end.pollTransmit(); frame; frame = end.pollTransmit()) {
        busy = true;
        (end === server ? client : server).handleFrame(frame, 1);
      }
    }
  }
  expect(server.phase).toBe('open');
  return server;
}

it.each<[string, PppOptions, number]>([
  ['IPv4', { authMethods: ['chap'] }, 2_000],
  ['IPv4 and IPv6', { authMethods: ['chap'], ipv6: true }, 2_300],
  ['MPPE', { authMethods: ['mschapv2'], mppe: { mode: 'require' } }, 2_600],
])('an open session with %s is small', (_what, options, limit) => {
  const resolved = resolvePppOptions(options);
  const count = 2_000;
  for (let i = 0; i < 200; i++) open(resolved, i);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const sessions = Array.from({ length: count }, (_, i) => open(resolved, i + 1));
  collectGarbage();
  const octets = (process.memoryUsage().heapUsed - before) / count;
  expect(sessions).toHaveLength(count);
  expect(octets).toBeLessThan(limit);
});
