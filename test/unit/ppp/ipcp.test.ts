import { describe, expect, it } from 'vitest';
import { fromHex, hex } from '../../../lib/wire/index.js';
import {
  IPCP,
  LCP,
  Script,
  type ScriptOptions,
  defaultNetwork,
  localAddress,
  peerAddress,
} from './script.js';

const server = (network = {}, options: ScriptOptions = {}): Script => {
  const s = new Script({ authMethods: ['chap'], ...options }).toNetwork({ ...defaultNetwork, ...network });
  s.sent();
  return s;
};

const client = (options: ScriptOptions = {}): Script => new Script({ role: 'client', ...options }).openLcp();

describe('IPCP of a server', () => {
  it('asks for its own address and nothing else', () => {
    const s = new Script({ authMethods: ['chap'] }).toNetwork();
    expect(hex(s.lastFrame)).toBe('80210101000a03060a400001');
  });

  it('asks for nothing when it has no address of its own', () => {
    const s = new Script({ authMethods: ['chap'] }).toNetwork({ peerAddress });
    expect(hex(s.lastFrame)).toBe('802101010004');
  });

  it('names address and name servers', () => {
    const s = server({ nbns: [0x0a090004] });
    s.receive(IPCP, 1, 1, '0306 00000000 8106 00000000 8206 00000000 8306 00000000');
    expect(s.sent()).toEqual([
      'IPCP Configure-Nak id=1 <IP-Address 10.65.1.1> <Primary-DNS 10.9.0.2> <Primary-NBNS 10.9.0.4> <Secondary-DNS 10.9.0.3>',
    ]);
  });

  it('rejects name servers that it has not, VJ compression, and what is deprecated or unknown', () => {
    const s = server({ dns: [0x0a090002] });
    s.receive(
      IPCP,
      1,
      1,
      '0206 002d 0f01 0306 0a410101 8106 00000000 8306 00000000 8206 00000000 8406 00000000 010a 0a410101 0a400001 9002',
    );
    expect(s.sent()).toEqual([
      'IPCP Configure-Reject id=1 <IP-Compression-Protocol 002d0f01> <Secondary-DNS 0.0.0.0> <Primary-NBNS 0.0.0.0>' +
        ' <Secondary-NBNS 0.0.0.0> <IP-Addresses 0a4101010a400001> <option 144>',
    ]);
  });

  it('insists on the address that it has chosen', () => {
    const s = server();
    s.receive(IPCP, 1, 1, '0306 c0a80001');
    expect(s.sent()).toEqual(['IPCP Configure-Nak id=1 <IP-Address 10.65.1.1>']);
    s.receive(IPCP, 1, 2, '0306 0a410101');
    expect(s.last('attach')).toMatchObject({
      early: false,
      ipv4: { local: localAddress, peer: peerAddress },
    });
  });

  it('ends when the peer insists on another one', () => {
    const s = server();
    for (let id = 1; id <= 5; id++) s.receive(IPCP, 1, id, '0306 c0a80001');
    expect(s.sent()).toHaveLength(5);
    s.receive(IPCP, 1, 6, '0306 c0a80001');
    expect(s.sent()[0]).toMatch(/^IPCP Terminate-Request/);
    s.at(6_000);
    expect(s.last('closing').cause).toMatchObject({ reason: 'no-address', code: 19, protocol: IPCP });
  });

  it('asks once for an option that the peer leaves out, then does without', () => {
    const s = server();
    s.receive(IPCP, 1, 1);
    expect(s.sent()).toEqual(['IPCP Configure-Nak id=1 <IP-Address 10.65.1.1>']);
    s.receive(IPCP, 1, 2);
    expect(s.last('attach').ipv4).toEqual({ local: localAddress, peer: peerAddress });
  });

  it('naks an address of the wrong length', () => {
    const s = server().receive(IPCP, 1, 1, '0304 0a41');
    expect(s.sent()).toEqual(['IPCP Configure-Nak id=1 <IP-Address 10.65.1.1>']);
  });

  it('takes the peer’s own address where that is allowed', () => {
    const s = server({ peerAddress: undefined, acceptPeerAddress: true });
    s.receive(IPCP, 1, 1, '0306 c0a80001');
    expect(s.last('attach').ipv4).toEqual({ local: localAddress, peer: 0xc0a80001 });
  });

  it.each([
    ['none', '0306 00000000'],
    ['a multicast address', '0306 e0000001'],
    ['a loopback address', '0306 7f000001'],
    ['an address of network 0', '0306 00000001'],
    ['the broadcast address', '0306 ffffffff'],
    ['our own', '0306 0a400001'],
  ])('but not %s', (_what, option) => {
    const s = server({ peerAddress: undefined, acceptPeerAddress: true });
    s.receive(IPCP, 1, 1, option);
    expect(s.sent()[0]).toMatch(/^IPCP Configure-Reject/);
  });

  it('is not spoken for users who may not have an address', () => {
    const s = server({ peerAddress: undefined }, { ipv6: true });
    s.receive(IPCP, 1, 1, '0306 00000000');
    expect(s.sent()).toEqual(['LCP Protocol-Reject id=2 of IPCP']);
  });

  it('and nothing else to speak ends the session', () => {
    const s = server({ peerAddress: undefined });
    expect(s.last('closing').cause).toMatchObject({ reason: 'no-address-permitted', code: 20 });
  });

  it('keeps its own address when the peer would like another', () => {
    const s = server();
    s.receive(IPCP, 3, 1, '0306 c0a80001');
    expect(s.sent()).toEqual(['IPCP Configure-Request id=2 <IP-Address 10.64.0.1>']);
    s.receive(IPCP, 4, 2, '0306 0a400001');
    expect(s.sent()).toEqual(['IPCP Configure-Request id=3']);
    s.ack(IPCP).receive(IPCP, 1, 1, '0306 0a410101');
    expect(s.last('attach').ipv4?.local).toBe(localAddress);
  });

  it('reports what it has agreed on', () => {
    const s = server().ack(IPCP).receive(IPCP, 1, 1, '0306 0a410101');
    s.do((session, now) => session.handleAttached(now));
    expect(s.last('network-up')).toEqual({
      kind: 'network-up',
      protocol: 'ipcp',
      parameters: { local: localAddress, peer: peerAddress, dns: [0x0a090002, 0x0a090003], nbns: [] },
    });
  });

  it('rejects codes beyond Code-Reject', () => {
    const s = server().receive(IPCP, 8, 1, '0021');
    expect(hex(s.lastFrame)).toBe('8021 07 02 000a 08010006 0021'.replace(/ /g, ''));
    s.receive(IPCP, 9, 2);
    expect(s.sent()).toHaveLength(2);
  });

  it('discards malformed requests', () => {
    const s = server();
    for (const packet of ['0101 0005 03', '0101 0006 0300', '0101 000a 030a 00000000', '0101 00ff'])
      s.receiveFrame(fromHex(`8021 ${packet}`));
    expect(s.sent()).toEqual([]);
    expect(s.session.discarded).toBe(4);
  });
});

