import { describe, expect, it } from 'vitest';
import { Counters } from '../../../lib/l2tp/counters.js';
import { encodeMessage } from '../../../lib/l2tp/index.js';
import type { ControlHeader } from '../../../lib/l2tp/index.js';
import { decodeHeader, fullRetransmissionInterval } from '../../../lib/l2tp/index.js';
import { ReliableChannel } from '../../../lib/l2tp/reliable.js';
import type { ReliableOptions } from '../../../lib/l2tp/reliable.js';

const defaults: ReliableOptions = {
  retransmit: { first: 1000, cap: 8000, tries: 5 },
  receiveWindow: 8,
  ackDelay: 20,
};

/** A channel and the numbers of what it sends. */
function script(options: Partial<ReliableOptions> = {}, window = 8) {
  const counters = new Counters();
  const channel = new ReliableChannel({ ...defaults, ...options }, counters);
  channel.setPeerWindow(window);
  const header = (ns: number, nr: number, body = true): ControlHeader => ({
    kind: 'control',
    tunnelId: 1,
    sessionId: 0,
    ns: ns & 0xffff,
    nr: nr & 0xffff,
    bodyStart: 12,
    end: body ? 20 : 12,
  });
  return {
    channel,
    counters,
    send: (now: number) => channel.send(encodeMessage({ type: 'HELLO' }, 1, 0), now),
    /** A message of the peer, marked by its Ns. */
    receive: (ns: number, nr: number, now: number) => {
      const datagram = new Uint8Array(20).fill(ns & 0xff);
      return channel.receive(header(ns, nr), datagram, now);
    },
    ack: (nr: number, now: number) => channel.receive(header(0, nr, false), new Uint8Array(12), now),
    /** What is due, as `Ns/Nr`, with `z` before a ZLB. */
    due: (): string[] => {
      const out: string[] = [];
      for (let bytes = channel.pollTransmit(9); bytes !== undefined; bytes = channel.pollTransmit(9)) {
        const sent = decodeHeader(bytes) as ControlHeader;
        out.push(`${sent.end === 12 ? 'z' : ''}${sent.ns}/${sent.nr}`);
      }
      return out;
    },
    /** Ns of the kept messages that are in order now. */
    held: (now: number): number[] => {
      const out: number[] = [];
      for (let next = channel.nextHeld(now); next !== undefined; next = channel.nextHeld(now)) {
        out.push(next[19] as number);
      }
      return out;
    },
  };
}

