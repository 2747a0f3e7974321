import { describe, expect, it } from 'vitest';
import { disconnectCause } from '../../../lib/ppp/index.js';
import { concat, fromHex, hex, utf8 } from '../../../lib/wire/index.js';
import { CCP, IPCP, LCP, Script, frame } from './script.js';

const bye = disconnectCause('administrative', 2);

describe('LCP negotiation', () => {
  it('opens, and begins with our own request', () => {
    const s = new Script().start();
    expect(hex(s.lastFrame)).toBe(
      // MRU 1460, MS-CHAPv2, magic number 1, PFC, ACFC
      'c021 01 01 0017 0104 05b4 0305 c22381 0506 00000001 0702 0802'.replace(/ /g, ''),
    );
    s.receive(LCP, 1, 9, '0104 05dc 0506 0a0b0c0d 0702 0802');
    expect(s.sent()[1]).toBe('LCP Configure-Ack id=9 <MRU 1500> <Magic-Number 0x0a0b0c0d> <PFC> <ACFC>');
    expect(s.told()).toEqual([]);
    s.ack(LCP);
    expect(s.last('lcp-up')).toEqual({
      kind: 'lcp-up',
      mru: 1460,
      peerMru: 1500,
      authMethod: 'mschapv2',
      peerAuthMethod: undefined,
      magicNumber: 1,
      peerMagicNumber: 0x0a0b0c0d,
      sendAccm: undefined,
      receiveAccm: undefined,
      sendPfc: true,
      sendAcfc: true,
      proxied: false,
    });
    expect(s.session.peerTakesAcfc).toBe(true);
  });

  it('does not mention a default MRU, and asks for an async map when told to', () => {
    const s = new Script({ mru: 1500, accm: 0x000a0000, authMethods: [], pfc: false, acfc: false }).start();
    expect(s.sent()).toEqual(['LCP Configure-Request id=1 <ACCM 0x000a0000> <Magic-Number 0x00000001>']);
  });

  it('sends its request 10 times, 3 s apart, and gives up', () => {
    const s = new Script().start();
    for (let i = 1; i < 10; i++) {
      s.at(i * 3_000 - 1);
      expect(s.sent()).toHaveLength(i === 1 ? 1 : 0);
      s.at(i * 3_000);
      expect(s.sent()).toHaveLength(1);
    }
    expect(new Set(s.frames.map((bytes) => hex(bytes))).size).toBe(1);
    s.at(29_999);
    expect(s.count('down')).toBe(0);
    s.at(30_000);
    expect(s.sent()).toEqual([]);
    expect(s.last('down').cause).toMatchObject({ reason: 'no-lcp', code: 6, protocol: LCP });
    expect(s.session.pollTimeout()).toBeUndefined();
  });

  it('heeds other timers and counters', () => {
    const s = new Script({ restartTimer: 500, maxConfigure: 3 }).start();
    s.at(1_499);
    expect(s.sent()).toHaveLength(3);
    s.at(1_500);
    expect(s.downReason).toBe('no-lcp');
  });

  it('tells a peer that does not converge from one that is not there', () => {
    const s = new Script({ maxConfigure: 2 }).start().receive(LCP, 1, 1, '0506 0a0b0c0d').at(10_000);
    expect(s.downReason).toBe('lcp-timeout');
  });

  it('has an end however the peer keeps it going', () => {
    const s = new Script({ lcpTimeout: 20_000 }).start();
    for (let t = 1_000; t < 20_000; t += 1_000) {
      s.at(t);
      s.receive(LCP, 1, t / 1_000, `0104 05${(t / 1_000).toString(16).padStart(2, '0')}`);
    }
    s.at(30_000);
    expect(s.downReason).toBe('lcp-timeout');
  });

  it('rejects what it does not negotiate, multilink and callback among them, octet for octet', () => {
    const s = new Script().start();
    s.sent();
    s.receive(
      LCP,
      1,
      5,
      '0104 05dc 0408 c025 00000bb8 0506 0a0b0c0d 0d03 06 1104 0640 1202 1309 03 0123456789ab 630a 0102030405060708',
    );
    expect(s.sent()).toEqual([
      'LCP Configure-Reject id=5 <Quality-Protocol c02500000bb8> <Callback 06> <MRRU 0640> <Short-Sequence-Number>' +
        ' <Endpoint-Discriminator 030123456789ab> <option 99 0102030405060708>',
    ]);
    expect(hex(s.lastFrame)).toBe(
      'c021 04 05 0028 0408c02500000bb8 0d0306 11040640 1202 1309030123456789ab 630a0102030405060708'.replace(
        / /g,
        '',
      ),
    );
    // Without them the rest is fine.
    s.receive(LCP, 1, 6, '0104 05dc 0506 0a0b0c0d');
    expect(s.sent()).toEqual(['LCP Configure-Ack id=6 <MRU 1500> <Magic-Number 0x0a0b0c0d>']);
  });

  it('rejects an option that is listed twice', () => {
    const s = new Script().start().receive(LCP, 1, 5, '0104 05dc 0104 05dc');
    expect(s.sent()[1]).toBe('LCP Configure-Reject id=5 <MRU 1500>');
  });

  it('rejects compression of fields when it is switched off', () => {
    const s = new Script({ pfc: false, acfc: false }).start().receive(LCP, 1, 5, '0702 0802 0506 0a0b0c0d');
    expect(s.sent()[1]).toBe('LCP Configure-Reject id=5 <PFC> <ACFC>');
  });

  it.each([
    ['an MRU that is too small', '0104 0040', '<MRU 128>'],
    ['an MRU of the wrong length', '0103 05', '<MRU 1500>'],
    ['an async map of the wrong length', '0203 05', '<ACCM 0x00000000>'],
    ['a magic number of zero', '0506 00000000', '<Magic-Number 0x00000002>'],
    ['a magic number of the wrong length', '0504 0001', '<Magic-Number 0x00000002>'],
  ])('naks %s', (_what, options, wanted) => {
    const s = new Script().start().receive(LCP, 1, 5, options);
    expect(s.sent()[1]).toBe(`LCP Configure-Nak id=5 ${wanted}`);
  });

  it('rejects instead, after Max-Failure naks', () => {
    const s = new Script({ maxFailure: 3 }).start();
    s.sent();
    for (let id = 1; id <= 3; id++) s.receive(LCP, 1, id, '0104 0040');
    expect(s.sent()).toEqual([1, 2, 3].map((id) => `LCP Configure-Nak id=${id} <MRU 128>`));
    s.receive(LCP, 1, 4, '0104 0040');
    expect(s.sent()).toEqual(['LCP Configure-Reject id=4 <MRU 64>']);
    s.receive(LCP, 1, 5, '0506 0a0b0c0d');
    expect(s.sent()).toEqual(['LCP Configure-Ack id=5 <Magic-Number 0x0a0b0c0d>']);
  });

  it('takes the peer’s wishes for our own options', () => {
    const s = new Script({ authMethods: [], accm: 0 }).start();
    s.receive(LCP, 3, 1, '0104 0578 0206 00000003');
    expect(s.sent()[1]).toBe(
      'LCP Configure-Request id=2 <MRU 1400> <ACCM 0x00000003> <Magic-Number 0x00000001> <PFC> <ACFC>',
    );
    s.receive(LCP, 4, 2, '0104 0578 0206 00000003 0506 00000001 0702 0802');
    expect(s.sent()).toEqual(['LCP Configure-Request id=3']);
    s.ack(LCP).receive(LCP, 1, 1, '0506 0a0b0c0d');
    expect(s.last('lcp-up')).toMatchObject({ mru: 1500, magicNumber: 0, receiveAccm: undefined });
  });

  it('does not follow a wish for a larger or an absurd MRU', () => {
    const s = new Script({ authMethods: [] }).start();
    s.receive(LCP, 3, 1, '0104 2328').receive(LCP, 3, 2, '0104 0001');
    expect(s.sent().map((line) => line.includes('<MRU 1460>'))).toEqual([true, true, true]);
  });

  it('drops an option that the peer naks without end', () => {
    const s = new Script({ authMethods: [], maxFailure: 3 }).start();
    for (let id = 1; id <= 3; id++) s.receive(LCP, 3, id, '0104 2328');
    expect(s.sent().at(-1)).toContain('<MRU 1460>');
    s.receive(LCP, 3, 4, '0104 2328');
    expect(s.sent().at(-1)).not.toContain('MRU');
  });

  it('gives up on a peer that refuses without end', () => {
    const s = new Script({ authMethods: [] }).start();
    for (let id = 1; id <= 21; id++) s.receive(LCP, 3, id);
    expect(s.sent().at(-1)).toMatch(/^LCP Terminate-Request/);
    s.at(10_000);
    expect(s.downReason).toBe('lcp-timeout');
  });

  it('discards answers that do not belong to its request', () => {
    const s = new Script().start();
    s.sent();
    const options = s.lastRequest(LCP).subarray(6);
    s.receive(LCP, 2, 2, options); // another identifier
    s.receive(LCP, 2, 1, options.subarray(4)); // other options
    s.receive(LCP, 4, 1, '0104 05b5'); // rejects what was not asked for
    s.receive(LCP, 4, 1, '0802 0702'); // in another order
    expect(s.sent()).toEqual([]);
    expect(s.session.discarded).toBe(4);
    s.receive(LCP, 1, 1, '0506 0a0b0c0d').ack(LCP);
    expect(s.count('lcp-up')).toBe(1);
    // The network repeated the Ack.
    s.receive(LCP, 2, 1, options);
    expect(s.session.phase).toBe('authenticate');
    expect(s.session.discarded).toBe(5);
  });

  it('takes an Ack of a retransmission, and no Ack twice', () => {
    const s = new Script().start().at(3_000).ack(LCP);
    s.at(6_000);
    // A valid reply has used the identifier up (RFC 1661 section 5.1).
    expect(s.sent().at(-1)).toMatch(/^LCP Configure-Request id=2 /);
  });

  it.each([
    ['an option of length 0', '0101 0008 0500 0104'],
    ['an option of length 1', '0101 0008 0501 0104'],
    ['an option beyond the packet', '0101 0008 0506 0104'],
    ['a length beyond the frame', '0101 0040 0104 05b4'],
    ['a length below the header', '0101 0003 0104 05b4'],
  ])('discards a request with %s', (_what, packet) => {
    const s = new Script().start();
    s.sent();
    s.receiveFrame(concat(fromHex('c021'), fromHex(packet)));
    expect(s.sent()).toEqual([]);
    expect(s.session.discarded).toBe(1);
  });

  it('takes padding for what it is, and any header', () => {
    const s = new Script().start();
    s.sent();
    s.receiveFrame(fromHex('ff03 c021 0103 000a 0506 0a0b0c0d eeee ee'));
    expect(hex(s.lastFrame)).toBe('c0210203000a05060a0b0c0d');
  });

  it('keeps quiet about other protocols until it is open', () => {
    const s = new Script().start();
    s.sent();
    s.receiveFrame(fromHex('8021 0101 0004'))
      .receiveFrame(fromHex('0031 01'))
      .receiveFrame(fromHex('c223 01'));
    expect(s.sent()).toEqual([]);
  });
});

