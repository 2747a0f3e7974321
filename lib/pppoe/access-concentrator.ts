import type { AccessLine } from '../access-line/index.js';
import { equalConstantTime, type Random } from '../wire/index.js';
import { Cookies } from './cookie.js';
import { encodeFrame, type PppoeFrame } from './frame.js';
import { broadcast, isGroupAddress, type MacAddress } from './mac-address.js';
import { PadiLimiter } from './padi-limiter.js';
import { SessionIds } from './session-ids.js';
import { decodeTags, encodeTags, type Tags } from './tags.js';

/** Octets of PPP that fit into a plain Ethernet frame (RFC 2516 section 7). */
export const plainMaxPayload = 1492;
const headerOctets = 8;

/** An Ethernet interface that subscribers are on. */
export interface AccessInterface {
  /** The kernel's index. */
  readonly index: number;
  readonly name: string;
  readonly mac: MacAddress;
  /** Octets of an Ethernet frame's payload. */
  readonly mtu: number;
}

export interface AccessConcentratorOptions {
  /** AC-Name tag. */
  readonly acName: string;
  /** Services that are offered; any that a client asks for when there is none. */
  readonly serviceNames: readonly string[];
  readonly maxSessions: number;
  /** Sessions of one MAC address on one interface. */
  readonly maxSessionsPerMac: number;
  /** PADIs answered a second, in the long run. */
  readonly padiRate: number;
}

/** A session stage that a client asks for. */
export interface SessionRequest {
  readonly access: AccessInterface;
  readonly mac: MacAddress;
  readonly serviceName: string;
  readonly accessLine: AccessLine | undefined;
  /** Octets that a PPP information field may have, from PPP-Max-Payload (RFC 4638) and the interface. */
  readonly maxPayload: number;
  readonly acCookie: Uint8Array;
  readonly echoed: EchoedTags;
}

/** A session stage between a client and us. */
export interface PppoeSession extends SessionRequest {
  readonly id: number;
}

export type AccessConcentratorEvent =
  /** To be answered by `accept` or `reject`. */
  | { readonly type: 'session-request'; readonly request: SessionRequest }
  /** The client has ended the session. */
  | { readonly type: 'terminated'; readonly session: PppoeSession; readonly reason: string };

/** A frame to send, and where. */
export interface Outgoing {
  readonly interfaceIndex: number;
  readonly frame: Uint8Array;
}

/** What was received and what became of it, since the start. */
export interface AccessConcentratorCounters {
  padi: number;
  /** PADIs over the rate. */
  padiDropped: number;
  pado: number;
  padr: number;
  /** PADRs without a cookie of ours. */
  padrDropped: number;
  pads: number;
  refused: number;
  /** Of those, over the limit of sessions, and over that of a MAC address. */
  limited: number;
  limitedPerMac: number;
  padtReceived: number;
  padtSent: number;
  /** What was no discovery packet that we could read, or not for us. */
  ignored: number;
}

/**
 * Discovery of PPPoE as an access concentrator (RFC 2516 section 5), without sockets and clocks. A client that has
 * not sent its PADR costs no memory. After each input drain {@link pollEvent} and {@link pollTransmit}.
 */
export class AccessConcentrator {
  readonly counters: AccessConcentratorCounters = {
    padi: 0,
    padiDropped: 0,
    pado: 0,
    padr: 0,
    padrDropped: 0,
    pads: 0,
    refused: 0,
    limited: 0,
    limitedPerMac: 0,
    padtReceived: 0,
    padtSent: 0,
    ignored: 0,
  };
  readonly #options: AccessConcentratorOptions;
  readonly #cookies: Cookies;
  readonly #limiter: PadiLimiter;
  readonly #ids: SessionIds;
  readonly #sessions = new Map<number, PppoeSession>();
  /** Sessions of each client, by {@link clientKey}. */
  readonly #clients = new Map<string, PppoeSession[]>();
  #events: AccessConcentratorEvent[] = [];
  #outgoing: Outgoing[] = [];

  constructor(options: AccessConcentratorOptions, random: Random, now: number) {
    this.#options = options;
    this.#cookies = new Cookies(random.bytes(32));
    this.#limiter = new PadiLimiter(options.padiRate, random.below(0x1_0000_0000), now);
    this.#ids = new SessionIds(random);
  }

  get sessions(): ReadonlyMap<number, PppoeSession> {
    return this.#sessions;
  }

