import { describe, expect, it } from 'vitest';
import {
  formatInterfaceId,
  interfaceIdBytes,
  interfaceIdOf,
  parseInterfaceId,
} from '../../../lib/ppp/index.js';
import { hex } from '../../../lib/wire/index.js';
import { PppPair } from '../../support/ppp-pair.js';
import { IPCP, IPV6CP, LCP, Script, defaultNetwork } from './script.js';

const local = 0x1111_1111_1111_1111n;
const id = '010a 0222000000000001';
const peerId = 0x0222_0000_0000_0001n;

const server = (network = {}, options = {}): Script => {
  const s = new Script({ authMethods: ['chap'], ipv4: false, ipv6: true, ...options });
  s.toNetwork({ ...defaultNetwork, localInterfaceId: local, ...network });
  s.sent();
  return s;
};

describe('IPV6CP', () => {
  it('asks for the identifier that it was given', () => {
    const s = new Script({ authMethods: ['chap'], ipv4: false, ipv6: true }).toNetwork({
      localInterfaceId: local,
    });
    expect(hex(s.lastFrame)).toBe('80570101000e010a1111111111111111');
  });

  it('makes one up otherwise, that claims no global uniqueness', () => {
    const s = server({ localInterfaceId: undefined });
    const request = s.lastRequest(IPV6CP);
    expect(request).toHaveLength(16);
    expect(interfaceIdOf(request.subarray(8))).not.toBe(0n);
    expect((request[8] as number) & 0x02).toBe(0);
  });

  it('agrees to any identifier that is not its own', () => {
    const s = server().ack(IPV6CP).receive(IPV6CP, 1, 1, id);
    expect(s.last('attach')).toMatchObject({
      ipv4: undefined,
      ipv6: { localInterfaceId: local, peerInterfaceId: peerId },
    });
    s.do((session, now) => session.handleAttached(now));
    expect(s.sent()).toEqual(['IPV6CP Configure-Ack id=1 <Interface-Identifier 222:0:0:1>']);
    expect(s.last('network-up')).toEqual({
      kind: 'network-up',
      protocol: 'ipv6cp',
      parameters: { localInterfaceId: local, peerInterfaceId: peerId },
    });
  });

  it.each([
    ['zero', '010a 0000000000000000'],
    ['its own', '010a 1111111111111111'],
    ['one of the wrong length', '0106 00000001'],
  ])('suggests one to a peer that asks for %s', (_what, option) => {
    const s = server();
    s.receive(IPV6CP, 1, 1, option);
    const nak = s.lastFrame;
    expect(nak[2]).toBe(3);
    const suggested = interfaceIdOf(nak.subarray(8));
    expect([0n, local]).not.toContain(suggested);
    // It suggests the same one again, and agrees to it.
    s.receive(IPV6CP, 1, 2, option);
    expect(interfaceIdOf(s.lastFrame.subarray(8))).toBe(suggested);
    s.receive(IPV6CP, 1, 3, Uint8Array.of(1, 10, ...interfaceIdBytes(suggested)));
    expect(s.count('attach')).toBe(1);
  });

  it('suggests the identifier that is prescribed, and insists on it up to Max-Failure', () => {
    const s = server({ peerInterfaceId: 0x99n }, { maxFailure: 3 });
    for (let n = 1; n <= 3; n++) s.receive(IPV6CP, 1, n, id);
    expect(s.sent()).toEqual(
      [1, 2, 3].map((n) => `IPV6CP Configure-Nak id=${n} <Interface-Identifier 0:0:0:99>`),
    );
    s.receive(IPV6CP, 1, 4, id);
    expect(s.last('attach').ipv6?.peerInterfaceId).toBe(peerId);
  });

  it('asks once for an identifier that is left out', () => {
    const s = server({ peerInterfaceId: 0x99n });
    s.receive(IPV6CP, 1, 1);
    expect(s.sent()).toEqual(['IPV6CP Configure-Nak id=1 <Interface-Identifier 0:0:0:99>']);
    s.receive(IPV6CP, 1, 2);
    expect(s.last('attach').ipv6?.peerInterfaceId).toBe(0n);
  });

  it('takes a suggestion, but not its own', () => {
    const s = server();
    s.receive(IPV6CP, 3, 1, id);
    expect(s.sent()).toEqual(['IPV6CP Configure-Request id=2 <Interface-Identifier 222:0:0:1>']);
    s.receive(IPV6CP, 1, 1, '010a 0000000000000000');
    const suggested = s.lastFrame.subarray(6);
    s.sent();
    s.receive(IPV6CP, 3, 2, suggested);
    const next = s.lastRequest(IPV6CP).subarray(6);
    expect(hex(next)).not.toBe(hex(suggested));
  });

  it('rejects compression', () => {
    const s = server().receive(IPV6CP, 1, 1, `${id} 0204 004f`);
    expect(s.sent()).toEqual(['IPV6CP Configure-Reject id=1 <IPv6-Compression-Protocol 004f>']);
  });

  it('is rejected as a protocol unless it is enabled', () => {
    const s = new Script({ authMethods: ['chap'] }).toNetwork().receive(IPV6CP, 1, 1, id);
    expect(s.sent().at(-1)).toBe('LCP Protocol-Reject id=2 of IPV6CP');
  });

  it('refused by the peer leaves IPv4', () => {
    const s = new Script({ authMethods: ['chap'], ipv6: true }).toOpen();
    s.receive(LCP, 8, 1, '8057 0101 0004');
    expect(s.session.phase).toBe('open');
    s.sent();
    s.receive(IPV6CP, 1, 1, id).at(60_000);
    expect(s.sent()).toEqual([]);
  });

  it('that nobody answers leaves IPv4', () => {
    const s = new Script({ authMethods: ['chap'], ipv6: true }).toOpen().at(120_000);
    expect(s.session.phase).toBe('open');
    // The peer may still come round to it.
    s.sent();
    s.receive(IPV6CP, 1, 1, id);
    expect(s.sent().map((line) => line.split(' ')[1])).toEqual(['Configure-Request', 'Configure-Ack']);
    s.ack(IPV6CP);
    expect(s.last('network-up').protocol).toBe('ipv6cp');
  });

  it('alone is enough', () => {
    const s = new Script({ authMethods: ['chap'], ipv6: true }).toNetwork();
    s.receive(LCP, 8, 1, '8021 0101 0004').ack(IPV6CP).receive(IPV6CP, 1, 1, id);
    s.do((session, now) => session.handleAttached(now));
    expect(s.session.phase).toBe('open');
    s.receive(IPCP, 1, 1, '0306 00000000').at(60_000);
    expect(s.session.phase).toBe('open');
  });

  it('of two ends that chose alike settles on two identifiers', () => {
    const pair = new PppPair({
      server: { ipv4: false, ipv6: true },
      client: { ipv4: false, ipv6: true },
      serverNetwork: { localInterfaceId: 0x77n },
      clientNetwork: { localInterfaceId: 0x77n },
    }).start();
    expect(pair.run(20_000, () => pair.open)).toBe(true);
    const [a, b] = pair.ends.map((end) => end.last('network-up')?.parameters);
    expect(a).toMatchObject({ localInterfaceId: (b as { peerInterfaceId: bigint }).peerInterfaceId });
    expect((a as { localInterfaceId: bigint }).localInterfaceId).not.toBe(
      (b as { localInterfaceId: bigint }).localInterfaceId,
    );
  });
});

describe('interface identifiers', () => {
  it('are printed as half an address', () => {
    expect(formatInterfaceId(0x0222_0000_00ff_1000n)).toBe('222:0:ff:1000');
    expect(formatInterfaceId(1n)).toBe('0:0:0:1');
    expect(parseInterfaceId('222:0:ff:1000')).toBe(0x0222_0000_00ff_1000n);
    for (const text of ['', '0:0:0:0', '1:2:3', '1:2:3:4:5', '1::1', 'g:0:0:1', '12345:0:0:1']) {
      expect(parseInterfaceId(text)).toBeUndefined();
    }
  });

  it('are eight octets', () => {
    expect(hex(interfaceIdBytes(0x0102_0304_0506_0708n))).toBe('0102030405060708');
    expect(interfaceIdOf(interfaceIdBytes(0xff00_0000_0000_0001n))).toBe(0xff00_0000_0000_0001n);
  });
});
