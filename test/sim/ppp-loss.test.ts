import { describe, expect, it } from 'vitest';
import type { AuthMethod, PppOptions } from '../../lib/ppp/index.js';
import { CLIENT_ADDRESS, PppPair, SERVER_ADDRESS } from '../support/ppp-pair.js';

/** Runs with other seeds: SIM_SEEDS sets how many, as CI does. */
const seeds = Number(process.env.SIM_SEEDS ?? 1_000);

const methods: readonly AuthMethod[] = ['pap', 'chap', 'mschapv1', 'mschapv2'];

/** Every combination that a thousand seeds can reach: method, layers, encryption, conditions. */
function variant(seed: number): { server: PppOptions; client: PppOptions; encrypted: boolean } {
  const method = methods[seed % methods.length] as AuthMethod;
  const ipv6 = (seed >> 2) % 2 === 1;
  const encrypted = method.startsWith('mschap') && (seed >> 3) % 2 === 1;
  const common: PppOptions = {
    authMethods: [method],
    ipv6,
    // Patient enough for 30 % loss: the odds that ten transmissions and their answers fail are not small then.
    maxConfigure: 40,
    lcpTimeout: 300_000,
    authTimeout: 300_000,
    networkTimeout: 300_000,
    echoInterval: 0,
    mppe: { mode: encrypted ? 'require' : 'off' },
  };
  return { server: common, client: common, encrypted };
}

describe('two ends over a bad link', () => {
  it(`open whatever is lost, repeated or overtaken (${seeds} seeds)`, () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { encrypted, ...options } = variant(seed);
      const link = {
        latency: 10 + (seed % 50),
        loss: ((seed * 7) % 31) / 100,
        duplicate: ((seed * 3) % 21) / 100,
        reorder: ((seed * 5) % 31) / 100,
      };
      const pair = new PppPair({ seed, ...options, link, authDelay: seed % 400, attachDelay: seed % 300 });
      pair.start();
      const { server, client } = pair;
      const isOpen = (): boolean =>
        pair.open &&
        (!options.server.ipv6 ||
          pair.ends.every((end) => end.all('network-up').some((e) => e.protocol === 'ipv6cp')));
      expect(pair.run(600_000, isOpen), `seed ${seed}\n${pair.trace.join('\n')}`).toBe(true);
      // Late frames may start a negotiation over; it has to settle again.
      pair.run(120_000);
      expect(pair.open, `seed ${seed} settles\n${pair.trace.join('\n')}`).toBe(true);
      const ipcp = [...server.all('network-up')].reverse().find((event) => event.protocol === 'ipcp');
      expect(ipcp?.parameters, `seed ${seed}`).toMatchObject({ local: SERVER_ADDRESS, peer: CLIENT_ADDRESS });
      const clientIpcp = [...client.all('network-up')].reverse().find((event) => event.protocol === 'ipcp');
      expect(clientIpcp?.parameters, `seed ${seed}`).toMatchObject({
        local: CLIENT_ADDRESS,
        peer: SERVER_ADDRESS,
        dns: [0x0a090002, 0x0a090003],
      });
      for (const end of pair.ends) {
        expect(end.all('attach'), `seed ${seed} attaches once`).toHaveLength(1);
        expect(end.all('down'), `seed ${seed}`).toHaveLength(0);
        if (encrypted) expect(end.all('network-up').some((event) => event.protocol === 'ccp')).toBe(true);
      }
    }
  });
});
