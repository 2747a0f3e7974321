/** Identifiers of one source port. */
const perSlot = 256;
/** Source ports that one server may see. */
const maxSlots = 64;

/**
 * Requests in flight to one server, by source port ("slot") and identifier. An identifier is used again as late as
 * possible, so that a late answer finds nobody.
 */
export class Identifiers<T> {
  readonly #slots: { readonly items: (T | undefined)[]; used: number; next: number }[] = [];
  #used = 0;
  #turn = 0;

  get used(): number {
    return this.#used;
  }

  /** `undefined` when everything is in flight. */
  take(item: T): { readonly slot: number; readonly identifier: number } | undefined {
    const slot = this.#free();
    const entry = slot === undefined ? undefined : this.#slots[slot];
    if (slot === undefined || entry === undefined) return undefined;
    while (entry.items[entry.next] !== undefined) entry.next = (entry.next + 1) % perSlot;
    const identifier = entry.next;
    entry.items[identifier] = item;
    entry.next = (identifier + 1) % perSlot;
    entry.used += 1;
    this.#used += 1;
    return { slot, identifier };
  }

  find(slot: number, identifier: number): T | undefined {
    return this.#slots[slot]?.items[identifier];
  }

  release(slot: number, identifier: number): void {
    const entry = this.#slots[slot];
    if (entry?.items[identifier] === undefined) return;
    entry.items[identifier] = undefined;
    entry.used -= 1;
    this.#used -= 1;
  }

  *all(): Generator<T> {
    for (const { items } of this.#slots) for (const item of items) if (item !== undefined) yield item;
  }

  #free(): number | undefined {
    const count = this.#slots.length;
    for (let i = 0; i < count; i++) {
      const slot = (this.#turn + i) % count;
      if ((this.#slots[slot]?.used ?? perSlot) < perSlot) {
        this.#turn = slot;
        return slot;
      }
    }
    if (count === maxSlots) return undefined;
    this.#slots.push({ items: Array<T | undefined>(perSlot), used: 0, next: 0 });
    this.#turn = count;
    return count;
  }
}
