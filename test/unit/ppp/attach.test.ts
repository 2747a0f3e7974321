import { describe, expect, it } from 'vitest';
import { disconnectCause } from '../../../lib/ppp/index.js';
import { hex } from '../../../lib/wire/index.js';
import { IPCP, IPV6CP, LCP, Script, defaultNetwork } from './script.js';

const ipv4 = '0306 0a410101';
const ipv6 = '010a 0222000000000001';

const inNetwork = (options = {}): Script => {
  const s = new Script({ authMethods: ['chap'], ...options }).toNetwork({
    ...defaultNetwork,
    localInterfaceId: 0x1111n,
  });
  s.sent();
  s.told();
  return s;
};

const attached = (s: Script): Script => s.do((session, now) => session.handleAttached(now));

describe('the Ack that opens a network layer', () => {
  it('is held until the kernel is ready', () => {
    const s = inNetwork().ack(IPCP).receive(IPCP, 1, 0x11, ipv4);
    expect(s.sent()).toEqual([]);
    expect(s.last('attach')).toEqual({
      kind: 'attach',
      early: false,
      ipv4: { local: 0x0a400001, peer: 0x0a410101 },
      ipv6: undefined,
      mtu: 1460,
      mppe: undefined,
    });
    expect(s.session.phase).toBe('network');
    attached(s);
    expect(hex(s.lastFrame)).toBe('8021 02 11 000a 0306 0a410101'.replace(/ /g, ''));
    expect(s.told()).toEqual(['attach', 'network-up']);
    expect(s.session.phase).toBe('open');
    expect(s.session.attached).toBe(true);
  });

  it('is held as well when the peer’s Ack comes last', () => {
    const s = inNetwork().receive(IPCP, 1, 0x11, ipv4);
    expect(s.count('attach')).toBe(1);
    s.ack(IPCP);
    expect(s.sent()).toEqual([]);
    attached(s);
    expect(s.sent()).toEqual(['IPCP Configure-Ack id=17 <IP-Address 10.65.1.1>']);
    expect(s.session.phase).toBe('open');
  });

  it('goes out before the peer’s Ack when the kernel is quicker', () => {
    const s = attached(inNetwork().receive(IPCP, 1, 0x11, ipv4));
    expect(s.sent()).toEqual(['IPCP Configure-Ack id=17 <IP-Address 10.65.1.1>']);
    expect(s.session.phase).toBe('network');
    s.ack(IPCP);
    expect(s.session.phase).toBe('open');
  });

  it('answers the last of several requests, once', () => {
    const s = inNetwork().ack(IPCP).receive(IPCP, 1, 0x11, ipv4);
    for (const id of [0x11, 0x12, 0x13]) s.receive(IPCP, 1, id, ipv4);
    expect(s.count('attach')).toBe(1);
    attached(s);
    expect(s.sent()).toEqual(['IPCP Configure-Ack id=19 <IP-Address 10.65.1.1>']);
  });

  it('is not due any more when the peer changes its mind', () => {
    const s = inNetwork().ack(IPCP).receive(IPCP, 1, 0x11, ipv4).receive(IPCP, 1, 0x12, '0306 c0a80001');
    expect(s.sent()).toEqual(['IPCP Configure-Nak id=18 <IP-Address 10.65.1.1>']);
    attached(s);
    expect(s.sent()).toEqual([]);
    s.receive(IPCP, 1, 0x13, ipv4);
    expect(s.sent()).toEqual(['IPCP Configure-Ack id=19 <IP-Address 10.65.1.1>']);
    expect(s.session.phase).toBe('open');
  });

  it('does not run out of time while the kernel is at work', () => {
    const s = inNetwork().ack(IPCP).receive(IPCP, 1, 0x11, ipv4).at(300_000);
    expect(s.sent()).toEqual([]);
    expect(s.count('closing')).toBe(0);
    attached(s);
    expect(s.session.phase).toBe('open');
  });

  it('leaves our own request alone while that has no answer', () => {
    const s = inNetwork().receive(IPCP, 1, 0x11, ipv4).at(3_000);
    expect(s.sent()).toEqual(['IPCP Configure-Request id=1 <IP-Address 10.64.0.1>']);
  });

  it('is held for both layers, and the kernel hears of what is known', () => {
    const s = inNetwork({ ipv6: true }).ack(IPCP).ack(IPV6CP);
    s.receive(IPV6CP, 1, 1, ipv6);
    expect(s.last('attach')).toMatchObject({
      ipv4: undefined,
      ipv6: { localInterfaceId: 0x1111n, peerInterfaceId: 0x0222_0000_0000_0001n },
    });
    s.receive(IPCP, 1, 1, ipv4);
    expect(s.sent()).toEqual([]);
    expect(s.count('attach')).toBe(1);
    attached(s);
    expect(s.sent().map((line) => line.slice(0, 20))).toEqual([
      'IPCP Configure-Ack i',
      'IPV6CP Configure-Ack',
    ]);
    expect(s.told()).toEqual(['attach', 'network-up', 'network-up']);
  });

  it('of a second layer goes out at once', () => {
    const s = attached(inNetwork({ ipv6: true }).ack(IPCP).receive(IPCP, 1, 1, ipv4));
    s.sent();
    s.receive(IPV6CP, 1, 1, ipv6);
    expect(s.sent()).toHaveLength(1);
    s.ack(IPV6CP);
    expect(s.last('network-up').protocol).toBe('ipv6cp');
    expect(s.count('attach')).toBe(1);
  });

  it('never goes out when the kernel fails', () => {
    const s = inNetwork().ack(IPCP).receive(IPCP, 1, 0x11, ipv4);
    s.do((session, now) => session.handleAttachFailed('create session: ENOMEM', now));
    expect(s.sent()).toEqual([expect.stringMatching(/^LCP Terminate-Request/)]);
    expect(s.last('closing').cause).toMatchObject({ reason: 'data-plane', code: 0, direction: 2 });
    expect(s.last('closing').cause.text).toContain('ENOMEM');
    attached(s);
    expect(s.count('network-up')).toBe(0);
  });

  it('waits for the kernel over a renegotiation', () => {
    const s = inNetwork().ack(IPCP).receive(IPCP, 1, 0x11, ipv4);
    s.receive(LCP, 1, 9, '0506 0a0b0c0e').ack(LCP).respond().accept();
    s.ack(IPCP).receive(IPCP, 1, 1, ipv4);
    expect(s.count('attach')).toBe(1);
    s.sent();
    expect(s.session.phase).toBe('network');
    attached(s);
    expect(s.sent()).toEqual(['IPCP Configure-Ack id=1 <IP-Address 10.65.1.1>']);
  });

  it('takes one answer of the kernel, and only when it was asked', () => {
    const s = attached(inNetwork());
    expect(s.session.attached).toBe(false);
    s.ack(IPCP).receive(IPCP, 1, 0x11, ipv4);
    expect(s.session.phase).toBe('network');
    attached(attached(s));
    expect(s.count('network-up')).toBe(1);
  });
});

