import { describe, expect, it } from 'vitest';
import { type PppOptions, PppSession, disconnectCause, resolvePppOptions } from '../../lib/ppp/index.js';
import { PppPair } from '../support/ppp-pair.js';
import { seededRandom } from '../support/random.js';

const seeds = Number(process.env.SIM_SEEDS ?? 1_000) / 5;

const patient: PppOptions = {
  authMethods: ['chap'],
  maxConfigure: 40,
  lcpTimeout: 300_000,
  authTimeout: 300_000,
  networkTimeout: 300_000,
  echoInterval: 0,
};

const link = (seed: number) => ({
  latency: 20,
  loss: (seed % 4) / 10,
  duplicate: (seed % 3) / 10,
  reorder: (seed % 5) / 20,
});

describe('a session’s life over a bad link', () => {
  it('outlives renegotiation by either end', () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const pair = new PppPair({ seed, server: patient, client: patient, link: link(seed) }).start();
      expect(
        pair.run(600_000, () => pair.open),
        `seed ${seed} opens\n${pair.trace.join('\n')}`,
      ).toBe(true);
      const end = seed % 2 === 0 ? pair.server : pair.client;
      end.session.renegotiate(pair.now);
      pair.drain(end);
      pair.run(200);
      expect(
        pair.run(600_000, () => pair.open),
        `seed ${seed} opens again\n${pair.trace.join('\n')}`,
      ).toBe(true);
      pair.run(120_000);
      expect(pair.open, `seed ${seed} settles`).toBe(true);
      expect(pair.server.all('attach')).toHaveLength(1);
      expect(pair.server.all('authenticated').length).toBeGreaterThan(1);
      const ups = pair.server.all('network-up').length;
      expect(pair.server.all('network-down')).toHaveLength(ups - 1);
    }
  });

  it('outlives a client that starts over without a word', () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const pair = new PppPair({ seed, server: patient, client: patient, link: link(seed) }).start();
      expect(
        pair.run(600_000, () => pair.open),
        `seed ${seed} opens\n${pair.trace.join('\n')}`,
      ).toBe(true);
      pair.replaceClient(
        new PppSession({
          role: 'client',
          options: resolvePppOptions(patient),
          random: seededRandom(seed + 5_000),
          credentials: { user: 'alice', password: 'wonder' },
        }),
      );
      expect(
        pair.run(600_000, () => pair.open && pair.server.all('authenticated').length > 1),
        `seed ${seed}`,
      ).toBe(true);
      expect(pair.server.last('renegotiating')).toBeDefined();
      expect(pair.server.all('down')).toHaveLength(0);
    }
  });

  it('ends at both ends when either closes', () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const pair = new PppPair({ seed, server: patient, client: patient, link: link(seed) }).start();
      pair.run(600_000, () => pair.open);
      const end = seed % 2 === 0 ? pair.server : pair.client;
      end.session.close(disconnectCause('administrative'), pair.now);
      pair.drain(end);
      pair.run(20_000);
      expect(end.last('down')?.cause.reason, `seed ${seed}`).toBe('administrative');
      expect(end.all('down')).toHaveLength(1);
      // The other end may miss both Terminate-Requests; the call below ends it then.
      const other = pair.other(end);
      if (other.all('down').length === 0) {
        other.session.abort(pair.now);
        pair.drain(other);
      }
      expect(other.all('down')).toHaveLength(1);
      expect(other.all('network-down')).toHaveLength(other.all('network-up').length);
    }
  });

  it('ends by echo when the other end is gone', () => {
    const options = { ...patient, echoInterval: 10_000, echoFailures: 3 };
    const pair = new PppPair({ server: options, client: { ...options, echoInterval: 0 } }).start();
    expect(pair.run(10_000, () => pair.open)).toBe(true);
    pair.run(600_000);
    expect(pair.open).toBe(true);
    const silentFrom = pair.now;
    pair.drop = (_frame, from) => from === pair.client;
    expect(pair.run(60_000, () => pair.server.all('closing').length > 0)).toBe(true);
    expect(pair.server.last('closing')?.cause.reason).toBe('echo-timeout');
    expect(pair.now - silentFrom).toBeLessThanOrEqual(50_000);
    pair.run(10_000);
    expect(pair.server.all('down')).toHaveLength(1);
  });

  it('costs no retransmission on a link that loses nothing', () => {
    const pair = new PppPair({
      server: patient,
      client: patient,
      attachDelay: 2_500,
      authDelay: 2_000,
    }).start();
    expect(pair.run(60_000, () => pair.open)).toBe(true);
    for (const end of pair.ends) expect(new Set(end.sent).size, end.sent.join('\n')).toBe(end.sent.length);
  });
});
