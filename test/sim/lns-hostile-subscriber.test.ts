import { describe, expect, it } from 'vitest';
import type { LnsOptions } from '../../lib/lns/index.js';
import type { AuthMethod } from '../../lib/ppp/index.js';
import { hex, utf8 } from '../../lib/wire/index.js';
import { type HandCall, HandLac } from '../support/hand-lac.js';
import { LnsWorld, smallServer } from '../support/lns-world.js';

const secret = 'tunnel-secret';
const LCP = 'c021';

interface Stage {
  readonly world: LnsWorld;
  readonly lac: HandLac;
  readonly call: HandCall;
  /** Frames of one protocol and code that the call has received since the last time. */
  readonly take: (protocol: string, code?: number) => Uint8Array[];
}

/** An honest session, and a connected call of somebody who speaks PPP by hand. */
async function stage(
  options: Partial<LnsOptions> = {},
  auth: readonly AuthMethod[] = ['chap'],
): Promise<Stage> {
  const world = await LnsWorld.start({ ...smallServer, ppp: { ...smallServer.ppp, auth }, ...options });
  const honest = world.addLac({ ppp: { authMethods: auth } });
  await world.dial(honest, await world.openTunnel(honest, secret), { user: 'alice', password: 'wonder' });
  const lac = new HandLac(world, { secret });
  const call = await lac.connect(await lac.open());
  await world.run(50);
  const take = (protocol: string, code?: number): Uint8Array[] => {
    const taken = call.frames.filter(
      (frame) => hex(frame.subarray(0, 2)) === protocol && (code === undefined || frame[2] === code),
    );
    call.frames.length = 0;
    return taken;
  };
  return { world, lac, call, take };
}

/** A control packet in a frame. */
function frame(protocol: string, code: number, identifier: number, data: string | Uint8Array = ''): string {
  const body = typeof data === 'string' ? data : hex(data);
  const octets = (value: number, count: number): string => value.toString(16).padStart(2 * count, '0');
  return protocol + octets(code, 1) + octets(identifier, 1) + octets(4 + body.length / 2, 2) + body;
}

/** Agrees to everything that the LNS asks for, and asks for a magic number. */
async function openLcp({ world, lac, call, take }: Stage): Promise<void> {
  const [request] = take(LCP, 1);
  if (request === undefined) throw new Error('no Configure-Request');
  lac.sendFrame(call, frame(LCP, 2, request[3] ?? 0, request.subarray(6)));
  lac.sendFrame(call, frame(LCP, 1, 1, '05060a0b0c0d'));
  await world.run(50);
}

/** The honest session is all that is left, and all else was given back. */
async function expectPeace({ world, lac, call }: Stage): Promise<void> {
  expect(world.log.of('error')).toEqual([]);
  expect((await world.lns.sessions()).map(({ user, state }) => [user, state])).toEqual([['alice', 'open']]);
  expect(call.ended?.by).toBe('peer');
  expect(world.lns.pools()[0]?.used).toBe(0);
  const after = await lac.dial(call.call.tunnel, undefined, { authMethods: ['chap', 'pap', 'eap'] });
  expect(after.isUp).toBe(true);
  await world.close();
  expect([world.dataPlane.tunnels.size, world.host.openTimers, world.host.openSockets]).toEqual([0, 0, 0]);
}