describe('an open LCP', () => {
  const open = (options = {}): Script => {
    const s = new Script({ authMethods: ['chap'], ...options }).toOpen();
    s.sent();
    s.told();
    return s;
  };

  it('answers echo requests with its own magic number and the peer’s data', () => {
    const s = open().receive(LCP, 9, 0x55, '0a0b0c0d 68656c6c6f');
    expect(hex(s.lastFrame)).toBe('c021 0a 55 000d 00000001 68656c6c6f'.replace(/ /g, ''));
    s.receive(LCP, 9, 0x56, '00000000');
    expect(hex(s.lastFrame)).toBe('c021 0a 56 0008 00000001'.replace(/ /g, ''));
  });

  it('does not answer with more than the peer takes', () => {
    const s = new Script({ authMethods: [] }).openLcp('0104 0080 0506 0a0b0c0d');
    const data = new Uint8Array(200).fill(7);
    s.receiveFrame(concat(fromHex('c021 0901 00cc'), data));
    expect(s.lastFrame).toHaveLength(2 + 128);
  });

  it('discards an echo request without a magic number', () => {
    const s = open().receive(LCP, 9, 1, '0a0b');
    expect(s.sent()).toEqual([]);
    expect(s.session.discarded).toBe(1);
  });

  it('says nothing to Echo-Reply, Discard-Request, Identification and Time-Remaining', () => {
    const s = open()
      .receive(LCP, 10, 1, '0a0b0c0d')
      .receive(LCP, 11, 1, '0a0b0c0d 00')
      .receive(LCP, 12, 1, concat(fromHex('0a0b0c0d'), utf8('MSRASV5.20\n')))
      .receive(LCP, 13, 1, '0a0b0c0d 00000e10');
    expect(s.sent()).toEqual([]);
    expect(s.last('identification').text).toBe('MSRASV5.20.');
    expect(s.session.phase).toBe('open');
  });

  it('rejects an unknown code with the whole packet', () => {
    const s = open().receive(LCP, 99, 0x21, '0102030405');
    expect(hex(s.lastFrame)).toBe('c021 07 02 000d 63210009 0102030405'.replace(/ /g, ''));
    // The next one has another identifier.
    s.receive(LCP, 0, 0x22);
    expect(hex(s.lastFrame)).toBe('c021 07 03 0008 00220004'.replace(/ /g, ''));
  });

  it('cuts a rejected packet to what the peer takes', () => {
    const s = new Script({ authMethods: [] }).openLcp('0104 0080 0506 0a0b0c0d');
    s.receiveFrame(concat(fromHex('c021 6301 00cc'), new Uint8Array(200)));
    expect(s.lastFrame).toHaveLength(2 + 128);
    expect(hex(s.lastFrame.subarray(0, 10))).toBe('c021 07 02 0080 630100cc'.replace(/ /g, ''));
  });

  it('rejects unknown protocols, with their packet', () => {
    const s = open().receiveFrame(fromHex('ff03 0031 aabbcc'));
    expect(hex(s.lastFrame)).toBe('c021 08 02 0009 0031 aabbcc'.replace(/ /g, ''));
    s.receiveFrame(fromHex('80fd 0101 000a 1206 01000040'));
    expect(hex(s.lastFrame)).toBe('c021 08 03 0010 80fd 0101000a120601000040'.replace(/ /g, ''));
    s.receiveFrame(fromHex('8057 0101 0004'));
    expect(s.sent()).toEqual([
      'LCP Protocol-Reject id=2 of 0x0031',
      'LCP Protocol-Reject id=3 of CCP',
      'LCP Protocol-Reject id=4 of IPV6CP',
    ]);
  });

  it('rejects an unknown protocol while the peer still has to authenticate', () => {
    const s = new Script().openLcp();
    s.sent();
    s.receiveFrame(fromHex('8029 0101 0004'))
      .receiveFrame(frame(IPCP, 1, 1))
      .receiveFrame(frame(CCP, 1, 1));
    expect(s.sent()).toEqual(['LCP Protocol-Reject id=2 of 0x8029']);
  });

  it('goes on after a Code-Reject that it can live with', () => {
    const s = open({ echoInterval: 5_000, echoFailures: 1 }).at(5_000);
    expect(s.sent()).toEqual(['LCP Echo-Request id=2 magic=0x00000001']);
    s.receive(LCP, 7, 1, '0902 0008 00000001').at(60_000);
    expect(s.sent()).toEqual([]);
    expect(s.session.phase).toBe('open');
  });

  it.each([
    ['a Code-Reject of Configure-Request', 7, '0101 0004'],
    ['a Protocol-Reject of LCP', 8, 'c021 0101 0004'],
  ])('closes after %s', (_what, code, data) => {
    const s = open().receive(LCP, code, 1, data);
    expect(s.sent()).toEqual(['LCP Terminate-Request id=2']);
    expect(s.told()).toEqual(['closing', 'network-down']);
    s.receive(LCP, 6, 2);
    expect(s.last('down').cause).toMatchObject({ reason: 'lcp-rejected', direction: 1 });
  });

  it('discards a Code-Reject and a Protocol-Reject without content', () => {
    const s = open().receive(LCP, 7, 1).receive(LCP, 8, 1, 'c0');
    expect(s.session.discarded).toBe(2);
    expect(s.session.phase).toBe('open');
  });

  it('sends its identification', () => {
    const s = new Script({ identification: 'kernel-l2tp' }).openLcp();
    expect(s.sent()).toContain('LCP Identification id=2 magic=0x00000001 "kernel-l2tp"');
  });

  it('acknowledges a Terminate-Request, and ends one restart time later', () => {
    const s = open().receive(LCP, 5, 0x44, utf8('User request'));
    expect(s.sent()).toEqual(['LCP Terminate-Ack id=68']);
    expect(s.told()).toEqual(['closing', 'network-down']);
    s.at(2_999);
    expect(s.count('down')).toBe(0);
    s.at(3_000);
    expect(s.last('down').cause).toMatchObject({ reason: 'normal', code: 3, direction: 1 });
    expect(s.last('down').cause.text).toContain('User request');
  });

  it('closes with Terminate-Requests, two at most', () => {
    const s = open().do((session, now) => session.close(bye, now));
    expect(s.sent()).toEqual(['LCP Terminate-Request id=2 "administrative disconnect"']);
    s.at(3_000);
    expect(s.sent()).toHaveLength(1);
    s.at(6_000);
    expect(s.sent()).toEqual([]);
    expect(s.last('down').cause).toEqual(bye);
    expect(s.count('closing')).toBe(1);
  });

  it('is down as soon as its Terminate-Request is acknowledged', () => {
    const s = open().do((session, now) => session.close(bye, now));
    s.receive(LCP, 6, 2);
    expect(s.downReason).toBe('administrative');
    // Nothing that comes later wakes it up.
    s.sent();
    s.receive(LCP, 1, 1, '0506 0a0b0c0d').at(60_000);
    expect(s.sent()).toEqual([]);
    expect(s.count('down')).toBe(1);
  });

  it('closes while it still negotiates', () => {
    const s = new Script().start().do((session, now) => session.close(bye, now));
    expect(s.sent()[1]).toMatch(/^LCP Terminate-Request/);
    s.at(6_000);
    expect(s.downReason).toBe('administrative');
  });

  it('is gone at once when the call is', () => {
    const s = open().do((session, now) => session.abort(now));
    expect(s.sent()).toEqual([]);
    expect(s.told()).toEqual(['closing', 'network-down', 'down']);
    expect(s.downReason).toBe('carrier-lost');
    expect(s.session.pollTimeout()).toBeUndefined();
  });

  it('keeps the cause of a close that is cut short', () => {
    const s = open()
      .do((session, now) => session.close(bye, now))
      .do((session, now) => session.abort(now));
    expect(s.downReason).toBe('administrative');
    expect(s.count('down')).toBe(1);
  });
});

