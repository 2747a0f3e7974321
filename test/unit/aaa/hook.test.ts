import { describe, expect, it } from 'vitest';
import {
  type AuthenticateHook,
  type AuthenticateHookRequest,
  hookAuthenticator,
} from '../../../lib/aaa/index.js';
import type { EapCredentials } from '../../../lib/ppp/index.js';
import { seededRandom } from '../../support/random.js';
import { CALL, logIn, METHODS } from './log-in.js';

const withHook = (hook: AuthenticateHook) =>
  hookAuthenticator({ hook, random: seededRandom(3), localName: 'lns' });
const alice = { user: 'alice', password: 'wonder' };

/** An answer that TypeScript would not let through. */
const odd = (answer: unknown): AuthenticateHook => (() => answer) as AuthenticateHook;

describe.each(METHODS)('%s', (method) => {
  it.each([
    ['at once', false],
    ['later', true],
  ])('lets in by verify(), %s', async (_, later) => {
    const seen: AuthenticateHookRequest[] = [];
    const answer = (request: AuthenticateHookRequest) => {
      seen.push(request);
      return { accept: request.verify('wonder'), pool: 'main' };
    };
    const authenticator = withHook(
      later ? async (request) => (await Promise.resolve(), answer(request)) : answer,
    );
    const result = await logIn(authenticator, { ...alice, method });
    expect(result.server).toMatchObject({ kind: 'success', user: 'alice' });
    expect(result.client).toMatchObject({ kind: 'success' });
    expect(result.answers.at(-1)?.policy).toEqual({ pool: 'main' });
    expect(result.synchronous).toBe(!later);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      user: 'alice',
      method,
      peerAddress: '192.0.2.7',
      peerHostName: 'lac.example.net',
      callingNumber: '4930123',
    });
    expect(seen[0]).not.toHaveProperty('calledNumber');

    const wrong = await logIn(authenticator, { ...alice, password: 'guess', method });
    expect(wrong.server).toMatchObject({ kind: 'failure', reason: 'rejected' });
    expect(wrong.answers.at(-1)?.reason).toBe('refused by the authenticate hook');
  });

  it('keeps a verify() that succeeded, whatever is tried after it', async () => {
    const result = await logIn(
      withHook((request) => ({ accept: ['wonder', 'other'].map(request.verify).includes(true) })),
      { ...alice, method },
    );
    expect(result.client).toMatchObject({ kind: 'success' });
  });

  it('treats an acceptance without verify() as the method can', async () => {
    const result = await logIn(
      withHook(() => ({ accept: true })),
      { ...alice, method },
    );
    if (method === 'mschapv2') {
      expect(result.server).toMatchObject({ kind: 'failure', reason: 'rejected' });
      expect(result.answers.at(-1)?.reason).toMatch(/without a successful verify\(password\)/);
    } else {
      expect(result.server).toMatchObject({ kind: 'success' });
      expect(result.client).toMatchObject({ kind: 'success' });
    }
  });

  it('survives a hook that throws or rejects', async () => {
    const throws = withHook(() => {
      throw new TypeError('no\ndatabase');
    });
    const rejects = withHook(() => Promise.reject(new Error('timeout')));
    const first = await logIn(throws, { ...alice, method });
    expect(first.server).toMatchObject({ kind: 'failure', reason: 'rejected' });
    expect(first.answers.at(-1)?.reason).toBe('authenticate hook threw TypeError: no database');
    const second = await logIn(rejects, { ...alice, method });
    expect(second.server).toMatchObject({ kind: 'failure', reason: 'rejected' });
    expect(second.answers.at(-1)?.reason).toBe('authenticate hook threw Error: timeout');
  });
});