describe('the MTU', () => {
  it('is what the peer takes, up to our own bound', () => {
    const mtuOf = (lcp: string, options = {}, override = {}): number => {
      const s = new Script({ authMethods: ['chap'], ...options }).openLcp(lcp).respond();
      s.accept({ ...defaultNetwork, optionsOverride: override }).receive(IPCP, 1, 1, ipv4);
      return s.last('attach').mtu;
    };
    expect(mtuOf('0104 0578 0506 0a0b0c0d')).toBe(1400);
    expect(mtuOf('0104 05d4 0506 0a0b0c0d')).toBe(1460);
    expect(mtuOf('0506 0a0b0c0d', { mtu: 1500 })).toBe(1500);
    expect(mtuOf('0506 0a0b0c0d', { mtu: 1500 }, { mtu: 1300 })).toBe(1300);
  });
});

describe('the network phase', () => {
  it('ends when no layer opens in time', () => {
    const s = inNetwork({ networkTimeout: 20_000 }).ack(IPCP);
    for (let t = 1_000; t < 20_000; t += 1_000) s.at(t).receive(IPCP, 1, t / 1_000, '9003 00');
    expect(s.count('closing')).toBe(0);
    s.at(20_000);
    expect(s.last('closing').cause).toMatchObject({ reason: 'ncp-timeout', code: 17, protocol: IPCP });
  });

  it('ends when the peer does not answer', () => {
    const s = inNetwork({ maxConfigure: 3 }).at(9_000);
    expect(s.last('closing').cause).toMatchObject({ reason: 'ncp-timeout', code: 17, protocol: IPCP });
  });

  it('needs at least one layer', () => {
    const s = new Script({ authMethods: ['chap'], ipv4: false }).toNetwork();
    expect(s.last('closing').cause).toMatchObject({ reason: 'no-ncp', code: 18 });
  });

  it('discards data that comes too early, and rejects data that is never spoken', () => {
    const s = inNetwork();
    s.receiveFrame(Uint8Array.of(0x00, 0x21, 0x45)).receiveFrame(Uint8Array.of(0x21, 0x45));
    expect(s.sent()).toEqual([]);
    s.receiveFrame(Uint8Array.of(0x00, 0x57, 0x60));
    expect(s.sent()).toEqual(['LCP Protocol-Reject id=2 of IPv6']);
  });

  it('takes a user’s own options', () => {
    const s = new Script({ authMethods: ['chap'] }).openLcp().respond();
    s.accept({
      ...defaultNetwork,
      optionsOverride: { ipv4: false, ipv6: true, echoInterval: 7_000, restartTimer: 1_000 },
    });
    s.sent();
    expect(s.session.options).toMatchObject({ ipv6: true, echoInterval: 7_000 });
    s.at(1_000);
    expect(s.sent()).toEqual([expect.stringMatching(/^IPV6CP Configure-Request/)]);
    attached(s.ack(IPV6CP).receive(IPV6CP, 1, 1, ipv6));
    s.at(7_999);
    s.sent();
    s.at(8_000);
    expect(s.sent()).toEqual([expect.stringMatching(/^LCP Echo-Request/)]);
  });
});