describe('IPCP of a client', () => {
  it('asks for an address and name servers, and takes what it is told', () => {
    const s = client({ network: { requestDns: true } });
    expect(s.sent().at(-1)).toBe(
      'IPCP Configure-Request id=1 <IP-Address 0.0.0.0> <Primary-DNS 0.0.0.0> <Secondary-DNS 0.0.0.0>',
    );
    s.receive(IPCP, 3, 1, '0306 0a410101 8106 0a090002 8306 0a090003');
    expect(s.sent()).toEqual([
      'IPCP Configure-Request id=2 <IP-Address 10.65.1.1> <Primary-DNS 10.9.0.2> <Secondary-DNS 10.9.0.3>',
    ]);
    s.ack(IPCP).receive(IPCP, 1, 1, '0306 0a400001');
    s.do((session, now) => session.handleAttached(now));
    expect(s.last('network-up').parameters).toEqual({
      local: peerAddress,
      peer: localAddress,
      dns: [0x0a090002, 0x0a090003],
      nbns: [],
    });
  });

  it('does without name servers that are rejected', () => {
    const s = client({ network: { requestDns: true } });
    s.receive(IPCP, 4, 1, '8106 00000000 8306 00000000');
    expect(s.sent().at(-1)).toBe('IPCP Configure-Request id=2 <IP-Address 0.0.0.0>');
  });

  it('asks for the address that it would like', () => {
    const s = client({ network: { localAddress: 0x0a410105 } });
    expect(s.sent().at(-1)).toBe('IPCP Configure-Request id=1 <IP-Address 10.65.1.5>');
  });

  it('ends when nobody gives it an address', () => {
    const s = client().receive(IPCP, 4, 1, '0306 00000000').at(6_000);
    expect(s.last('closing').cause).toMatchObject({ reason: 'no-address', protocol: IPCP });
  });

  it('has no name servers to give', () => {
    const s = client();
    s.sent();
    s.receive(IPCP, 1, 1, '0306 0a400001 8106 00000000');
    expect(s.sent()).toEqual(['IPCP Configure-Reject id=1 <Primary-DNS 0.0.0.0>']);
  });
});

describe('an open IPCP', () => {
  it('is negotiated again when the peer asks', () => {
    const s = new Script({ authMethods: ['chap'] }).toOpen();
    s.sent();
    s.told();
    s.receive(IPCP, 1, 9, '0306 0a410101');
    expect(s.told()).toEqual(['network-down']);
    expect(s.sent()).toEqual([
      'IPCP Configure-Request id=2 <IP-Address 10.64.0.1>',
      'IPCP Configure-Ack id=9 <IP-Address 10.65.1.1>',
    ]);
    s.ack(IPCP);
    expect(s.told()).toEqual(['network-up']);
  });

  it('taken down by the peer ends the session when nothing else is open', () => {
    const s = new Script({ authMethods: ['chap'] }).toOpen().receive(IPCP, 5, 9);
    expect(s.sent().at(-1)).toBe('IPCP Terminate-Ack id=9');
    s.at(3_000);
    expect(s.last('closing').cause).toMatchObject({
      reason: 'no-ncp',
      code: 18,
      protocol: IPCP,
      direction: 1,
    });
  });

  it('rejected by the peer ends the session when nothing else is open', () => {
    const s = new Script({ authMethods: ['chap'] }).toNetwork().receive(LCP, 8, 1, '8021 0101 0004');
    expect(s.last('closing').cause).toMatchObject({ reason: 'no-ncp', code: 18, protocol: IPCP });
    expect(s.sent().at(-1)).toMatch(/^LCP Terminate-Request/);
  });
});
