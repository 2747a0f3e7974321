import type { ManagedLns } from './managed-lns.js';
import type { EventFeed } from './telemetry/index.js';

export interface DrainOptions {
  /** Seconds after which the sessions that are left are ended; without it they may stay. */
  readonly timeout?: number | undefined;
  /** Sessions that are ended a second then, so that those who take them over are not flooded. */
  readonly rate?: number | undefined;
}

/** How far the server is with letting its sessions go. */
export interface DrainProgress {
  readonly state: 'off' | 'draining' | 'drained';
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  /** When the sessions that are left are ended. */
  readonly deadline: number | undefined;
  readonly sessionsAtStart: number;
  readonly sessionsLeft: number;
}

const tick = 1000;
const defaultRate = 200;
const reason = 'the server drains';

/** Takes no new calls, waits for sessions to end, and ends what is left when its time is up. */
export class Drain {
  readonly #lns: ManagedLns;
  readonly #feed: EventFeed;
  #begun:
    | { readonly since: number; readonly sessions: number; readonly deadline: number | undefined }
    | undefined;
  #rate = defaultRate;
  #timer: NodeJS.Timeout | undefined;
  #drained = false;

  constructor(lns: ManagedLns, feed: EventFeed) {
    this.#lns = lns;
    this.#feed = feed;
  }

  /** Begins, or goes on with another time-out. */
  start({ timeout, rate = defaultRate }: DrainOptions, now = Date.now()): void {
    this.#rate = rate;
    this.#begun = {
      since: this.#begun?.since ?? now,
      sessions: this.#begun?.sessions ?? this.#lns.statistics().sessions,
      deadline: timeout === undefined ? undefined : now + timeout * 1000,
    };
    this.#lns.setDraining(true);
    this.#feed.publish({ type: 'server-state', state: 'draining', text: 'no new calls are taken' });
    this.#timer ??= setInterval(() => void this.#tick(), tick).unref();
    void this.#tick();
  }

  /** Calls are taken again. */
  stop(): void {
    if (this.#begun === undefined) return;
    this.close();
    this.#begun = undefined;
    this.#drained = false;
    this.#lns.setDraining(false);
    this.#feed.publish({ type: 'server-state', state: 'running', text: 'calls are taken again' });
  }

  progress(): DrainProgress {
    const sessionsLeft = this.#lns.statistics().sessions;
    const begun = this.#begun;
    return {
      state: begun === undefined ? 'off' : sessionsLeft === 0 ? 'drained' : 'draining',
      since: begun?.since,
      deadline: begun?.deadline,
      sessionsAtStart: begun?.sessions ?? sessionsLeft,
      sessionsLeft,
    };
  }

  /** Ends the waiting, not the state. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #tick(): Promise<void> {
    const { state, deadline, sessionsLeft } = this.progress();
    if (state === 'drained' && !this.#drained) {
      this.#drained = true;
      this.#feed.publish({ type: 'server-state', state: 'drained', text: 'no session is left' });
    }
    if (deadline === undefined || Date.now() < deadline || sessionsLeft === 0) return;
    const table = await this.#lns.sessionTable({ maxAge: Infinity }).catch(() => undefined);
    for (let index = 0; table !== undefined && index < Math.min(table.size, this.#rate); index++) {
      this.#lns.disconnect({ id: table.at(index).id }, reason);
    }
  }
}
