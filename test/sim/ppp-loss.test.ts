import { describe, expect, it } from 'vitest';
import type { AuthMethod, PppOptions } from '../../lib/ppp/index.js';
import { CLIENT_ADDRESS, PppPair, SERVER_ADDRESS } from '../support/ppp-pair.js';

/** SIM_SEEDS sets how many runs, as CI does. */
const seeds = Number(process.env.SIM_SEEDS ?? 1_000);

const methods: readonly AuthMethod[] = ['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'];

interface Variant {
  readonly options: PppOptions;
  readonly encrypted: boolean;
  readonly link: { latency: number; loss: number; duplicate: number; reorder: number };
}

/** Every combination that a thousand seeds can reach: method, layers, encryption, conditions. */
function variant(seed: number): Variant {
  const method = methods[seed % methods.length] as AuthMethod;
  const encrypted = method.startsWith('mschap') && (seed >> 2) % 2 === 1;
  return {
    options: {
      authMethods: [method],
      ipv6: (seed >> 1) % 2 === 1,
      // Patient enough for 30 % loss, at which ten transmissions and their answers fail now and then.
      maxConfigure: 40,
      lcpTimeout: 300_000,
      authTimeout: 300_000,
      networkTimeout: 300_000,
      echoInterval: 0,
      mppe: { mode: encrypted ? 'require' : 'off' },
    },
    encrypted,
    link: {
      latency: 10 + (seed % 50),
      loss: ((seed * 7) % 31) / 100,
      duplicate: ((seed * 3) % 21) / 100,
      reorder: ((seed * 5) % 31) / 100,
    },
  };
}

const dial = (seed: number, { options, link }: Variant): PppPair =>
  new PppPair({
    seed,
    server: options,
    client: options,
    link,
    authDelay: seed % 400,
    attachDelay: seed % 300,
  }).start();

const lastUp = (pair: PppPair, end: 'server' | 'client', protocol: string): unknown =>
  pair[end]
    .all('network-up')
    .filter((event) => event.protocol === protocol)
    .at(-1)?.parameters;

function expectOpen(pair: PppPair, { options, encrypted }: Variant, label: string): void {
  expect(lastUp(pair, 'server', 'ipcp'), label).toMatchObject({
    local: SERVER_ADDRESS,
    peer: CLIENT_ADDRESS,
  });
  expect(lastUp(pair, 'client', 'ipcp'), label).toMatchObject({
    local: CLIENT_ADDRESS,
    peer: SERVER_ADDRESS,
    dns: [0x0a090002, 0x0a090003],
  });
  for (const end of ['server', 'client'] as const) {
    expect(pair[end].all('attach'), `${label} attaches once`).toHaveLength(1);
    expect(pair[end].all('down'), label).toHaveLength(0);
    if (encrypted) expect(lastUp(pair, end, 'ccp'), label).toBeDefined();
    if (options.ipv6) expect(lastUp(pair, end, 'ipv6cp'), label).toBeDefined();
  }
}

describe('two ends over a bad link', () => {
  it(`open whatever is lost, repeated or overtaken (${seeds} seeds)`, () => {
    let redials = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const what = variant(seed);
      const { ipv6 } = what.options;
      for (let attempt = 0; ; attempt++) {
        const pair = dial(seed + attempt * 100_000, what);
        const label = (): string => `seed ${seed}, attempt ${attempt}\n${pair.trace.join('\n')}`;
        const settled = (): boolean =>
          pair.open && (!ipv6 || pair.ends.every(({ session }) => session.network.ipv6cp !== undefined));
        pair.run(900_000, () => settled() || pair.ends.some((end) => end.all('down').length > 0));
        // Late frames may start a negotiation over; it has to come to rest again.
        pair.run(120_000);
        if (settled()) {
          expectOpen(pair, what, label());
          break;
        }
        // PPP takes order for granted (RFC 1661 section 1): a challenge that overtakes a whole negotiation can
        // leave the ends apart. Then both have to know, so that the caller dials again.
        expect(what.link.reorder, label()).toBeGreaterThan(0);
        expect(
          pair.ends.some((end) => end.all('down').length === 1),
          label(),
        ).toBe(true);
        redials++;
        expect(attempt, label()).toBeLessThan(3);
      }
    }
    expect(redials, 'calls that had to be dialled again').toBeLessThanOrEqual(seeds / 200);
  });
});
