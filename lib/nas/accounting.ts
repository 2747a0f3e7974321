import { type RecordQueue, serverKey } from '../accounting/index.js';
import type {
  CallContext,
  FailedCall,
  SessionEnd,
  SessionObserver,
  SubscriberSession,
  SubscriberTunnel,
} from '../aaa/index.js';
import type { Timed, Timers } from '../io/index.js';
import { type Attribute, type Dictionary, encodeAttributes, RadiusError } from '../radius/index.js';
import type { Random } from '../wire/index.js';
import {
  linkRejectRecord,
  nasRecord,
  sessionRecord,
  statusType,
  tunnelRecord,
  tunnelStatus,
} from './accounting-records.js';
import type { NasLog } from './nas-log.js';
import type { NasIdentity } from './request-attributes.js';
import { TunnelAccounting, type TunnelReport } from './tunnel-accounting.js';

export interface AccountingOptions {
  readonly queue: RecordQueue;
  readonly dictionary: Dictionary;
  readonly identity: NasIdentity;
  readonly timers: Timers;
  /** Monotonic ms. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly random: Random;
  readonly log: NasLog;
  /** Names of the server groups: one is told of the start and the end of this server each. */
  readonly groups: () => readonly string[];
  /** Which group gets the records of a profile's sessions. */
  readonly groupFor: (profile: string | undefined) => string;
  /** Milliseconds between interim records of a session that begins, where nothing else is said; 0 for none. */
  readonly interimInterval: () => number;
  /** Records of tunnels and of each session's part in its tunnel, too (RFC 2867). */
  readonly tunnels: boolean;
  /** Has all counters read soon; {@link Accounting.countersRead} follows. */
  readonly readCounters: () => void;
}

/** Counters are read for interim records at most once in so many ms. */
const readInterval = 1000;
/** Interim records more often than this wait for counters that are read for them; others take what is known. */
const freshCountersBelow = 60_000;
/** Records of refused tunnels and calls that are made at most. */
const rejectsPerSecond = 10;
/** A full queue is told of in the log once in so many ms. */
const lostLogInterval = 10_000;

