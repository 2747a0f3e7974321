import type { Random } from '../wire/index.js';
import { messageTypes } from './avp-table.js';
import { decodeMessage, encodeMessage, peekHostName, peekMessageType } from './codec.js';
import { PlacementError } from './calls.js';
import { Counters } from './counters.js';
import { EventQueue } from './event-queue.js';
import { stopFault } from './faults.js';
import { checkChallenge, checkVersion } from './handshake.js';
import { decodeHeader, patchSequence } from './header.js';
import type { ControlHeader } from './header.js';
import { IdPool } from './ids.js';
import type { PartialFields, Sccrq } from './message.js';
import type { Path } from './peer.js';
import { endpointLimits } from './profile.js';
import type { EndpointLimits, Refusal, TunnelProfile, TunnelRequest } from './profile.js';
import { errorCode, stopResult } from './result-codes.js';
import type { Result } from './result-codes.js';
import { Tunnel } from './tunnel.js';
import type { TunnelHost } from './tunnel.js';
import { TunnelIndex } from './tunnel-index.js';
import { tunnelStates } from './tunnel-states.js';

/** How an endpoint is made. */
export interface EndpointOptions {
  readonly random: Random;
  /** For peers of whom {@link profileFor} knows nothing, and where it is absent. */
  readonly profile: TunnelProfile;
  /** Chooses the profile of a peer that asks for a tunnel, or refuses it. Must neither wait nor throw. */
  readonly profileFor?: (request: TunnelRequest) => TunnelProfile | Refusal | undefined;
  readonly limits?: Partial<EndpointLimits>;
  /** Is told of each request for a tunnel that was answered with StopCCN. Must neither wait nor throw. */
  readonly onRefused?: (request: TunnelRequest, result: Result) => void;
}

/** A datagram that belongs to no tunnel. */
export interface StatelessAnswer {
  readonly path: Path;
  readonly bytes: Uint8Array;
}

/**
 * All tunnels of one L2TP node, as LAC, LNS or both (RFC 2661). Sans-IO: after each batch of inputs the driver drains
 * {@link pollTransmit} and, for each tunnel that {@link pollTouched} gives, that tunnel. Nothing that a peer sends
 * throws.
 */
export class Endpoint {
  readonly counters = new Counters();