describe('magic numbers', () => {
  it('find a link that is looped back', () => {
    const s = new Script().start();
    // Whatever is sent comes back.
    let next = 0;
    for (let i = 0; i < 200 && next < s.frames.length; i++) s.receiveFrame(s.frames[next++] as Uint8Array);
    expect(s.last('closing').cause).toMatchObject({ reason: 'loopback', code: 7 });
    const naks = s.sent().filter((line) => line.startsWith('LCP Configure-Nak'));
    expect(naks).toHaveLength(9);
  });

  it('forgive a coincidence', () => {
    const s = new Script().start();
    s.receive(LCP, 1, 1, '0506 00000001');
    expect(s.sent()[1]).toBe('LCP Configure-Nak id=1 <Magic-Number 0x00000002>');
    s.receive(LCP, 1, 2, '0506 00000002').ack(LCP);
    expect(s.session.phase).toBe('authenticate');
  });

  it('tell a coincidence from a loop even when options are to be rejected', () => {
    const s = new Script().start().receive(LCP, 1, 1, '1104 0640 0506 00000001');
    expect(s.sent()[1]).toBe('LCP Configure-Nak id=1 <Magic-Number 0x00000003>');
  });

  it('find a link that is looped back later', () => {
    const s = new Script({ authMethods: ['chap'] }).toOpen();
    s.sent();
    for (let i = 0; i < 10; i++) s.receive(LCP, 9, i, '00000001');
    expect(s.sent().filter((line) => line.includes('Echo-Reply'))).toEqual([]);
    expect(s.last('closing').cause.reason).toBe('loopback');
  });
});

