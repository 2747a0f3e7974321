import { describe, expect, it } from 'vitest';
import { describeDatagram, encodeMessage, describeResult, encodeZlb } from '../../../lib/l2tp/index.js';
import { fromHex, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';

const secretText = /7365637265742d|secret-|opensesame|6f70656e736573616d65/i;

describe('trace lines', () => {
  it('name every field of an SCCRP but the response', () => {
    const line = describeDatagram(
      encodeMessage(
        {
          type: 'SCCRP',
          protocolVersion: { version: 1, revision: 0 },
          framingCapabilities: 3,
          hostName: 'lns "one"\n',
          assignedTunnelId: 4711,
          challengeResponse: utf8('secret-response!'),
          challenge: fromHex('0102'),
        },
        12,
        0,
      ),
    );
    expect(line).toBe(
      'SCCRP tunnel=12 session=0 Ns=0 Nr=0 Protocol-Version=1.0 Framing-Capabilities=3 ' +
        'Host-Name="lns \\"one\\"\\n" Assigned-Tunnel-ID=4711 Challenge=0102 Challenge-Response=<16 octets>',
    );
  });

  it('never show a password, hidden or not', () => {
    const iccn = {
      type: 'ICCN',
      framingType: 1,
      txConnectSpeed: 1000,
      proxyAuthenType: 3,
      proxyAuthenResponse: utf8('opensesame'),
    } as const;
    const plain = describeDatagram(encodeMessage(iccn, 1, 2));
    expect(plain).toContain('Proxy-Authen-Response=<10 octets>');
    expect(plain).not.toMatch(secretText);
    const hiding = { secret: utf8('secret-key'), random: seededRandom(1) };
    const hidden = describeDatagram(encodeMessage(iccn, 1, 2, hiding));
    expect(hidden).toContain('Proxy-Authen-Response=<hidden>');
    expect(hidden).toContain('Random-Vector=<16 octets>');
    expect(hidden).not.toMatch(secretText);
  });

  it('show errors with their codes and disconnect causes', () => {
    const line = describeDatagram(
      encodeMessage(
        {
          type: 'CDN',
          assignedSessionId: 3,
          result: { resultCode: 2, errorCode: 8, message: 'unknown AVP' },
          q931Cause: { cause: 16, causeMessage: 69 },
          disconnectCause: { code: 16, controlProtocol: 0xc223, direction: 1 },
        },
        1,
        2,
      ),
    );
    expect(line).toContain('Result-Code=2/8/"unknown AVP" Q.931-Cause-Code=16/69');
    expect(line).toContain('PPP-Disconnect-Cause-Code=16/0xc223/1');
  });

  it.each([
    ['', 'not L2TP (truncated), 0 octets'],
    ['c803000c00010000ffff0000', 'not L2TP (version), 12 octets'],
    ['0802 0001 0002 0003 0000 c021', 'data tunnel=1 session=2 Ns=3 2 octets'],
    ['c802 0013 0001 0000 0000 0000 8008 0000 00ff 00', '<malformed: AVP length 8, 7 octets left>'],
    ['c802 0014 0001 0000 0000 0000 8008 0000 0000 001c', 'message-28 tunnel=1'],
    ['c802 001c 0001 0000 0000 0000 8008 0000 0000 0006 8008 0009 0007 1234', 'AVP-9-7=<2 octets,M>'],
    [
      'c802 001c 0001 0000 0000 0000 8008 0000 0000 0006 8408 0000 000e 1234',
      'Assigned-Session-ID=<reserved bits,M>',
    ],
    [
      'c802 001b 0001 0000 0000 0000 8008 0000 0000 0006 0007 0000 000e 12',
      'Assigned-Session-ID=<malformed: 1 octets>',
    ],
  ])('tell what is odd: %s', (octets, part) => {
    expect(describeDatagram(fromHex(octets))).toContain(part);
  });

  it('name a ZLB', () => {
    expect(describeDatagram(encodeZlb(7, 1, 2))).toBe('ZLB tunnel=7 session=0 Ns=1 Nr=2');
  });

  it('are of bounded length', () => {
    const message = { type: 'ICRQ', assignedSessionId: 1, callSerialNumber: 1 } as const;
    const long = encodeMessage({ ...message, callingNumber: '\x00'.repeat(1000) }, 1, 0);
    expect(describeDatagram(long).length).toBeLessThan(2100);
  });
});

describe('results in words', () => {
  it.each([
    ['StopCCN', { resultCode: 1 }, '1 (general request to clear the control connection)'],
    [
      'StopCCN',
      { resultCode: 2, errorCode: 8, message: 'x' },
      '2 (general error)/8 (unknown mandatory AVP) "x"',
    ],
    ['StopCCN', { resultCode: 5, errorCode: 256 }, '5 (protocol version not supported)/256'],
    ['CDN', { resultCode: 2, errorCode: 4 }, '2 (general error)/4 (insufficient resources)'],
    ['CDN', { resultCode: 99, message: '' }, '99 (unknown)'],
  ] as const)('%s %j', (kind, result, text) => {
    expect(describeResult(kind, result)).toBe(text);
  });
});
