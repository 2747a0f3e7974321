import { describe, expect, it } from 'vitest';
import type { AuthResult, MppeKeys, MppeOptions, NetworkParameters } from '../../../lib/ppp/index.js';
import { fromHex, hex } from '../../../lib/wire/index.js';
import { PppPair } from '../../support/ppp-pair.js';
import { CCP, IPCP, LCP, PAP, Script, defaultNetwork } from './script.js';

const keys: MppeKeys = { send: new Uint8Array(16).fill(1), receive: new Uint8Array(16).fill(2) };

/** PAP, whose verifier happens to know keys: what counts here begins after authentication. */
function keyed(
  mppe: MppeOptions,
  found: MppeKeys | undefined = keys,
  network: NetworkParameters = {},
): Script {
  const s = new Script({ authMethods: ['pap'], mppe: { ...mppe, mode: 'off' } });
  s.openLcp().receive(PAP, 1, 1, '05 616c696365 06 776f6e646572');
  const result: AuthResult = { kind: 'accept', ...(found && { mppe: found }) };
  const { id } = s.last('authenticate');
  const parameters = { ...defaultNetwork, ...network, optionsOverride: { mppe, ...network.optionsOverride } };
  s.do((session, now) => session.handleAuthResult(id, result, parameters, now));
  s.sent();
  s.told();
  return s;
}

const attached = (s: Script): Script => s.do((session, now) => session.handleAttached(now));

const request = '1206 01000040';
const answered = (s: Script, code: number, octets: string): void => {
  expect(hex(s.lastFrame.subarray(6))).toBe(octets.replace(/ /g, ''));
  expect(s.lastFrame[2]).toBe(code);
};

describe('CCP without MPPE', () => {
  it('is rejected as a protocol', () => {
    const s = new Script({ authMethods: ['chap'] }).toNetwork().receive(CCP, 1, 1, request);
    expect(s.sent().at(-1)).toBe('LCP Protocol-Reject id=2 of CCP');
  });

  it('is rejected where MPPE is allowed but there are no keys', () => {
    const s = new Script({ authMethods: ['chap'], mppe: { mode: 'allow' } }).toNetwork();
    s.receive(CCP, 1, 1, request);
    expect(s.sent().at(-1)).toBe('LCP Protocol-Reject id=2 of CCP');
  });

  it('ends the session where MPPE is required', () => {
    const s = keyed({ mode: 'require' });
    expect(s.session.phase).toBe('network');
    const other = new Script({ authMethods: ['pap'] });
    other.openLcp().receive(PAP, 1, 1, '05 616c696365 06 776f6e646572');
    other.accept({ ...defaultNetwork, optionsOverride: { mppe: { mode: 'require' } } });
    expect(other.last('closing').cause).toMatchObject({
      reason: 'encryption-refused',
      code: 4,
      protocol: CCP,
    });
    expect(other.count('attach')).toBe(0);
  });
});

