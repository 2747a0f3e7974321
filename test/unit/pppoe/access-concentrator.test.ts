import { describe, expect, it } from 'vitest';
import {
  AccessConcentrator,
  type AccessConcentratorEvent,
  type AccessConcentratorOptions,
  type AccessInterface,
  broadcast,
  decodeFrame,
  decodeTags,
  encodeTags,
  type PppoeFrame,
  type SessionRequest,
  type Tags,
} from '../../../lib/pppoe/index.js';
import { fromHex } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';

const eth0: AccessInterface = { index: 2, name: 'eth0', mac: 0x02_00_00_00_00_01, mtu: 1500 };
const client = 0x02_00_00_00_01_00;
const hostUniq = fromHex('01020304');

/** An access concentrator that answers one frame at a time, and says yes to everybody. */
class Bench {
  readonly ac: AccessConcentrator;
  readonly events: AccessConcentratorEvent[] = [];
  now = 1_000_000;

  constructor(options: Partial<AccessConcentratorOptions> = {}) {
    const all = { acName: 'lac1', serviceNames: [], maxSessions: 100, maxSessionsPerMac: 2, padiRate: 100 };
    this.ac = new AccessConcentrator({ ...all, ...options }, seededRandom(1), this.now);
  }

  /** Hands in a frame; gives what was sent, decoded. */
  send(kind: PppoeFrame['kind'], tags: Partial<Tags>, change: Partial<PppoeFrame> = {}, access = eth0) {
    const payload = encodeTags({ serviceNames: [''], ...tags });
    const destination = kind === 'PADI' ? broadcast : access.mac;
    const frame = { destination, source: client, kind, sessionId: 0, payload, ...change };
    this.ac.handleDiscovery(access, frame, this.now);
    return this.drain();
  }

  drain() {
    for (let event = this.ac.pollEvent(); event !== undefined; event = this.ac.pollEvent()) {
      this.events.push(event);
      if (event.type === 'session-request') this.decide(event.request);
    }
    const sent = [];
    for (let out = this.ac.pollTransmit(); out !== undefined; out = this.ac.pollTransmit()) {
      const frame = decodeFrame(out.frame);
      if (frame === undefined) throw new Error('sent what is no PPPoE frame');
      sent.push({ ...frame, interfaceIndex: out.interfaceIndex, tags: decodeTags(frame.payload) });
    }
    return sent;
  }

  decide: (request: SessionRequest) => void = (request) => void this.ac.accept(request);

  /** PADI to PADS; the session's id. */
  connect(tags: Partial<Tags> = { hostUniq }, change: Partial<PppoeFrame> = {}) {
    const [pado] = this.send('PADI', tags, change);
    const [pads] = this.send('PADR', { ...tags, acCookie: pado?.tags?.acCookie }, change);
    if (pads?.kind !== 'PADS') throw new Error('no PADS');
    return pads;
  }
}

