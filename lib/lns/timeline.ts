import { codeName, Protocol, protocolName } from '../ppp/index.js';
import type { MessageDirection, MessageTap, PppCall } from '../tunnels/index.js';
import type { SetUpTimes } from './set-up-times.js';

/** One thing that happened to a session. */
export interface TimelineEntry {
  /** Milliseconds after the call was asked for. */
  readonly after: number;
  /** A step of the set-up, or a PPP packet. */
  readonly kind: 'step' | MessageDirection;
  /** `authenticated`, `LCP Configure-Request id=1`. */
  readonly text: string;
}

/** PPP packets that are remembered, over all sessions: those of the last 3,000 set-ups or so. */
const capacity = 65_536;

/** What the entries of a session are found by. */
export interface TimelineOwner {
  /** Counts sessions from 1. */
  readonly serial: number;
  readonly setUp: SetUpTimes;
}

/**
 * Remembers the PPP packets of all sessions but for echoes, in one ring of numbers: what it costs does not depend on
 * how many sessions there are. Of packets only protocol, code and identifier are kept.
 */
export class Timeline implements MessageTap {
  readonly #now: () => number;
  readonly #ownerOf: (call: PppCall) => TimelineOwner | undefined;
  /** Negative where the packet was sent. */
  readonly #serials = new Int32Array(capacity);
  readonly #times = new Float64Array(capacity);
  /** Protocol in 16 bits, code and identifier in 8 each. */
  readonly #packets = new Uint32Array(capacity);
  #next = 0;

  constructor(now: () => number, ownerOf: (call: PppCall) => TimelineOwner | undefined) {
    this.#now = now;
    this.#ownerOf = ownerOf;
  }

  pppFrame(call: PppCall, frame: Uint8Array, direction: MessageDirection): void {
    const protocol = ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
    const code = frame[2] ?? 0;
    // Echo-Request, Echo-Reply and Discard-Request, which say nothing of how a session came about.
    if (protocol < 0x8000 || (protocol === Protocol.LCP && code >= 9 && code <= 11)) return;
    const owner = this.#ownerOf(call);
    if (owner === undefined) return;
    this.#serials[this.#next] = direction === 'sent' ? -owner.serial : owner.serial;
    this.#times[this.#next] = this.#now();
    this.#packets[this.#next] = ((protocol << 16) | (code << 8) | (frame[3] ?? 0)) >>> 0;
    this.#next = (this.#next + 1) % capacity;
  }

  /** What is known of a session, in the order of time. */
  of({ serial, setUp }: TimelineOwner): TimelineEntry[] {
    const entries: TimelineEntry[] = Object.entries(setUp.get()).map(([step, after]) => ({
      after,
      kind: 'step',
      text: step,
    }));
    for (let age = capacity; age > 0; age--) {
      const at = (this.#next - age + capacity) % capacity;
      const found = this.#serials[at] as number;
      if (Math.abs(found) !== serial) continue;
      const packet = this.#packets[at] as number;
      const protocol = packet >>> 16;
      const code = (packet >>> 8) & 0xff;
      entries.push({
        after: Math.round((this.#times[at] as number) - setUp.began),
        kind: found < 0 ? 'sent' : 'received',
        text: `${packetName(protocol, code)} id=${packet & 0xff}`,
      });
    }
    return entries.sort((a, b) => a.after - b.after);
  }
}

const authenticationCodes: Readonly<Record<number, readonly string[]>> = {
  [Protocol.PAP]: ['', 'Authenticate-Request', 'Authenticate-Ack', 'Authenticate-Nak'],
  [Protocol.CHAP]: ['', 'Challenge', 'Response', 'Success', 'Failure'],
  [Protocol.EAP]: ['', 'Request', 'Response', 'Success', 'Failure'],
};

const packetName = (protocol: number, code: number): string =>
  `${protocolName(protocol)} ${authenticationCodes[protocol]?.[code] ?? codeName(code)}`;