describe('sending', () => {
  it('starts with one message and opens the window by one with each acknowledged (slow start)', () => {
    const { send, due, ack } = script();
    for (let i = 0; i < 10; i++) send(0);
    expect(due()).toEqual(['0/0']);
    expect(ack(1, 10)).toBe('zlb');
    expect(due()).toEqual(['1/0', '2/0']);
    ack(2, 20);
    expect(due()).toEqual(['3/0', '4/0']);
    ack(5, 30);
    expect(due()).toEqual(['5/0', '6/0', '7/0', '8/0', '9/0']);
  });

  it("never exceeds the peer's window", () => {
    const { send, due, ack } = script({}, 2);
    for (let i = 0; i < 20; i++) send(0);
    due();
    for (let nr = 1; nr < 10; nr++) {
      ack(nr, nr);
      expect(due().length).toBeLessThanOrEqual(2);
    }
    expect(due()).toEqual([]);
  });

  it('assumes a window of 4 where the peer names none', () => {
    const counters = new Counters();
    const channel = new ReliableChannel(defaults, counters);
    const zlb = (nr: number): void => {
      const header = {
        kind: 'control',
        tunnelId: 1,
        sessionId: 0,
        ns: 0,
        nr,
        bodyStart: 12,
        end: 12,
      } as const;
      channel.receive(header, new Uint8Array(12), 0);
    };
    for (let i = 0; i < 20; i++) channel.send(encodeMessage({ type: 'HELLO' }, 1, 0), 0);
    let sent = 0;
    for (let rounds = 0; rounds < 4; rounds++) {
      let burst = 0;
      while (channel.pollTransmit(1) !== undefined) burst++;
      expect(burst).toBeLessThanOrEqual(4);
      sent += burst;
      zlb(sent);
    }
  });

  it('repeats after 1, 2, 4, 8 and 8 s, with the Nr of the day, then gives up after 31 s in all', () => {
    const { channel, send, due, receive } = script();
    send(0);
    expect(due()).toEqual(['0/0']);
    receive(0, 0, 500);
    expect(due()).toEqual([]);
    const times: number[] = [];
    for (let rounds = 0; rounds < 5; rounds++) {
      if (rounds === 0) expect(channel.pollTimeout()).toBe(520);
      channel.handleTimeout(520);
      if (rounds === 0) expect(due()).toEqual(['z1/1']);
      const at = channel.pollTimeout() ?? 0;
      times.push(at);
      expect(channel.handleTimeout(at - 1)).toBe(false);
      expect(due()).toEqual([]);
      expect(channel.handleTimeout(at)).toBe(false);
      expect(due()).toEqual(['0/1']);
    }
    expect(times).toEqual([1000, 3000, 7000, 15_000, 23_000]);
    expect(channel.pollTimeout()).toBe(31_000);
    expect(channel.handleTimeout(31_000)).toBe(true);
    expect(fullRetransmissionInterval(defaults.retransmit)).toBe(31_000);
  });

  it('halves the threshold and starts slowly again after a loss (Appendix A)', () => {
    const { channel, counters, send, due, ack } = script({}, 16);
    for (let i = 0; i < 40; i++) send(0);
    due();
    ack(1, 1);
    due();
    ack(3, 2);
    expect(due()).toEqual(['3/0', '4/0', '5/0', '6/0']);
    ack(7, 3);
    expect(due().length).toBe(8); // 7 to 14 in flight, window 8
    channel.handleTimeout(channel.pollTimeout() ?? 0);
    expect(due()).toEqual(['7/0']);
    // 8 to 14 were sent before and go out again as the window opens: slow start up to 4, then one a round.
    ack(8, 2000);
    expect(due()).toEqual(['8/0', '9/0']);
    ack(10, 2001);
    expect(due()).toEqual(['10/0', '11/0', '12/0', '13/0']);
    ack(14, 2002);
    expect(due()).toEqual(['14/0', '15/0', '16/0', '17/0', '18/0']);
    expect(counters.retransmissions).toBe(8);
  });

  it('skips what the peer had kept', () => {
    const { channel, send, due, ack } = script();
    for (let i = 0; i < 8; i++) send(0);
    due();
    ack(1, 0);
    due();
    ack(3, 0);
    expect(due()).toEqual(['3/0', '4/0', '5/0', '6/0']);
    channel.handleTimeout(channel.pollTimeout() ?? 0);
    expect(due()).toEqual(['3/0']);
    ack(7, 2000);
    expect(due()).toEqual(['7/0']);
  });

  it('waits longer than 1 s where answers take longer, and never less', () => {
    const slow = script();
    slow.send(0);
    slow.due();
    slow.ack(1, 900);
    slow.send(1000);
    slow.due();
    // Smoothed 900, deviation 450: 900 + 4 x 450
    expect(slow.channel.pollTimeout()).toBe(1000 + 2700);
    const quick = script();
    quick.send(0);
    quick.due();
    quick.ack(1, 2);
    quick.send(10);
    quick.due();
    expect(quick.channel.pollTimeout()).toBe(1010);
  });

  it('measures nothing by repeated messages (Karn)', () => {
    const { channel, send, due, ack } = script();
    send(0);
    due();
    channel.handleTimeout(1000);
    due();
    ack(1, 2900);
    send(3000);
    due();
    expect(channel.pollTimeout()).toBe(4000);
  });

  it('starts anew with each success', () => {
    const { channel, send, due, ack } = script();
    send(0);
    send(0);
    due();
    channel.handleTimeout(1000);
    channel.handleTimeout(3000);
    due();
    ack(1, 3100);
    expect(due()).toEqual(['1/0']);
    expect(channel.pollTimeout()).toBe(4100);
  });

  it('wraps around', () => {
    const { channel, send, due, ack } = script();
    let odd = 0;
    for (let i = 0; i < 0x1_0005; i++) {
      send(i);
      if (due().join() !== `${i & 0xffff}/0`) odd++;
      if (ack((i + 1) & 0xffff, i) !== 'zlb') odd++;
    }
    expect(odd).toBe(0);
    expect(channel.idle).toBe(true);
    expect(channel.backlog).toBe(0);
  });

  it('ignores old acknowledgements and drops impossible ones', () => {
    const { channel, send, due, ack, receive } = script();
    send(0);
    send(0);
    due();
    ack(1, 1);
    due();
    expect(ack(0, 2)).toBe('zlb');
    expect(channel.backlog).toBe(1);
    expect(ack(3, 2)).toBe('invalid');
    expect(receive(0, 3, 2)).toBe('invalid');
    expect(channel.backlog).toBe(1);
    expect(ack(2, 3)).toBe('zlb');
    expect(channel.pollTimeout()).toBeUndefined();
  });

  it('lets a final message go before what was never sent', () => {
    const { channel, send, due, ack } = script();
    for (let i = 0; i < 5; i++) send(0);
    expect(due()).toEqual(['0/0']);
    channel.discardUnsent();
    send(0);
    expect(channel.backlog).toBe(2);
    ack(1, 1);
    expect(due()).toEqual(['1/0']);
  });

  it('keeps its numbers when everything is dropped', () => {
    const { channel, send, due, ack, receive } = script();
    send(0);
    send(0);
    due();
    channel.discardAll();
    expect(channel.idle).toBe(true);
    expect(channel.pollTimeout()).toBeUndefined();
    receive(0, 0, 1);
    channel.acknowledgeNow();
    expect(due()).toEqual(['z1/1']);
    expect(ack(1, 2)).toBe('zlb');
  });

  it('counts what a peer provokes until it is acknowledged', () => {
    const { channel, due, ack } = script();
    for (let i = 0; i < 3; i++) channel.send(encodeMessage({ type: 'HELLO' }, 1, 0), 0, true);
    due();
    expect(channel.provoked).toBe(3);
    ack(1, 0);
    expect(channel.provoked).toBe(2);
    channel.discardAll();
    expect(channel.provoked).toBe(0);
  });
});

