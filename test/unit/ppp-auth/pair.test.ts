import { describe, expect, it } from 'vitest';
import { METHODS, Pair } from './pair.js';

const SEEDS = Number(process.env['AUTH_SEEDS'] ?? 100);

describe.each(METHODS)('%s, client and server', (method) => {
  it('agree on the right password', () => {
    const pair = new Pair({ method }).start().run();
    const [server, client] = pair.ends;
    expect(server).toMatchObject({ kind: 'success', user: 'alice' });
    expect(client).toMatchObject({ kind: 'success', user: 'alice' });
    expect(pair.serverOutcomes.filter((outcome) => outcome.kind === 'success')).toHaveLength(1);
    expect(pair.clientOutcomes).toHaveLength(1);
    expect(pair.server.pollTimeout()).toBeUndefined();
    expect(pair.client.pollTimeout()).toBeUndefined();
    // A clean line needs no repetition: request and answer, once per round.
    expect(pair.sent).toHaveLength({ pap: 2, chap: 3, mschapv1: 3, mschapv2: 3, eap: 5 }[method]);
  });

  it('agree on a wrong password', () => {
    const pair = new Pair({ method, password: 'guess', known: 'wonder' }).start().run();
    expect(pair.ends).toMatchObject([
      { kind: 'failure', reason: 'rejected', user: 'alice' },
      { kind: 'failure', reason: 'rejected', user: 'alice' },
    ]);
  });

  it.each([['grüß'], ['日本語のパスワード'], ['𝕬 clef'], ['x'.repeat(80)], ['with "quotes" \\ and spaces ']])(
    'agree on the password %j',
    (password) => {
      const pair = new Pair({ method, user: 'jürgen@例え', password }).start().run();
      expect(pair.ends).toMatchObject([
        { kind: 'success', user: 'jürgen@例え' },
        { kind: 'success', user: 'jürgen@例え' },
      ]);
    },
  );

  it('take a name with a domain as it is', () => {
    const pair = new Pair({ method, user: 'BIGCO\\alice' }).start().run();
    expect(pair.ends[0]).toMatchObject({ kind: 'success', user: 'BIGCO\\alice' });
    expect(pair.ends[1]).toMatchObject({ kind: 'success' });
  });

  it('come to the same end on a bad line', () => {
    const link = { loss: 0.3, duplication: 0.2, latency: 20, jitter: 200 };
    let timeouts = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const right = seed % 4 !== 0;
      const known = right ? 'wonder' : 'other';
      const pair = new Pair({ method, seed, link, known, verification: (seed % 5) * 1500 }).start().run();
      const [server, client] = pair.ends;
      const label = `seed ${seed}`;
      // Ten tries at 30 % loss each way: a time-out is possible, but no disagreement.
      if (server?.kind === 'failure' && server.reason === 'timeout') {
        timeouts++;
        continue;
      }
      expect(server?.kind, label).toBe(right ? 'success' : 'failure');
      if (right) expect(client, label).toMatchObject({ kind: 'success' });
      // The peer may not hear of a refusal: then LCP's Terminate-Request tells it, or its own time-out.
      else expect(client?.kind, label).toBe('failure');
      expect(pair.server.malformed + pair.client.malformed).toBe(0);
    }
    expect(timeouts).toBeLessThanOrEqual(SEEDS / 25);
  });

  it('survive a verifier that takes its time', () => {
    // Time enough for the peer to repeat itself, not for it to give up.
    const pair = new Pair({ method, verification: 10_000 }).start().run();
    expect(pair.ends).toMatchObject([{ kind: 'success' }, { kind: 'success' }]);
    const asked = pair.serverOutcomes.filter((outcome) => outcome.kind === 'credentials');
    expect(asked).toHaveLength(method === 'eap' ? 2 : 1);
  });

  it('come together on a line slower than the repetition', () => {
    const link = { loss: 0, duplication: 0, latency: 2400, jitter: 0 };
    const pair = new Pair({ method, link }).start().run();
    expect(pair.ends).toMatchObject([{ kind: 'success' }, { kind: 'success' }]);
  });

  it('give up when nobody answers', () => {
    const link = { loss: 1, duplication: 0, latency: 0, jitter: 0 };
    const pair = new Pair({ method, link }).start().run();
    expect(pair.ends).toMatchObject([
      { kind: 'failure', reason: 'timeout' },
      { kind: 'failure', reason: 'timeout' },
    ]);
    const sent = (from: string) => pair.sent.filter((entry) => entry.from === from).length;
    expect(sent('server')).toBe(method === 'pap' ? 0 : 10);
    expect(sent('client')).toBe(method === 'pap' ? 10 : 0);
    expect(pair.now).toBe(31_000);
    expect(pair.server.pollTimeout()).toBeUndefined();
    expect(pair.client.pollTimeout()).toBeUndefined();
  });
});

describe('MPPE keys', () => {
  it.each(['mschapv1', 'mschapv2'] as const)('of %s cross over', (method) => {
    const [server, client] = new Pair({ method }).start().run().ends;
    if (server?.kind !== 'success' || client?.kind !== 'success') throw new Error('no success');
    expect(server.mppe?.send).toHaveLength(16);
    expect(server.mppe?.send).toEqual(client.mppe?.receive);
    expect(server.mppe?.receive).toEqual(client.mppe?.send);
    expect(server.mppe?.lm).toEqual(client.mppe?.lm);
    expect(server.mppe?.lm?.length).toBe(method === 'mschapv1' ? 8 : undefined);
  });

  it.each(['pap', 'chap', 'eap'] as const)('do not come from %s', (method) => {
    const [server, client] = new Pair({ method }).start().run().ends;
    expect(server).not.toHaveProperty('mppe');
    expect(client).not.toHaveProperty('mppe');
  });
});