describe('MPPE where it is allowed', () => {
  it('waits for the peer, and costs nothing when it does not ask', () => {
    const s = keyed({ mode: 'allow' });
    expect(s.sent()).toEqual([]);
    s.receive(IPCP, 1, 1, '0306 0a410101');
    expect(s.sent()).toEqual(['IPCP Configure-Request id=1 <IP-Address 10.64.0.1>']);
    expect(s.last('attach')).toMatchObject({ early: false, mppe: undefined, mtu: 1460 });
    attached(s).ack(IPCP);
    expect(s.session.phase).toBe('open');
  });

  it('does not wait for ever', () => {
    const s = keyed({ mode: 'allow' }).at(2_999);
    expect(s.sent()).toEqual([]);
    s.at(3_000);
    expect(s.sent()).toEqual(['IPCP Configure-Request id=1 <IP-Address 10.64.0.1>']);
  });

  it('has the kernel ready before CCP begins', () => {
    const s = keyed({ mode: 'allow' }).receive(CCP, 1, 1, request);
    expect(s.sent()).toEqual([]);
    expect(s.last('attach')).toMatchObject({
      early: true,
      ipv4: { local: 0x0a400001, peer: 0x0a410101 },
      mtu: 1456,
      mppe: { send: { key: keys.send, bits: 0x01000040 }, receive: { key: keys.receive, bits: 0x01000040 } },
    });
    attached(s);
    expect(s.sent()).toEqual([
      'CCP Configure-Request id=1 <MPPE 128 stateless>',
      'CCP Configure-Ack id=1 <MPPE 128 stateless>',
    ]);
    s.ack(CCP);
    expect(s.last('network-up')).toEqual({
      kind: 'network-up',
      protocol: 'ccp',
      parameters: { send: 0x01000040, receive: 0x01000040, mtu: 1456 },
    });
    expect(s.sent()).toEqual(['IPCP Configure-Request id=1 <IP-Address 10.64.0.1>']);
    s.ack(IPCP).receive(IPCP, 1, 2, '0306 0a410101');
    expect(s.session.phase).toBe('open');
    expect(s.count('attach')).toBe(1);
  });

  it('may come after IPCP', () => {
    const s = keyed({ mode: 'allow' }).receive(IPCP, 1, 1, '0306 0a410101');
    attached(s).ack(IPCP).receive(CCP, 1, 1, request);
    expect(s.last('mppe')).toMatchObject({ send: { key: keys.send }, receive: { key: keys.receive } });
    s.sent();
    s.do((session, now) => session.handleMppeReady(now));
    expect(s.sent()).toHaveLength(2);
    s.ack(CCP);
    expect(s.last('network-up').protocol).toBe('ccp');
  });

  it('may come while the kernel is at work for IPCP', () => {
    const s = keyed({ mode: 'allow' }).receive(IPCP, 1, 1, '0306 0a410101').receive(CCP, 1, 1, request);
    expect(s.count('mppe')).toBe(0);
    attached(s);
    expect(s.count('mppe')).toBe(1);
    s.sent();
    s.do((session, now) => session.handleMppeReady(now));
    expect(s.sent().map((line) => line.split(' ')[1])).toEqual(['Configure-Request', 'Configure-Ack']);
  });

  it('goes on without when the peer rejects the protocol', () => {
    const s = keyed({ mode: 'allow' }).receive(CCP, 1, 1, request);
    attached(s);
    s.sent();
    s.receive(LCP, 8, 1, '80fd 0101 000a');
    expect(s.sent()).toEqual(['IPCP Configure-Request id=1 <IP-Address 10.64.0.1>']);
    expect(s.session.phase).toBe('network');
  });

  it('never agrees to compression', () => {
    const s = keyed({ mode: 'allow' }).receive(CCP, 1, 1, '1a04 7800 1503 2f 0102 1206 01000041');
    attached(s);
    expect(s.sent()).toEqual([
      'CCP Configure-Request id=1 <MPPE 128 stateless>',
      'CCP Configure-Reject id=1 <Deflate 7800> <BSD-Compress 2f> <Predictor-1>',
    ]);
    s.receive(CCP, 1, 2, '1206 01000041');
    expect(s.sent()).toEqual(['CCP Configure-Nak id=2 <MPPE 128 stateless>']);
  });

  it('ends the session when the peer takes encryption down', () => {
    const s = keyed({ mode: 'allow' }).receive(CCP, 1, 1, request);
    attached(s).ack(CCP).receive(CCP, 5, 2);
    expect(s.last('closing').cause).toMatchObject({ reason: 'encryption-refused', direction: 1 });
  });
});