describe('a subscriber who', () => {
  it('says nothing at all is cut off', async () => {
    const s = await stage();
    await s.world.run(90_000);
    await expectPeace(s);
  });

  it('refuses every value that LCP offers is cut off', async () => {
    const s = await stage();
    for (let second = 0; second < 200 && s.call.ended === undefined; second++) {
      for (const request of s.take(LCP, 1)) {
        // Another MRU, for ever.
        s.lac.sendFrame(
          s.call,
          frame(LCP, 3, request[3] ?? 0, `0104${(1000 + second).toString(16).padStart(4, '0')}`),
        );
      }
      await s.world.run(1000);
    }
    await s.world.run(20_000);
    await expectPeace(s);
  });

  it('never agrees with our answers, Configure-Request after Configure-Request, is cut off', async () => {
    const s = await stage();
    for (let id = 0; id < 1500 && s.call.ended === undefined; id++) {
      s.lac.sendFrame(s.call, frame(LCP, 1, id & 0xff, '0703020103'));
      await s.world.run(100);
    }
    await s.world.run(20_000);
    await expectPeace(s);
  });

  it.each([
    ['a right password and asks again and again', '05616c696365 06776f6e646572'],
    ['a wrong password', '05616c696365 03 626164'],
    ['a name of 255 octets', `ff${'61'.repeat(255)} 00`],
    ['a name that is none', '04 00ff0a1b 00'],
    ['an endless list of names', `03 626f62 04 70617373 ${'ff'.repeat(1000)}`],
  ])('floods PAP with %s gets one decision', async (_, data) => {
    const s = await stage(
      {
        users: {
          '*': { password: 'pass', maxSessions: 1 },
          alice: { password: 'wonder', address: '10.65.1.1' },
        },
      },
      ['pap'],
    );
    await openLcp(s);
    const octets = data.replaceAll(' ', '');
    for (let i = 0; i < 500; i++) s.lac.sendFrame(s.call, frame('c023', 1, i & 0xff, octets));
    await s.world.run(120_000);
    const refused = s.world.log.of('warn').filter((line) => line.startsWith('warn subscriber refused'));
    expect(refused.length).toBeLessThanOrEqual(1);
    await expectPeace(s);
  });

  it('answers CHAP with nonsense, in floods, is refused once', async () => {
    const s = await stage();
    await openLcp(s);
    const [challenge] = s.take('c223', 1);
    const identifier = challenge?.[3] ?? 0;
    for (let i = 0; i < 500; i++) {
      s.lac.sendFrame(s.call, frame('c223', 2, identifier, `10${'00'.repeat(16)}626f62`));
    }
    await s.world.run(30_000);
    expect(s.world.log.of('warn').filter((line) => line.includes('not authenticated'))).toHaveLength(1);
    await expectPeace(s);
  });

  it('goes round in circles with EAP is cut off', async () => {
    const s = await stage({}, ['eap']);
    await openLcp(s);
    let rounds = 0;
    for (let i = 0; i < 400 && s.call.ended === undefined; i++) {
      for (const request of s.take('c227', 1)) {
        rounds++;
        const type = request[6];
        // Identity, then a Nak for whatever is asked, then Identity again.
        const body =
          type === 1 ? `01${hex(utf8('bob'))}` : rounds % 2 === 0 ? '0304' : `01${hex(utf8('eve'))}`;
        s.lac.sendFrame(s.call, frame('c227', 2, request[3] ?? 0, body));
      }
      await s.world.run(100);
    }
    await s.world.run(60_000);
    expect(rounds).toBeLessThan(50);
    await expectPeace(s);
  });

  it('rejects what LCP cannot do without is let go', async () => {
    const s = await stage();
    await openLcp(s);
    for (const data of ['c2230000', 'c0210000', '80210000']) s.lac.sendFrame(s.call, frame(LCP, 8, 1, data));
    await s.world.run(60_000);
    await expectPeace(s);
  });

  it('says good-bye at great length is let go', async () => {
    const s = await stage();
    await openLcp(s);
    s.lac.sendFrame(s.call, frame(LCP, 5, 9, new Uint8Array(1400).fill(0x9b)));
    await s.world.run(20_000);
    await expectPeace(s);
  });
});

describe('an authenticated subscriber who', () => {
  /** The call's own PPP client is up; from here on frames are sent by hand beside it. */
  async function dialled(auth: readonly AuthMethod[] = ['chap']): Promise<Stage> {
    const s = await stage({}, auth);
    const call = await s.lac.dial(s.call.call.tunnel, undefined, { authMethods: auth });
    expect(call.isUp).toBe(true);
    await s.world.run(100);
    const hangUp = s.call.call;
    s.lac.host.turn(() => hangUp.close({ resultCode: 1 }, s.lac.host.now()));
    await s.world.run(100);
    return { ...s, call };
  }

  it('renegotiates LCP in storms keeps its one address or loses the call, and nobody else notices', async () => {
    const s = await dialled();
    const [, before] = (await s.world.lns.sessions()).map(({ address }) => address);
    s.call.ppp = undefined;
    for (let i = 0; i < 1000; i++) {
      s.lac.sendFrame(s.call, frame(LCP, 1, i & 0xff, '05060a0b0c0d'));
      if (i % 10 === 0) await s.world.run(10);
    }
    expect(s.world.lns.pools()[0]?.used).toBe(1);
    const [, after] = (await s.world.lns.sessions()).map(({ address }) => address);
    expect(after).toBe(before);
    await s.world.run(120_000);
    await expectPeace(s);
  });

  it('renegotiates IPCP in storms, with other addresses, gets no other one', async () => {
    const s = await dialled();
    s.call.ppp = undefined;
    for (let i = 0; i < 1000; i++) {
      s.lac.sendFrame(s.call, frame('8021', 1, i & 0xff, '03060a400001'));
      if (i % 10 === 0) await s.world.run(10);
    }
    const attached = s.world.dataPlane.calls.filter(({ operation }) => operation === 'addPppSession');
    expect(attached).toHaveLength(2);
    await s.world.run(120_000);
    await expectPeace(s);
  });

  it('sends protocols that nobody speaks is told so each time, and no more', async () => {
    const s = await dialled();
    s.call.ppp = undefined;
    for (let i = 0; i < 300; i++) s.lac.sendFrame(s.call, `4${(i % 8) * 2}0${(i % 4) * 2 + 1}deadbeef`);
    await s.world.run(200);
    expect(s.take(LCP, 8).length).toBeLessThanOrEqual(300);
    const [, session] = await s.world.lns.sessions();
    expect(session?.state).toBe('open');
    s.lac.sendFrame(s.call, frame(LCP, 5, 1));
    await s.world.run(20_000);
    await expectPeace(s);
  });
});
