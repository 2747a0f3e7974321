import { describe, expect, it } from 'vitest';
import {
  Direction,
  disconnectCause,
  disconnectReasons,
  overridePppOptions,
  resolvePppOptions,
} from '../../../lib/ppp/index.js';
import { formatIpv4, parseIpv4 } from '../../../lib/wire/index.js';

describe('PPP options', () => {
  it('have the defaults of RFC 1661 section 4.6', () => {
    expect(resolvePppOptions()).toMatchObject({
      restartTimer: 3_000,
      maxConfigure: 10,
      maxTerminate: 2,
      maxFailure: 5,
      authMethods: ['mschapv2', 'chap', 'pap'],
      mppe: { mode: 'off', keyLengths: [128], stateful: false },
    });
  });

  it.each([
    [{ mru: 0 }],
    [{ mru: 70_000 }],
    [{ mtu: 1.5 }],
    [{ echoInterval: -1 }],
    [{ echoFailures: 0 }],
    [{ restartTimer: 0 }],
    [{ maxConfigure: Number.NaN }],
    [{ accm: -1 }],
    [{ mppe: { mode: 'allow' as const, keyLengths: [] } }],
  ])('refuse %j', (options) => {
    expect(() => resolvePppOptions(options)).toThrow(RangeError);
  });

  it('are shared where nothing differs', () => {
    const base = resolvePppOptions();
    expect(overridePppOptions(base, undefined)).toBe(base);
    expect(overridePppOptions(base, {})).toBe(base);
    const other = overridePppOptions(base, { ipv6: true, mppe: { mode: 'require' } });
    expect(other).toMatchObject({ ipv6: true, mppe: { mode: 'require', keyLengths: [128] } });
    expect(base.ipv6).toBe(false);
    expect(() => overridePppOptions(base, { mtu: 0 })).toThrow(RangeError);
  });
});

describe('disconnect causes', () => {
  it('have the codes of RFC 3145', () => {
    const codes = Object.entries(disconnectReasons).map(([reason, { code }]) => [reason, code]);
    expect(Object.fromEntries(codes)).toEqual({
      administrative: 1,
      'idle-timeout': 1,
      'session-timeout': 1,
      quota: 1,
      replaced: 1,
      shutdown: 1,
      'renegotiation-disabled': 2,
      normal: 3,
      'encryption-refused': 4,
      'lcp-timeout': 5,
      'no-lcp': 6,
      loopback: 7,
      'echo-timeout': 8,
      'auth-timeout': 13,
      'auth-protocol': 15,
      'auth-failed': 16,
      'ncp-timeout': 17,
      'no-ncp': 18,
      'no-address': 19,
      'no-address-permitted': 20,
      'lcp-rejected': 0,
      'data-plane': 0,
      'carrier-lost': 0,
    });
  });

  it('tell people more', () => {
    expect(disconnectCause('ncp-timeout', Direction.Peer, 0x8021, 'IPCP')).toEqual({
      reason: 'ncp-timeout',
      code: 17,
      protocol: 0x8021,
      direction: 1,
      text: 'a network control protocol was not agreed on in time: IPCP',
    });
  });
});

describe('IPv4 addresses', () => {
  it.each([
    ['10.0.0.1', 0x0a000001],
    ['255.255.255.255', 0xffffffff],
    ['0.0.0.0', 0],
    ['192.168.1.254', 0xc0a801fe],
  ])('%s', (text, address) => {
    expect(parseIpv4(text)).toBe(address);
    expect(formatIpv4(address)).toBe(text);
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '010.0.0.1', '1.2.3.x', ' 1.2.3.4', '1.2.3.-4'])(
    'and not %j',
    (text) => {
      expect(parseIpv4(text)).toBeUndefined();
    },
  );
});
