import { describe, expect, it } from 'vitest';
import { type AuthMethod, PppSession, type PppStart, resolvePppOptions } from '../../../lib/ppp/index.js';
import { hex, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { LCP, PAP, Script } from './script.js';

const text = (octets: Uint8Array | undefined): string | undefined => octets && hex(octets);

/** Lets two sessions speak until neither has anything to say; the first one's questions stay open. */
function settle(lac: PppSession, client: PppSession): void {
  for (let quiet = false; !quiet; ) {
    quiet = true;
    for (const [from, to] of [
      [lac, client],
      [client, lac],
    ] as const) {
      for (let frame = from.pollTransmit(); frame; frame = from.pollTransmit()) {
        to.handleFrame(frame, 0);
        quiet = false;
      }
    }
  }
}

function lacOf(method: AuthMethod): { lac: PppSession; client: PppSession } {
  const options = resolvePppOptions({ authMethods: [method], echoInterval: 0 });
  const lac = new PppSession({ role: 'server', options, random: seededRandom(1) });
  const client = new PppSession({
    role: 'client',
    options,
    random: seededRandom(2),
    credentials: { user: 'alice@isp', password: 'wonder' },
  });
  lac.start({}, 0);
  client.start({}, 0);
  settle(lac, client);
  return { lac, client };
}

/** The PPP server that goes on with what the first one has found out. */
function takeOver(start: PppStart, method: AuthMethod): PppSession {
  const options = resolvePppOptions({ authMethods: [method], echoInterval: 0 });
  const lns = new PppSession({ role: 'server', options, random: seededRandom(3) });
  lns.start(start, 0);
  return lns;
}

function eventsOf(session: PppSession) {
  const events = [];
  for (let event = session.pollEvent(); event; event = session.pollEvent()) events.push(event);
  return events;
}

describe('what a LAC hands over', () => {
  it.each(['pap', 'chap', 'mschapv1', 'mschapv2'] as const)(
    'lets another end go on after %s as if nothing had happened',
    (method) => {
      const { lac, client } = lacOf(method);
      const asked = eventsOf(lac).find(({ kind }) => kind === 'authenticate');
      const lns = takeOver(lac.proxy, method);
      const events = eventsOf(lns);
      expect(lns.pollTransmit()).toBeUndefined();
      expect(events[0]).toMatchObject({ kind: 'lcp-up', proxied: true, authMethod: method });
      const taken = events.find(({ kind }) => kind === 'authenticate');
      expect(taken).toMatchObject({ credentials: asked?.kind === 'authenticate' && asked.credentials });
      // It is the other end that answers now, with the magic number that the client knows.
      expect(client.lcp?.peerMagicNumber).toBe(lns.lcp?.magicNumber);
      if (method === 'mschapv2') return; // The client wants a proof that an accept alone does not hold.
      lns.handleAuthResult(1, { kind: 'accept' }, { localAddress: 0x0a400001, peerAddress: 0x0a410101 }, 0);
      settle(lns, client);
      expect(eventsOf(client)).toContainEqual(
        expect.objectContaining({ kind: 'authenticated', user: 'alice@isp' }),
      );
    },
  );

  it('is the same again when it was taken over itself', () => {
    const { lac } = lacOf('chap');
    const lts = takeOver(lac.proxy, 'chap');
    expect(lts.proxy).toEqual(lac.proxy);
  });

  it('has no credentials where the method has no place for them', () => {
    const { lac } = lacOf('eap');
    expect(lac.proxy.proxyAuth).toBeUndefined();
    expect(lac.proxy.proxyLcp?.lastSent).toBeDefined();
  });

  it('says that nobody was asked', () => {
    const s = new Script({ authMethods: [] }).start();
    s.receive(LCP, 2, 1, s.frames[0]?.subarray(6)).receive(LCP, 1, 9, '0506 0a0b0c0d');
    expect(s.session.proxy.proxyAuth).toEqual({ type: 4 });
  });

  it('tells the first and the last request of the peer, and the one of ours that it has acknowledged', () => {
    const s = new Script({ authMethods: ['pap'], mru: 1460 }).start();
    s.receive(LCP, 1, 1, '0104 0010 0506 0a0b0c0d').receive(LCP, 1, 2, '0104 05d4 0506 0a0b0c0d');
    s.receive(LCP, 2, 1, s.frames[0]?.subarray(6));
    const request = utf8('\x05alice\x06wonder');
    s.receive(PAP, 1, 4, request).receive(PAP, 1, 5, request);
    const { proxyLcp, proxyAuth } = s.session.proxy;
    expect(text(proxyLcp?.initialReceived)).toBe('010400100506' + '0a0b0c0d');
    expect(text(proxyLcp?.lastReceived)).toBe('010405d40506' + '0a0b0c0d');
    expect(text(proxyLcp?.lastSent)).toBe(text(s.frames[0]?.subarray(6)));
    // The peer knows the identifier of its latest request only.
    expect(proxyAuth).toMatchObject({ type: 3, id: 5, name: utf8('alice'), response: utf8('wonder') });
  });

  it('is of the last round of LCP, and forgotten when the question is answered', () => {
    const s = new Script({ authMethods: ['pap'] }).start();
    const up = (options: string): void => {
      s.receive(LCP, 1, 1, options);
      const request = s.frames.findLast((frame) => frame[2] === 1);
      s.receive(LCP, 2, request?.[3] ?? 0, request?.subarray(6));
    };
    up('0506 0a0b0c0d');
    up('0506 0a0b0c0e');
    expect(text(s.session.proxy.proxyLcp?.initialReceived)).toBe('05060a0b0c0e');
    s.receive(PAP, 1, 5, utf8('\x05alice\x06wonder'));
    s.do((session, now) => session.handleAuthResult(1, { kind: 'accept' }, { peerAddress: 2 }, now));
    expect(s.session.proxy).toEqual({ proxyLcp: {}, proxyAuth: { type: 4 } });
  });
});
