/** A first-in first-out queue that holds nothing when it is empty. */
export class EventQueue<T> {
  #items: T[] | undefined;
  #next = 0;

  push(item: T): void {
    if (this.#items === undefined) this.#items = [item];
    else this.#items.push(item);
  }

  shift(): T | undefined {
    const items = this.#items;
    if (items === undefined) return undefined;
    const item = items[this.#next++];
    if (this.#next === items.length) {
      this.#items = undefined;
      this.#next = 0;
    }
    return item;
  }
}