describe('MPPE where it is required', () => {
  it('begins itself, and opens nothing before it is up', () => {
    const s = keyed({ mode: 'require' });
    expect(s.last('attach').early).toBe(true);
    attached(s);
    expect(s.sent()).toEqual(['CCP Configure-Request id=1 <MPPE 128 stateless>']);
    // A peer that starts everything at once is answered, but its Ack has to wait.
    s.receive(IPCP, 1, 1, '0306 0a410101').ack(IPCP);
    expect(s.sent()).toEqual(['IPCP Configure-Request id=1 <IP-Address 10.64.0.1>']);
    s.receive(CCP, 1, 1, request);
    expect(s.sent()).toEqual(['CCP Configure-Ack id=1 <MPPE 128 stateless>']);
    s.ack(CCP);
    expect(s.sent()).toEqual(['IPCP Configure-Ack id=1 <IP-Address 10.65.1.1>']);
    expect(s.told().slice(-2)).toEqual(['network-up', 'network-up']);
    expect(s.session.phase).toBe('open');
  });

  it.each([
    ['rejects MPPE', 4, '1206 01000040'],
    ['naks it to no key', 3, '1206 01000000'],
    ['naks it to a key that is not allowed', 3, '1206 01000020'],
    ['naks it to stateful mode', 3, '1206 00000040'],
  ])('ends when the peer %s', (_what, code, option) => {
    const s = attached(keyed({ mode: 'require' })).receive(CCP, code, 1, option);
    expect(s.last('closing').cause).toMatchObject({ reason: 'encryption-refused', code: 4, protocol: CCP });
  });

  it('ends when the peer rejects CCP', () => {
    const s = attached(keyed({ mode: 'require' })).receive(LCP, 8, 1, '80fd 0101 000a');
    expect(s.last('closing').cause.reason).toBe('encryption-refused');
  });

  it('ends when the peer asks for nothing', () => {
    const s = attached(keyed({ mode: 'require' }));
    s.sent();
    s.receive(CCP, 1, 1).ack(CCP);
    expect(s.sent()).toEqual(['CCP Configure-Nak id=1 <MPPE 128 stateless>']);
    s.receive(CCP, 1, 2);
    expect(s.last('closing').cause.reason).toBe('encryption-refused');
  });

  it('ends when the peer is silent', () => {
    const s = attached(keyed({ mode: 'require' })).at(30_000);
    expect(s.last('closing').cause.reason).toBe('encryption-refused');
  });
});

describe('the key length and mode', () => {
  // What the peer asks, what is allowed, the answer: Ack 2, Nak 3, Reject 4.
  it.each<[string, string, MppeOptions, number, string]>([
    ['128 stateless', '01000040', { mode: 'allow' }, 2, '01000040'],
    ['128 or 40, both allowed', '01000060', { mode: 'allow', keyLengths: [40, 128] }, 3, '01000040'],
    ['128 or 40, 40 allowed', '01000060', { mode: 'allow', keyLengths: [40] }, 3, '01000020'],
    ['40, both allowed', '01000020', { mode: 'allow', keyLengths: [40, 128] }, 2, '01000020'],
    ['40, 128 allowed', '01000020', { mode: 'allow' }, 4, '01000020'],
    ['128, 40 allowed', '01000040', { mode: 'allow', keyLengths: [40] }, 4, '01000040'],
    ['56 as well', '010000e0', { mode: 'allow', keyLengths: [40, 128] }, 3, '01000040'],
    ['only 56', '01000080', { mode: 'allow' }, 3, '01000040'],
    ['nothing', '00000000', { mode: 'allow' }, 3, '01000040'],
    ['stateful, not allowed', '00000040', { mode: 'allow' }, 3, '01000040'],
    ['stateful, allowed', '00000040', { mode: 'allow', stateful: true }, 2, '00000040'],
    ['stateless, stateful allowed', '01000040', { mode: 'allow', stateful: true }, 2, '01000040'],
    ['the obsolete bit', '01000050', { mode: 'allow' }, 3, '01000040'],
    ['MPPC too', '01000041', { mode: 'allow' }, 3, '01000040'],
    ['reserved bits', '81000040', { mode: 'allow' }, 3, '01000040'],
  ])('asked for as %s', (_what, bits, mppe, code, answer) => {
    const s = attached(keyed(mppe).receive(CCP, 1, 1, `1206 ${bits}`));
    answered(s, code, `1206 ${answer}`);
  });

  it('of the wrong length', () => {
    const s = attached(keyed({ mode: 'allow' }).receive(CCP, 1, 1, '1204 0100'));
    answered(s, 3, '1206 01000040');
  });

  it('are all named in our own request, and narrowed by the peer', () => {
    const s = attached(keyed({ mode: 'require', keyLengths: [40, 128], stateful: true }));
    expect(s.sent()).toEqual(['CCP Configure-Request id=1 <MPPE 128 40 stateless>']);
    s.receive(CCP, 3, 1, '1206 00000020');
    expect(s.sent()).toEqual(['CCP Configure-Request id=2 <MPPE 40 stateful>']);
  });

  it('leave out the short key of MS-CHAPv1, which is another one', () => {
    const lm = new Uint8Array(8).fill(3);
    const both = attached(keyed({ mode: 'require', keyLengths: [40, 128] }, { ...keys, lm }));
    expect(both.sent()).toEqual(['CCP Configure-Request id=1 <MPPE 128 stateless>']);
    const short = keyed({ mode: 'require', keyLengths: [40] }, { ...keys, lm });
    expect(short.last('attach').mppe?.send.key).toEqual(fromHex('0303030303030303 0000000000000000'));
    const none = keyed({ mode: 'require', keyLengths: [40] }, { ...keys, lm: new Uint8Array(0) });
    expect(none.last('closing').cause.reason).toBe('encryption-refused');
  });
});