describe('discovery', () => {
  it('goes from PADI to PADS, and back by PADT', () => {
    const bench = new Bench();
    const relaySessionId = fromHex('aabb');
    const [pado, ...more] = bench.send('PADI', { serviceNames: ['internet'], hostUniq, relaySessionId });
    expect(more).toEqual([]);
    expect(pado).toMatchObject({ kind: 'PADO', destination: client, source: eth0.mac, sessionId: 0 });
    expect(pado?.tags).toMatchObject({
      serviceNames: ['internet'],
      acName: 'lac1',
      hostUniq,
      relaySessionId,
    });
    expect(pado?.tags?.maxPayload).toBeUndefined();
    const acCookie = pado?.tags?.acCookie;
    const asked = { serviceNames: ['internet'], hostUniq, relaySessionId, acCookie };
    const [pads] = bench.send('PADR', asked);
    expect(pads).toMatchObject({ kind: 'PADS', destination: client, interfaceIndex: 2 });
    expect(pads?.tags).toEqual({ serviceNames: ['internet'], hostUniq, relaySessionId });
    const sessionId = pads?.sessionId ?? 0;
    expect(sessionId).toBeGreaterThan(0);
    expect(bench.ac.sessions.get(sessionId)).toMatchObject({ mac: client, maxPayload: 1492 });
    bench.send('PADT', { genericError: 'bye' }, { sessionId });
    expect(bench.events.at(-1)).toMatchObject({ type: 'terminated', reason: 'bye' });
    expect(bench.ac.sessions.size).toBe(0);
  });

  it('answers a repeated PADR with the same session', () => {
    const bench = new Bench();
    const acCookie = bench.send('PADI', { hostUniq })[0]?.tags?.acCookie;
    const ids = [1, 2, 3].map(() => bench.send('PADR', { hostUniq, acCookie })[0]?.sessionId);
    expect(new Set(ids).size).toBe(1);
    expect(bench.ac.sessions.size).toBe(1);
  });

  it('makes one session of a PADR that comes twice before it is decided', () => {
    const bench = new Bench();
    const waiting: SessionRequest[] = [];
    bench.decide = (request) => void waiting.push(request);
    const acCookie = bench.send('PADI', { hostUniq })[0]?.tags?.acCookie;
    bench.send('PADR', { hostUniq, acCookie });
    bench.send('PADR', { hostUniq, acCookie });
    for (const request of waiting) bench.ac.accept(request);
    expect(bench.drain().map(({ kind }) => kind)).toEqual(['PADS', 'PADS']);
    expect(bench.ac.sessions.size).toBe(1);
  });

  it.each([
    ['without a cookie', () => undefined],
    ['with a cookie that is not ours', () => new Uint8Array(22)],
    ['with a cookie of another length', () => new Uint8Array(5)],
  ])('says nothing to a PADR %s', (_, acCookie) => {
    const bench = new Bench();
    expect(bench.send('PADR', { hostUniq, acCookie: acCookie() })).toEqual([]);
    expect(bench.ac.counters.padrDropped).toBe(1);
  });

  it('takes a cookie only from whom it was given to, where, and for a minute', () => {
    const bench = new Bench();
    const acCookie = bench.send('PADI', { hostUniq })[0]?.tags?.acCookie;
    expect(bench.send('PADR', { hostUniq, acCookie }, { source: client + 1 })).toEqual([]);
    expect(bench.send('PADR', { acCookie })).toEqual([]);
    expect(bench.send('PADR', { hostUniq, acCookie }, {}, { ...eth0, index: 3 })).toEqual([]);
    bench.now += 60_001;
    expect(bench.send('PADR', { hostUniq, acCookie })).toEqual([]);
    expect(bench.ac.counters.padrDropped).toBe(4);
    expect(bench.ac.sessions.size).toBe(0);
  });

  it('offers its services, and refuses others', () => {
    const bench = new Bench({ serviceNames: ['internet', 'voice'] });
    const [pado] = bench.send('PADI', {});
    expect(pado?.tags?.serviceNames).toEqual(['', 'internet', 'voice']);
    expect(bench.send('PADI', { serviceNames: ['games'] })).toEqual([]);
    const acCookie = pado?.tags?.acCookie;
    const [pads] = bench.send('PADR', { serviceNames: ['games'], acCookie });
    expect(pads).toMatchObject({ kind: 'PADS', sessionId: 0 });
    expect(pads?.tags?.serviceNameError).toBeDefined();
  });

  it('leaves a PADI for another access concentrator, and one without a Service-Name, alone', () => {
    const bench = new Bench();
    expect(bench.send('PADI', { acName: 'lac2' })).toEqual([]);
    expect(bench.send('PADI', { serviceNames: [] })).toEqual([]);
    expect(bench.send('PADI', {}, { source: broadcast })).toEqual([]);
    expect(bench.send('PADI', {}, { payload: fromHex('0101 0009') })).toEqual([]);
  });

  it('agrees on PPP-Max-Payload within what the interface carries (RFC 4638)', () => {
    const bench = new Bench();
    const wide = { ...eth0, mtu: 1508 };
    expect(bench.send('PADI', { maxPayload: 1500 })[0]?.tags?.maxPayload).toBeUndefined();
    const [pado] = bench.send('PADI', { maxPayload: 1500 }, {}, wide);
    expect(pado?.tags?.maxPayload).toBe(1500);
    const acCookie = pado?.tags?.acCookie;
    const [pads] = bench.send('PADR', { maxPayload: 1500, acCookie }, {}, wide);
    expect(pads?.tags?.maxPayload).toBe(1500);
    expect(bench.ac.sessions.get(pads?.sessionId ?? 0)?.maxPayload).toBe(1500);
  });

  it('keeps what the access node says of the line', () => {
    const bench = new Bench();
    const accessLine = { agentCircuitId: 'node 1', actualRateDown: 16_000_000 };
    const { sessionId, tags } = bench.connect({ hostUniq, accessLine });
    expect(tags?.accessLine).toBeUndefined();
    expect(bench.ac.sessions.get(sessionId)?.accessLine).toEqual(accessLine);
  });
});

