// A UDP socket in another network namespace, worked from standard input: one JSON command a line, one answer a line.
//   {"send": HEX, "port": P, "address": A}            sends one datagram
//   {"flood": [HEX, …], "count": N, "rate": R, …}     sends N datagrams, R a second, and says `flooded N`
// What arrives is told as `rx HEX ADDRESS PORT`.
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

const [address, port] = process.argv.slice(2);
const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
socket.on('message', (data, from) => console.log(`rx ${data.toString('hex')} ${from.address} ${from.port}`));
// ICMP errors (the peer's port is closed) are the test's business, not ours.
socket.on('error', (error) => console.log(`error ${error.message}`));
socket.bind(Number(port), address, () => console.log(`ready ${socket.address().port}`));

const send = (hex, to) =>
  new Promise((resolve) => socket.send(Buffer.from(hex, 'hex'), to.port, to.address, () => resolve()));

async function flood({ flood: frames, count, rate, ...to }) {
  const start = performance.now();
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, Math.ceil(((performance.now() - start) / 1000) * rate));
    for (; sent < due; sent++) await send(frames[sent % frames.length], to);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  console.log(`flooded ${count}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.flood !== undefined) void flood(command);
  else await send(command.send, command);
}
process.exit(0);
