import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { listKernelSessions } from '../../lib/kernel/index.js';
import { echoRequest, eventually, moveTo, namespace, once, ping, tunnelPair } from './support.js';

/** A data message with sequence numbers, to the far end's session 2 of tunnel 20. */
function sequenced(ns: number, identifier: number): Uint8Array {
  const head = new Uint8Array(12);
  new DataView(head.buffer).setUint16(0, 0x0802);
  head.set([0, 20, 0, 2, ns >> 8, ns & 0xff, 0, 0, 0xff, 0x03], 2);
  return Buffer.concat([head, echoRequest(identifier)]);
}

describe('sequencing of data packets', () => {
  it('is set when a session is made, carries data, and is followed by a LAC', async () => {
    await using far = await namespace('far');
    await using pair = await tunnelPair();
    const a = await pair.a.addSession({
      sessionId: 1,
      peerSessionId: 2,
      lnsMode: true,
      sendSequence: true,
      receiveSequence: true,
      reorderTimeout: 250,
    });
    const b = await pair.b.addSession({ sessionId: 2, peerSessionId: 1 });
    expect(await listKernelSessions()).toMatchObject([
      { sessionId: 1, sendSequence: true, receiveSequence: true, lnsMode: true, reorderTimeout: 250 },
      { sessionId: 2, sendSequence: false, receiveSequence: false, lnsMode: false },
    ]);
    expect((await a.attachPpp({ name: 'near0', local: '10.64.0.1', peer: '10.65.0.2' })).name).toBe('near0');
    await b.attachPpp({ name: 'far0' });
    await moveTo(far.name, 'far0', '10.65.0.2', '10.64.0.1');
    expect(await ping('10.65.0.2')).toBeGreaterThanOrEqual(2);
    expect((await listKernelSessions()).find(({ sessionId }) => sessionId === 2)?.sendSequence).toBe(true);
  });

  it('drops what lacks numbers where they are required', async () => {
    await using pair = await tunnelPair();
    const a = await pair.a.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true });
    const b = await pair.b.addSession({
      sessionId: 2,
      peerSessionId: 1,
      lnsMode: true,
      receiveSequence: true,
    });
    a.writeFrame(echoRequest(1));
    await eventually(async () => expect((await b.stats()).rxSeqDiscards).toBe(1));
    await b.setSequencing({ receiveSequence: false });
    const echo = once<Uint8Array>((take) => b.on('frame', (frame) => take(frame.slice())));
    a.writeFrame(echoRequest(2));
    expect((await echo)[3]).toBe(2);
    await b.setSequencing({ receiveSequence: true, reorderTimeout: 100 });
    await a.setSequencing({ sendSequence: true });
    const next = once<Uint8Array>((take) => b.on('frame', (frame) => take(frame.slice())));
    a.writeFrame(echoRequest(3));
    expect((await next)[3]).toBe(3);
    expect(await listKernelSessions()).toMatchObject([
      { sessionId: 1, sendSequence: true },
      { sessionId: 2, receiveSequence: true, reorderTimeout: 100 },
    ]);
  });

  it('puts packets into their order, and counts those that came late', async () => {
    await using pair = await tunnelPair();
    await pair.a.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true });
    const b = await pair.b.addSession({
      sessionId: 2,
      peerSessionId: 1,
      lnsMode: true,
      sendSequence: true,
      reorderTimeout: 2000,
    });
    const order: number[] = [];
    b.on('frame', (frame) => order.push(frame[3] ?? -1));
    for (const ns of [0, 2, 1, 3]) pair.a.sendControl(sequenced(ns, ns));
    await eventually(() => expect(order).toEqual([0, 1, 2, 3]));
    pair.a.sendControl(sequenced(1, 99));
    await eventually(async () => {
      const { rxSeqDiscards, rxOutOfSequence, rxErrors } = await b.stats();
      expect(rxSeqDiscards + rxOutOfSequence + rxErrors).toBeGreaterThan(0);
    });
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it.each(['', 'home'])('counts at the end what a gap cost, with its interface in "%s"', async (place) => {
    await using home = await namespace('home');
    await using pair = await tunnelPair();
    await pair.a.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true });
    const sequence = { lnsMode: true, sendSequence: true, reorderTimeout: 50 };
    const b = await pair.b.addSession({ sessionId: 2, peerSessionId: 1, ...sequence });
    for (const ns of [0, 2]) pair.a.sendControl(sequenced(ns, ns));
    await sleep(200);
    pair.a.sendControl(sequenced(3, 3));
    await eventually(async () => expect(await b.stats()).toMatchObject({ rxSeqDiscards: 1 }));
    await b.attachPpp({ name: 'seq1', ...(place !== '' && { netns: home.name }) });
    expect(await b.data.close()).toMatchObject({ rxSeqDiscards: 1 });
  });

  it('may be the tunnel’s default', async () => {
    await using pair = await tunnelPair({ sendSequence: true, reorderTimeout: 50 });
    await pair.a.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true });
    await pair.a.addSession({ sessionId: 3, peerSessionId: 4, sendSequence: false });
    expect(await listKernelSessions()).toMatchObject([
      { sessionId: 1, sendSequence: true, reorderTimeout: 50 },
      { sessionId: 3, sendSequence: false, reorderTimeout: 50 },
    ]);
    const session = pair.a.sessions.get(1);
    expect((await session?.attachPpp({ name: 'seq0' }))?.name).toBe('seq0');
  });
});
