import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { networkIo } from '../../lib/io/index.js';
import { RecordingSink, waitFor } from '../support/udp.js';

const io = networkIo();
const address = 'fe80::1:2661';
const ip = (verb: string) => spawnSync('ip', ['-6', 'address', verb, `${address}/128`, 'dev', 'lo']);
let ready = false;

beforeAll(() => {
  ready = ip('add').status === 0;
});

afterAll(() => {
  if (ready) ip('del');
});

it('link-local addresses carry their zone, both ways', async (context) => {
  if (!ready) context.skip('a link-local address on lo needs root and iproute2');
  const server = new RecordingSink();
  const listener = io.listen({ local: { address: '::', port: 0 }, sink: server });
  const { port } = io.localAddress(listener);
  const remote = { address: `${address}%lo`, port };
  const client = new RecordingSink();
  const socket = io.connect({ local: { address: `${address}%lo`, port: 0 }, remote, sink: client });
  const local = io.localAddress(socket);
  expect(local.address).toBe(`${address}%lo`);
  io.send(socket, Buffer.of(0xc8, 2, 1));
  await waitFor(() => server.received.length === 1, 'the datagram');
  const source = server.received[0]?.source;
  expect(source).toEqual({ remote: local, local: remote });
  io.send(listener, Buffer.of(0xc8, 2, 2), source);
  await waitFor(() => client.received.length === 1, 'the answer');

  // A tunnel on what the listener was told; its zone may also be a number.
  const tunnel = new RecordingSink();
  const connected = io.connect({
    local: { address: `${address}%1`, port },
    remote: local,
    sink: tunnel,
    listener,
  });
  expect(io.localAddress(connected)).toEqual(remote);
  io.send(socket, Buffer.of(0xc8, 2, 3));
  await waitFor(() => tunnel.received.length === 1, 'the tunnel');
  expect(tunnel.received[0]?.source).toBeUndefined();
  expect(server.received).toHaveLength(1);
  for (const each of [listener, socket, connected]) io.close(each);
});