describe('answers of a hook', () => {
  it.each<[unknown, RegExp]>([
    [undefined, /must be an object .* not undefined/],
    [null, /not null/],
    [true, /not this boolean/],
    ['accept', /not this string/],
    [[], /not such a list/],
    [{}, /accept must be true or false, not undefined/],
    [{ accept: 1 }, /accept must be true or false, not this number/],
    [{ accept: 'yes' }, /accept must be true or false/],
    [{ accept: true, polo: 'main' }, /polo is not a field of the answer/],
    [{ accept: true, message: 'hi' }, /message is not a field of the answer/],
    [{ accept: true, pool: 3 }, /pool must be the name of a pool or a list of at most 16, not this number/],
    [{ accept: true, pool: '' }, /pool must be the name of a pool/],
    [{ accept: true, address: '10.0.0' }, /address must be an IPv4 address/],
    [{ accept: true, address: 1 }, /address must be an IPv4 address/],
    [{ accept: true, dns: '10.9.0.2' }, /dns must be a list of at most two/],
    [{ accept: true, dns: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] }, /dns must be a list of at most two/],
    [{ accept: true, nbns: [null] }, /nbns must be a list/],
    [{ accept: true, mtu: 12.5 }, /mtu must be a whole number of octets/],
    [{ accept: true, mtu: 0 }, /mtu must be a whole number of octets/],
    [{ accept: true, maxSessions: 0 }, /maxSessions must be a whole number from 1/],
    [{ accept: true, idleTimeout: Number.NaN }, /idleTimeout must be a number of seconds/],
    [{ accept: true, sessionTimeout: Infinity }, /sessionTimeout must be a number of seconds/],
    [{ accept: true, routes: ['10.0.0.0/33'] }, /routes must be a list of networks/],
    [{ accept: true, routes: ['default'] }, /routes must be a list of networks/],
    [{ accept: true, interfaceName: 'a/b' }, /interfaceName must be an interface name/],
    [{ accept: true, interfaceName: 'sixteen-letters-' }, /interfaceName must be an interface name/],
    [{ accept: true, interfaceName: '..' }, /interfaceName must be an interface name/],
    [{ accept: true, ppp: [] }, /ppp must be an object/],
    [{ accept: true, ppp: { mppe: 'yes' } }, /ppp\.mppe must be 'off', 'allow' or 'require'/],
    [{ accept: true, ppp: { echo: 3 } }, /ppp\.echo is not a field/],
    [{ accept: true, constructor: 1 }, /constructor is not a field/],
    [{ accept: false, message: 3 }, /message must be text/],
    [Promise.resolve({ accept: true, mtu: 'big' }), /mtu must be/],
    [{ accept: true, pool: [] }, /pool must be/],
    [{ accept: true, routes: [{ prefix: '10.0.0.0/8', gateway: '2001:db8::1' }] }, /routes must be/],
    [{ accept: true, routes: [{ prefix: '10.0.0.0/8', via: '10.0.0.1' }] }, /routes must be/],
    [{ accept: true, ipv6: { prefix: '10.0.0.0/8' } }, /ipv6\.prefix must be/],
    [{ accept: true, ipv6: { interfaceId: '0:0:0:0' } }, /ipv6\.interfaceId must be/],
    [{ accept: true, rate: { down: '10M' } }, /rate\.down must be/],
    [{ accept: true, rate: { sideways: 1 } }, /rate\.sideways is not a field/],
    [{ accept: true, rate: [1] }, /rate must be an object/],
    [{ accept: true, netns: '../../etc' }, /netns must be/],
    [{ accept: true, filters: ['a b'] }, /filters must be/],
    [{ accept: true, netmask: 0 }, /netmask must be/],
    [Promise.resolve(undefined), /must be an object/],
    [{ accept: true, tunnels: [{}] }, /tunnels\[0\].server is missing/],
    [{ accept: true, tunnels: [{ server: 'lns.example' }] }, /tunnels\[0\].server must be an IP address/],
    [{ accept: true, tunnels: ['192.0.2.1'] }, /tunnels must be a list of at most 31 objects/],
  ])('%j is refused', async (answer, reason) => {
    const result = await logIn(withHook(odd(answer)), { ...alice, method: 'pap' });
    expect(result.server).toMatchObject({ kind: 'failure', reason: 'rejected' });
    expect(result.answers.at(-1)?.reason).toMatch(reason);
    expect(result.answers.at(-1)?.reason).toMatch(/^authenticate hook: /);
    expect(result.answers.at(-1)?.reason).not.toContain('\n');
  });

  it('with every field right are taken whole', async () => {
    const policy = {
      pool: ['main', 'more'],
      address: '10.65.0.9',
      netmask: 29,
      dns: ['10.9.0.2'],
      nbns: [],
      mtu: 1400,
      maxSessions: 2,
      idleTimeout: 600,
      sessionTimeout: 3600,
      routes: ['192.168.7.0/24', { prefix: '2001:db8::/56', gateway: 'fe80::1', metric: 5 }],
      ipv6: {
        interfaceId: '0:0:0:1',
        prefix: '2001:db8:1:2::/64',
        pool: 'v6',
        address: '2001:db8:9::1',
        addressPool: ['stateful'],
        delegatedPrefix: '2001:db8:100::/56',
        delegatedPool: ['pd', 'pd2'],
        dns: ['2001:db8::53'],
      },
      rate: { down: 10_000_000, up: 2_000_000, burstDown: 20_000, burstUp: 4000 },
      filters: ['walled-garden'],
      vrf: 'red',
      netns: 'customer-7',
      interfaceName: 'alice0',
      ppp: {
        echoInterval: 0,
        echoFailures: 3,
        ipv4: true,
        ipv6: false,
        mppe: 'off',
        localAddress: '10.64.0.9',
      },
      tunnels: [
        { server: '192.0.2.1', secret: 's', preference: 1, assignmentId: 'gold' },
        { server: '2001:db8::1', client: '2001:db8::2', clientAuthId: 'lac', serverAuthId: 'lns' },
      ],
    } as const;
    const result = await logIn(
      withHook(() => ({ accept: true, ...policy })),
      { ...alice, method: 'pap' },
    );
    expect(result.answers.at(-1)).toEqual({ result: { kind: 'accept' }, policy });
  });

  it('may leave fields undefined, and refuse with what acceptance would have given', async () => {
    const blank = await logIn(withHook(odd({ accept: true, pool: undefined, mtu: 1400 })), {
      ...alice,
      method: 'pap',
    });
    expect(blank.answers.at(-1)).toEqual({ result: { kind: 'accept' }, policy: { mtu: 1400 } });
    const refused = await logIn(
      withHook(() => ({ accept: false, message: 'no credit' })),
      {
        ...alice,
        method: 'pap',
      },
    );
    expect(refused.answers.at(-1)?.result).toEqual({ kind: 'reject', message: 'no credit' });
    expect(
      (
        await logIn(
          withHook(() => ({ accept: false, pool: 'x' })),
          { ...alice, method: 'pap' },
        )
      ).answers.at(-1)?.reason,
    ).toBe('refused by the authenticate hook');
  });

  it('do not reveal a password that was compared', async () => {
    const result = await logIn(withHook(odd({ accept: true, dns: ['wonder'] })), {
      ...alice,
      method: 'pap',
    });
    expect(JSON.stringify(result.answers)).not.toContain('wonder');
  });
});

describe('EAP by a hook', () => {
  it('asks nobody about a peer that refuses the method, and never lets it in', () => {
    let asked = 0;
    const authenticator = withHook(() => ({ accept: (asked++, true) }));
    const ask = (credentials: EapCredentials) =>
      authenticator.authenticate({
        user: 'alice',
        method: 'eap',
        credentials,
        call: CALL,
        signal: new AbortController().signal,
      });
    const identity = { method: 'eap', user: 'alice', packet: Uint8Array.of(2, 1, 0, 6, 1, 97) } as const;
    const first = ask(identity);
    expect(first).toMatchObject({ result: { kind: 'challenge' } });
    const { result } = first as { result: { state?: unknown } };
    // A Nak that wants TLS instead (RFC 3748 section 5.3.1).
    const nak = { ...identity, packet: Uint8Array.of(2, 2, 0, 6, 3, 13), state: result.state };
    expect(ask(nak)).toMatchObject({ result: { kind: 'reject' } });
    expect(ask({ ...identity, packet: new Uint8Array(3) })).toMatchObject({ result: { kind: 'reject' } });
    expect(asked).toBe(0);
  });
});
