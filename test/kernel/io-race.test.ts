import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { type Descriptor, networkIo, type SocketAddress } from '../../lib/io/index.js';
import { Flooder } from '../support/flooder.js';
import { RecordingSink, waitFor } from '../support/udp.js';

const io = networkIo();

interface Tunnel {
  readonly peer: Descriptor;
  readonly socket: Descriptor;
  readonly sink: RecordingSink;
}

function close(tunnel: Tunnel | undefined): void {
  if (!tunnel) return;
  io.close(tunnel.peer);
  io.close(tunnel.socket);
}

const text = (of: SocketAddress | undefined): string => `${of?.address}:${of?.port}`;

/** How often the gap of a few microseconds has to be hit; on one CPU nobody sends while this thread is in it. */
const hits = availableParallelism() > 1 ? 5 : 0;

/**
 * Between bind and connect a tunnel's socket outranks the listener for everyone's datagrams, and those stay in its
 * queue after connect. A peer that sends all the while must not lose one of them, and no tunnel may see them.
 */
it('a tunnel socket gives back what it stole from the listener between bind and connect', async () => {
  let received = 0;
  const seen = new Uint8Array(1 << 25);
  const sources = new Set<string>();
  const flooders: Flooder[] = [];
  const listener = io.listen({
    local: { address: '0.0.0.0', port: 0 },
    filter: 'none',
    sink: {
      handleDatagram: (bytes, source) => {
        const number = Buffer.from(bytes).readUInt32BE(4);
        seen[number] = (seen[number] as number) + 1;
        sources.add(`${text(source?.remote)} to ${text(source?.local)}`);
        received++;
        flooders[0]?.acknowledge(received);
      },
    },
  });
  const local = { address: '127.0.0.1', port: io.localAddress(listener).port };
  // A window well below what the receive buffer holds: nothing may be lost for want of room.
  const flooder = await Flooder.start({
    local: { address: '127.0.0.2', port: 0 },
    remote: local,
    payload: Buffer.alloc(8, 0xc8),
    window: 1500,
  });
  flooders.push(flooder);

  const redirectedBefore = io.statistics().redirected;
  const redirected = (): number => io.statistics().redirected - redirectedBefore;
  const tunnels: Tunnel[] = [];
  const end = performance.now() + 30_000;
  // At least 200 tunnels, and as many more as it takes to hit the gap a few times.
  for (let i = 0; i < 200 || (redirected() < hits && performance.now() < end); i++) {
    const peer = io.listen({ local: { address: '127.0.0.3', port: 0 }, sink: new RecordingSink() });
    const remote = io.localAddress(peer);
    const sink = new RecordingSink();
    const socket = io.connect({ local, remote, sink, listener, filter: 'none' });
    io.send(peer, Buffer.from(`peer ${i}`), { remote: local, local: remote });
    tunnels.push({ peer, sink, socket });
    // One that is closed at once would take what it stole with it.
    if (i >= 500) close(tunnels[i - 300]);
    if (i % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const sent = await flooder.stop();
  await waitFor(() => received >= sent, `all ${sent} datagrams of the other peer`);
  expect(redirected()).toBeGreaterThanOrEqual(hits);
  expect(io.statistics().foreignDropped).toBe(0);
  expect(received).toBe(sent);
  expect(seen.subarray(0, sent).every((times) => times === 1)).toBe(true);
  expect([...sources]).toEqual([`${text(flooder.local)} to ${text(local)}`]);
  // Each tunnel got its own peer's datagram, without a source, and nothing else.
  await waitFor(() => tunnels.every(({ sink }) => sink.received.length > 0), 'the peers');
  for (const [i, { sink }] of tunnels.entries()) {
    expect(sink.received).toEqual([{ bytes: Buffer.from(`peer ${i}`), source: undefined }]);
  }
  tunnels.forEach(close);
  io.close(listener);
});
