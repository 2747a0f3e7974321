import { describe, expect, it } from 'vitest';
import type { AuthMethod } from '../../../lib/ppp/index.js';
import { PppPair } from '../../support/ppp-pair.js';
import { CHAP, IPCP, LCP, PAP, Script } from './script.js';

const methods: readonly AuthMethod[] = ['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'];

const optionOf: Record<AuthMethod, string> = {
  pap: '0304 c023',
  chap: '0305 c22305',
  mschapv1: '0305 c22380',
  mschapv2: '0305 c22381',
  eap: '0304 c227',
};

const offered = (s: Script): string =>
  /<Authentication-Protocol (\S+)>/.exec(s.sent().at(-1) ?? '')?.[1] ?? 'none';

describe('a server’s offers', () => {
  it.each(methods)('%s is the option that its RFC names', (method) => {
    const s = new Script({ authMethods: [method] }).start();
    const asked = Buffer.from(s.lastFrame).toString('hex');
    expect(asked).toContain(optionOf[method].replace(/ /g, ''));
  });

  it('go down the list with each Nak that names nothing known', () => {
    const s = new Script({ authMethods: ['mschapv2', 'chap', 'pap'] }).start();
    expect(offered(s)).toBe('mschapv2');
    s.receive(LCP, 3, 1, '0304 c229');
    expect(offered(s)).toBe('chap');
    s.receive(LCP, 3, 2, '0305 c223ff');
    expect(offered(s)).toBe('pap');
    s.receive(LCP, 3, 3, '0304 c229');
    expect(s.last('closing').cause).toMatchObject({ reason: 'auth-protocol', code: 15 });
    expect(s.sent().at(-1)).toMatch(/^LCP Terminate-Request/);
  });

  it.each(methods)('follow the peer’s wish for %s', (wish) => {
    const others = methods.filter((method) => method !== wish);
    const s = new Script({ authMethods: [...others, wish] }).start();
    s.receive(LCP, 3, 1, optionOf[wish]);
    expect(offered(s)).toBe(wish);
  });

  it('do not follow a wish that is not allowed, nor back to what was refused', () => {
    const s = new Script({ authMethods: ['mschapv2', 'chap'] }).start();
    s.receive(LCP, 3, 1, optionOf.pap);
    expect(offered(s)).toBe('chap');
    s.receive(LCP, 3, 2, optionOf.mschapv2);
    expect(s.last('closing').cause.reason).toBe('auth-protocol');
  });

  it('end with the first Reject: nobody gets in without authentication', () => {
    const s = new Script({ authMethods: ['mschapv2', 'chap'] }).start();
    s.receive(LCP, 4, 1, optionOf.mschapv2);
    expect(s.last('closing').cause).toMatchObject({ reason: 'auth-protocol', code: 15 });
    s.receive(LCP, 6, 2);
    expect(s.downReason).toBe('auth-protocol');
  });

  it('leave out what yields no keys where encryption is required', () => {
    const s = new Script({ authMethods: ['pap', 'chap', 'mschapv2'], mppe: { mode: 'require' } }).start();
    expect(offered(s)).toBe('mschapv2');
    s.receive(LCP, 3, 1, optionOf.pap);
    expect(s.last('closing').cause.reason).toBe('auth-protocol');
  });

  it('do not oblige a server to prove who it is', () => {
    const s = new Script().start();
    s.receive(LCP, 1, 1, '0305 c22305');
    expect(s.sent()[1]).toBe('LCP Configure-Reject id=1 <Authentication-Protocol chap>');
  });

  it('may be empty; then network parameters are asked for all the same', () => {
    const s = new Script({ authMethods: [] }).openLcp();
    expect(s.credentials).toBeUndefined();
    s.accept();
    expect(s.last('authenticated')).toMatchObject({ method: undefined, mppe: false });
    expect(s.sent().at(-1)).toBe('IPCP Configure-Request id=1 <IP-Address 10.64.0.1>');
  });

  it('may be empty and the session refused', () => {
    const s = new Script({ authMethods: [] }).openLcp();
    const { id } = s.last('authenticate');
    s.do((session, now) => session.handleAuthResult(id, { kind: 'reject' }, undefined, now));
    expect(s.last('closing').cause.reason).toBe('auth-failed');
  });
});

describe('a client', () => {
  const credentials = { user: 'alice', password: 'wonder' };

  it('agrees to what it may do, and naks anything else with its best', () => {
    const s = new Script({ role: 'client', credentials, authMethods: ['chap', 'pap'] }).start();
    s.receive(LCP, 1, 1, '0305 c22381');
    expect(s.sent()[1]).toBe('LCP Configure-Nak id=1 <Authentication-Protocol chap>');
    s.receive(LCP, 1, 2, '0304 c229');
    expect(s.sent()).toEqual(['LCP Configure-Nak id=2 <Authentication-Protocol chap>']);
    s.receive(LCP, 1, 3, '0304 c023');
    expect(s.sent()).toEqual(['LCP Configure-Ack id=3 <Authentication-Protocol pap>']);
    s.ack(LCP);
    expect(s.last('lcp-up')).toMatchObject({ authMethod: undefined, peerAuthMethod: 'pap' });
    expect(s.sent()[0]).toMatch(/^PAP Authenticate-Request/);
  });

  it('without credentials rejects to be asked', () => {
    const s = new Script({ role: 'client' }).start().receive(LCP, 1, 1, '0305 c22305');
    expect(s.sent()[1]).toBe('LCP Configure-Reject id=1 <Authentication-Protocol chap>');
  });

  it('goes straight to its network phase when nobody asks', () => {
    const s = new Script({ role: 'client' }).openLcp();
    expect(s.sent().at(-1)).toBe('IPCP Configure-Request id=1 <IP-Address 0.0.0.0>');
  });

  it('is not made with credentials that no packet can carry', () => {
    const long = 'x'.repeat(256);
    const make = (user: string, password: string, method: AuthMethod) => () =>
      new Script({ role: 'client', credentials: { user, password }, authMethods: [method] });
    expect(make(long, 'wonder', 'chap')).toThrow(RangeError);
    expect(make('alice', long, 'pap')).toThrow(RangeError);
    expect(make('alice', long, 'chap')).not.toThrow();
  });

  it('ends when it is refused', () => {
    const s = new Script({ role: 'client', credentials, authMethods: ['pap'] }).start();
    s.ack(LCP)
      .receive(LCP, 1, 1, '0304 c023')
      .receive(PAP, 3, s.lastFrame[3] as number, '00');
    expect(s.last('authentication-failed')).toMatchObject({ method: 'pap', reason: 'rejected' });
    expect(s.last('closing').cause).toMatchObject({ reason: 'auth-failed', code: 16 });
  });
});

