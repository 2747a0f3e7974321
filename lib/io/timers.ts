import type { Timed, Timers } from './control-io.js';
import { TimerWheel } from './timer-wheel.js';

/** Node's timers take no longer delay. */
const maxDelay = 0x7fff_ffff;

/** The wheel of an event loop and the one Node timer that turns it. */
export class WheelTimers implements Timers {
  readonly #wheel: TimerWheel<Timed>;
  readonly #wake: () => void;
  readonly #touched: () => void;
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;
  #referenced = true;

  /**
   * @param wake runs when the wheel wants to be turned
   * @param touched runs at each change, so that the owner calls {@link arm} once the turn is over
   */
  constructor(now: number, wake: () => void, touched: () => void) {
    this.#wheel = new TimerWheel(now);
    this.#wake = wake;
    this.#touched = touched;
  }

  /** How many have a deadline. */
  get size(): number {
    return this.#wheel.size;
  }

  schedule(timed: Timed, deadline: number | undefined): void {
    if (deadline === undefined) this.#wheel.cancel(timed);
    else this.#wheel.schedule(timed, deadline);
    this.#touched();
  }

  /** Hands out what is due. */
  expire(now: number, fire: (timed: Timed) => void): void {
    this.#wheel.expire(now, fire);
  }

  /** Sets Node's timer to the earliest deadline. A timer that is now too early stays: it finds nothing and is set anew. */
  arm(now: number): void {
    const next = this.#wheel.nextExpiry();
    if (next === undefined) {
      this.#disarm();
    } else if (next < this.#armedFor) {
      this.#disarm();
      this.#armedFor = next;
      this.#timer = setTimeout(this.#fired, Math.min(Math.max(next - now, 1), maxDelay));
      if (!this.#referenced) this.#timer.unref();
    }
  }

  /** Lets the process end although deadlines are set. */
  unref(): void {
    this.#referenced = false;
    this.#timer?.unref();
  }

  ref(): void {
    this.#referenced = true;
    this.#timer?.ref();
  }

  readonly #fired = (): void => {
    this.#timer = undefined;
    this.#armedFor = Infinity;
    this.#wake();
  };

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armedFor = Infinity;
  }
}
