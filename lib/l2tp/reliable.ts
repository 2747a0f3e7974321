import type { Counters } from './counters.js';
import { peekMessageType } from './codec.js';
import { encodeZlb, patchSequence } from './header.js';
import type { ControlHeader } from './header.js';

/** When a message that is not acknowledged is sent again (RFC 2661 section 5.8). Times in ms. */
export interface RetransmitOptions {
  /** First wait, and the least one however quick the peer answers. */
  readonly first: number;
  /** Longest wait; 8,000 at least (RFC 2661 section 5.8). */
  readonly cap: number;
  /** Repeats without an answer, after which the peer counts as lost. */
  readonly tries: number;
}

/** The full retransmission interval (RFC 2661 sections 5.7, 5.8): 31 s with 1 s, 8 s, 5 repeats. */
export function fullRetransmissionInterval({ first, cap, tries }: RetransmitOptions): number {
  let total = 0;
  for (let i = 0; i <= tries; i++) total += Math.min(first * 2 ** i, cap);
  return total;
}

/** The transmit window to assume of a peer that names none (RFC 2661 section 4.4.3). */
const defaultPeerWindow = 4;
/** Half of the sequence space: what lies further ahead counts as behind. */
const half = 0x8000;

const distance = (from: number, to: number): number => (to - from) & 0xffff;

interface Pending {
  readonly bytes: Uint8Array;
  /** When it was last sent. */
  sentAt: number;
  sends: number;
  /** Sent because the peer asked, at its pace. */
  readonly provoked: boolean;
}

/** What is to be done with a message that was received. */
export type Reception =
  /** In order: process it, then whatever {@link ReliableChannel.nextHeld} gives. */
  | 'deliver'
  /** Only an acknowledgement. */
  | 'zlb'
  /** Processed before; it is acknowledged again. */
  | 'duplicate'
  /** Ahead of a missing one, and kept until that comes. */
  | 'held'
  /** Beyond the receive window, and dropped. */
  | 'beyond'
  /** Acknowledges what was never sent; dropped. */
  | 'invalid';

export interface ReliableOptions {
  readonly retransmit: RetransmitOptions;
  /** Messages that the peer may send ahead of our acknowledgement; out-of-order ones are kept up to here. */
  readonly receiveWindow: number;
  /** How long an acknowledgement waits for a message to ride on, in ms; 0 waits for the end of the batch only. */
  readonly ackDelay: number;
}

/**
 * Reliable delivery of one tunnel's control messages (RFC 2661 section 5.8) with slow start and congestion avoidance
 * (Appendix A). Sans-IO: what is due is pulled by {@link pollTransmit}.
 */
export class ReliableChannel {
  readonly #options: ReliableOptions;
  readonly #counters: Counters;

  /** Messages not acknowledged, from `#head` on; that at `#head` has Ns `#firstNs`. */
  #queue: (Pending | undefined)[] = [];
  #head = 0;
  #firstNs = 0;
  /** Of the queue: how many were ever sent, are counted as in flight, were handed out in this flight. */
  #sent = 0;
  #flight = 0;
  #emitted = 0;
  #provoked = 0;

  #peerWindow = defaultPeerWindow;
  #congestionWindow = 1;
  #threshold = defaultPeerWindow;
  /** Acknowledgements since the congestion window last grew in congestion avoidance. */
  #growth = 0;

  #retransmitAt: number | undefined;
  #timeouts = 0;
  /** Smoothed round-trip time and its mean deviation in ms; negative before the first sample. */
  #roundTrip = -1;
  #deviation = 0;

  /** Nr: the Ns that is expected next. */
  #expected = 0;
  #held: Map<number, Uint8Array> | undefined;
  /** Messages received since Nr was last told. */
  #unacknowledged = 0;
  #ackNow = false;
  #ackSessionId = 0;
  #ackAt: number | undefined;

  constructor(options: ReliableOptions, counters: Counters) {
    this.#options = options;
    this.#counters = counters;
  }

  /** Whether everything that was sent is acknowledged. */
  get idle(): boolean {
    return this.#queue.length === this.#head;
  }

  /** Messages in the queue that answer a peer's request. */
  get provoked(): number {
    return this.#provoked;
  }

