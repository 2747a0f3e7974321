import type { SubscriberSession } from '../aaa/index.js';
import {
  type Attribute,
  type AttributeName,
  type AuthenticityProblem,
  code,
  decodeAttributes,
  type Dictionary,
  digestedRequestProblem,
  encodeAttributes,
  firstNumber,
  firstText,
  parsePacket,
  RadiusError,
  type RadiusPacket,
  response,
} from '../radius/index.js';
import type { CoaRules, DynamicAuthorizationClient } from './coa-rules.js';
import { policyChange } from './reply-policy.js';
import type { NasIdentity } from './request-attributes.js';
import { type SessionIdentity, type SessionIndex } from './session-index.js';

/** Error-Cause (RFC 5176 section 3.5). */
export const errorCause = {
  unsupportedAttribute: 401,
  missingAttribute: 402,
  nasIdentificationMismatch: 403,
  unsupportedService: 405,
  invalidAttributeValue: 407,
  sessionContextNotFound: 503,
  resourcesUnavailable: 506,
} as const;

export interface DynamicAuthorizationOptions {
  readonly dictionary: Dictionary;
  readonly identity: NasIdentity;
  readonly sessions: SessionIndex;
  /** Those of this moment. */
  readonly rules: () => CoaRules;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly disconnect: (session: SubscriberSession) => void;
}

/** What became of requests since the start. */
export interface DynamicAuthorizationCounters {
  acks: number;
  naks: number;
  /** Requests answered with what was answered before. */
  repeated: number;
  /** From addresses that no client has. */
  strangers: number;
  malformed: number;
  forged: number;
  /** Too old, or without a time where one is required. */
  stale: number;
}

/** What to do with a datagram: the answer is there, comes, or is none. `note` is for the log. */
export interface Verdict {
  readonly answer?: Uint8Array | Promise<Uint8Array>;
  readonly note?: Readonly<Record<string, unknown>>;
}

/** Attributes that concern the request itself. */
const housekeeping: ReadonlySet<string> = new Set([
  'NAS-IP-Address',
  'NAS-IPv6-Address',
  'NAS-Identifier',
  'Event-Timestamp',
  'Message-Authenticator',
  'Proxy-State',
  'State',
  'Service-Type',
  'Acct-Terminate-Cause',
  'Reply-Message',
  'Class',
]);
/** Attributes that a CoA-Request may change. */
const changes: ReadonlySet<string> = new Set([
  'Session-Timeout',
  'Idle-Timeout',
  'Filter-Id',
  'Framed-Route',
  'Framed-IPv6-Route',
  'Mikrotik-Rate-Limit',
  'WISPr-Bandwidth-Max-Up',
  'WISPr-Bandwidth-Max-Down',
  'Cisco-AVPair',
  'ERX-Ingress-Policy-Name',
  'ERX-Egress-Policy-Name',
  'ERX-IPv6-Ingress-Policy-Name',
  'ERX-IPv6-Egress-Policy-Name',
]);
const serviceFramed = 2;
/** Answers that are kept for requests that come again (RFC 5080 section 2.2.2). */
const maxRemembered = 1024;

/** The dynamic authorization server of RFC 5176: takes CoA- and Disconnect-Requests and answers them. No sockets. */
export class DynamicAuthorization {
  readonly #options: DynamicAuthorizationOptions;
  readonly #remembered = new Map<string, { readonly answer: Uint8Array | Promise<Uint8Array> }>();
  readonly counters: DynamicAuthorizationCounters = {
    acks: 0,
    naks: 0,
    repeated: 0,
    strangers: 0,
    malformed: 0,
    forged: 0,
    stale: 0,
  };

  constructor(options: DynamicAuthorizationOptions) {
    this.#options = options;
  }