/** Makes the records of sessions (RFC 2866): start, interim, stop, and those of this server itself. */
export class Accounting implements Required<Omit<SessionObserver, 'sessionChanged'>> {
  readonly #options: AccountingOptions;
  readonly #sessions = new Map<SubscriberSession, AccountedSession>();
  readonly #due = new Set<AccountedSession>();
  #lost = 0;
  #made = 0;
  #lostLoggedAt = -Infinity;
  readonly #tunnels = new TunnelAccounting((report, now) => this.#ofTunnel(report, now));
  #readAt = -Infinity;
  #readScheduled = false;
  readonly #reader: Timed = {
    handleTimeout: (now) => {
      this.#readScheduled = false;
      this.#readAt = now;
      this.#options.readCounters();
    },
  };
  /** Of the second that began at this time. */
  #rejects = { since: -Infinity, count: 0 };
  readonly #bootId: string;

  constructor(options: AccountingOptions) {
    this.#options = options;
    this.#bootId = Buffer.from(options.random.bytes(4)).toString('hex');
  }

  /** Records made, lost for want of room, and waiting for a server. */
  status(): {
    readonly made: number;
    readonly lost: number;
    readonly waiting: number;
    readonly sessions: number;
  } {
    return {
      made: this.#made,
      lost: this.#lost,
      waiting: this.#options.queue.count,
      sessions: this.#sessions.size,
    };
  }

  /** Accounting-On: whatever sessions the servers still know are over. */
  start(): void {
    this.#ofServer(statusType.accountingOn);
  }

  /** Accounting-Off. */
  stop(): void {
    for (const accounted of this.#sessions.values()) this.#options.timers.schedule(accounted, undefined);
    this.#options.timers.schedule(this.#reader, undefined);
    this.#ofServer(statusType.accountingOff);
  }

  sessionUp(session: SubscriberSession, now: number): void {
    const { accounting } = session.policy ?? {};
    const seconds = accounting?.interimInterval;
    const interval = seconds === undefined ? this.#options.interimInterval() : seconds * 1000;
    const accounted = new AccountedSession(session, now, interval, (one, at) => this.#interimDue(one, at));
    this.#sessions.set(session, accounted);
    const call = session.callContext;
    this.#record(accounted, call, statusType.start, now);
    if (this.#isInTunnel(call)) {
      this.#tunnels.sessionUp(session);
      this.#record(accounted, call, statusType.tunnelLinkStart, now);
    }
    if (interval === 0) return;
    // Sessions that came up together must not tell of themselves together for ever.
    const first = Math.max(1000, Math.ceil((interval * (1 + this.#options.random.below(1000))) / 1000));
    this.#options.timers.schedule(accounted, now + Math.min(first, interval));
  }

  sessionDown(session: SubscriberSession, end: SessionEnd, now: number): void {
    const accounted = this.#sessions.get(session);
    if (accounted === undefined) return;
    this.#sessions.delete(session);
    this.#due.delete(accounted);
    this.#options.timers.schedule(accounted, undefined);
    const call = session.callContext;
    if (this.#isInTunnel(call)) this.#record(accounted, call, statusType.tunnelLinkStop, now, end);
    this.#record(accounted, call, statusType.stop, now, end);
    if (this.#options.tunnels) this.#tunnels.sessionDown(session, now);
  }

  /** Whether tunnels are told of, and the call is in one. */
  #isInTunnel({ tunnelKey }: CallContext): boolean {
    return this.#options.tunnels && tunnelKey !== undefined;
  }

  tunnelUp(tunnel: SubscriberTunnel, now: number): void {
    if (this.#options.tunnels) this.#tunnels.tunnelUp(tunnel, now);
  }

  tunnelDown(tunnel: SubscriberTunnel, end: SessionEnd, now: number): void {
    if (this.#options.tunnels) this.#tunnels.tunnelDown(tunnel, end, now);
  }

  tunnelFailed(tunnel: SubscriberTunnel, end: SessionEnd, now: number): void {
    if (!this.#mayReject(now)) return;
    this.#ofTunnel({ status: tunnelStatus.reject, tunnel, end, upAt: now }, now);
  }

  callFailed(call: FailedCall, end: SessionEnd, now: number): void {
    if (!this.#mayReject(now)) return;
    const { identity, groupFor, wallClock } = this.#options;
    const { id, profile } = call.tunnel;
    const madeAt = wallClock();
    this.#add(id, groupFor(profile), madeAt, linkRejectRecord(call, end, identity, madeAt));
  }

  /** Whoever reaches the server can be refused as often as they like: that must not fill the queue. */
  #mayReject(now: number): boolean {
    if (!this.#options.tunnels) return false;
    if (now - this.#rejects.since >= 1000) this.#rejects = { since: now, count: 0 };
    this.#rejects.count += 1;
    return this.#rejects.count <= rejectsPerSecond;
  }

  #ofTunnel(report: TunnelReport, now: number): void {
    const { identity, groupFor, wallClock } = this.#options;
    const { id, profile } = report.tunnel;
    const madeAt = wallClock();
    const time = { madeAt, upFor: now - report.upAt };
    this.#add(id, groupFor(profile), madeAt, tunnelRecord(report, identity, time));
  }

  countersRead(now: number): void {
    for (const accounted of this.#due) this.#interim(accounted, now);
    this.#due.clear();
  }

  #interimDue(accounted: AccountedSession, now: number): void {
    const { timers } = this.#options;
    timers.schedule(accounted, now + accounted.interval);
    if (accounted.interval >= freshCountersBelow) {
      this.#interim(accounted, now);
      return;
    }
    this.#due.add(accounted);
    if (this.#readScheduled) return;
    this.#readScheduled = true;
    timers.schedule(this.#reader, Math.max(now, this.#readAt + readInterval));
  }

  #interim(accounted: AccountedSession, now: number): void {
    const { session } = accounted;
    const record = (at: number): void => this.#record(accounted, session.callContext, statusType.interim, at);
    const reading = session.readIpv6Counters();
    if (reading === undefined) record(now);
    else
      void reading.then(() => {
        // Its end may have been told meanwhile.
        if (this.#sessions.get(session) === accounted) record(this.#options.now());
      });
  }

  #record(
    { session, upAt }: AccountedSession,
    call: CallContext,
    status: number,
    now: number,
    end?: SessionEnd,
  ): void {
    const { identity, groupFor, wallClock } = this.#options;
    const madeAt = wallClock();
    const attributes = sessionRecord(status, session, call, identity, { madeAt, upFor: now - upAt }, end);
    this.#add(session.id, groupFor(call.profile), madeAt, attributes);
  }

  #ofServer(status: typeof statusType.accountingOn | typeof statusType.accountingOff): void {
    const { groups, identity, wallClock } = this.#options;
    const madeAt = wallClock();
    for (const group of groups()) {
      this.#add(serverKey, group, madeAt, nasRecord(status, identity, this.#bootId, madeAt));
    }
  }

  #add(key: string, group: string, madeAt: number, list: readonly Attribute[]): void {
    const { queue, dictionary, log, now } = this.#options;
    let attributes: Uint8Array;
    try {
      attributes = encodeAttributes(list, dictionary);
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      log.error({ id: key, error: error.message }, 'an accounting record cannot be made');
      this.#lost += 1;
      return;
    }
    this.#made += 1;
    if (queue.add({ key, group, madeAt, attributes })) return;
    this.#lost += 1;
    if (now() - this.#lostLoggedAt < lostLogInterval) return;
    this.#lostLoggedAt = now();
    log.error({ lost: this.#lost, waiting: queue.count }, 'accounting records are lost: the queue is full');
  }
}

/** One session that records are made of; an entry of the timer wheel. */
class AccountedSession implements Timed {
  readonly session: SubscriberSession;
  /** Monotonic ms. */
  readonly upAt: number;
  /** Milliseconds between interim records. */
  readonly interval: number;
  readonly #due: (accounted: AccountedSession, now: number) => void;

  constructor(
    session: SubscriberSession,
    upAt: number,
    interval: number,
    due: (accounted: AccountedSession, now: number) => void,
  ) {
    this.session = session;
    this.upAt = upAt;
    this.interval = interval;
    this.#due = due;
  }

  handleTimeout(now: number): void {
    this.#due(this, now);
  }
}