  /** The most sessions that one MAC address has on one interface. */
  get mostSessionsOfMac(): number {
    let most = 0;
    for (const sessions of this.#clients.values()) most = Math.max(most, sessions.length);
    return most;
  }

  /** A frame of the discovery stage. */
  handleDiscovery(access: AccessInterface, frame: PppoeFrame, now: number): void {
    if (isGroupAddress(frame.source) || frame.source === 0) {
      this.counters.ignored += 1;
      return;
    }
    switch (frame.kind) {
      case 'PADI':
        this.#handlePadi(access, frame, now);
        return;
      case 'PADR':
        this.#handlePadr(access, frame, now);
        return;
      case 'PADT':
        this.#handlePadt(access, frame);
        return;
      default:
        // Another access concentrator's.
        this.counters.ignored += 1;
    }
  }

  /** The session that a PPP frame belongs to. */
  sessionOf(access: AccessInterface, frame: PppoeFrame): PppoeSession | undefined {
    const session = this.#sessions.get(frame.sessionId);
    return session?.mac === frame.source && session.access.index === access.index ? session : undefined;
  }

  /** The client gets its session. @returns `undefined` when it has it already, or no id is left: it has been told */
  accept(request: SessionRequest): PppoeSession | undefined {
    if (this.#confirmAgain(request)) return undefined;
    const id = this.#ids.allocate();
    if (id === undefined) {
      this.reject(request, 'no session id is free');
      return undefined;
    }
    const session: PppoeSession = { ...request, id };
    this.#sessions.set(id, session);
    const key = clientKey(request.access.index, request.mac);
    const others = this.#clients.get(key);
    if (others === undefined) this.#clients.set(key, [session]);
    else others.push(session);
    this.#confirm(session);
    return session;
  }

  /** The client gets none, and is told why (AC-System-Error). */
  reject(request: SessionRequest, reason: string): void {
    this.counters.refused += 1;
    this.#send(request.access, request.mac, 'PADS', 0, {
      ...request.echoed,
      serviceNames: [request.serviceName],
      acSystemError: reason,
    });
  }

