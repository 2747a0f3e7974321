import type { SessionObserver, SubscriberSession } from '../aaa/index.js';
import { nasPort, nasPortId } from './request-attributes.js';

/** What a request says of a session; all of it has to fit. */
export interface SessionIdentity {
  /** Acct-Session-Id. */
  readonly id?: string;
  readonly user?: string;
  readonly address?: string;
  readonly callingNumber?: string;
  readonly calledNumber?: string;
  /** Acct-Multi-Session-Id. */
  readonly multiSessionId?: string;
  /** NAS-Port. */
  readonly port?: number;
  /** NAS-Port-Id. */
  readonly portId?: string;
  /** Framed-Interface-Id, Framed-IPv6-Prefix, Framed-IPv6-Address and Delegated-IPv6-Prefix. */
  readonly interfaceId?: string;
  readonly ipv6Prefix?: string;
  readonly ipv6Address?: string;
  readonly delegatedPrefix?: string;
}

/** The sessions that are up, found by what RADIUS servers know of them. */
export class SessionIndex implements Pick<Required<SessionObserver>, 'sessionUp' | 'sessionDown'> {
  readonly #byId = new Map<string, SubscriberSession>();
  /** What requests usually name: with it no look at every session is needed. */
  readonly #byUser = new SessionsByName();
  readonly #byAddress = new SessionsByName();
  readonly #byCallingNumber = new SessionsByName();

  sessionUp(session: SubscriberSession): void {
    this.#byId.set(session.id, session);
    for (const user of usersOf(session)) this.#byUser.add(user, session);
    this.#byAddress.add(session.address, session);
    this.#byCallingNumber.add(session.callContext.callingNumber, session);
  }

  sessionDown(session: SubscriberSession): void {
    this.#byId.delete(session.id);
    for (const user of usersOf(session)) this.#byUser.delete(user, session);
    this.#byAddress.delete(session.address, session);
    this.#byCallingNumber.delete(session.callContext.callingNumber, session);
  }

  get size(): number {
    return this.#byId.size;
  }

  find(identity: SessionIdentity): SubscriberSession[] {
    return this.#candidates(identity).filter((session) => fits(session, identity));
  }

  #candidates({ id, address, user, callingNumber }: SessionIdentity): SubscriberSession[] {
    if (id !== undefined) {
      const session = this.#byId.get(id);
      return session === undefined ? [] : [session];
    }
    if (address !== undefined) return this.#byAddress.get(address);
    if (user !== undefined) return this.#byUser.get(user);
    if (callingNumber !== undefined) return this.#byCallingNumber.get(callingNumber);
    return [...this.#byId.values()];
  }
}

/** Sessions by a name that several may have, and most have alone. */
class SessionsByName {
  readonly #sessions = new Map<string, SubscriberSession | Set<SubscriberSession>>();

  add(name: string | undefined, session: SubscriberSession): void {
    if (name === undefined) return;
    const there = this.#sessions.get(name);
    if (there === undefined) this.#sessions.set(name, session);
    else if (there instanceof Set) there.add(session);
    else this.#sessions.set(name, new Set([there, session]));
  }

  delete(name: string | undefined, session: SubscriberSession): void {
    if (name === undefined) return;
    const there = this.#sessions.get(name);
    if (there instanceof Set) there.delete(session);
    if (there === session || (there instanceof Set && there.size === 0)) this.#sessions.delete(name);
  }

  get(name: string): SubscriberSession[] {
    const there = this.#sessions.get(name);
    if (there === undefined) return [];
    return there instanceof Set ? [...there] : [there];
  }
}

/** The name of the log-in, and the one in records. */
const usersOf = ({ user, policy }: SubscriberSession): Set<string> =>
  new Set([user, policy?.accounting?.user].filter((name) => name !== undefined));

function fits(session: SubscriberSession, identity: SessionIdentity): boolean {
  const { callContext: call } = session;
  const is = <V>(wanted: V | undefined, actual: () => V | undefined): boolean =>
    wanted === undefined || wanted === actual();
  return (
    (identity.user === undefined || usersOf(session).has(identity.user)) &&
    is(identity.address, () => session.address) &&
    is(identity.callingNumber, () => call.callingNumber) &&
    is(identity.calledNumber, () => call.calledNumber) &&
    is(identity.multiSessionId, () => call.tunnelKey) &&
    is(identity.port, () => nasPort(call)) &&
    is(identity.portId, () => nasPortId(call)) &&
    is(identity.interfaceId, () => session.ipv6.interfaceId) &&
    is(identity.ipv6Prefix, () => session.ipv6.prefix) &&
    is(identity.ipv6Address, () => session.ipv6.address) &&
    is(identity.delegatedPrefix, () => session.ipv6.delegatedPrefix)
  );
}
