import { afterEach, expect, it } from 'vitest';
import { BlockSplitter } from '../../lib/pcapng/index.js';
import { type MonitorEvent, SessionCapture, traceLine } from '../../lib/monitor/index.js';
import { concat, text } from '../../lib/wire/index.js';
import { LnsWorld, smallServer } from '../support/lns-world.js';

let world: LnsWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** Lines of a trace as `-> ICRP`, `<- LCP Configure-Request`. */
const short = (event: MonitorEvent): string => {
  const { direction, kind, text: line } = traceLine(event);
  if (direction === undefined) return kind;
  const words = line.split(' ');
  return `${direction === 'sent' ? '->' : '<-'} ${words.slice(0, kind === 'ppp' ? 2 : 1).join(' ')}`;
};

async function dialled(options = smallServer) {
  const started = await LnsWorld.start(options);
  world = started;
  const lac = started.addLac();
  const tunnel = await started.openTunnel(lac, 'tunnel-secret');
  return { world: started, lac, tunnel, lns: started.lns };
}

it('shows a user from the first message of the call on, and nobody else', async () => {
  const { world, lac, tunnel, lns } = await dialled();
  const lines: string[] = [];
  const whole: string[] = [];
  const stop = lns.watch({ user: 'alice' }, (event) => {
    lines.push(short(event));
    whole.push(JSON.stringify(traceLine(event)));
  });
  const [, session] = await Promise.all([
    world.dial(lac, tunnel, { user: 'ben' }),
    world.dial(lac, tunnel, { user: 'alice', password: 'wonder', callingNumber: '0123' }),
  ]);
  await world.run(1000);
  expect(lines.slice(0, 3)).toEqual(['<- ICRQ', '-> ICRP', '<- ICCN']);
  for (const line of [
    '-> LCP Configure-Request',
    '<- CHAP Response',
    '-> CHAP Success',
    '-> IPCP Configure-Ack',
  ])
    expect(lines).toContain(line);
  session.hangUp(lac.host.now());
  await world.run(5000);
  expect(lines).toContain('<- LCP Terminate-Request');
  expect(lines.slice(-1)).toEqual(['end']);
  const all = whole.join('\n');
  expect(all).toContain('0123');
  expect(all).not.toContain('ben');
  expect(all).not.toContain('wonder');
  const times = whole.map((line) => (JSON.parse(line) as { time: number }).time);
  expect(times).toEqual(times.toSorted((a, b) => a - b));

  stop();
  stop();
  const before = lines.length;
  await world.dial(lac, tunnel, { user: 'alice', password: 'wonder' });
  expect(lines.length).toBe(before);
});

it('shows a call that fails, by its calling number or by the name that was refused', async () => {
  const { world, lac, tunnel, lns } = await dialled();
  const byNumber: string[] = [];
  const byName: string[] = [];
  lns.watch({ callingNumber: '0123' }, (event) => byNumber.push(short(event)));
  lns.watch({ user: 'mallory' }, (event) => byName.push(short(event)));
  const call = { user: 'mallory', password: 'guess', callingNumber: '0123' };
  await expect(world.dial(lac, tunnel, call)).rejects.toThrow();
  await world.run(5000);
  expect(byNumber).toContain('-> CHAP Failure');
  expect(byNumber.slice(-1)).toEqual(['end']);
  expect(byName).toEqual(byNumber);
});

it('has no more watches at once than it says, and survives a listener that throws', async () => {
  const { world, lac, tunnel, lns } = await dialled();
  const stops = Array.from({ length: 16 }, () =>
    lns.watch({ user: 'bob' }, () => {
      throw new Error('defect');
    }),
  );
  expect(() => lns.watch({ user: 'bob' }, () => undefined)).toThrow(/16 traces and captures/);
  await world.dial(lac, tunnel);
  for (const stop of stops) stop();
  expect(world.log.of('error').join()).toContain('a watch of sessions has thrown');
});

it('captures a session that is up: control messages, PPP frames and packets, without its password', async () => {
  const { world, lac, tunnel, lns } = await dialled({
    ...smallServer,
    ppp: { ...smallServer.ppp, localAddress: '10.64.0.1', auth: ['pap'] },
  });
  const session = await world.dial(lac, tunnel, { user: 'alice', password: 'wonder' });
  const [{ id } = { id: '' }] = await world.until(lns.sessions());
  const target = lns.monitored(id);
  if (target === undefined) throw new Error('there is no session');
  const chunks: Uint8Array[] = [];
  const splitter = new BlockSplitter();
  const file = new SessionCapture(target, { snapLength: 100, data: true, maxOctets: 1 << 20 });
  const stop = lns.watch({ id, tunnelMessages: true }, (event) => file.handle(event));
  let ready = true;
  file.begin({ write: (octets) => void chunks.push(splitter.push(octets)), ready: () => ready });
  const [kernel] = world.dataPlane.sessions;
  const packet = { time: 5, direction: 'sent' as const, length: 1400, octets: new Uint8Array(100) };
  kernel?.captured.push({ ...packet, protocol: 0x0800 }, { ...packet, protocol: 0x86dd });
  kernel?.captured.push({ ...packet, protocol: 0x8863 });
  file.poll();
  expect(splitter.packets).toBe(2);
  ready = false;
  kernel?.captured.push({ ...packet, protocol: 0x0800 });
  file.poll();
  ready = true;
  expect(splitter.packets).toBe(2);
  session.hangUp(lac.host.now());
  await world.run(5000);
  expect(splitter.packets).toBeGreaterThan(5);
  expect(file.ended).toBe(true);
  expect(kernel?.captures.size).toBe(0);
  expect(text(concat(...chunks))).not.toContain('wonder');
  stop();
});

it('captures how a session comes about, and hides what it said to authenticate itself', async () => {
  const { world, lac, tunnel, lns } = await dialled({
    ...smallServer,
    ppp: { ...smallServer.ppp, localAddress: '10.64.0.1', auth: ['pap'] },
  });
  const chunks: Uint8Array[] = [];
  let file: SessionCapture | undefined;
  const stop = lns.watch({ callingNumber: '0123' }, (event) => {
    if (event.session === undefined) return;
    if (file === undefined) {
      file = new SessionCapture(event.session, { snapLength: 100, data: false, maxOctets: 1 << 20 });
      file.begin({ write: (octets) => void chunks.push(octets.slice()), ready: () => true });
    }
    file.handle(event);
  });
  await world.dial(lac, tunnel, { user: 'alice', password: 'wonder', callingNumber: '0123' });
  file?.end();
  stop();
  const octets = text(concat(...chunks));
  expect(octets).toContain('alice');
  expect(octets).not.toContain('wonder');
});

it('ends a capture at its size', async () => {
  const { world, lac, tunnel, lns } = await dialled();
  await world.dial(lac, tunnel);
  const [{ id } = { id: '' }] = await world.until(lns.sessions());
  const target = lns.monitored(id);
  if (target === undefined) throw new Error('there is no session');
  const file = new SessionCapture(target, { snapLength: 100, data: true, maxOctets: 1000 });
  let octets = 0;
  file.begin({ write: (more) => void (octets += more.length), ready: () => true });
  const [kernel] = world.dataPlane.sessions;
  for (let i = 0; i < 100 && !file.ended; i++) {
    kernel?.captured.push({
      time: 5,
      direction: 'sent',
      length: 100,
      protocol: 0x0800,
      octets: new Uint8Array(100),
    });
    file.poll();
  }
  expect(file.ended).toBe(true);
  expect(octets).toBeLessThan(1500);
});
