import type { Random } from '../wire/index.js';
import { messageTypes } from './avp-table.js';
import { decodeMessage, encodeMessage } from './codec.js';
import type { Hiding } from './codec.js';
import type { Counters } from './counters.js';
import { decodeHeader } from './header.js';
import type { ControlHeader } from './header.js';
import type { ControlMessage, ReceivedMessage } from './message.js';
import type { TunnelProfile } from './profile.js';
import { ReliableChannel } from './reliable.js';

/** Decoded messages over the reliable channel: in order, each once, and counted. */
export class ControlChannel {
  readonly reliable: ReliableChannel;
  /** The peer's Tunnel ID; 0 while it is not known. */
  peerTunnelId = 0;

  readonly #secret: Uint8Array | undefined;
  readonly #hiding: Hiding | undefined;
  readonly #counters: Counters;
  #sessionId = 0;
  #valid = false;

  constructor(profile: TunnelProfile, random: Random, counters: Counters) {
    this.reliable = new ReliableChannel(profile, counters);
    this.#secret = profile.secret;
    const hides = profile.hideAvps && profile.secret !== undefined;
    this.#hiding = hides ? { secret: profile.secret, random } : undefined;
    this.#counters = counters;
  }

  /** Session ID in the header of the message that was given last. */
  get sessionId(): number {
    return this.#sessionId;
  }

  /** Whether the last datagram had believable sequence numbers, and so shows that the peer is alive. */
  get valid(): boolean {
    return this.#valid;
  }

  /** @throws AvpValueError for a value that its AVP cannot hold; nothing is sent then */
  send(message: ControlMessage, peerSessionId: number, now: number, provoked = false): void {
    // Before the tunnel is established there is nothing to hide, and xl2tpd looks for its secret only after it has
    // read the message with our challenge.
    const hiding = messageTypes[message.type] > messageTypes.HELLO ? this.#hiding : undefined;
    const bytes = encodeMessage(message, this.peerTunnelId, peerSessionId, hiding);
    this.reliable.send(bytes, now, provoked);
  }

  /** The message of a datagram, if it is its turn; {@link nextHeld} gives those that waited for it. */
  receive(header: ControlHeader, datagram: Uint8Array, now: number): ReceivedMessage | undefined {
    const counters = this.#counters;
    const reception = this.reliable.receive(header, datagram, now);
    this.#valid = reception !== 'invalid';
    switch (reception) {
      case 'deliver':
        return this.#decode(header, datagram);
      case 'zlb':
        counters.zlbReceived++;
        return undefined;
      case 'duplicate':
        counters.duplicates++;
        return undefined;
      case 'held':
        counters.outOfOrder++;
        return undefined;
      case 'beyond':
        counters.beyondWindow++;
        return undefined;
      case 'invalid':
        counters.malformedHeaders++;
        return undefined;
    }
  }

  nextHeld(now: number): ReceivedMessage | undefined {
    const datagram = this.reliable.nextHeld(now);
    if (datagram === undefined) return undefined;
    const header = decodeHeader(datagram);
    return typeof header === 'string' || header.kind === 'data' ? undefined : this.#decode(header, datagram);
  }

  #decode(header: ControlHeader, datagram: Uint8Array): ReceivedMessage {
    const counters = this.#counters;
    const message = decodeMessage(datagram, header.bodyStart, header.end, this.#secret, counters);
    if (message.type === 'faulty') counters.faultyMessages++;
    else if (message.type === 'unknown') counters.unknownTypes++;
    else counters.countReceived(messageTypes[message.type]);
    this.#sessionId = header.sessionId;
    return message;
  }
}