  /** Messages in the queue, sent or not. */
  get backlog(): number {
    return this.#queue.length - this.#head;
  }

  /** The receive window that the peer announced. */
  setPeerWindow(window: number): void {
    // More than half of the sequence space could not be told from the past.
    this.#peerWindow = Math.min(window, half - 1);
    this.#threshold = this.#peerWindow;
    this.#congestionWindow = Math.min(this.#congestionWindow, this.#peerWindow);
  }

  /** Queues an encoded message, and sends it as soon as the windows allow. */
  send(bytes: Uint8Array, now: number, provoked = false): void {
    this.#queue.push({ bytes, sentAt: now, sends: 0, provoked });
    if (provoked) this.#provoked++;
    this.#pump(now);
  }

  /** Drops what has never been sent, to let a final message go first. */
  discardUnsent(): void {
    for (let i = this.#head + this.#sent; i < this.#queue.length; i++) {
      if (this.#queue[i]?.provoked === true) this.#provoked--;
    }
    this.#queue.length = this.#head + this.#sent;
  }

  /** Drops everything that was to be sent; receiving goes on. */
  discardAll(): void {
    // What was sent keeps its numbers: an acknowledgement of it may still come.
    this.#firstNs = (this.#firstNs + this.#sent) & 0xffff;
    this.#queue = [];
    this.#head = this.#sent = this.#flight = this.#emitted = this.#provoked = 0;
    this.#retransmitAt = undefined;
    this.#timeouts = 0;
  }

  /** Takes the sequence numbers of a message. `datagram` is copied if it has to be kept. */
  receive(header: ControlHeader, datagram: Uint8Array, now: number): Reception {
    if (!this.#acknowledge(header.nr, now)) return 'invalid';
    if (header.bodyStart === header.end) return 'zlb';
    const ahead = distance(this.#expected, header.ns);
    if (ahead === 0) {
      this.#advance(now);
      return 'deliver';
    }
    if (ahead >= half) {
      this.#ackNow = true;
      return 'duplicate';
    }
    if (ahead >= this.#options.receiveWindow) return 'beyond';
    this.#held ??= new Map();
    if (!this.#held.has(header.ns)) this.#held.set(header.ns, datagram.slice(0, header.end));
    return 'held';
  }

  /** The next message that was kept and is now in order. */
  nextHeld(now: number): Uint8Array | undefined {
    const held = this.#held;
    if (held === undefined) return undefined;
    const datagram = held.get(this.#expected);
    if (datagram === undefined) return undefined;
    held.delete(this.#expected);
    if (held.size === 0) this.#held = undefined;
    this.#advance(now);
    return datagram;
  }

  /**
   * Acknowledges at once what was received, and does not wait for a message to ride on. A ZLB names `peerSessionId`:
   * xl2tpd forgets a call that it has ended only when the acknowledgement names it, and does not redial until then.
   */
  acknowledgeNow(peerSessionId = 0): void {
    this.#ackNow = true;
    this.#ackSessionId = peerSessionId;
  }

  /** The next datagram that is due: messages first, and a ZLB if none of them carried the acknowledgement. */
  pollTransmit(peerTunnelId: number): Uint8Array | undefined {
    if (this.#emitted < this.#flight) {
      const pending = this.#queue[this.#head + this.#emitted] as Pending;
      patchSequence(pending.bytes, (this.#firstNs + this.#emitted) & 0xffff, this.#expected);
      this.#emitted++;
      this.#acknowledged();
      this.#counters.countSent(peekMessageType(pending.bytes), pending.sends > 1);
      return pending.bytes;
    }
    if (!this.#ackNow) return undefined;
    const sessionId = this.#ackSessionId;
    this.#acknowledged();
    this.#counters.zlbSent++;
    return encodeZlb(peerTunnelId, (this.#firstNs + this.#sent) & 0xffff, this.#expected, sessionId);
  }

  /** When {@link handleTimeout} wants to be called, in ms. */
  pollTimeout(): number | undefined {
    if (this.#ackAt === undefined) return this.#retransmitAt;
    if (this.#retransmitAt === undefined) return this.#ackAt;
    return Math.min(this.#ackAt, this.#retransmitAt);
  }

  /** @returns whether the peer is lost: all repeats of a message went unanswered */
  handleTimeout(now: number): boolean {
    if (this.#ackAt !== undefined && this.#ackAt <= now) {
      this.#ackAt = undefined;
      this.#ackNow = true;
    }
    if (this.#retransmitAt === undefined || this.#retransmitAt > now) return false;
    if (this.#timeouts >= this.#options.retransmit.tries) return true;
    this.#timeouts++;
    // Appendix A. What else was in flight goes out again as the window opens, for peers that keep nothing.
    this.#threshold = Math.max(1, this.#congestionWindow >> 1);
    this.#congestionWindow = 1;
    this.#growth = 0;
    this.#flight = 0;
    this.#emitted = 0;
    this.#pump(now);
    this.#retransmitAt = now + this.#interval();
    return false;
  }

  #acknowledge(nr: number, now: number): boolean {
    const count = distance(this.#firstNs, nr);
    if (count === 0 || count >= half) return true;
    if (count > this.#sent) return false;
    let sample = -1;
    let repeated = false;
    for (let i = 0; i < count; i++) {
      const pending = this.#queue[this.#head] as Pending;
      this.#queue[this.#head++] = undefined;
      if (pending.provoked) this.#provoked--;
      // Karn: the answer to a repeated message does not tell which sending it answers.
      if (pending.sends > 1) repeated = true;
      sample = now - pending.sentAt;
    }
    if (!repeated) this.#measure(sample);
    this.#compact();
    this.#firstNs = (this.#firstNs + count) & 0xffff;
    this.#sent -= count;
    this.#flight = Math.max(0, this.#flight - count);
    this.#emitted = Math.max(0, this.#emitted - count);
    this.#timeouts = 0;
    this.#grow(count);
    this.#retransmitAt = this.#flight > 0 ? now + this.#interval() : undefined;
    this.#pump(now);
    return true;
  }

  #compact(): void {
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Opens the congestion window (Appendix A), by messages acknowledged, since one ZLB may answer several. */
  #grow(count: number): void {
    for (let i = 0; i < count && this.#congestionWindow < this.#peerWindow; i++) {
      if (this.#congestionWindow < this.#threshold) {
        this.#congestionWindow++;
      } else if (++this.#growth >= this.#congestionWindow) {
        this.#congestionWindow++;
        this.#growth = 0;
      }
    }
  }

  /** RFC 6298's estimator. */
  #measure(sample: number): void {
    if (sample < 0) return;
    if (this.#roundTrip < 0) {
      this.#roundTrip = sample;
      this.#deviation = sample / 2;
    } else {
      this.#deviation += (Math.abs(this.#roundTrip - sample) - this.#deviation) / 4;
      this.#roundTrip += (sample - this.#roundTrip) / 8;
    }
  }

  /** The wait for the message at the head of the queue: doubled with each repeat, longer on slow paths. */
  #interval(): number {
    const { first, cap } = this.#options.retransmit;
    const measured = this.#roundTrip < 0 ? 0 : this.#roundTrip + 4 * this.#deviation;
    return Math.min(cap, Math.max(first, measured) * 2 ** this.#timeouts);
  }

  #pump(now: number): void {
    const limit = Math.min(this.#congestionWindow, this.#peerWindow, this.#queue.length - this.#head);
    while (this.#flight < limit) {
      const pending = this.#queue[this.#head + this.#flight] as Pending;
      pending.sends++;
      pending.sentAt = now;
      this.#flight++;
      this.#retransmitAt ??= now + this.#interval();
    }
    if (this.#flight > this.#sent) this.#sent = this.#flight;
  }

  #advance(now: number): void {
    this.#expected = (this.#expected + 1) & 0xffff;
    this.#unacknowledged++;
    // The peer must not have to stop for our acknowledgement.
    const urgent = this.#options.ackDelay === 0 || this.#unacknowledged * 2 >= this.#options.receiveWindow;
    if (urgent) this.#ackNow = true;
    else this.#ackAt ??= now + this.#options.ackDelay;
  }

  #acknowledged(): void {
    this.#unacknowledged = 0;
    this.#ackNow = false;
    this.#ackSessionId = 0;
    this.#ackAt = undefined;
  }
}