  handleDatagram(datagram: Uint8Array, address: string, port: number): Verdict {
    const { clientAt, requireMessageAuthenticator } = this.#options.rules();
    const client = clientAt(address);
    if (client === undefined) {
      this.counters.strangers += 1;
      return {};
    }
    let packet: RadiusPacket;
    try {
      packet = parsePacket(datagram);
    } catch (error) {
      return this.#malformed(error);
    }
    if (packet.code !== code.coaRequest && packet.code !== code.disconnectRequest) {
      this.counters.malformed += 1;
      return {};
    }
    const problem = digestedRequestProblem(packet, client.secret, requireMessageAuthenticator);
    if (problem !== undefined) return this.#forged(problem, address);
    const key = `${address} ${port} ${packet.identifier} ${Buffer.from(packet.authenticator).toString('hex')}`;
    const before = this.#remembered.get(key);
    if (before !== undefined) {
      this.counters.repeated += 1;
      return { answer: before.answer };
    }
    let attributes: Attribute[];
    try {
      attributes = decodeAttributes(packet.attributes, this.#options.dictionary);
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      const nak = this.#refuse(packet, client, [], errorCause.invalidAttributeValue);
      return { answer: nak, note: { reason: error.message } };
    }
    if (this.#isStale(attributes)) {
      this.counters.stale += 1;
      return { note: { reason: 'its Event-Timestamp is missing or too far from our clock' } };
    }
    const verdict = this.#decide(packet, attributes, client);
    if (verdict.answer !== undefined) this.#remember(key, verdict.answer);
    return verdict;
  }

  #malformed(error: unknown): Verdict {
    if (!(error instanceof RadiusError)) throw error;
    this.counters.malformed += 1;
    return { note: { reason: error.message } };
  }

