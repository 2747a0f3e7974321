/**
 * Names and addresses of interfaces that the kernel is still removing. A subscriber who comes back at once, with a
 * fixed address or interface name, has to wait for the old interface: the kernel would refuse the name, and route the
 * address into both.
 */
export class Departures {
  readonly #leaving = new Map<string, Promise<unknown>>();

  /** `keys` are taken until `gone` is settled. */
  add(keys: readonly (string | undefined)[], gone: Promise<unknown>): void {
    for (const key of keys) {
      if (key === undefined) continue;
      this.#leaving.set(key, gone);
      const forget = (): void => {
        if (this.#leaving.get(key) === gone) this.#leaving.delete(key);
      };
      gone.then(forget, forget);
    }
  }

  /** Resolves when none of `keys` is taken; `undefined` where none is. */
  wait(keys: readonly (string | undefined)[]): Promise<unknown> | undefined {
    const waiting = keys.flatMap((key) => this.#leaving.get(key ?? '') ?? []);
    return waiting.length === 0 ? undefined : Promise.allSettled(waiting);
  }
}
