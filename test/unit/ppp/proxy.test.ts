import { describe, expect, it } from 'vitest';
import { type AuthMethod, type ProxyAuth, chapMd5 } from '../../../lib/ppp/index.js';
import { fromHex, utf8 } from '../../../lib/wire/index.js';
import { CHAP, IPCP, LCP, PAP, Script, type ScriptOptions, defaultNetwork } from './script.js';

const option: Record<string, string> = {
  pap: '0304 c023',
  chap: '0305 c22305',
  mschapv1: '0305 c22380',
  mschapv2: '0305 c22381',
};

const sentBy = (method: AuthMethod): Uint8Array => fromHex(`${option[method]} 0506 00112233`);
const received = fromHex('0104 05d4 0506 0a0b0c0d');
const challenge = fromHex('000102030405060708090a0b0c0d0e0f');

const chapAuth: ProxyAuth = {
  type: 2,
  name: utf8('alice'),
  challenge,
  id: 0x21,
  response: chapMd5(0x21, utf8('wonder'), challenge),
};
const papAuth: ProxyAuth = { type: 3, name: utf8('alice'), id: 7, response: utf8('wonder') };

const start = (
  lastSent: Uint8Array,
  lastReceived: Uint8Array,
  proxyAuth?: ProxyAuth,
  options: ScriptOptions = {},
): Script =>
  new Script({ authMethods: ['chap', 'pap'], ...options }).start({
    proxyLcp: { lastSent, lastReceived },
    ...(proxyAuth && { proxyAuth }),
  });

describe('proxy LCP', () => {
  it('that fits is taken over, without a word', () => {
    const s = start(fromHex('0104 05b4 0305 c22305 0506 00112233 0702 0802'), received, chapAuth);
    expect(s.sent()).toEqual([]);
    expect(s.last('lcp-up')).toMatchObject({
      mru: 1460,
      peerMru: 1492,
      authMethod: 'chap',
      magicNumber: 0x00112233,
      peerMagicNumber: 0x0a0b0c0d,
      proxied: true,
    });
    s.receive(LCP, 9, 1, '0a0b0c0d');
    expect(s.sent()).toEqual(['LCP Echo-Reply id=1 magic=0x00112233']);
  });

  it('takes what is not mentioned for its default', () => {
    const s = start(fromHex('0304 c023'), fromHex(''), papAuth);
    expect(s.last('lcp-up')).toMatchObject({
      mru: 1500,
      peerMru: 1500,
      magicNumber: 0,
      peerMagicNumber: 0,
      sendPfc: false,
      sendAcfc: false,
    });
  });

  it('may have an endpoint discriminator of the peer in it', () => {
    const s = start(sentBy('chap'), fromHex('1309 03 0123456789ab 0506 0a0b0c0d'), chapAuth);
    expect(s.session.phase).toBe('authenticate');
  });

  it.each([
    ['an authentication protocol that is not allowed', sentBy('mschapv2'), received],
    ['no authentication', fromHex('0506 00112233'), received],
    ['a magic number of zero', fromHex('0305 c22305 0506 00000000'), received],
    ['the same magic number at both ends', sentBy('chap'), fromHex('0506 00112233')],
    ['a magic number of the peer of zero', sentBy('chap'), fromHex('0506 00000000')],
    ['an MRU beyond what is taken', fromHex('0104 2328 0305 c22305'), received],
    ['an MRU of the peer that is too small', sentBy('chap'), fromHex('0104 0010')],
    ['multilink', fromHex('0305 c22305 1104 05dc'), received],
    ['multilink of the peer', sentBy('chap'), fromHex('1104 05dc')],
    ['authentication of this end', sentBy('chap'), fromHex('0304 c023')],
    ['a callback', sentBy('chap'), fromHex('0d03 06')],
    ['an option of length 0', fromHex('0300'), received],
    ['an option beyond the end', sentBy('chap'), fromHex('0506 01')],
    ['an option of the wrong length', fromHex('0305 c22305 0504 0102'), received],
  ])('with %s is negotiated anew', (_what, lastSent, lastReceived) => {
    const s = start(lastSent, lastReceived, chapAuth);
    expect(s.sent()).toEqual([expect.stringMatching(/^LCP Configure-Request id=1 <MRU 1460>/)]);
    expect(s.events).toEqual([]);
    s.ack(LCP).receive(LCP, 1, 1, '0506 0a0b0c0d');
    expect(s.last('lcp-up').proxied).toBe(false);
    // The LAC's credentials belong to the LAC's negotiation.
    expect(s.sent().at(-1)).toMatch(/^CHAP Challenge/);
    expect(s.count('authenticate')).toBe(0);
  });

  it('is negotiated anew when half of it is missing, or it is not wanted', () => {
    const half = new Script().start({ proxyLcp: { lastSent: sentBy('chap') }, proxyAuth: chapAuth });
    expect(half.sent()).toHaveLength(1);
    const unwanted = start(sentBy('chap'), received, chapAuth, { proxy: false });
    expect(unwanted.sent()).toHaveLength(1);
  });

  it('is good for nobody who has not to authenticate', () => {
    const s = start(fromHex('0506 00112233'), received, { type: 4 }, { authMethods: [] });
    expect(s.credentials).toBeUndefined();
    s.accept();
    expect(s.sent()[0]).toMatch(/^IPCP Configure-Request/);
  });

  it('can be renegotiated by the peer', () => {
    const s = start(sentBy('chap'), received, chapAuth).accept();
    s.sent();
    s.receive(LCP, 1, 3, '0506 0a0b0c0e');
    expect(s.sent().map((line) => line.split(' ')[1])).toEqual(['Configure-Request', 'Configure-Ack']);
    s.ack(LCP);
    expect(s.last('lcp-up').proxied).toBe(false);
    expect(s.sent().at(-1)).toMatch(/^CHAP Challenge/);
  });
});

