/** Steps of a session's set-up in their usual order, each named after what has just happened. */
export const setUpSteps = [
  /** The call was asked for: ICRQ, or PADR. */
  'call',
  /** PPP has begun: ICCN, or PADS. */
  'connected',
  /** LCP is open. */
  'lcp',
  /** The peer has said who it is, and somebody was asked about it. */
  'credentials',
  'authenticated',
  /** The addresses are agreed on but for the last acknowledgement, and the kernel is asked for the interface. */
  'attaching',
  /** Interface, addresses and network layer are there. */
  'up',
] as const;
export type SetUpStep = (typeof setUpSteps)[number];

/** Milliseconds from the call's request to each step that was done. */
export type SetUpDurations = Readonly<Partial<Record<SetUpStep, number>>>;

/** When each step of a session's set-up was done: seven small numbers a session. */
export class SetUpTimes {
  readonly #began: number;
  /** Ms after the beginning, by step; -1 where it has not happened. */
  readonly #after: number[] = [0, -1, -1, -1, -1, -1, -1];

  /** @param now monotonic ms */
  constructor(now: number) {
    this.#began = now;
  }

  /** Only the first time counts: what is negotiated anew is no set-up. */
  mark(step: SetUpStep, now: number): void {
    const at = setUpSteps.indexOf(step);
    if (this.#after[at] === -1) this.#after[at] = Math.round(now - this.#began);
  }

  /** The monotonic time of {@link SetUpStep} `call`. */
  get began(): number {
    return this.#began;
  }

  get(): SetUpDurations {
    return Object.fromEntries(
      setUpSteps.flatMap((step, at) => {
        const after = this.#after[at] ?? -1;
        return after < 0 ? [] : [[step, after]];
      }),
    );
  }
}