  readonly #options: EndpointOptions;
  /** Those of the options; others count for requests that come from now on. */
  limits: EndpointLimits;
  readonly #tunnelIds: IdPool;
  readonly #tunnels: TunnelIndex;
  readonly #host: TunnelHost;
  readonly #touched = new Set<Tunnel>();
  readonly #answers = new EventQueue<StatelessAnswer>();
  #closing = false;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.limits = endpointLimits(options.limits);
    this.#tunnelIds = new IdPool(options.random);
    this.#tunnels = new TunnelIndex();
    const pool = new IdPool(options.random);
    let serialNumber = options.random.below(0x8000_0000);
    this.#host = {
      random: options.random,
      counters: this.counters,
      sessionIds: {
        pool,
        nextSerialNumber: () => (serialNumber = (serialNumber + 1) >>> 0),
      },
      touch: (tunnel) => void this.#touched.add(tunnel),
      handleEstablished: (tunnel) => {
        const replaced = this.#tunnels.establish(tunnel);
        if (replaced === undefined) return;
        replaced.discard('replaced', 'the peer has started anew', tunnel);
        // The driver hears of the end of the one before it hears of the other, which has the same addresses.
        this.#touched.delete(tunnel);
        this.#touched.add(tunnel);
      },
      release: (tunnel) => {
        this.#tunnels.remove(tunnel);
        this.#tunnelIds.free(tunnel.localTunnelId);
      },
    };
  }

  /** Tunnels in any state, those that linger included. */
  get tunnelCount(): number {
    return this.#tunnels.size;
  }

  /** Tunnels that peers have begun and not established. */
  get halfOpenCount(): number {
    return this.#tunnels.halfOpen;
  }

  /** Tunnels that are up. */
  get establishedCount(): number {
    return this.#tunnels.established;
  }

  /** The most of the half-open ones that peers at one address have begun. */
  get mostHalfOpen(): number {
    return this.#tunnels.mostHalfOpen;
  }

  /** After {@link close}: whether every peer that we had a tunnel with knows that it is over, or is lost. */
  get drained(): boolean {
    for (const { state, establishedAt } of this.#tunnels.values()) {
      if (state === 'established' || (state === 'stopping' && establishedAt !== undefined)) return false;
    }
    return true;
  }

  /** The tunnel that a header's Tunnel ID means. */
  tunnel(localTunnelId: number): Tunnel | undefined {
    return this.#tunnels.get(localTunnelId);
  }

  tunnels(): IterableIterator<Tunnel> {
    return this.#tunnels.values();
  }

  /**
   * Opens a tunnel to a peer: SCCRQ.
   * @throws PlacementError when the endpoint is closing or no Tunnel ID is left
   */
  connect(path: Path, profile: TunnelProfile, now: number): Tunnel {
    if (this.#closing) throw new PlacementError('the endpoint is closing');
    const id = this.#tunnelIds.take();
    if (id === undefined) throw new PlacementError('no tunnel id is left');
    const tunnel = new Tunnel(this.#host, id, path, profile, undefined, now);
    this.#tunnels.add(tunnel);
    this.#touched.add(tunnel);
    tunnel.start(now);
    return tunnel;
  }

  /** Ends all tunnels, and refuses new ones from now on: StopCCN with result 6. */
  close(now: number, result: Result = { resultCode: stopResult.shuttingDown }): void {
    this.#closing = true;
    for (const tunnel of [...this.#tunnels.values()]) tunnel.close(result, now);
  }

  /**
   * Takes a datagram. Its octets may be reused afterwards.
   * @param path where it came from; kept as the way to answer
   */
  handleDatagram(datagram: Uint8Array, path: Path, now: number): void {
    const header = decodeHeader(datagram);
    if (typeof header === 'string') {
      if (header === 'version') this.counters.otherVersions++;
      else this.counters.malformedHeaders++;
      return;
    }
    if (header.kind === 'data') {
      this.counters.dataMessages++;
      return;
    }
    const tunnel = header.tunnelId === 0 ? undefined : this.#tunnels.get(header.tunnelId);
    if (tunnel !== undefined) tunnel.handleMessage(header, datagram, path, now);
    else if (header.tunnelId === 0) this.#handleUnaddressed(header, datagram, path, now);
    else this.#handleUnknownTunnel(header, datagram, path);
  }

  /** The next tunnel that has output, events or another deadline since it was last given. */
  pollTouched(): Tunnel | undefined {
    for (const tunnel of this.#touched) {
      this.#touched.delete(tunnel);
      return tunnel;
    }
    return undefined;
  }

  /** The next answer to a peer with which there is no tunnel. */
  pollTransmit(): StatelessAnswer | undefined {
    return this.#answers.shift();
  }

  /** Tunnel ID 0: an SCCRQ, or the StopCCN of a peer that has not seen our SCCRP. */
  #handleUnaddressed(header: ControlHeader, datagram: Uint8Array, path: Path, now: number): void {
    const type = header.bodyStart === header.end ? 0 : peekMessageType(datagram);
    if (type === messageTypes.SCCRQ) {
      this.#handleRequest(header, datagram, path, now);
      return;
    }
    if (type === messageTypes.StopCCN) {
      const message = decodeMessage(datagram, header.bodyStart, header.end);
      if (message.type === 'StopCCN') {
        const tunnel = this.#tunnels.find(path, message.assignedTunnelId);
        if (tunnel !== undefined) {
          tunnel.handleMessage(header, datagram, path, now);
          return;
        }
      }
    }
    this.counters.unknownTunnels++;
  }

  /** Only an SCCRP is answered: its sender holds a half-open tunnel for us (RFC 2661 section 7.2.1, idle). */
  #handleUnknownTunnel(header: ControlHeader, datagram: Uint8Array, path: Path): void {
    this.counters.unknownTunnels++;
    if (peekMessageType(datagram) !== messageTypes.SCCRP) return;
    const message = decodeMessage(datagram, header.bodyStart, header.end, this.#options.profile.secret);
    if (message.type !== 'SCCRP') return;
    this.counters.countReceived(messageTypes.SCCRP);
    const result = {
      resultCode: stopResult.generalError,
      errorCode: errorCode.noControlConnection,
      message: tunnelStates.idle.SCCRP.why,
    };
    this.#answer(header, path, message.assignedTunnelId, header.tunnelId, result);
  }

  #handleRequest(header: ControlHeader, datagram: Uint8Array, path: Path, now: number): void {
    if (header.ns !== 0 || header.nr !== 0) {
      this.counters.malformedHeaders++;
      return;
    }
    // The secret that unhides the rest depends on the name.
    const hostName = peekHostName(datagram, header.bodyStart, header.end);
    const choice = this.#choose({ ...path.remote, hostName });
    const profile = 'refuse' in choice ? this.#options.profile : choice;
    const message = decodeMessage(datagram, header.bodyStart, header.end, profile.secret, this.counters);
    if (message.type === 'faulty') {
      this.counters.faultyMessages++;
      this.#refuse(header, path, hostName, message.fields, stopFault(message));
      return;
    }
    if (message.type !== 'SCCRQ') return;
    const fingerprint = hash(datagram, header.bodyStart, header.end);
    if (this.#isRepeated(message, fingerprint, path, now)) return;
    const refusal =
      checkVersion(message.protocolVersion) ??
      ('refuse' in choice ? choice.refuse : undefined) ??
      checkChallenge(profile, message) ??
      this.#checkLimits(path);
    if (refusal !== undefined) {
      this.#refuse(header, path, hostName, message, refusal);
      return;
    }
    if (!this.#breakTie(message, path)) return;
    this.#accept(message, header, datagram, path, profile, fingerprint, now);
  }

  #choose(request: TunnelRequest): TunnelProfile | Refusal {
    return this.#options.profileFor?.(request) ?? this.#options.profile;
  }

  /** Whether an SCCRQ has been answered already. One of a peer that has started anew has not. */
  #isRepeated(sccrq: Sccrq, fingerprint: number, path: Path, now: number): boolean {
    const pending = this.#tunnels.findHalfOpen(path, sccrq.assignedTunnelId);
    if (pending !== undefined) {
      if (pending.fingerprint === fingerprint && pending.state === 'wait-ctl-conn') {
        pending.handleRepeatedRequest();
        return true;
      }
      pending.discard('replaced', 'the peer asks anew');
    }
    const tunnel = this.#tunnels.findEstablished(path, sccrq.assignedTunnelId);
    if (tunnel === undefined) return false;
    // A copy that the network held back for a while, most likely. Later ones are answered beside the tunnel, which
    // falls only when the peer goes on: a peer that still has it ignores that answer as a repeated message.
    const since = now - (tunnel.establishedAt ?? now);
    const aware = tunnel.state === 'lingering';
    if (!aware && tunnel.fingerprint === fingerprint && since < tunnel.profile.retransmit.first) {
      tunnel.handleRepeatedRequest();
      return true;
    }
    // One that is about to end would hit the new one by its StopCCN, sent again.
    if (!tunnel.established) tunnel.discard('replaced', 'the peer asks anew');
    return false;
  }

  #checkLimits(path: Path): Result | undefined {
    if (this.#closing) return { resultCode: stopResult.shuttingDown };
    const { maxTunnels, maxHalfOpen, maxHalfOpenPerSource } = this.limits;
    const tunnels = this.#tunnels;
    const full = tunnels.established >= maxTunnels || tunnels.size >= maxTunnels + maxHalfOpen;
    const busy = tunnels.halfOpen >= maxHalfOpen || tunnels.halfOpenOf(path) >= maxHalfOpenPerSource;
    if (!full && !busy) return undefined;
    this.counters.limitedTunnels++;
    if (full) return { ...noRoom, message: `limit of ${maxTunnels} tunnels reached` };
    this.counters.limitedHalfOpen++;
    return { ...noRoom, message: 'too many tunnels are half open' };
  }

  /** Whether a peer's SCCRQ stands where we have sent it ours (RFC 2661 section 4.4.3). */
  #breakTie(sccrq: Sccrq, path: Path): boolean {
    let stands = true;
    for (const tunnel of this.#tunnels.connectingTo(path.remote.address)) {
      const winner = tunnel.compareTieBreaker(sccrq.tieBreaker);
      if (winner === 'ours' || winner === 'neither') stands = false;
      if (winner === 'theirs' || winner === 'neither') {
        tunnel.discard('tie-breaker', winner === 'theirs' ? 'lost the tie' : 'equal tie breakers');
      }
    }
    return stands;
  }

  #accept(
    sccrq: Sccrq,
    header: ControlHeader,
    datagram: Uint8Array,
    path: Path,
    profile: TunnelProfile,
    fingerprint: number,
    now: number,
  ): void {
    const id = this.#tunnelIds.take();
    if (id === undefined) {
      this.#refuse(header, path, sccrq.hostName, sccrq, noRoom);
      return;
    }
    const tunnel = new Tunnel(this.#host, id, path, profile, fingerprint, now);
    tunnel.answer(sccrq, header, datagram, now);
    this.#tunnels.add(tunnel);
    this.#touched.add(tunnel);
  }

  #refuse(
    header: ControlHeader,
    path: Path,
    hostName: string | undefined,
    fields: PartialFields,
    result: Result,
  ): void {
    this.counters.refusedTunnels++;
    this.#options.onRefused?.({ ...path.remote, hostName }, result);
    this.#answer(header, path, fields.assignedTunnelId ?? 0, this.#tunnelIds.peek(), result);
  }

  /** StopCCN without a tunnel. Sent once: the peer's repeats will be answered like the first. */
  #answer(
    header: ControlHeader,
    path: Path,
    peerTunnelId: number,
    assignedTunnelId: number,
    result: Result,
  ): void {
    const bytes = encodeMessage({ type: 'StopCCN', assignedTunnelId, result }, peerTunnelId, 0);
    patchSequence(bytes, header.nr, (header.ns + 1) & 0xffff);
    this.counters.countSent(messageTypes.StopCCN, false);
    this.#answers.push({ path, bytes });
  }
}

const noRoom: Result = {
  resultCode: stopResult.generalError,
  errorCode: errorCode.insufficientResources,
  message: 'no room for a tunnel',
};

/** FNV-1a over the body: tells messages apart, nothing more. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let i = start; i < end; i++) value = Math.imul(value ^ (bytes[i] as number), 0x01000193);
  return value >>> 0;
}