describe('echo', () => {
  const open = (): Script => {
    const s = new Script({ authMethods: ['chap'], echoInterval: 10_000, echoFailures: 3 }).toOpen();
    s.sent();
    return s;
  };

  it('is sent into silence, and ends the session when nothing comes back', () => {
    const s = open().at(9_999);
    expect(s.sent()).toEqual([]);
    s.at(10_000);
    expect(s.sent()).toEqual(['LCP Echo-Request id=2 magic=0x00000001']);
    s.at(30_000);
    expect(s.sent()).toHaveLength(2);
    expect(s.count('closing')).toBe(0);
    s.at(40_000);
    expect(s.last('closing').cause).toMatchObject({ reason: 'echo-timeout', code: 8 });
  });

  it('is sent again every 10 s at the latest, and at the interval again once the peer is heard', () => {
    const s = new Script({ authMethods: ['chap'], echoInterval: 60_000, echoFailures: 3 }).toOpen();
    s.sent();
    s.at(60_000).at(69_999);
    expect(s.sent()).toHaveLength(1);
    s.at(70_000);
    expect(s.sent()).toHaveLength(1);
    s.at(72_000).receive(LCP, 10, s.lastFrame[3] as number, '0a0b0c0d');
    expect(s.session.pollTimeout()).toBe(132_000);
    s.at(132_000).at(142_000).at(152_000);
    expect(s.sent()).toHaveLength(3);
    expect(s.count('closing')).toBe(0);
    s.at(162_000);
    expect(s.last('closing').cause.reason).toBe('echo-timeout');
  });

  it('goes on as long as the peer answers', () => {
    const s = open();
    for (let t = 10_000; t <= 100_000; t += 10_000) {
      s.at(t);
      const [request] = s.sent();
      expect(request).toMatch(/^LCP Echo-Request/);
      s.receive(LCP, 10, s.lastFrame[3] as number, '0a0b0c0d');
    }
    expect(s.session.phase).toBe('open');
  });

  it('is not answered by our own magic number, nor by what is not an answer', () => {
    const s = open().at(10_000);
    s.receive(LCP, 10, 2, '00000001')
      .receive(LCP, 10, 2, '0a0b')
      .receiveFrame(fromHex('c021 0a02 0009 0a0b0c0d'));
    expect(s.session.discarded).toBe(2);
    for (let i = 0; i < 8; i++) s.receive(LCP, 10, i, '00000001');
    expect(s.count('closing')).toBe(0);
    // An answer with another one says that it was no loop.
    s.receive(LCP, 10, 2, '0a0b0c0d');
    for (let i = 0; i < 10; i++) s.receive(LCP, 10, i, '00000001');
    expect(s.last('closing').cause.reason).toBe('loopback');
  });

  it('is not sent to a peer that the kernel hears', () => {
    const s = open();
    for (let t = 6_000; t <= 60_000; t += 6_000) s.at(t).do((session, now) => session.noteActivity(now));
    expect(s.sent()).toEqual([]);
    s.at(69_999);
    expect(s.sent()).toEqual([]);
    s.at(70_000);
    expect(s.sent()).toHaveLength(1);
  });

  it('does not move its deadline with every sign of life', () => {
    const s = open();
    const before = s.session.pollTimeout();
    s.at(5_000).do((session, now) => session.noteActivity(now));
    expect(s.session.pollTimeout()).toBe(before);
  });

  it('counts any frame as a sign of life', () => {
    const s = open().at(10_000).at(20_000).at(30_000);
    expect(s.sent()).toHaveLength(3);
    s.receiveFrame(fromHex('0021 4500')).at(60_000);
    expect(s.count('closing')).toBe(0);
  });
});

