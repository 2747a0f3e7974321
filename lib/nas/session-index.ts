import type { SessionObserver, SubscriberSession } from '../aaa/index.js';
import { nasPort } from './request-attributes.js';

/** What a request says of a session; all of it has to fit. */
export interface SessionIdentity {
  /** Acct-Session-Id. */
  readonly id?: string;
  readonly user?: string;
  readonly address?: string;
  readonly callingNumber?: string;
  /** NAS-Port. */
  readonly port?: number;
}

/** The sessions that are up, found by what RADIUS servers know of them. */
export class SessionIndex implements Pick<Required<SessionObserver>, 'sessionUp' | 'sessionDown'> {
  readonly #byId = new Map<string, SubscriberSession>();

  sessionUp(session: SubscriberSession): void {
    this.#byId.set(session.id, session);
  }

  sessionDown(session: SubscriberSession): void {
    this.#byId.delete(session.id);
  }

  get size(): number {
    return this.#byId.size;
  }

  find(identity: SessionIdentity): SubscriberSession[] {
    const { id } = identity;
    if (id === undefined) return [...this.#byId.values()].filter((session) => fits(session, identity));
    const session = this.#byId.get(id);
    return session !== undefined && fits(session, identity) ? [session] : [];
  }
}

function fits(session: SubscriberSession, { user, address, callingNumber, port }: SessionIdentity): boolean {
  const is = <V>(wanted: V | undefined, actual: () => V | undefined): boolean =>
    wanted === undefined || wanted === actual();
  return (
    (is(user, () => session.user) || is(user, () => session.policy?.accounting?.user)) &&
    is(address, () => session.address) &&
    is(callingNumber, () => session.callContext.callingNumber) &&
    is(port, () => nasPort(session.callContext))
  );
}