describe('receiving', () => {
  it('delivers in order and acknowledges a little later', () => {
    const { channel, receive, due } = script();
    expect(receive(0, 0, 100)).toBe('deliver');
    expect(due()).toEqual([]);
    expect(receive(1, 0, 110)).toBe('deliver');
    expect(channel.pollTimeout()).toBe(120);
    expect(channel.handleTimeout(120)).toBe(false);
    expect(due()).toEqual(['z0/2']);
    expect(channel.pollTimeout()).toBeUndefined();
  });

  it('acknowledges with a message if there is one', () => {
    const { channel, receive, send, due } = script();
    receive(0, 0, 0);
    send(1);
    expect(due()).toEqual(['0/1']);
    channel.handleTimeout(20);
    expect(due()).toEqual([]);
  });

  it('acknowledges at once when half of the window is used, and with no delay if none is set', () => {
    const { receive, due } = script({ receiveWindow: 4 });
    receive(0, 0, 0);
    expect(due()).toEqual([]);
    receive(1, 0, 0);
    expect(due()).toEqual(['z0/2']);
    const prompt = script({ ackDelay: 0 });
    prompt.receive(0, 0, 0);
    expect(prompt.due()).toEqual(['z0/1']);
  });

  it('acknowledges duplicates at once and does not deliver them', () => {
    const { receive, due } = script();
    receive(0, 0, 0);
    due();
    expect(receive(0, 0, 1)).toBe('duplicate');
    expect(due()).toEqual(['z0/1']);
    // RFC 2661 section 5.8: with 15 received, 0 to 15 and 32784 to 65535 are duplicates.
    for (let ns = 1; ns <= 15; ns++) receive(ns, 0, 2);
    expect(receive(15, 0, 3)).toBe('duplicate');
    expect(receive(0, 0, 3)).toBe('duplicate');
    expect(receive(32784, 0, 3)).toBe('duplicate');
    expect(receive(65535, 0, 3)).toBe('duplicate');
    expect(receive(32783, 0, 3)).toBe('beyond');
    expect(receive(16, 0, 3)).toBe('deliver');
  });

  it('keeps what comes out of order up to the window, once', () => {
    const { receive, held, due } = script();
    expect(receive(1, 0, 0)).toBe('held');
    expect(receive(7, 0, 0)).toBe('held');
    expect(receive(1, 0, 0)).toBe('held');
    expect(receive(8, 0, 0)).toBe('beyond');
    expect(due()).toEqual([]);
    expect(held(0)).toEqual([]);
    expect(receive(0, 0, 1)).toBe('deliver');
    expect(held(1)).toEqual([1]);
    for (const ns of [6, 3, 5, 4]) receive(ns, 0, 2);
    expect(receive(2, 0, 3)).toBe('deliver');
    expect(held(3)).toEqual([3, 4, 5, 6, 7]);
    expect(due()).toEqual(['z0/8']);
  });

  it('takes acknowledgements from messages that it does not deliver', () => {
    const { channel, send, due, receive } = script();
    send(0);
    due();
    expect(receive(3, 1, 1)).toBe('held');
    expect(channel.idle).toBe(true);
  });

  it('wraps around', () => {
    const { receive, held, due } = script();
    for (let ns = 0; ns < 0xfffe; ns++) receive(ns, 0, 0);
    due();
    expect(receive(0, 0, 1)).toBe('held'); // two ahead
    expect(receive(0xffff, 0, 1)).toBe('held');
    expect(receive(0xfffe, 0, 1)).toBe('deliver');
    expect(held(1)).toEqual([0xff, 0]);
    expect(receive(1, 0, 1)).toBe('deliver');
    expect(receive(0xffff, 0, 1)).toBe('duplicate');
    expect(due()).toEqual(['z0/2']);
  });
});