describe('limits', () => {
  it('of a MAC address and of all are told by AC-System-Error', () => {
    const bench = new Bench({ maxSessions: 3 });
    bench.connect({ hostUniq: fromHex('01') });
    bench.connect({ hostUniq: fromHex('02') });
    const refused = bench.connect({ hostUniq: fromHex('03') });
    expect(refused.sessionId).toBe(0);
    expect(refused.tags?.acSystemError).toContain('limit of 2');
    bench.connect({ hostUniq }, { source: client + 1 });
    const full = bench.connect({ hostUniq }, { source: client + 2 });
    expect(full.tags?.acSystemError).toContain('limit of 3');
  });

  it('leave room for honest clients while others flood', () => {
    const bench = new Bench({ padiRate: 2000 });
    const flooders = 1000;
    let honest = 0;
    for (let ms = 0; ms < 3000; ms++) {
      bench.now += 1;
      for (let i = 0; i < 10; i++)
        bench.send('PADI', {}, { source: 0x0600_0000_0000 + ((ms * 10 + i) % flooders) });
      if (ms % 30 === 0) honest += bench.send('PADI', {}, { source: client + ms }).length;
    }
    const { padi, padiDropped, pado } = bench.ac.counters;
    expect(padi).toBe(30_100);
    expect(pado).toBe(padi - padiDropped);
    expect(pado).toBeLessThan(3 * 2000 + 2000);
    // Two places of a table may both be a flooder's: that is rare.
    expect(honest).toBeGreaterThanOrEqual(95);
  });
});

describe('ends', () => {
  it('from here send one PADT', () => {
    const bench = new Bench();
    const { sessionId } = bench.connect();
    const session = bench.ac.sessions.get(sessionId);
    if (session === undefined) throw new Error('no session');
    bench.ac.terminate(session, 'the user is gone');
    bench.ac.terminate(session, 'again');
    const sent = bench.drain();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ kind: 'PADT', sessionId, destination: client });
    expect(sent[0]?.tags).toMatchObject({ hostUniq, genericError: 'the user is gone' });
  });

  it('are not taken from others', () => {
    const bench = new Bench();
    const { sessionId } = bench.connect();
    bench.send('PADT', {}, { sessionId, source: client + 1 });
    bench.send('PADT', {}, { sessionId }, { ...eth0, index: 3 });
    bench.send('PADT', {}, { sessionId: sessionId ^ 1 });
    expect(bench.ac.sessions.size).toBe(1);
  });

  it('free their ids, which rest', () => {
    const bench = new Bench({ maxSessionsPerMac: 1 });
    const ids = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      const { sessionId } = bench.connect({ hostUniq: Uint8Array.of(i >> 8, i) });
      ids.add(sessionId);
      bench.send('PADT', {}, { sessionId });
      bench.now += 100;
    }
    expect(ids.size).toBe(1000);
  });
});
