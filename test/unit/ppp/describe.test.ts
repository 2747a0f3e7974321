import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeFrame } from '../../../lib/ppp/index.js';
import { concat, fromHex, utf8 } from '../../../lib/wire/index.js';
import { fuzz } from '../../support/fuzz.js';

describe('a frame in the trace', () => {
  it.each([
    [
      'ff03 c021 0101 000e 0104 05b4 0506 01020304',
      'LCP Configure-Request id=1 <MRU 1460> <Magic-Number 0x01020304>',
    ],
    ['c021 0402 0008 1104 0640', 'LCP Configure-Reject id=2 <MRRU 0640>'],
    ['c021 0302 0009 0305 c22381', 'LCP Configure-Nak id=2 <Authentication-Protocol mschapv2>'],
    ['c021 0302 0008 0304 c229', 'LCP Configure-Nak id=2 <Authentication-Protocol 0xc229>'],
    ['c021 0302 0006 0302', 'LCP Configure-Nak id=2 <Authentication-Protocol ?>'],
    ['c021 0101 0007 0103 05', 'LCP Configure-Request id=1 <MRU ? 05>'],
    ['c021 0101 0008 6304 0102', 'LCP Configure-Request id=1 <option 99 0102>'],
    ['c021 0509 0009 68656c6c6f', 'LCP Terminate-Request id=9 "hello"'],
    ['c021 0609 0004', 'LCP Terminate-Ack id=9'],
    ['c021 0703 0008 6304 0004', 'LCP Code-Reject id=3 of Code-99'],
    ['c021 0803 000a 80fd 0101 0004', 'LCP Protocol-Reject id=3 of CCP'],
    ['c021 0904 0008 01020304', 'LCP Echo-Request id=4 magic=0x01020304'],
    ['c021 0c04 000a 01020304 4142', 'LCP Identification id=4 magic=0x01020304 "AB"'],
    ['c021 0d04 000c 01020304 00000e10', 'LCP Time-Remaining id=4 3600 s'],
    [
      '8021 0101 0010 0306 00000000 8106 0a090002',
      'IPCP Configure-Request id=1 <IP-Address 0.0.0.0> <Primary-DNS 10.9.0.2>',
    ],
    ['8021 0101 000a 0206 002d 0f01', 'IPCP Configure-Request id=1 <IP-Compression-Protocol 002d0f01>'],
    ['8057 0201 000e 010a 0222000000000001', 'IPV6CP Configure-Ack id=1 <Interface-Identifier 222:0:0:1>'],
    ['80fd 0101 000a 1206 01000060', 'CCP Configure-Request id=1 <MPPE 128 40 stateless>'],
    ['80fd 0e01 0004', 'CCP Reset-Request id=1'],
    ['0021 4500', 'IPv4 2 octets'],
    ['21 4500', 'IPv4 2 octets'],
    ['0031 00', '0x0031 1 octets'],
  ])('%s', (octets, line) => {
    expect(describeFrame(fromHex(octets))).toBe(line);
  });

  it('has an arrow for its direction', () => {
    expect(describeFrame(fromHex('c021 0609 0004'), 'in')).toBe('< LCP Terminate-Ack id=9');
    expect(describeFrame(fromHex('c021 0609 0004'), 'out')).toBe('> LCP Terminate-Ack id=9');
  });

  it('that is malformed is told as such', () => {
    expect(describeFrame(fromHex(''))).toMatch(/^malformed frame of 0 octets/);
    expect(describeFrame(fromHex('c021 0101 00ff'))).toMatch(/^LCP malformed \(.*\) 010100ff$/);
    expect(describeFrame(fromHex('c021 0101 0006 0500'))).toMatch(/^LCP malformed/);
  });

  it('hides passwords, and takes the sting out of text', () => {
    const pap = concat(fromHex('c023 0101 0010 05'), utf8('alice'), fromHex('05'), utf8('sesam'));
    expect(describeFrame(pap)).toContain('alice');
    expect(describeFrame(pap)).not.toContain('sesam');
    expect(describeFrame(fromHex('c021 0509 0008 1b5b0a00'))).toBe('LCP Terminate-Request id=9 ".[.."');
  });

  it('is one line of bounded length, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1600 }),
        fc.constantFrom(0xc021, 0x8021, 0x80fd, 0xc023, 0xc223),
        (rest, protocol) => {
          const line = describeFrame(Uint8Array.of(protocol >>> 8, protocol & 0xff, ...rest));
          expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
          expect(line.length).toBeLessThan(12_000);
        },
      ),
    );
  });

  it('never throws', () => {
    const corpus = [
      'ff03 c021 0101 000e 0104 05b4 0506 01020304',
      '8021 0101 0010 0306 00000000 8106 0a090002',
      '8057 0201 000e 010a 0222000000000001',
      'c223 0105 0018 10 000102030405060708090a0b0c0d0e0f 6c6e73',
      'c023 0101 0010 05 616c696365 05 736573616d',
      'c227 0101 000a 01 68656c6c6f',
    ].map(fromHex);
    fuzz(corpus, (bytes) => expect(describeFrame(bytes)).toBeTypeOf('string'));
  }, 900_000);
});
