import { messageTypes } from './avp-table.js';
import type { MessageName } from './avp-table.js';

/** Messages by type. */
export type MessageCounts = Readonly<Record<MessageName, number>>;

/** Everything that an endpoint counts, over all of its tunnels and since it was made. */
export class Counters {
  readonly #received = new Float64Array(17);
  readonly #sent = new Float64Array(17);

  /** Messages that were processed, by type. */
  get received(): MessageCounts {
    return byName(this.#received);
  }

  /** Messages that were sent for the first time, by type. */
  get sent(): MessageCounts {
    return byName(this.#sent);
  }

  retransmissions = 0;
  zlbReceived = 0;
  zlbSent = 0;
  /** Messages that came again; each is acknowledged and not processed. */
  duplicates = 0;
  /** Messages that were kept until a missing one came. */
  outOfOrder = 0;
  /** Messages dropped because they lie beyond our receive window. */
  beyondWindow = 0;
  /** Datagrams whose header is malformed, or acknowledges what was never sent. */
  malformedHeaders = 0;
  /** Datagrams of another protocol version: L2F, L2TPv3. */
  otherVersions = 0;
  /** Data messages given to the control machine; none should be. */
  dataMessages = 0;
  /** Messages with a fault that ended their session or tunnel. */
  faultyMessages = 0;
  /** AVPs at fault, or unknown, that were read over for lack of the M bit. */
  ignoredAvps = 0;
  /** Messages of an unknown type. */
  unknownTypes = 0;
  /** Messages that are not valid in the state of their tunnel or call. */
  unexpectedMessages = 0;
  unknownTunnels = 0;
  unknownSessions = 0;
  /** Messages for a tunnel from another address or port than its peer's. */
  foreignSources = 0;
  /** SCCRQs refused: by policy, for lack of authorization, or over a limit. */
  refusedTunnels = 0;
  /** Of those, over a limit: tunnels, half-open tunnels, or those of one source. */
  limitedTunnels = 0;
  /** Of those, over a limit of half-open ones, or of those of one source. */
  limitedHalfOpen = 0;
  /** Tunnels whose peer did not know the secret. */
  failedAuthentications = 0;
  /** Calls of peers refused before the roles were asked: too many in a tunnel, or no id left. */
  limitedCalls = 0;
  tunnelsEstablished = 0;
  /** Tunnels given up because the peer did not answer. */
  tunnelsLost = 0;
  callsEstablished = 0;

  countReceived(messageType: number): void {
    if (messageType < this.#received.length)
      this.#received[messageType] = (this.#received[messageType] as number) + 1;
  }

  countSent(messageType: number, again: boolean): void {
    if (again) this.retransmissions++;
    else if (messageType < this.#sent.length)
      this.#sent[messageType] = (this.#sent[messageType] as number) + 1;
  }
}

function byName(counts: Float64Array): MessageCounts {
  return Object.fromEntries(
    Object.entries(messageTypes).map(([name, type]) => [name, counts[type]]),
  ) as unknown as MessageCounts;
}
