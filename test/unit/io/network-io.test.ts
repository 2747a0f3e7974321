import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NetworkIo } from '../../../lib/io/index.js';
import { KernelError, rowKind, sentDespite } from '../../../lib/native/index.js';
import { FakeNativeIo } from '../../support/fake-native-io.js';

const EAGAIN = 11;
const ECONNREFUSED = 111;
const address = { address: '127.0.0.1', port: 1701 };
const octets = (text: string): Uint8Array => Buffer.from(text);

let native: FakeNativeIo;
let io: NetworkIo;
/** The clock goes on by itself within a turn, as a real one does. */
let time = 0;

function start(options?: ConstructorParameters<typeof FakeNativeIo>[0]): void {
  native = new FakeNativeIo(options);
  io = new NetworkIo({ native, clock: () => time++ });
}

beforeEach(() => {
  time = 1000;
  vi.useFakeTimers();
  start();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A sink that notes what it is given. */
function sink() {
  const calls: string[] = [];
  return {
    calls,
    handleDatagram: (bytes: Uint8Array) => void calls.push(`datagram ${Buffer.from(bytes).toString()}`),
    handleSocketError: (code: string) => void calls.push(`error ${code}`),
    handleFrame: (frame: Uint8Array) => void calls.push(`frame ${Buffer.from(frame).toString()}`),
    handleHangup: () => void calls.push('hangup'),
  };
}

describe('NetworkIo', () => {
  it('gives each row to its sink, and drops those whose sink is gone', () => {
    const [a, b, gone] = [sink(), sink(), sink()];
    const tagA = io.registerSink(a);
    const goneTag = io.registerSink(gone);
    io.unregisterSink(goneTag);
    // Takes the place of the one that is gone, but not its tag.
    const tagB = io.registerSink(b);
    expect(tagB).not.toBe(goneTag);
    native.deliver(
      { kind: rowKind.frame, tag: tagA, text: 'lcp' },
      { kind: rowKind.datagram, tag: tagB, text: 'sccrq' },
      { kind: rowKind.frame, tag: goneTag, text: 'stale' },
      { kind: rowKind.hangup, tag: tagA },
      { kind: rowKind.error, tag: tagB, length: ECONNREFUSED },
      { kind: rowKind.datagram, tag: 0, text: 'nobody' },
    );
    expect(a.calls).toEqual(['frame lcp', 'hangup']);
    expect(b.calls).toEqual(['datagram sccrq', 'error ECONNREFUSED']);
    expect(gone.calls).toEqual([]);
  });

  it('keeps time still within a turn, and hooks run once, after the inputs and before the sending', () => {
    const times: number[] = [];
    const order: string[] = [];
    const socket = io.listen({ local: address, sink: sink() });
    const tag = io.registerSink({
      handleFrame: () => {
        times.push(io.now());
        order.push('input');
        io.send(socket, octets('answer'));
      },
      handleHangup: () => undefined,
    });
    io.afterTurn(() => {
      times.push(io.now());
      order.push(`hook, ${native.sends.length} sent`);
    });
    native.deliver({ kind: rowKind.frame, tag }, { kind: rowKind.frame, tag });
    expect(order).toEqual(['input', 'input', 'hook, 0 sent']);
    expect(new Set(times).size).toBe(1);
    expect(native.sends).toEqual([
      [
        { handle: socket, text: 'answer', addressed: false },
        { handle: socket, text: 'answer', addressed: false },
      ],
    ]);
    expect(io.now()).toBeGreaterThan(times[0] as number);
  });

  it('opens a turn for what happens outside of one, which ends in the same round of the loop', () => {
    const socket = io.listen({ local: address, sink: sink() });
    let hooks = 0;
    const stop = io.afterTurn(() => hooks++);
    const now = io.now();
    io.send(socket, octets('1'));
    io.send(socket, octets('2'), { remote: address, local: address });
    expect(io.now()).toBe(now);
    expect([native.sends.length, hooks]).toEqual([0, 0]);
    vi.runAllTimers();
    expect(native.sends).toEqual([
      [
        { handle: socket, text: '1', addressed: false },
        { handle: socket, text: '2', addressed: true },
      ],
    ]);
    expect(hooks).toBe(1);
    stop();
    io.now();
    vi.runAllTimers();
    expect(hooks).toBe(1);
  });

  it('joins a wake-up with the turn that was open', () => {
    const socket = io.listen({ local: address, sink: sink() });
    io.send(socket, octets('before'));
    const tag = io.registerSink({
      handleFrame: () => io.send(socket, octets('during')),
      handleHangup: () => undefined,
    });
    native.deliver({ kind: rowKind.frame, tag });
    expect(native.sends.map((rows) => rows.map(({ text }) => text))).toEqual([['before', 'during']]);
    vi.runAllTimers();
    expect(native.sends).toHaveLength(1);
  });

  it('sends early what does not fit, in rows or octets', () => {
    start({ sendRows: 4, sendBuffer: 1000 });
    const socket = io.listen({ local: address, sink: sink() });
    for (let i = 0; i < 9; i++) io.send(socket, octets(String(i)));
    vi.runAllTimers();
    expect(native.sends.map((rows) => rows.map(({ text }) => text).join(''))).toEqual(['0123', '4567', '8']);
    io.send(socket, octets('a'.repeat(500)));
    io.send(socket, octets('b'.repeat(500)));
    vi.runAllTimers();
    expect(native.sends.slice(3).map((rows) => rows.length)).toEqual([1, 1]);
    expect(() => io.send(socket, new Uint8Array(65_536))).toThrow(RangeError);
  });

  it('tries again what meets a full queue, five times, and then says so', () => {
    const told = sink();
    const socket = io.listen({ local: address, sink: told });
    let full = 3;
    native.status = ({ text }) => (text === 'blocked' && full-- > 0 ? EAGAIN : 0);
    io.send(socket, octets('blocked'));
    io.send(socket, octets('free'));
    vi.runAllTimers();
    expect(native.sends.map((rows) => rows.map(({ text }) => text))).toEqual([
      ['blocked', 'free'],
      ['blocked'],
      ['blocked'],
      ['blocked'],
    ]);
    expect(told.calls).toEqual([]);
    expect(io.statistics()).toMatchObject({ sent: 2, sendFailures: 0 });

    full = Infinity;
    io.send(socket, octets('blocked'));
    vi.runAllTimers();
    expect(native.sends).toHaveLength(4 + 6);
    expect(told.calls).toEqual(['error EAGAIN']);
    expect(io.statistics()).toMatchObject({ sent: 2, sendFailures: 1 });
    expect(io.timers.size).toBe(0);
  });

  it('lets no more than 1,024 wait', () => {
    const told = sink();
    const socket = io.listen({ local: address, sink: told });
    native.status = () => EAGAIN;
    for (let i = 0; i < 1200; i++) io.send(socket, octets(String(i)));
    io.close(socket);
    expect(told.calls).toHaveLength(1200 - 1024);
  });

  it('tells a sink of an earlier error without counting the datagram as lost', () => {
    const told = sink();
    const socket = io.listen({ local: address, sink: told });
    native.status = () => ECONNREFUSED | sentDespite;
    io.send(socket, octets('1'));
    vi.runAllTimers();
    expect(told.calls).toEqual(['error ECONNREFUSED']);
    expect(io.statistics()).toMatchObject({ sent: 1, sendFailures: 0 });
  });

  it('runs hooks again and sends what a failure brings about, in the same turn', () => {
    let failed = false;
    const reactions: string[] = [];
    const socket = io.listen({
      local: address,
      sink: { handleDatagram: () => undefined, handleSocketError: () => void (failed = true) },
    });
    io.afterTurn(() => {
      if (failed) io.send(socket, octets('reaction'));
      reactions.push(failed ? 'after the failure' : 'before');
      failed = false;
    });
    native.status = ({ text }) => (text === 'reaction' ? 0 : 113);
    io.send(socket, octets('1'));
    vi.advanceTimersToNextTimer();
    expect(reactions).toEqual(['before', 'after the failure']);
    expect(native.sends.map((rows) => rows.map(({ text }) => text))).toEqual([['1'], ['reaction']]);
  });

  it('does not hang when every failure causes another', () => {
    const socket = io.listen({
      local: address,
      sink: { handleDatagram: () => undefined, handleSocketError: () => io.send(socket, octets('again')) },
    });
    native.status = () => 113;
    io.send(socket, octets('1'));
    vi.advanceTimersToNextTimer();
    expect(native.sends.length).toBeGreaterThan(1);
    expect(native.sends.length).toBeLessThan(10);
  });

  it('hands out deadlines in order with the time of the turn, and needs one Node timer', () => {
    const fired: [string, number][] = [];
    const timed = (name: string) => ({ handleTimeout: (now: number) => void fired.push([name, now]) });
    const [a, b, c] = [timed('a'), timed('b'), timed('c')];
    time = 5000;
    io.timers.schedule(a, 5300);
    io.timers.schedule(b, 5200);
    io.timers.schedule(c, 5250);
    io.timers.schedule(c, undefined);
    vi.advanceTimersToNextTimer();
    expect(vi.getTimerCount()).toBe(1);
    for (let i = 0; i < 20 && io.timers.size > 0; i++) {
      time += 50;
      vi.advanceTimersByTime(50);
    }
    expect(fired.map(([name]) => name)).toEqual(['b', 'a']);
    expect(fired.every(([name, now]) => now >= (name === 'a' ? 5300 : 5200))).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('needs no timer when no deadline is left', () => {
    const timed = { handleTimeout: () => undefined };
    io.timers.schedule(timed, 10_000);
    vi.advanceTimersToNextTimer();
    expect(vi.getTimerCount()).toBe(1);
    io.timers.schedule(timed, undefined);
    vi.advanceTimersToNextTimer();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps what one sink, timer or hook throws from the others', () => {
    const errors: unknown[] = [];
    const good = sink();
    const bad = io.registerSink({
      handleFrame: () => {
        throw new Error('sink');
      },
      handleHangup: () => undefined,
    });
    const tag = io.registerSink(good);
    io.onError(() => {
      throw new Error('the handler itself');
    });
    io.onError((error) => errors.push((error as Error).message));
    const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    let hooks = 0;
    io.afterTurn(() => {
      throw new Error('hook');
    });
    io.afterTurn(() => hooks++);
    native.deliver({ kind: rowKind.frame, tag: bad }, { kind: rowKind.frame, tag, text: 'fine' });
    expect(good.calls).toEqual(['frame fine']);
    expect(hooks).toBe(1);
    expect(errors).toEqual(['sink', 'hook']);
    expect(warnings).toHaveBeenCalledTimes(2);
    expect(io.statistics().errors).toBe(2);
    warnings.mockRestore();
  });

  it('frees the sink of a socket that does not open', () => {
    const one = sink();
    native.failure = { operation: 'bind', errno: 98 };
    let error: unknown;
    try {
      io.connect({ local: { address: 'fe80::1%lo', port: 1701 }, remote: address, sink: one });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({
      code: 'EADDRINUSE',
      errno: 98,
      operation: 'bind [fe80::1%lo]:1701 to 127.0.0.1:1701',
    });
    native.failure = undefined;
    const socket = io.listen({ local: address, sink: one });
    native.deliver({ kind: rowKind.datagram, tag: native.tags.get(socket) as number, text: 'x' });
    expect(one.calls).toEqual(['datagram x']);
  });
});