  /** Ends a session from here with a PADT; `reason` is for people. A session that is gone already stays so. */
  terminate(session: PppoeSession, reason: string): void {
    if (!this.#forget(session)) return;
    this.counters.padtSent += 1;
    this.#send(session.access, session.mac, 'PADT', session.id, {
      ...session.echoed,
      serviceNames: [],
      genericError: reason,
    });
  }

  pollTransmit(): Outgoing | undefined {
    return this.#outgoing.shift();
  }

  pollEvent(): AccessConcentratorEvent | undefined {
    return this.#events.shift();
  }

  #handlePadi(access: AccessInterface, frame: PppoeFrame, now: number): void {
    this.counters.padi += 1;
    // The cheap tests first: of a flood most end here.
    if (frame.sessionId !== 0 || (frame.destination !== broadcast && frame.destination !== access.mac)) {
      this.counters.ignored += 1;
      return;
    }
    if (!this.#limiter.take(frame.source, now)) {
      this.counters.padiDropped += 1;
      return;
    }
    const tags = decodeTags(frame.payload);
    const { acName } = this.#options;
    const wanted = tags?.serviceNames[0];
    if (tags === undefined || wanted === undefined || !this.#offers(wanted)) {
      this.counters.ignored += 1;
      return;
    }
    // A client may ask for one access concentrator by name.
    if (tags.acName !== undefined && tags.acName !== acName) return;
    const owner = { interfaceIndex: access.index, mac: frame.source, hostUniq: tags.hostUniq };
    const others = this.#options.serviceNames.filter((name) => name !== wanted);
    const maxPayload = maxPayloadOf(access, tags);
    this.counters.pado += 1;
    this.#send(access, frame.source, 'PADO', 0, {
      ...echoed(tags),
      serviceNames: [wanted, ...others],
      acName,
      acCookie: this.#cookies.issue(owner, now),
      maxPayload: maxPayload > plainMaxPayload ? maxPayload : undefined,
    });
  }

  #handlePadr(access: AccessInterface, frame: PppoeFrame, now: number): void {
    this.counters.padr += 1;
    const tags = frame.destination === access.mac && frame.sessionId === 0 && decodeTags(frame.payload);
    const serviceName = tags === false ? undefined : tags?.serviceNames[0];
    if (tags === false || tags === undefined || serviceName === undefined) {
      this.counters.ignored += 1;
      return;
    }
    const mac = frame.source;
    const owner = { interfaceIndex: access.index, mac, hostUniq: tags.hostUniq };
    if (tags.acCookie === undefined || !this.#cookies.verify(tags.acCookie, owner, now)) {
      this.counters.padrDropped += 1;
      return;
    }
    const request: SessionRequest = {
      access,
      mac,
      serviceName,
      accessLine: tags.accessLine,
      maxPayload: maxPayloadOf(access, tags),
      acCookie: tags.acCookie,
      echoed: echoed(tags),
    };
    if (this.#confirmAgain(request)) return;
    const own = this.#clients.get(clientKey(access.index, mac)) ?? [];
    if (!this.#offers(serviceName)) {
      this.counters.refused += 1;
      this.#send(access, mac, 'PADS', 0, {
        ...request.echoed,
        serviceNames: [serviceName],
        serviceNameError: 'there is no such service',
      });
    } else if (own.length >= this.#options.maxSessionsPerMac) {
      this.counters.limitedPerMac += 1;
      this.reject(request, `limit of ${this.#options.maxSessionsPerMac} sessions of a MAC address reached`);
    } else if (this.#sessions.size >= this.#options.maxSessions) {
      this.counters.limited += 1;
      this.reject(request, `limit of ${this.#options.maxSessions} sessions reached`);
    } else {
      this.#events.push({ type: 'session-request', request });
    }
  }

  #handlePadt(access: AccessInterface, frame: PppoeFrame): void {
    this.counters.padtReceived += 1;
    const session = this.sessionOf(access, frame);
    if (session === undefined || frame.destination !== access.mac) {
      this.counters.ignored += 1;
      return;
    }
    this.#forget(session);
    // The end counts, whatever its tags are.
    const tags = decodeTags(frame.payload);
    const reason = tags?.genericError ?? tags?.acSystemError ?? '';
    this.#events.push({ type: 'terminated', session, reason });
  }

  /** The same PADR once more: our PADS was lost. */
  #confirmAgain({ access, mac, acCookie }: SessionRequest): boolean {
    const own = this.#clients.get(clientKey(access.index, mac)) ?? [];
    const same = own.find((session) => equalConstantTime(session.acCookie, acCookie));
    if (same !== undefined) this.#confirm(same);
    return same !== undefined;
  }

  #confirm(session: PppoeSession): void {
    const { access, mac, id, echoed, serviceName, maxPayload } = session;
    this.counters.pads += 1;
    this.#send(access, mac, 'PADS', id, {
      ...echoed,
      serviceNames: [serviceName],
      maxPayload: maxPayload > plainMaxPayload ? maxPayload : undefined,
    });
  }

  #forget(session: PppoeSession): boolean {
    if (this.#sessions.get(session.id) !== session) return false;
    this.#sessions.delete(session.id);
    this.#ids.release(session.id);
    const key = clientKey(session.access.index, session.mac);
    const left = (this.#clients.get(key) ?? []).filter((other) => other !== session);
    if (left.length > 0) this.#clients.set(key, left);
    else this.#clients.delete(key);
    return true;
  }

  #offers(serviceName: string): boolean {
    const { serviceNames } = this.#options;
    return serviceName === '' || serviceNames.length === 0 || serviceNames.includes(serviceName);
  }

  #send(access: AccessInterface, to: MacAddress, kind: PppoeFrame['kind'], id: number, tags: Tags): void {
    const frame = encodeFrame({
      destination: to,
      source: access.mac,
      kind,
      sessionId: id,
      payload: encodeTags(tags),
    });
    this.#outgoing.push({ interfaceIndex: access.index, frame });
  }
}

/** Tags that go back as they came (RFC 2516 appendix A). */
type EchoedTags = Pick<Tags, 'hostUniq' | 'relaySessionId'>;

const echoed = ({ hostUniq, relaySessionId }: Tags): EchoedTags => ({
  hostUniq,
  relaySessionId,
});

const clientKey = (interfaceIndex: number, mac: MacAddress): string => `${interfaceIndex}/${mac}`;

/** What the client can take, within what the interface can carry (RFC 4638 section 3). */
function maxPayloadOf(access: AccessInterface, { maxPayload }: Tags): number {
  const room = access.mtu - headerOctets;
  return Math.min(room, maxPayload === undefined ? plainMaxPayload : Math.max(plainMaxPayload, maxPayload));
}
