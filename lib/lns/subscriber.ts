import type { AssignedIpv6, AuthenticationAnswer, SubscriberPolicy, TunnelChoice } from '../aaa/index.js';
import {
  type AuthMethod,
  type Credentials,
  Direction,
  disconnectCause,
  type DisconnectReason,
} from '../ppp/index.js';
import { formatIpv4 } from '../wire/index.js';
import { ask, PendingAuthentication } from './authentication.js';
import type { ForwardingDecision } from './forwarder.js';
import type { Grant } from './grants.js';
import { describeIpv6 } from './ipv6-grants.js';
import type { LnsContext } from './lns-context.js';
import type { LnsSession } from './lns-session.js';

/** Who a session is of, and what it was given: asks the authenticator, and does what it says. */
export class Subscriber {
  readonly #context: LnsContext;
  readonly #session: LnsSession;
  #user: string | undefined;
  method: AuthMethod | undefined;
  /** Kept after it was given back, for the record of the session's end. */
  #grant: Grant | undefined;
  #holdsGrant = false;
  /** What the authenticator said of a subscriber that it has carried on; only time-outs, quota and accounting count. */
  #carriedPolicy: SubscriberPolicy | undefined;
  #pending: PendingAuthentication | undefined;

  constructor(context: LnsContext, session: LnsSession) {
    this.#context = context;
    this.#session = session;
  }

  get user(): string | undefined {
    return this.#user;
  }

  /** What it has here; `undefined` where it is not terminated here. */
  get grant(): Grant | undefined {
    return this.#grant;
  }

  get policy(): SubscriberPolicy | undefined {
    return this.#grant?.policy ?? this.#carriedPolicy;
  }

  get address(): string | undefined {
    const address = this.#grant?.network.peerAddress;
    return address === undefined ? undefined : formatIpv4(address);
  }

  get ipv6(): AssignedIpv6 | undefined {
    const given = this.#grant?.ipv6;
    return given && describeIpv6(given);
  }

  /** Something of what it has is another from now on. */
  regrant(grant: Grant): void {
    this.#grant = grant;
  }

  /** PPP wants to know whether it may go on. @param credentials absent where nobody has to prove anything */
  authenticate(id: number, credentials: Credentials | undefined, now: number): void {
    const { forwarder } = this.#context;
    // A user who authenticates again stays where the session is.
    if (forwarder !== undefined && this.#grant === undefined) {
      this.#name(credentials?.user);
      const decision = forwarder.decide(credentials?.user ?? '', this.#session.callContext);
      if (this.#follow(decision, now)) return;
    }
    if (credentials === undefined) {
      this.#answered(id, { result: { kind: 'accept' }, policy: {} }, now);
      return;
    }
    if (this.#grant !== undefined && this.#grant.user !== credentials.user) {
      // What this session has belongs to the user who was there first.
      const reason = `the session is of another user than ${JSON.stringify(credentials.user)}`;
      this.#answered(id, { result: { kind: 'reject' }, reason }, now);
      return;
    }
    this.#name(credentials.user);
    this.#ask(id, credentials);
  }

  /** The session is over: nobody is asked any more, and what it held is given back. */
  release(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
    if (this.#grant !== undefined && this.#holdsGrant) this.#context.revoke(this.#grant);
    this.#holdsGrant = false;
  }

  #ask(id: number, credentials: Credentials): void {
    const session = this.#session;
    const pending = new PendingAuthentication(credentials, session.callContext);
    this.#pending = pending;
    ask(this.#context.authenticator, pending, (answer) => {
      if (this.#pending !== pending || session.ended) return;
      this.#pending = undefined;
      this.#context.sessionWaits(session, false);
      this.#answered(id, answer, this.#context.service.io.now());
    });
    if (this.#pending === pending) this.#context.sessionWaits(session, true);
  }

  #name(user: string | undefined): void {
    this.#user = user;
    if (user !== undefined) this.#context.sessionNamed(this.#session);
  }

  /** Carries the subscriber on, or refuses it. @returns false where it is to be terminated here */
  #follow(decision: ForwardingDecision, now: number): boolean {
    if (decision.kind === 'refuse') this.#refuse('administrative', decision.reason, now);
    if (decision.kind === 'forward') this.#session.carryOn(decision.begin(this.#session, now));
    return decision.kind !== 'local';
  }

  #answered(id: number, answer: AuthenticationAnswer, now: number): void {
    try {
      this.#apply(id, answer, now);
    } catch (error) {
      // Answers come from outside: hooks, user databases.
      this.#refuse('administrative', error instanceof Error ? error.message : String(error), now);
    }
    this.#session.touch();
  }

  #apply(id: number, { result, policy = {}, reason }: AuthenticationAnswer, now: number): void {
    const session = this.#session;
    if (result.kind === 'reject' && reason !== undefined) this.#logRefusal(reason);
    // A user who authenticates again keeps what the session has.
    if (result.kind === 'accept' && this.#grant === undefined) {
      if (policy.tunnels !== undefined && policy.tunnels.length > 0) {
        this.#carriedPolicy = policy;
        session.endAfter(policy.sessionTimeout ?? 0, now);
        this.#follow(this.#decideByTunnels(policy.tunnels), now);
        return;
      }
      const grant = this.#context.grant(this.#user ?? '', session, policy);
      if ('refused' in grant) {
        this.#refuse(grant.cause, grant.refused, now);
        return;
      }
      this.#grant = grant;
      this.#holdsGrant = true;
      session.endAfter(policy.sessionTimeout ?? 0, now);
    }
    session.ppp?.handleAuthResult(id, result, this.#grant?.network, now);
  }

  #decideByTunnels(tunnels: readonly TunnelChoice[]): ForwardingDecision {
    const { forwarder } = this.#context;
    return (
      forwarder?.decideByTunnels(tunnels, this.#user ?? '', this.#session.callContext) ?? {
        kind: 'refuse',
        reason: 'the subscriber is to be carried on in a tunnel, and this server is no LAC',
      }
    );
  }

  #refuse(cause: DisconnectReason, reason: string, now: number): void {
    this.#logRefusal(reason);
    this.#session.ppp?.close(disconnectCause(cause, Direction.Local, 0, reason), now);
  }

  #logRefusal(reason: string): void {
    this.#context.service.log.warn({ ...this.#session.logFields(), reason }, 'subscriber refused');
  }
}