describe('proxy authentication', () => {
  it('of CHAP goes to the verifier, and the peer gets the answer', () => {
    const s = start(sentBy('chap'), received, chapAuth);
    expect(s.credentials).toEqual({
      method: 'chap',
      user: 'alice',
      identifier: 0x21,
      challenge,
      response: chapAuth.response,
    });
    s.accept();
    expect(s.sent().map((line) => line.replace(/ message.*/, ''))).toEqual([
      'CHAP Success id=33',
      'IPCP Configure-Request id=1 <IP-Address 10.64.0.1>',
    ]);
    expect(s.last('authenticated')).toMatchObject({ user: 'alice', method: 'chap' });
    // The peer repeats its response until it hears something.
    s.receive(CHAP, 2, 0x21, Uint8Array.of(16, ...(chapAuth.response ?? []), ...utf8('alice')));
    expect(s.sent()).toEqual([expect.stringMatching(/^CHAP Success id=33/)]);
  });

  it('of PAP does too', () => {
    const s = start(sentBy('pap'), received, papAuth);
    expect(s.credentials).toEqual({ method: 'pap', user: 'alice', password: utf8('wonder') });
    s.accept();
    expect(s.sent()[0]).toMatch(/^PAP Authenticate-Ack id=7/);
  });

  it.each<[string, AuthMethod, ProxyAuth]>([
    [
      'MS-CHAPv1',
      'mschapv1',
      { type: 5, name: utf8('alice'), id: 3, challenge: new Uint8Array(8), response: new Uint8Array(49) },
    ],
    [
      'MS-CHAPv2, which LACs send as CHAP',
      'mschapv2',
      { type: 2, name: utf8('alice'), id: 3, challenge: new Uint8Array(16), response: new Uint8Array(49) },
    ],
  ])('of %s does too', (_what, method, proxyAuth) => {
    const s = start(sentBy(method), received, proxyAuth, { authMethods: [method] });
    expect(s.credentials).toMatchObject({ method, user: 'alice', identifier: 3 });
  });

  it.each<[string, AuthMethod, ProxyAuth | undefined]>([
    ['absent', 'chap', undefined],
    ['none', 'chap', { type: 4 }],
    ['textual', 'chap', { ...chapAuth, type: 1 }],
    ['of a reserved type', 'chap', { ...chapAuth, type: 0 }],
    ['of another method', 'chap', papAuth],
    ['without a name', 'chap', { type: 2, challenge, id: 1, response: new Uint8Array(16) }],
    ['without an id', 'chap', { type: 2, name: utf8('alice'), challenge, response: new Uint8Array(16) }],
    ['without a challenge', 'chap', { type: 2, name: utf8('alice'), id: 1, response: new Uint8Array(16) }],
    ['with an empty challenge', 'chap', { ...chapAuth, challenge: new Uint8Array(0) }],
    ['without a response', 'chap', { type: 2, name: utf8('alice'), id: 1, challenge }],
    ['with a response of the wrong length', 'chap', { ...chapAuth, response: new Uint8Array(15) }],
    ['with a name that is none', 'chap', { ...chapAuth, name: fromHex('ff00') }],
  ])('that is %s is not used: the peer is asked itself', (_what, method, proxyAuth) => {
    const s = start(sentBy(method), received, proxyAuth);
    expect(s.count('authenticate')).toBe(0);
    expect(s.sent()).toEqual([expect.stringMatching(/^CHAP Challenge/)]);
    s.respond().accept();
    expect(s.last('authenticated').user).toBe('alice');
  });

  it('that is refused ends the session', () => {
    const s = start(sentBy('chap'), received, chapAuth);
    const { id } = s.last('authenticate');
    s.do((session, now) => session.handleAuthResult(id, { kind: 'reject' }, undefined, now));
    const lines = s.sent();
    expect(lines[0]).toMatch(/^CHAP Failure id=33/);
    expect(lines[1]).toMatch(/^LCP Terminate-Request/);
    expect(s.last('closing').cause.reason).toBe('auth-failed');
  });

  it('that is refused has the peer asked itself where that is wanted', () => {
    const s = start(sentBy('pap'), received, papAuth, { proxyAuthReject: 'renegotiate' });
    const { id } = s.last('authenticate');
    s.do((session, now) => session.handleAuthResult(id, { kind: 'reject' }, undefined, now));
    expect(s.sent()).toEqual([expect.stringMatching(/^LCP Configure-Request id=1 .*Protocol chap/)]);
    expect(s.last('renegotiating').by).toBe('local');
    s.ack(LCP).receive(LCP, 1, 1, '0506 0a0b0c0d').respond().accept(defaultNetwork);
    s.ack(IPCP).receive(IPCP, 1, 1, '0306 0a410101');
    s.do((session, now) => session.handleAttached(now));
    expect(s.session.phase).toBe('open');
    // The second refusal is final.
    const again = start(sentBy('pap'), received, papAuth, { proxyAuthReject: 'renegotiate' });
    again.do((session, now) => session.handleAuthResult(1, { kind: 'reject' }, undefined, now));
    again.ack(LCP).receive(LCP, 1, 1, '0506 0a0b0c0d').respond();
    again.do((session, now) => session.handleAuthResult(2, { kind: 'reject' }, undefined, now));
    expect(again.last('closing').cause.reason).toBe('auth-failed');
  });

  it('keeps no view of the caller’s octets', () => {
    const response = utf8('wonder');
    const name = utf8('alice');
    const s = start(sentBy('pap'), received, { ...papAuth, name, response });
    response.fill(0);
    name.fill(0);
    expect(s.credentials).toEqual({ method: 'pap', user: 'alice', password: utf8('wonder') });
  });

  it('that is waited for hears the peer itself as well', () => {
    const s = start(sentBy('pap'), received, papAuth);
    s.receive(PAP, 1, 8, '05 616c696365 06 776f6e646572');
    expect(s.count('authenticate')).toBe(1);
  });
});