  #forged(problem: AuthenticityProblem, address: string): Verdict {
    this.counters.forged += 1;
    return { note: { reason: `wrong ${problem}`, peer: address } };
  }

  #isStale(attributes: readonly Attribute[]): boolean {
    const { requireEventTimestamp, window } = this.#options.rules();
    const { wallClock } = this.#options;
    const timestamp = firstNumber(attributes, 'Event-Timestamp');
    if (timestamp === undefined) return requireEventTimestamp;
    return Math.abs(timestamp * 1000 - wallClock()) > window;
  }

  #decide(
    packet: RadiusPacket,
    attributes: readonly Attribute[],
    client: DynamicAuthorizationClient,
  ): Verdict {
    const isCoa = packet.code === code.coaRequest;
    const refuse = (cause: number, reason: string): Verdict => ({
      answer: this.#refuse(packet, client, attributes, cause),
      note: { reason, cause },
    });
    if (!this.#isForUs(attributes))
      return refuse(errorCause.nasIdentificationMismatch, 'it is for another NAS');
    const service = firstNumber(attributes, 'Service-Type');
    if (service !== undefined && !(isCoa && service === serviceFramed)) {
      return refuse(errorCause.unsupportedService, `Service-Type ${service}`);
    }
    const unknown = attributes.find(({ name }) => !understood(name, isCoa));
    if (unknown !== undefined) return refuse(errorCause.unsupportedAttribute, `attribute ${unknown.name}`);
    const identity = identityOf(attributes);
    if (identity === undefined) return refuse(errorCause.missingAttribute, 'it names no session');
    const sessions = this.#options.sessions.find(identity);
    if (sessions.length === 0) return refuse(errorCause.sessionContextNotFound, 'there is no such session');
    if (isCoa) return this.#change(packet, attributes, client, sessions);
    for (const session of sessions) this.#options.disconnect(session);
    return {
      answer: this.#accept(packet, client, attributes),
      note: { sessions: sessions.map(({ id }) => id) },
    };
  }

  #change(
    packet: RadiusPacket,
    attributes: readonly Attribute[],
    client: DynamicAuthorizationClient,
    sessions: readonly SubscriberSession[],
  ): Verdict {
    let change: ReturnType<typeof policyChange>;
    try {
      change = policyChange(attributes);
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      const nak = this.#refuse(packet, client, attributes, errorCause.invalidAttributeValue);
      return { answer: nak, note: { reason: error.message } };
    }
    if (Object.keys(change).length === 0) {
      const nak = this.#refuse(packet, client, attributes, errorCause.missingAttribute);
      return { answer: nak, note: { reason: 'it changes nothing' } };
    }
    const answer = Promise.all(sessions.map((session) => session.change(change))).then(
      () => this.#accept(packet, client, attributes),
      () => this.#refuse(packet, client, attributes, errorCause.resourcesUnavailable),
    );
    return { answer, note: { sessions: sessions.map(({ id }) => id), change } };
  }

  /** A request that names a NAS names this one. */
  #isForUs(attributes: readonly Attribute[]): boolean {
    const { identifier, address } = this.#options.identity;
    const named = firstText(attributes, 'NAS-Identifier');
    if (named !== undefined && named !== identifier) return false;
    const at = firstText(attributes, 'NAS-IP-Address') ?? firstText(attributes, 'NAS-IPv6-Address');
    return at === undefined || address === undefined || at === address;
  }

  #accept(
    packet: RadiusPacket,
    client: DynamicAuthorizationClient,
    attributes: readonly Attribute[],
  ): Uint8Array {
    this.counters.acks += 1;
    const answer = packet.code === code.coaRequest ? code.coaAck : code.disconnectAck;
    return this.#answer(answer, packet, client, echoed(attributes));
  }

  #refuse(
    packet: RadiusPacket,
    client: DynamicAuthorizationClient,
    attributes: readonly Attribute[],
    cause: number,
  ): Uint8Array {
    this.counters.naks += 1;
    const answer = packet.code === code.coaRequest ? code.coaNak : code.disconnectNak;
    return this.#answer(answer, packet, client, [
      { name: 'Error-Cause', value: cause },
      ...echoed(attributes),
    ]);
  }

  #answer(
    answer: number,
    packet: RadiusPacket,
    { secret }: DynamicAuthorizationClient,
    attributes: readonly Attribute[],
  ): Uint8Array {
    return response(answer, packet, encodeAttributes(attributes, this.#options.dictionary), secret);
  }

  #remember(key: string, answer: Uint8Array | Promise<Uint8Array>): void {
    if (this.#remembered.size >= maxRemembered) {
      const oldest = this.#remembered.keys().next().value;
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    this.#remembered.set(key, { answer });
  }
}

/** Proxy-State in its order, and State (RFC 5176 section 2.3, 3.1). */
const echoed = (attributes: readonly Attribute[]): Attribute[] =>
  attributes.filter(({ name }) => name === 'Proxy-State' || name === 'State');

const understood = (name: string, isCoa: boolean): boolean =>
  identification.has(name) || housekeeping.has(name) || (isCoa && changes.has(name));

/** Texts that name a session. */
const identityTexts = {
  id: 'Acct-Session-Id',
  user: 'User-Name',
  address: 'Framed-IP-Address',
  callingNumber: 'Calling-Station-Id',
  calledNumber: 'Called-Station-Id',
  multiSessionId: 'Acct-Multi-Session-Id',
  portId: 'NAS-Port-Id',
  interfaceId: 'Framed-Interface-Id',
  ipv6Prefix: 'Framed-IPv6-Prefix',
  ipv6Address: 'Framed-IPv6-Address',
  delegatedPrefix: 'Delegated-IPv6-Prefix',
} as const satisfies { readonly [K in Exclude<keyof SessionIdentity, 'port'>]: AttributeName };

/** Attributes that say which session (RFC 5176 section 3). */
const identification: ReadonlySet<string> = new Set([...Object.values(identityTexts), 'NAS-Port']);

/** What the request says of the session; `undefined` when that is nothing. */
function identityOf(attributes: readonly Attribute[]): SessionIdentity | undefined {
  const texts = Object.entries(identityTexts).map(
    ([key, name]) => [key, firstText(attributes, name)] as const,
  );
  const port = firstNumber(attributes, 'NAS-Port');
  const identity: SessionIdentity = {
    ...Object.fromEntries(texts.filter(([, value]) => value !== undefined)),
    ...(port !== undefined && { port }),
  };
  return Object.keys(identity).length === 0 ? undefined : identity;
}