describe('MPPE in force', () => {
  const inForce = (mppe: Partial<MppeOptions> = {}, bits = '01000040'): Script => {
    const s = attached(keyed({ mode: 'require', ...mppe }));
    s.receive(CCP, 1, 1, `1206 ${bits}`);
    if (bits === '01000040') s.ack(CCP);
    else s.receive(CCP, 3, 1, `1206 ${bits}`).ack(CCP);
    s.ack(IPCP).receive(IPCP, 1, 2, '0306 0a410101');
    expect(s.session.phase).toBe('open');
    s.sent();
    s.told();
    return s;
  };

  it('answers Reset-Request, for the kernel to flush', () => {
    const s = inForce().receive(CCP, 14, 0x31);
    expect(s.sent()).toEqual(['CCP Reset-Ack id=49']);
  });

  it('asks for a reset when stateful data cannot be read, once a second', () => {
    const s = inForce({ stateful: true }, '00000040');
    s.receiveFrame(fromHex('00fd 9001 aabb')).receiveFrame(fromHex('00fd 9002 aabb'));
    expect(s.sent()).toEqual([expect.stringMatching(/^CCP Reset-Request/)]);
    s.at(1_000).receiveFrame(fromHex('00fd 9003 aabb'));
    expect(s.sent()).toHaveLength(1);
    s.receive(CCP, 15, 3).receiveFrame(fromHex('00fd 9004 aabb'));
    expect(s.sent()).toHaveLength(1);
  });

  it('needs no reset when it is stateless', () => {
    const s = inForce().receiveFrame(fromHex('00fd 9001 aabb'));
    expect(s.sent()).toEqual([]);
  });

  it('acknowledges again when the Ack was lost, with the kernel’s sending key set anew', () => {
    const s = inForce();
    s.receive(CCP, 1, 9, request);
    expect(s.sent()).toEqual([]);
    expect(s.last('mppe')).toEqual({
      kind: 'mppe',
      send: { key: keys.send, bits: 0x01000040 },
      receive: undefined,
    });
    // One round with the kernel at a time.
    s.receive(CCP, 1, 9, request);
    expect(s.count('mppe')).toBe(1);
    s.do((session, now) => session.handleMppeReady(now));
    expect(s.sent()).toEqual(['CCP Configure-Ack id=9 <MPPE 128 stateless>']);
    expect(s.told()).toEqual(['mppe', 'network-up']);
    expect(s.session.phase).toBe('open');
  });

  it.each([
    ['a Configure-Request for something else', 1, '1206 00000040'],
    ['a Terminate-Request', 5, ''],
    ['a Terminate-Ack', 6, ''],
  ])('ends the session at %s', (_what, code, data) => {
    const s = inForce().receive(CCP, code, 9, data);
    expect(s.last('closing').cause).toMatchObject({ reason: 'encryption-refused', direction: 1 });
  });

  it('starts over with new keys when LCP does', () => {
    const s = inForce();
    s.receive(LCP, 1, 0x30, '0506 0a0b0c0e').ack(LCP).receive(PAP, 1, 2, '05 616c696365 06 776f6e646572');
    const fresh: MppeKeys = { send: new Uint8Array(16).fill(8), receive: new Uint8Array(16).fill(9) };
    const { id } = s.last('authenticate');
    const network = { ...defaultNetwork, optionsOverride: { mppe: { mode: 'require' } as const } };
    s.do((session, now) => session.handleAuthResult(id, { kind: 'accept', mppe: fresh }, network, now));
    expect(s.count('attach')).toBe(1);
    expect(s.last('mppe')).toMatchObject({ send: { key: fresh.send }, receive: { key: fresh.receive } });
    s.sent();
    s.do((session, now) => session.handleMppeReady(now));
    expect(s.sent()).toEqual(['CCP Configure-Request id=1 <MPPE 128 stateless>']);
  });

  it('does not take the kernel’s late answer for the one it waits for', () => {
    const s = attached(keyed({ mode: 'allow' }).receive(IPCP, 1, 1, '0306 0a410101')).ack(IPCP);
    s.receive(CCP, 1, 1, request);
    expect(s.count('mppe')).toBe(1);
    s.receive(LCP, 1, 0x30, '0506 0a0b0c0e').ack(LCP).receive(PAP, 1, 2, '05 616c696365 06 776f6e646572');
    const { id } = s.last('authenticate');
    const network = { ...defaultNetwork, optionsOverride: { mppe: { mode: 'require' } as const } };
    s.do((session, now) => session.handleAuthResult(id, { kind: 'accept', mppe: keys }, network, now));
    expect(s.count('mppe')).toBe(2);
    s.sent();
    s.do((session, now) => session.handleMppeReady(now));
    expect(s.sent()).toEqual([]);
    s.do((session, now) => session.handleMppeReady(now));
    expect(s.sent()).toEqual(['CCP Configure-Request id=1 <MPPE 128 stateless>']);
  });
});

