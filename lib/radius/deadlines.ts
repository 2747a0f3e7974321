interface Entry<T> {
  readonly deadline: number;
  readonly item: T;
}

/** Items by their deadline, the earliest first. What is no longer of interest is dropped when it comes up. */
export class Deadlines<T> {
  readonly #heap: Entry<T>[] = [];
  readonly #isCurrent: (item: T, deadline: number) => boolean;

  /** @param isCurrent whether the item still has this deadline */
  constructor(isCurrent: (item: T, deadline: number) => boolean) {
    this.#isCurrent = isCurrent;
  }

  add(item: T, deadline: number): void {
    const heap = this.#heap;
    let at = heap.length;
    const entry = { deadline, item };
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry<T>;
      if (above.deadline <= deadline) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  /** The earliest deadline of an item that is of interest. */
  next(): number | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#isCurrent(first.item, first.deadline)) return first.deadline;
      this.#removeFirst();
    }
    return undefined;
  }

  /** Takes out an item whose deadline has passed. */
  takeDue(now: number): T | undefined {
    const deadline = this.next();
    if (deadline === undefined || deadline > now) return undefined;
    const { item } = this.#heap[0] as Entry<T>;
    this.#removeFirst();
    return item;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const least =
        right < heap.length && (heap[right] as Entry<T>).deadline < (heap[left] as Entry<T>).deadline
          ? right
          : left;
      const child = heap[least] as Entry<T>;
      if (child.deadline >= last.deadline) break;
      heap[at] = child;
      at = least;
    }
    heap[at] = last;
  }
}