describe('a session', () => {
  it('does nothing before it is started', () => {
    const s = new Script();
    s.receive(LCP, 1, 1).at(100_000);
    expect(s.frames).toEqual([]);
    expect(s.session.phase).toBe('initial');
    s.do((session, now) => session.close(disconnectCause('administrative'), now));
    expect(s.told()).toEqual(['closing', 'down']);
  });

  it('starts once', () => {
    const s = new Script().start().start();
    expect(s.frames).toHaveLength(1);
  });

  it('has nothing to do when it is open, but for echo', () => {
    const s = new Script({ authMethods: ['chap'] }).toOpen();
    expect(s.session.pollTimeout()).toBeUndefined();
    expect(s.session.pollTransmit()).toBeUndefined();
    expect(s.session.pollEvent()).toBeUndefined();
  });

  it('tells its phases', () => {
    const s = new Script({ authMethods: ['chap'] });
    const phases = [s.session.phase];
    for (const step of [
      () => s.start(),
      () => s.ack(LCP).receive(LCP, 1, 1, '0506 0a0b0c0d'),
      () => s.respond().accept(),
      () => attached(s.ack(IPCP).receive(IPCP, 1, 1, ipv4)),
      () => s.do((session, now) => session.close(disconnectCause('normal'), now)),
      () => s.receive(LCP, 6, 2),
    ]) {
      step();
      phases.push(s.session.phase);
    }
    expect(phases).toEqual(['initial', 'lcp', 'authenticate', 'network', 'open', 'closing', 'dead']);
    expect(s.told()).toEqual([
      'lcp-up',
      'authenticate',
      'authenticated',
      'attach',
      'network-up',
      'closing',
      'network-down',
      'down',
    ]);
  });
});
