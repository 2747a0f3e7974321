import { describe, expect, it } from 'vitest';
import { networkIo } from '../../lib/io/index.js';
import { bridge, listKernelSessions } from '../../lib/kernel/index.js';
import { echoRequest, eventually, footprint, moveTo, namespace, once, ping, tunnelPair } from './support.js';

/** Two tunnels, a-b and c-d, of which b and c are in one box that joins their sessions. */
async function switchedPath() {
  const left = await tunnelPair();
  const right = await tunnelPair(
    { local: { address: '127.0.0.3', port: 1701 }, peer: { address: '127.0.0.4', port: 1701 } },
    [30, 40],
  );
  const [a, b, c, d] = await Promise.all([
    left.a.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true }),
    left.b.addSession({ sessionId: 2, peerSessionId: 1 }),
    right.a.addSession({ sessionId: 3, peerSessionId: 4, lnsMode: true }),
    right.b.addSession({ sessionId: 4, peerSessionId: 3 }),
  ]);
  return {
    a,
    b,
    c,
    d,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([left[Symbol.asyncDispose](), right[Symbol.asyncDispose]()]);
    },
  };
}

describe('a bridge of two sessions', () => {
  it('carries everything past the process, with one descriptor a session', async () => {
    const before = await footprint();
    {
      await using far = await namespace('far');
      await using path = await switchedPath();
      const { a, b, c, d } = path;
      const descriptors = networkIo().statistics().descriptors;
      await using joined = await bridge(b, c);
      expect(joined).toBeDefined();
      expect(networkIo().statistics().descriptors).toBe(descriptors - 2);
      expect(() => b.writeFrame(echoRequest(1))).toThrow('session 2 is bridged');

      const echo = once<Uint8Array>((take) => d.on('frame', (frame) => take(frame.slice())));
      a.writeFrame(echoRequest(9));
      expect((await echo)[3]).toBe(9);

      await a.attachPpp({ name: 'near0', mtu: 1400, local: '10.64.0.1', peer: '10.65.0.2' });
      await d.attachPpp({ name: 'far0', mtu: 1400 });
      await moveTo(far.name, 'far0', '10.65.0.2', '10.64.0.1');
      expect(await ping('10.65.0.2')).toBe(3);
      const rows = networkIo().statistics().rows;
      expect(await ping('10.65.0.2', { count: 40 })).toBe(40);
      expect(networkIo().statistics().rows).toBe(rows);
      expect((await b.stats()).rxPackets).toBeGreaterThanOrEqual(44);
      expect((await c.stats()).txPackets).toBeGreaterThanOrEqual(44);
    }
    await eventually(async () => expect(await footprint()).toEqual(before));
  });

  it('is taken away, and the sessions serve alone again', async () => {
    await using path = await switchedPath();
    const { a, b, c } = path;
    const joined = await bridge(b, c);
    await expect(bridge(b, c)).rejects.toThrow('bridged already');
    await joined.close();
    await joined.close();
    const echo = once<Uint8Array>((take) => b.on('frame', (frame) => take(frame.slice())));
    a.writeFrame(echoRequest(5));
    expect((await echo)[3]).toBe(5);
    expect((await b.attachPpp({ name: 'alone0' })).name).toBe('alone0');
    await using again = await bridge(c, path.d);
    expect(again).toBeDefined();
  });

  it('ends with either session', async () => {
    await using path = await switchedPath();
    const { a, b, c } = path;
    const joined = await bridge(b, c);
    await c.close();
    await joined.close();
    const echo = once<Uint8Array>((take) => b.on('frame', (frame) => take(frame.slice())));
    a.writeFrame(echoRequest(6));
    expect((await echo)[3]).toBe(6);
    await expect(bridge(b, c)).rejects.toThrow('session 3 is closed');
    expect((await listKernelSessions()).map(({ sessionId }) => sessionId).sort()).toEqual([1, 2, 4]);
  });

  it('is refused to a session with an interface, and to one and the same', async () => {
    await using path = await switchedPath();
    const { b, c } = path;
    await b.attachPpp({ name: 'busy0' });
    await expect(bridge(b, c)).rejects.toMatchObject({ operation: 'PPPIOCBRIDGECHAN', code: 'EALREADY' });
    await expect(bridge(c, c)).rejects.toThrow(TypeError);
  });
});
