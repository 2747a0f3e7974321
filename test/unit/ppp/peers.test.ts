import { describe, expect, it } from 'vitest';
import { CCP, IPCP, IPV6CP, LCP, Script } from './script.js';

/** What well-known clients send, by heart of their documentation and traces; see test/peer for the programs. */
describe('pppd', () => {
  it('with its default options comes up in the fewest rounds', () => {
    const s = new Script({ authMethods: ['chap'] }).start();
    // <asyncmap 0x0> <magic> <pcomp> <accomp>
    s.receive(LCP, 1, 1, '0206 00000000 0506 5b1c7f21 0702 0802').ack(LCP);
    expect(s.sent().slice(1)).toEqual([
      'LCP Configure-Ack id=1 <ACCM 0x00000000> <Magic-Number 0x5b1c7f21> <PFC> <ACFC>',
      expect.stringMatching(/^CHAP Challenge/),
    ]);
    expect(s.last('lcp-up').sendAccm).toBe(0);
    s.respond().accept();
    expect(s.sent()).toEqual([
      expect.stringMatching(/^CHAP Success/),
      'IPCP Configure-Request id=1 <IP-Address 10.64.0.1>',
    ]);
    // CCP with deflate and BSD, IPCP with VJ, address and name servers, IPV6CP, all at once.
    s.receive(CCP, 1, 1, '1a04 7800 1804 7800 1503 2f');
    s.receive(IPCP, 1, 1, '0206 002d 0f01 0306 00000000 8106 00000000 8306 00000000');
    s.receive(IPV6CP, 1, 1, '010a c1a2b3c4d5e6f701');
    s.ack(IPCP);
    expect(s.sent()).toEqual([
      'LCP Protocol-Reject id=2 of CCP',
      'IPCP Configure-Reject id=1 <IP-Compression-Protocol 002d0f01>',
      'LCP Protocol-Reject id=3 of IPV6CP',
    ]);
    s.receive(IPCP, 1, 2, '0306 00000000 8106 00000000 8306 00000000');
    expect(s.sent()).toEqual([
      'IPCP Configure-Nak id=2 <IP-Address 10.65.1.1> <Primary-DNS 10.9.0.2> <Secondary-DNS 10.9.0.3>',
    ]);
    s.receive(IPCP, 1, 3, '0306 0a410101 8106 0a090002 8306 0a090003');
    s.do((session, now) => session.handleAttached(now));
    expect(s.session.phase).toBe('open');
  });

  it('that refuses CHAP gets PAP', () => {
    const s = new Script({ authMethods: ['mschapv2', 'chap', 'pap'] }).start();
    s.receive(LCP, 3, 1, '0304 c023');
    expect(s.sent()[1]).toContain('<Authentication-Protocol pap>');
  });
});

describe('Windows', () => {
  it('gets by without callback, multilink and compression', () => {
    const s = new Script({ authMethods: ['mschapv2', 'chap'] }).start();
    s.sent();
    // <MRU 1400> <magic> <pcomp> <accomp> <callback CBCP> <MRRU 1614> <endpoint>
    s.receive(
      LCP,
      1,
      0,
      '0104 0578 0506 1bfb7d5e 0702 0802 0d03 06 1104 064e 1317 01 ef2b8c31d84b42b4a2e6d5d0a0f7a50100000000',
    );
    expect(s.sent()).toEqual([
      'LCP Configure-Reject id=0 <Callback 06> <MRRU 064e>' +
        ' <Endpoint-Discriminator 01ef2b8c31d84b42b4a2e6d5d0a0f7a50100000000>',
    ]);
    s.receive(LCP, 1, 1, '0104 0578 0506 1bfb7d5e 0702 0802').ack(LCP);
    // MSRASV5.20, MSRAS-0-HOST
    s.receive(LCP, 12, 2, '1bfb7d5e 4d5352415356352e3230');
    expect(s.last('identification').text).toBe('MSRASV5.20');
    expect(s.session.phase).toBe('authenticate');
    expect(s.last('lcp-up').peerMru).toBe(1400);
  });

  it('asks for NetBIOS servers, too', () => {
    const s = new Script({ authMethods: ['chap'] }).toNetwork();
    s.sent();
    s.receive(IPCP, 1, 6, '0306 00000000 8106 00000000 8206 00000000 8306 00000000 8406 00000000');
    expect(s.sent()).toEqual(['IPCP Configure-Reject id=6 <Primary-NBNS 0.0.0.0> <Secondary-NBNS 0.0.0.0>']);
    s.receive(IPCP, 1, 7, '0306 00000000 8106 00000000 8306 00000000');
    s.receive(IPCP, 1, 8, '0306 0a410101 8106 0a090002 8306 0a090003').ack(IPCP);
    expect(s.last('attach').ipv4).toEqual({ local: 0x0a400001, peer: 0x0a410101 });
  });
});