describe('two ends', () => {
  it.each(methods)('agree on %s, whatever is offered first', (method) => {
    for (const first of methods.filter((other) => other !== method)) {
      const pair = new PppPair({
        server: { authMethods: [first, method] },
        client: { authMethods: [method] },
      });
      expect(pair.start().run(20_000, () => pair.open)).toBe(true);
      expect(pair.server.last('authenticated')).toMatchObject({ user: 'alice', method });
      expect(pair.client.last('lcp-up')?.peerAuthMethod).toBe(method);
    }
  });

  it.each(methods)('part over a wrong password with %s', (method) => {
    const pair = new PppPair({
      server: { authMethods: [method] },
      client: { authMethods: [method] },
      serverPassword: 'another',
    }).start();
    pair.run(30_000);
    expect(pair.server.last('authentication-failed')).toMatchObject({
      user: 'alice',
      method,
      reason: 'rejected',
    });
    expect(pair.server.last('down')?.cause.reason).toBe('auth-failed');
    expect(['auth-failed', 'normal']).toContain(pair.client.last('down')?.cause.reason);
    expect(pair.server.all('attach')).toHaveLength(0);
  });

  it('part when they know no common method', () => {
    const pair = new PppPair({ server: { authMethods: ['chap'] }, client: { authMethods: ['pap'] } }).start();
    // The client goes on asking until Max-Configure: a Terminate-Request does not end a negotiation (RFC 1661).
    pair.run(60_000);
    expect(pair.server.last('down')?.cause.reason).toBe('auth-protocol');
    expect(pair.client.all('down')).toHaveLength(1);
  });
});

describe('the authentication phase', () => {
  it('answers a CHAP response again while the peer has not got its result', () => {
    const s = new Script({ authMethods: ['chap'] }).openLcp().respond().accept();
    s.sent();
    s.respond();
    expect(s.sent()).toEqual([expect.stringMatching(/^CHAP Success/)]);
    expect(s.count('authenticate')).toBe(1);
  });

  it('lets answers that come too late, twice or with a made-up id pass by', () => {
    const s = new Script({ authMethods: ['chap'] }).openLcp().respond();
    const { id } = s.last('authenticate');
    s.do((session, now) => session.handleAuthResult(id + 1, { kind: 'accept' }, {}, now));
    s.do((session, now) => session.handleAuthResult(id - 1, { kind: 'reject' }, {}, now));
    expect(s.count('authenticated')).toBe(0);
    s.accept();
    s.do((session, now) => session.handleAuthResult(id, { kind: 'reject' }, undefined, now));
    expect(s.count('authenticated')).toBe(1);
    expect(s.session.phase).toBe('network');
  });

  it('ends in time, verifier or not', () => {
    const s = new Script({ authMethods: ['chap'], authTimeout: 12_000 }).openLcp().respond();
    s.at(11_999);
    expect(s.count('closing')).toBe(0);
    s.at(12_000);
    expect(s.last('closing').cause).toMatchObject({ reason: 'auth-timeout', code: 13 });
    s.accept();
    expect(s.count('authenticated')).toBe(0);
  });

  it('ends when the peer does not answer the challenge', () => {
    const s = new Script({ authMethods: ['chap'], maxConfigure: 3, authTimeout: 60_000 }).openLcp();
    expect(s.sent().filter((line) => line.startsWith('CHAP'))).toHaveLength(1);
    s.at(8_999);
    expect(s.sent()).toHaveLength(2);
    s.at(9_000);
    expect(s.last('closing').cause.reason).toBe('auth-timeout');
  });

  it('ends when the peer rejects the protocol', () => {
    const s = new Script({ authMethods: ['chap'] }).openLcp().receive(LCP, 8, 1, 'c223 0101');
    expect(s.last('closing').cause).toMatchObject({ reason: 'auth-protocol', protocol: CHAP });
  });

  it('ends when the verifier refuses, with the peer told why first', () => {
    const s = new Script({ authMethods: ['chap'] }).openLcp().respond();
    s.sent();
    const { id } = s.last('authenticate');
    s.do((session, now) =>
      session.handleAuthResult(id, { kind: 'reject', message: 'no credit' }, undefined, now),
    );
    const lines = s.sent();
    expect(lines[0]).toMatch(/^CHAP Failure .*no credit/);
    expect(lines[1]).toMatch(/^LCP Terminate-Request/);
    expect(s.last('authentication-failed')).toMatchObject({
      user: 'alice',
      method: 'chap',
      reason: 'rejected',
    });
  });

  it('hears no network protocol', () => {
    const s = new Script({ authMethods: ['chap'] }).openLcp();
    s.sent();
    s.receive(IPCP, 1, 1, '0306 00000000');
    expect(s.sent()).toEqual([]);
  });
});
