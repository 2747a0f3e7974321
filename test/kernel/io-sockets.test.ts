import { afterEach, describe, expect, it } from 'vitest';
import { type Descriptor, type NetworkIo, networkIo, type SocketAddress } from '../../lib/io/index.js';
import { KernelError } from '../../lib/native/index.js';
import { RecordingSink, sleep, waitFor } from '../support/udp.js';

const io: NetworkIo = networkIo();
const open: Descriptor[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) io.close(socket);
});

function listen(local: SocketAddress, sink = new RecordingSink()) {
  const socket = io.listen({ local, sink, filter: 'none' });
  open.push(socket);
  return { socket, sink, local: io.localAddress(socket) };
}

function connect(local: string, remote: SocketAddress, sink = new RecordingSink()) {
  const socket = io.connect({ local: { address: local, port: 0 }, remote, sink, filter: 'none' });
  open.push(socket);
  return { socket, sink, local: io.localAddress(socket) };
}

const number = (value: number, length = 4): Uint8Array => {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(value);
  return bytes;
};

function errorOf(run: () => unknown): KernelError {
  try {
    run();
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('datagrams', () => {
  it.each([
    ['IPv4', '0.0.0.0', '127.0.0.5', '127.0.0.77'],
    ['IPv6', '::', '::1', '::1'],
  ])('over %s are answered from the address that they came to', async (_, wildcard, from, to) => {
    const server = listen({ address: wildcard, port: 0 });
    const client = connect(from, { address: to, port: server.local.port });
    io.send(client.socket, Buffer.from('ask'));
    await waitFor(() => server.sink.received.length === 1, 'the question');
    const [question] = server.sink.received;
    expect(question?.bytes.toString()).toBe('ask');
    expect(question?.source).toEqual({
      remote: { address: from, port: client.local.port },
      local: { address: to, port: server.local.port },
    });
    // A connected socket takes nothing from another address: so the answer came from where it had to.
    io.send(server.socket, Buffer.from('answer'), question?.source);
    await waitFor(() => client.sink.received.length === 1, 'the answer');
    expect(client.sink.received[0]).toEqual({ bytes: Buffer.from('answer'), source: undefined });
  });

  it('keeps an IPv6 wildcard apart from an IPv4 one on the same port', async () => {
    const v4 = listen({ address: '0.0.0.0', port: 0 });
    const v6 = listen({ address: '::', port: v4.local.port });
    io.send(connect('127.0.0.1', { address: '127.0.0.1', port: v4.local.port }).socket, Buffer.from('4'));
    io.send(connect('::1', { address: '::1', port: v4.local.port }).socket, Buffer.from('6'));
    await waitFor(() => v4.sink.received.length + v6.sink.received.length === 2, 'both');
    expect(v4.sink.received[0]?.bytes.toString()).toBe('4');
    expect(v6.sink.received[0]?.bytes.toString()).toBe('6');
  });

  it('prefers the connected socket on the address and port of the listener', async () => {
    const listener = listen({ address: '0.0.0.0', port: 0 });
    const { port } = listener.local;
    const a = connect('127.0.0.1', { address: '127.0.0.9', port });
    const b = connect('127.0.0.1', { address: '127.0.0.9', port });
    const tunnel = new RecordingSink();
    open.push(
      io.connect({ local: { address: '127.0.0.9', port }, remote: a.local, sink: tunnel, filter: 'none' }),
    );
    io.send(a.socket, Buffer.from('a'));
    io.send(b.socket, Buffer.from('b'));
    await waitFor(() => tunnel.received.length + listener.sink.received.length === 2, 'both');
    expect(tunnel.received).toEqual([{ bytes: Buffer.from('a'), source: undefined }]);
    expect(listener.sink.received[0]?.source?.remote).toEqual(b.local);
  });

  it('carries every length up to the longest datagram, and an empty one', async () => {
    const server = listen({ address: '127.0.0.1', port: 0 });
    const client = connect('127.0.0.1', server.local);
    const lengths = [0, 1, 2047, 2048, 2049, 9000, 65_507];
    for (const length of lengths) io.send(client.socket, Buffer.alloc(length, length % 251));
    await waitFor(() => server.sink.received.length === lengths.length, 'all lengths');
    expect(server.sink.received.map(({ bytes }) => bytes.length)).toEqual(lengths);
    expect(
      server.sink.received.every(({ bytes }) => bytes.equals(Buffer.alloc(bytes.length, bytes.length % 251))),
    ).toBe(true);
    expect(() => io.send(client.socket, Buffer.alloc(65_536))).toThrow(RangeError);
  });
});

describe('batches', () => {
  it('brings thousands of datagrams in few calls, and sends them in few', async () => {
    const count = 4000;
    const server = listen({ address: '127.0.0.1', port: 0 });
    const clients = Array.from({ length: 8 }, () => connect('127.0.0.1', server.local));
    const before = io.statistics();
    for (let i = 0; i < count; i++) io.send(clients[i % 8]?.socket as Descriptor, number(i));
    expect(io.statistics().sent).toBe(before.sent + 2048);
    await waitFor(() => server.sink.received.length === count, 'all datagrams');
    const after = io.statistics();
    expect(after.flushes - before.flushes).toBeLessThanOrEqual(3);
    expect(after.rows - before.rows).toBe(count);
    expect(after.batches - before.batches).toBeLessThanOrEqual(Math.ceil(count / 64) + 2);
    expect(after.sendFailures).toBe(before.sendFailures);
    // Each client's datagrams are in order.
    for (let client = 0; client < 8; client++) {
      const numbers = server.sink.received
        .map(({ bytes }) => bytes.readUInt32BE())
        .filter((n) => n % 8 === client);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });

  it('holds a burst of 256 calls without losing a message', async () => {
    // SCCRQ..ICCN of 256 callers at once: four messages of 150 octets each, and nobody reads meanwhile.
    const server = listen({ address: '127.0.0.1', port: 0 });
    const client = connect('127.0.0.1', server.local);
    for (let i = 0; i < 256 * 4; i++) io.send(client.socket, number(i, 150));
    await waitFor(() => server.sink.received.length === 1024, 'the burst');
  });

  it('does not let one flooded socket keep the others from being read', async () => {
    const order: string[] = [];
    const sink = (name: string) => ({ handleDatagram: () => void order.push(name) });
    const flooded = listen({ address: '127.0.0.1', port: 0 }, sink('flood') as unknown as RecordingSink);
    const quiet = Array.from({ length: 20 }, (_, i) =>
      listen({ address: '127.0.0.1', port: 0 }, sink(`quiet ${i}`) as unknown as RecordingSink),
    );
    const flooder = connect('127.0.0.1', flooded.local);
    for (let i = 0; i < 2000; i++) io.send(flooder.socket, number(i));
    for (const { local } of quiet) io.send(connect('127.0.0.1', local).socket, number(0));
    await waitFor(() => order.length === 2020, 'everything');
    // All quiet ones were read in the first wake-up, where the flooded one got its share and no more.
    const last = order.findLastIndex((name) => name !== 'flood');
    expect(last).toBeLessThan(20 + 64);
  });

  it('sends what was queued within a turn at its end, once', async () => {
    const server = listen({ address: '127.0.0.1', port: 0 });
    const sink = new RecordingSink();
    const client = connect('127.0.0.1', server.local, sink);
    const hooks: number[] = [];
    let answers = 0;
    server.sink.handleDatagram = (_bytes, source) => {
      answers++;
      io.send(server.socket, Buffer.from('answer'), source);
    };
    const stop = io.afterTurn(() => hooks.push(answers));
    for (let i = 0; i < 10; i++) io.send(client.socket, number(i));
    const before = io.statistics();
    await waitFor(() => sink.received.length === 10, 'answers');
    stop();
    expect(io.statistics().flushes - before.flushes).toBe(2);
    // The turn of the questions, that of the answers; hooks run after all inputs of a turn.
    expect(hooks).toContain(10);
    expect(hooks.every((count) => count === 0 || count === 10)).toBe(true);
  });

  it('hands nothing to a socket that was closed earlier in the same batch', async () => {
    const [a, b] = [listen({ address: '127.0.0.1', port: 0 }), listen({ address: '127.0.0.1', port: 0 })];
    let calls = 0;
    for (const one of [a, b]) {
      one.sink.handleDatagram = () => {
        calls++;
        io.close(a.socket);
        io.close(b.socket);
      };
    }
    for (const { local } of [a, b]) io.send(connect('127.0.0.1', local).socket, number(1));
    await sleep(50);
    expect(calls).toBe(1);
  });

  it('goes on when a sink throws, and reports what it threw', async () => {
    const server = listen({ address: '127.0.0.1', port: 0 });
    const client = connect('127.0.0.1', server.local);
    const errors: unknown[] = [];
    const stop = io.onError((error) => errors.push(error));
    const seen: number[] = [];
    server.sink.handleDatagram = (bytes) => {
      seen.push(Buffer.from(bytes).readUInt32BE());
      if (seen.length === 2) throw new Error('a defect');
    };
    for (let i = 0; i < 4; i++) io.send(client.socket, number(i));
    await waitFor(() => seen.length === 4, 'all four');
    stop();
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(errors.map(String)).toEqual(['Error: a defect']);
  });
});

describe('errors', () => {
  it('of opening are KernelErrors with the operation and the ends', () => {
    const server = listen({ address: '127.0.0.1', port: 0 });
    const sink = new RecordingSink();
    const noAddress = errorOf(() => io.listen({ local: { address: '192.0.2.1', port: 1701 }, sink }));
    expect([noAddress.code, noAddress.operation]).toEqual(['EADDRNOTAVAIL', 'bind 192.0.2.1:1701']);
    expect(noAddress.message).toBe('bind 192.0.2.1:1701: EADDRNOTAVAIL: this host has no such address');
    const remote = { address: '127.255.255.255', port: 1701 };
    const broadcast = errorOf(() => io.connect({ local: { address: '0.0.0.0', port: 0 }, remote, sink }));
    expect([broadcast.code, broadcast.operation]).toEqual([
      'EACCES',
      'connect 0.0.0.0:0 to 127.255.255.255:1701',
    ]);
    const families = { local: { address: '127.0.0.1', port: 0 }, remote: { address: '::1', port: 1 }, sink };
    expect(errorOf(() => io.connect(families)).code).toMatch(/EAFNOSUPPORT|EINVAL/);
    const nonsense = errorOf(() => io.listen({ local: { address: 'here', port: 1 }, sink }));
    expect([nonsense.code, nonsense.operation]).toEqual(['EINVAL', 'local address here:1']);
    const device = errorOf(() => io.listen({ local: server.local, sink, device: 'nosuchdevice0' }));
    expect([device.code, device.operation]).toEqual([
      'ENODEV',
      `SO_BINDTODEVICE 127.0.0.1:${server.local.port}`,
    ]);
    expect(() => io.listen({ local: { address: '127.0.0.1', port: 65_536 }, sink })).toThrow(RangeError);
  });

  it('say when another program has the port', async () => {
    // Without SO_REUSEADDR, as a program that knows nothing of this one.
    const { createSocket } = await import('node:dgram');
    const other = createSocket('udp4');
    await new Promise<void>((resolve) => other.bind(0, '127.0.0.1', resolve));
    const { port } = other.address();
    const error = errorOf(() =>
      io.listen({ local: { address: '127.0.0.1', port }, sink: new RecordingSink() }),
    );
    other.close();
    expect([error.code, error.operation]).toEqual(['EADDRINUSE', `bind 127.0.0.1:${port}`]);
  });

  it('that ICMP brings reach the connected socket, which goes on', async () => {
    const server = listen({ address: '127.0.0.1', port: 0 });
    const client = connect('127.0.0.1', server.local);
    io.close(server.socket);
    io.send(client.socket, number(1));
    await waitFor(() => client.sink.errors.length > 0, 'the refusal');
    expect(client.sink.errors[0]?.code).toBe('ECONNREFUSED');
    const again = listen(server.local);
    // The refusal that this one finds must not cost the datagram.
    io.send(client.socket, number(2));
    await waitFor(() => again.sink.received.length === 1, 'the datagram');
  });

  it('of one datagram are reported with its destination and do not cost the others', async () => {
    const server = listen({ address: '127.0.0.1', port: 0 });
    const sender = listen({ address: '127.0.0.1', port: 0 });
    const to = (remote: SocketAddress, local = '127.0.0.1') => ({
      remote,
      local: { address: local, port: 0 },
    });
    const bad = [
      to({ address: 'nowhere', port: 1 }),
      to(server.local, '192.0.2.9'),
      to({ address: '::1', port: 1 }),
    ];
    for (const [i, destination] of bad.entries()) {
      io.send(sender.socket, number(2 * i), to(server.local));
      io.send(sender.socket, number(2 * i + 1), destination);
    }
    io.send(sender.socket, number(6), to(server.local));
    const before = io.statistics();
    await waitFor(() => server.sink.received.length === 4, 'the good ones');
    expect(server.sink.received.map(({ bytes }) => bytes.readUInt32BE())).toEqual([0, 2, 4, 6]);
    expect(sender.sink.errors.map(({ to: destination }) => destination)).toEqual(bad);
    expect(io.statistics().sendFailures - before.sendFailures).toBe(3);
  });

  it('of a closed descriptor are counted and hurt nobody', async () => {
    const server = listen({ address: '127.0.0.1', port: 0 });
    const client = connect('127.0.0.1', server.local);
    io.send(client.socket, Buffer.from('last words'));
    io.close(client.socket);
    const before = io.statistics();
    io.send(client.socket, Buffer.from('too late'));
    io.writeFrame(client.socket, Buffer.from('too late'));
    io.close(client.socket);
    await waitFor(() => io.statistics().sendFailures === before.sendFailures + 2, 'the failures');
    await waitFor(() => server.sink.received.length === 1, 'the last words');
    expect(server.sink.received[0]?.bytes.toString()).toBe('last words');
    expect(() => io.localAddress(client.socket)).toThrow(/EBADF/);
  });
});
