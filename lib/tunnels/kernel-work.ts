/** Counts asynchronous work that must be over before the process lets go: kernel objects being made and removed. */
export class KernelWork {
  #pending = 0;
  #waiters: (() => void)[] = [];

  get pending(): number {
    return this.#pending;
  }

  /** Follows `work` to its end; its failure goes to `onError`, and never further. */
  track(work: Promise<unknown>, onError: (error: unknown) => void): void {
    this.#pending += 1;
    void work.catch(onError).finally(() => {
      this.#pending -= 1;
      if (this.#pending > 0) return;
      const waiters = this.#waiters;
      this.#waiters = [];
      for (const wake of waiters) wake();
    });
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }
}
