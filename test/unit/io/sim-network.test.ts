import { describe, expect, it } from 'vitest';
import type { DatagramSource } from '../../../lib/io/index.js';
import { KernelError } from '../../../lib/native/index.js';
import { type SimHost, type SimLink, SimNetwork } from '../../support/sim-network.js';

interface Received {
  readonly text: string;
  readonly at: number;
  readonly source: DatagramSource | undefined;
}

function recorder(host: SimHost): {
  received: Received[];
  errors: string[];
  sink: Parameters<SimHost['listen']>[0]['sink'];
} {
  const received: Received[] = [];
  const errors: string[] = [];
  return {
    received,
    errors,
    sink: {
      handleDatagram: (bytes, source) =>
        received.push({ text: Buffer.from(bytes).toString(), at: host.now(), source }),
      handleSocketError: (code) => errors.push(code),
    },
  };
}

const octets = (text: string): Uint8Array => Buffer.from(text);

function pair(link: SimLink, seed = 1) {
  const network = new SimNetwork({ seed, link });
  const server = network.addHost('10.0.0.1', '10.0.0.3', '2001:db8::1');
  const client = network.addHost('10.0.0.2', '2001:db8::2');
  const atServer = recorder(server);
  const atClient = recorder(client);
  const listener = server.listen({ local: { address: '0.0.0.0', port: 1701 }, sink: atServer.sink });
  const socket = client.connect({
    local: { address: '0.0.0.0', port: 5000 },
    remote: { address: '10.0.0.3', port: 1701 },
    sink: atClient.sink,
  });
  return { network, server, client, listener, socket, atServer, atClient };
}

describe('SimNetwork', () => {
  it('carries a datagram in virtual time and names both ends', () => {
    const { network, server, client, listener, socket, atServer, atClient } = pair({ latency: 7 });
    client.send(socket, octets('hello'));
    network.advance(6);
    expect(atServer.received).toEqual([]);
    network.advance(1);
    const source = {
      remote: { address: '10.0.0.2', port: 5000 },
      local: { address: '10.0.0.3', port: 1701 },
    };
    expect(atServer.received).toEqual([{ text: 'hello', at: 7, source }]);
    server.send(listener, octets('answer'), source);
    network.advance(7);
    expect(atClient.received).toEqual([{ text: 'answer', at: 14, source: undefined }]);
  });

  it('prefers a connected socket to a listener, and an exact address to a wildcard', () => {
    const { network, server, client, socket, atServer } = pair({});
    const exact = recorder(server);
    const connected = recorder(server);
    const other = recorder(server);
    server.listen({ local: { address: '10.0.0.3', port: 1701 }, sink: exact.sink });
    client.send(socket, octets('1'));
    network.advance(20);
    const local = { address: '10.0.0.3', port: 1701 };
    server.connect({ local, remote: { address: '10.0.0.2', port: 5000 }, sink: connected.sink });
    server.connect({ local, remote: { address: '10.0.0.2', port: 5001 }, sink: other.sink });
    client.send(socket, octets('2'));
    network.advance(20);
    expect(exact.received.map(({ text }) => text)).toEqual(['1']);
    expect(connected.received.map(({ text, source }) => [text, source])).toEqual([['2', undefined]]);
    expect(other.received).toEqual([]);
    expect(atServer.received).toEqual([]);
  });

  it('tells a connected socket that nobody listens, and says nothing for a host that is off', () => {
    const { network, server, client, listener, socket, atClient } = pair({ latency: 5 });
    server.close(listener);
    client.send(socket, octets('1'));
    network.advance(10);
    expect(atClient.errors).toEqual(['ECONNREFUSED']);
    server.silent = true;
    client.send(socket, octets('2'));
    network.advance(100);
    expect(atClient.errors).toEqual(['ECONNREFUSED']);
  });

  it('loses, doubles and reorders, the same way for the same seed', () => {
    const run = (seed: number) => {
      const { network, client, socket, atServer } = pair(
        { loss: 0.3, duplicate: 0.1, reorder: 0.2, jitter: 5 },
        seed,
      );
      for (let i = 0; i < 1000; i++) {
        client.send(socket, octets(String(i)));
        network.advance(1);
      }
      network.advance(1000);
      return { order: atServer.received.map(({ text }) => Number(text)), statistics: network.statistics };
    };
    const first = run(5);
    expect(run(5)).toEqual(first);
    expect(run(6).order).not.toEqual(first.order);
    expect(first.statistics.lost).toBeGreaterThan(200);
    expect(first.statistics.lost).toBeLessThan(400);
    expect(first.statistics.duplicated).toBeGreaterThan(30);
    expect(first.order.length).toBe(1000 - first.statistics.lost + first.statistics.duplicated);
    expect(first.order).not.toEqual([...first.order].sort((a, b) => a - b));
  });

  it('runs hooks after the inputs of a turn and sends what they queue', () => {
    const { network, server, listener, client, socket, atServer, atClient } = pair({ latency: 1 });
    const turns: number[] = [];
    let seen = 0;
    const stop = server.afterTurn(() => {
      turns.push(server.now());
      for (; seen < atServer.received.length; seen++) {
        server.send(listener, octets('echo'), atServer.received[seen]?.source);
      }
    });
    client.turn(() => {
      client.send(socket, octets('1'));
      client.send(socket, octets('2'));
    });
    network.advance(10);
    expect(turns).toEqual([1]);
    expect(atClient.received.map(({ text, at }) => [text, at])).toEqual([
      ['echo', 2],
      ['echo', 2],
    ]);
    stop();
    client.send(socket, octets('3'));
    network.advance(10);
    expect(turns).toEqual([1]);
  });

  it('wakes timers at their deadlines, and promises settle in between', async () => {
    const { network, server } = pair({});
    const fired: number[] = [];
    const timed = {
      handleTimeout: (now: number) => {
        fired.push(now);
        void Promise.resolve()
          .then(() => undefined)
          .then(() => server.timers.schedule(timed, now + 50));
      },
    };
    server.timers.schedule(timed, 100);
    expect(await network.run(1000, () => fired.length === 3)).toBe(true);
    expect(fired).toEqual([100, 150, 200]);
    expect(server.openTimers).toBe(1);
    server.crash();
    expect(server.openTimers + server.openSockets).toBe(0);
    expect(await network.run(1000)).toBe(false);
    expect(network.now).toBe(1200);
    expect(fired.length).toBe(3);
  });

  it('refuses an address that the host does not have', () => {
    const { server } = pair({});
    const bind = () =>
      server.listen({ local: { address: '10.9.9.9', port: 1 }, sink: { handleDatagram: () => {} } });
    expect(bind).toThrow(KernelError);
    expect(bind).toThrow(/EADDRNOTAVAIL/);
  });
});