describe('two ends', () => {
  const modes = ['off', 'allow', 'require'] as const;
  const cases = modes.flatMap((server) => modes.map((client) => ({ server, client })));

  it.each(cases)('server $server, client $client', ({ server, client }) => {
    for (const method of ['mschapv1', 'mschapv2', 'chap'] as const) {
      const options = (mode: (typeof modes)[number]) => ({
        authMethods: mode === 'require' && method === 'chap' ? [method, 'mschapv2' as const] : [method],
        mppe: { mode },
      });
      const pair = new PppPair({ server: options(server), client: options(client) }).start();
      pair.run(60_000, () => pair.open);
      pair.run(10_000);
      const required = server === 'require' || client === 'require';
      const off = server === 'off' || client === 'off';
      const keyed = pair.server.last('authenticated')?.mppe ?? false;
      const encrypted = pair.ends.map((end) =>
        end
          .all('network-up')
          .some((event) => event.protocol === 'ccp' && event.parameters.send !== undefined),
      );
      const expected = !off && keyed;
      if (required && !expected) {
        expect(
          pair.ends.every((end) => end.all('network-up').every(({ protocol }) => protocol !== 'ipcp')),
        ).toBe(true);
        expect(pair.ends.map(({ session }) => session.phase)).not.toContain('open');
      } else {
        expect(pair.open, pair.trace.join('\n')).toBe(true);
        expect(encrypted, pair.trace.join('\n')).toEqual([expected, expected]);
      }
    }
  });

  it.each([
    [[128], [128], 0x01000040],
    [[40, 128], [128], 0x01000040],
    [[128], [40, 128], 0x01000040],
    [[40, 128], [40, 128], 0x01000040],
    [[40], [40, 128], 0x01000020],
    [[40, 128], [40], 0x01000020],
    [[40], [128], undefined],
    [[128], [40], undefined],
  ] as const)('server %j, client %j bits', (server, client, bits) => {
    const options = (keyLengths: readonly (40 | 128)[]) => ({
      authMethods: ['mschapv2' as const],
      mppe: { mode: 'require' as const, keyLengths },
    });
    const pair = new PppPair({ server: options(server), client: options(client) }).start();
    pair.run(60_000, () => pair.open);
    if (bits === undefined) {
      expect(pair.open).toBe(false);
      pair.run(60_000);
      expect(pair.ends.map((end) => end.last('down')?.cause.reason)).toContain('encryption-refused');
    } else {
      expect(pair.open, pair.trace.join('\n')).toBe(true);
      for (const end of pair.ends) {
        const up = end.all('network-up').find(({ protocol }) => protocol === 'ccp');
        expect(up?.parameters).toMatchObject({ send: bits, receive: bits });
      }
      const [a, b] = pair.ends.map((end) => end.last('attach')?.mppe);
      expect(a?.send.key).toEqual(b?.receive.key);
      expect(a?.receive.key).toEqual(b?.send.key);
    }
  });
});
