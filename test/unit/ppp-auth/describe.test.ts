import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chapMessagePacket, chapValuePacket } from '../../../lib/ppp/auth/chap-packet.js';
import { eapEndPacket, eapMd5Data, eapTypedPacket } from '../../../lib/ppp/auth/eap-packet.js';
import { describeAuthPacket } from '../../../lib/ppp/auth/index.js';
import { papReply, papRequest } from '../../../lib/ppp/auth/pap-packet.js';
import { fromHex, utf8 } from '../../../lib/wire/index.js';
import { CHAP, EAP, PAP } from './script.js';

describe('trace of authentication packets', () => {
  const value = new Uint8Array(16).fill(0xab);
  it.each([
    [
      PAP,
      papRequest(1, utf8('alice'), utf8('wonder')),
      'PAP Authenticate-Request id=1 user="alice" password=(hidden)',
    ],
    [PAP, papReply(2, 1, 'hello'), 'PAP Authenticate-Ack id=1 message="hello"'],
    [PAP, papReply(3, 1), 'PAP Authenticate-Nak id=1 message=""'],
    [CHAP, chapValuePacket(1, 2, value, utf8('lns')), 'CHAP Challenge id=2 name="lns" value=(16 octets)'],
    [CHAP, chapValuePacket(2, 2, value, utf8('alice')), 'CHAP Response id=2 name="alice" value=(16 octets)'],
    [
      CHAP,
      chapMessagePacket(3, 2, `S=${'AB'.repeat(20)} M=Access granted`),
      'CHAP Success id=2 message="S=(hidden) M=Access granted"',
    ],
    [
      CHAP,
      chapMessagePacket(4, 2, `E=691 R=0 C=${'AB'.repeat(16)} V=3 M=No`),
      'CHAP Failure id=2 message="E=691 R=0 C=(hidden) V=3 M=No"',
    ],
    [CHAP, fromHex('07030006abab'), 'CHAP Change-Password-3 id=3'],
    [EAP, eapTypedPacket(1, 4, 1), 'EAP Request id=4 Identity'],
    [EAP, eapTypedPacket(2, 4, 1, utf8('alice')), 'EAP Response id=4 Identity "alice"'],
    [
      EAP,
      eapTypedPacket(1, 5, 4, eapMd5Data(value, utf8('lns'))),
      'EAP Request id=5 MD5-Challenge name="lns" value=(16 octets)',
    ],
    [EAP, eapTypedPacket(2, 5, 3, Uint8Array.of(13, 25, 0)), 'EAP Response id=5 Nak wants=TLS,PEAP,0'],
    [EAP, eapTypedPacket(1, 6, 13, value), 'EAP Request id=6 TLS (16 octets)'],
    [EAP, eapTypedPacket(1, 6, 99, value), 'EAP Request id=6 type=99 (16 octets)'],
    [EAP, eapEndPacket(3, 6), 'EAP Success id=6'],
    [EAP, eapEndPacket(4, 6), 'EAP Failure id=6'],
    [0x8021, fromHex('010203'), 'protocol 0x8021, 3 octets'],
  ])('%#', (protocol, packet, line) => {
    expect(describeAuthPacket(protocol, packet)).toBe(line);
  });

  it('says what is malformed', () => {
    expect(describeAuthPacket(CHAP, fromHex('0101'))).toMatch(/^CHAP malformed: .*; 2 octets$/);
    expect(describeAuthPacket(PAP, fromHex('01010003'))).toMatch(/^PAP malformed: /);
    expect(describeAuthPacket(EAP, fromHex('01010004'))).toMatch(/^EAP malformed: /);
  });

  it('is one line of bounded length for any octets', () => {
    const protocol = fc.constantFrom(PAP, CHAP, EAP);
    const body = fc.uint8Array({ maxLength: 600 });
    fc.assert(
      fc.property(protocol, fc.integer({ min: 0, max: 8 }), body, (protocol, code, body) => {
        const length = body.length + 4;
        const packet = Uint8Array.of(code, 1, length >>> 8, length & 0xff, ...body);
        const line = describeAuthPacket(protocol, packet);
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(line.length).toBeLessThan(3000);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? 500) },
    );
  });

  it('never shows a password', () => {
    const secret = fc.stringMatching(/^[a-z]{6,40}$/);
    fc.assert(
      fc.property(secret, (secret) => {
        const packet = papRequest(1, utf8('ALICE'), utf8(secret));
        expect(describeAuthPacket(PAP, packet)).not.toContain(secret);
        for (let cut = 0; cut < packet.length; cut++)
          expect(describeAuthPacket(PAP, packet.subarray(0, cut))).not.toContain(secret);
      }),
      { numRuns: 50 },
    );
  });
});