describe('renegotiation', () => {
  it('by the peer takes everything down and up again', () => {
    const s = new Script({ authMethods: ['chap'] }).toOpen();
    s.sent();
    s.told();
    s.receive(LCP, 1, 0x30, '0506 0a0b0c0e');
    expect(s.told()).toEqual(['network-down', 'renegotiating']);
    expect(s.sent()).toEqual([
      'LCP Configure-Request id=2 <MRU 1460> <Authentication-Protocol chap> <Magic-Number 0x00000004> <PFC> <ACFC>',
      'LCP Configure-Ack id=48 <Magic-Number 0x0a0b0c0e>',
    ]);
    expect(s.session.phase).toBe('lcp');
    s.ack(LCP);
    expect(s.session.phase).toBe('authenticate');
    s.respond();
    expect(s.last('authenticate')).toMatchObject({ id: 2, again: true });
    s.accept();
    s.ack(IPCP).receive(IPCP, 1, 8, '0306 0a410101');
    // The kernel's part is there already.
    expect(s.count('attach')).toBe(1);
    expect(s.session.phase).toBe('open');
    expect(s.told()).toEqual(['lcp-up', 'authenticate', 'authenticated', 'network-up']);
  });

  it('by the peer, with the very request of before', () => {
    const s = new Script({ authMethods: ['chap'] }).toOpen();
    s.sent();
    s.receive(LCP, 1, 1, '0506 0a0b0c0d');
    expect(s.sent().map((line) => line.split(' ')[1])).toEqual(['Configure-Request', 'Configure-Ack']);
  });

  it('by an unsolicited Terminate-Ack', () => {
    const s = new Script({ authMethods: ['chap'] }).toOpen();
    s.sent();
    s.receive(LCP, 6, 1);
    expect(s.sent()[0]).toMatch(/^LCP Configure-Request id=2 /);
    expect(s.last('renegotiating').by).toBe('peer');
  });

  it('by this end', () => {
    const s = new Script({ authMethods: ['chap'] }).toOpen();
    s.sent();
    s.do((session, now) => session.renegotiate(now));
    expect(s.sent()[0]).toMatch(/^LCP Configure-Request id=2 /);
    expect(s.last('renegotiating').by).toBe('local');
    s.ack(LCP).receive(LCP, 1, 2, '0506 0a0b0c0d').respond().accept();
    s.ack(IPCP).receive(IPCP, 1, 8, '0306 0a410101');
    expect(s.session.phase).toBe('open');
  });

  it('forgets a verification that is under way', () => {
    const s = new Script({ authMethods: ['chap'] }).openLcp().respond();
    const { id } = s.last('authenticate');
    s.receive(LCP, 1, 2, '0506 0a0b0c0d').ack(LCP);
    s.do((session, now) => session.handleAuthResult(id, { kind: 'accept' }, {}, now));
    expect(s.count('authenticated')).toBe(0);
    s.respond().accept();
    expect(s.count('authenticated')).toBe(1);
  });
});
