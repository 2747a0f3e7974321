/** Functions by the name of the event that they take. */
type EventMap = { readonly [event: string]: (...values: never[]) => void };

/** Who listens to what, for objects of which most have no listener: they hold `undefined` instead of this. */
export class Listeners<E extends EventMap> {
  readonly #lists = new Map<keyof E, readonly E[keyof E][]>();

  add<K extends keyof E>(event: K, listener: E[K]): void {
    if (typeof listener !== 'function') throw new TypeError('the listener must be a function');
    this.#lists.set(event, [...(this.#lists.get(event) ?? []), listener]);
  }

  remove<K extends keyof E>(event: K, listener: E[K]): void {
    const rest = (this.#lists.get(event) ?? []).filter((other) => other !== listener);
    if (rest.length > 0) this.#lists.set(event, rest);
    else this.#lists.delete(event);
  }

  has(event: keyof E): boolean {
    return this.#lists.has(event);
  }

  /** Calls all; what one throws is thrown when all have been called. */
  emit<K extends keyof E>(event: K, ...values: Parameters<E[K]>): void {
    const errors: unknown[] = [];
    for (const listener of this.#lists.get(event) ?? []) {
      try {
        (listener as (...values: Parameters<E[K]>) => void)(...values);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
