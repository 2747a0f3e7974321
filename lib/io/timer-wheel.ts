/** 32 slots a level, so that one 32-bit word tells which are in use. */
const slotBits = 5;
const slotsPerLevel = 1 << slotBits;
/** As many as 32-bit ticks need. */
const levels = 7;
const dueList = levels * slotsPerLevel;
const none = -1;

/** Items whose deadlines are further away than this (12 days) are filed again when it has passed. */
const horizon = 2 ** 30;

/**
 * A hierarchical timer wheel: one deadline an item, tens of thousands of items, and setting, moving and clearing
 * a deadline takes the same short time however many there are. Deadlines are monotonic milliseconds; an item is
 * due at the first whole millisecond that is not before its deadline. Not a clock: time comes in by {@link expire}.
 *
 * Level 0 has a slot a millisecond; each higher level's slot spans a whole lower level, and its items move down
 * when time reaches it. An item's level is the highest in which its tick differs from the present one, so the
 * first slot in use of the lowest level in use is always next (Varghese and Lauck, scheme 6).
 */
export class TimerWheel<T extends object> {
  readonly #ids = new Map<T, number>();
  // An item's fields, by its id: arrays of numbers cost a quarter of what objects do.
  readonly #items: (T | undefined)[] = [];
  #deadlines = new Float64Array(64);
  #next = new Int32Array(64);
  #previous = new Int32Array(64);
  #lists = new Int16Array(64);
  /** First of the unused ids, linked by `#next`. */
  #free = none;
  /**
   * Ids whose items were handed out, and which are kept until those have had time to set the next deadline: an item
   * that leaves the map and comes back, by the thousands, has the map built anew over and over.
   */
  readonly #fired: number[] = [];

  /** First and last id of each slot; the last list has what was due when it was set. */
  readonly #heads = new Int32Array(dueList + 1).fill(none);
  readonly #tails = new Int32Array(dueList + 1).fill(none);
  readonly #inUse = new Uint32Array(levels);

  /** The time of tick 0. */
  #origin: number;
  /** Everything up to this tick has been handed out. */
  #elapsed = 0;

  /** @param now monotonic ms */
  constructor(now: number) {
    this.#origin = Math.floor(now);
  }

  /** How many items have a deadline. */
  get size(): number {
    this.#forgetFired();
    return this.#ids.size;
  }

  /** Sets the one deadline of `item`, in place of an earlier one. `Infinity` clears it. @throws RangeError on NaN */
  schedule(item: T, deadline: number): void {
    if (Number.isNaN(deadline)) throw new RangeError('deadline is not a number');
    if (deadline === Infinity) {
      this.cancel(item);
      return;
    }
    let id = this.#ids.get(item);
    if (id === undefined) {
      id = this.#allocate(item);
      this.#ids.set(item, id);
    } else if (this.#lists[id] !== none) {
      if (this.#deadlines[id] === deadline) return;
      this.#unlink(id);
    }
    this.#deadlines[id] = deadline;
    this.#file(id);
  }

  /** Clears the deadline of `item`, if it has one. */
  cancel(item: T): void {
    const id = this.#ids.get(item);
    if (id === undefined) return;
    if (this.#lists[id] !== none) this.#unlink(id);
    this.#forget(item, id);
  }

  /** The deadline of `item`, if it has one. */
  deadlineOf(item: T): number | undefined {
    const id = this.#ids.get(item);
    return id === undefined || this.#lists[id] === none ? undefined : this.#deadlines[id];
  }

  /**
   * When {@link expire} is to be called next: not after the earliest deadline's millisecond, and before it at most
   * once a level, when a slot of a higher level has to move down. `undefined` if there is no deadline.
   */
  nextExpiry(): number | undefined {
    this.#forgetFired();
    if (this.#heads[dueList] !== none) return this.#origin + this.#elapsed;
    const level = this.#lowestLevel();
    return level === none ? undefined : this.#origin + this.#firstTick(level);
  }

  /**
   * Clears each deadline that is not after `now` and hands its item to `fire`, in the order of milliseconds.
   * What `fire` schedules for the past is handed out by the next call, so that this one ends.
   */
  expire(now: number, fire: (item: T) => void): void {
    for (let left = this.#count(dueList); left > 0; left--) {
      const id = this.#heads[dueList] as number;
      if (id === none) break;
      this.#fire(id, fire);
    }
    // Ticks begin anew every 12 days, so that they never outgrow 32 bits.
    for (;;) {
      this.#advance(Math.min(Math.floor(now - this.#origin), horizon), fire);
      if (this.#elapsed < horizon) return;
      this.#rebase();
    }
  }

  #advance(target: number, fire: (item: T) => void): void {
    while (target > this.#elapsed) {
      const level = this.#lowestLevel();
      const tick = level === none ? Infinity : this.#firstTick(level);
      if (tick > target) {
        this.#elapsed = target;
        return;
      }
      this.#elapsed = tick;
      // Nothing that `fire` schedules lands in this list: a slot's items differ from the present tick in its level.
      const list = level * slotsPerLevel + slotIndex(tick, level);
      for (let id = this.#heads[list] as number; id !== none; id = this.#heads[list] as number) {
        if ((this.#deadlines[id] as number) <= this.#origin + tick) {
          this.#fire(id, fire);
        } else {
          this.#unlink(id);
          this.#file(id);
        }
      }
    }
  }

  #fire(id: number, fire: (item: T) => void): void {
    const item = this.#items[id] as T;
    this.#unlink(id);
    this.#lists[id] = none;
    this.#fired.push(id);
    fire(item);
  }

  /** Forgets items that have set no deadline since they were handed out. */
  #forgetFired(): void {
    for (const id of this.#fired) {
      const item = this.#items[id];
      if (item !== undefined && this.#lists[id] === none) this.#forget(item, id);
    }
    this.#fired.length = 0;
  }

  /** Puts the id into the slot of its deadline. */
  #file(id: number): void {
    const away = Math.ceil((this.#deadlines[id] as number) - this.#origin) - this.#elapsed;
    let list: number = dueList;
    if (away > 0) {
      const tick = this.#elapsed + Math.min(away, horizon);
      const level = Math.floor((31 - Math.clz32(tick ^ this.#elapsed)) / slotBits);
      const slot = slotIndex(tick, level);
      this.#inUse[level] = (this.#inUse[level] as number) | (1 << slot);
      list = level * slotsPerLevel + slot;
    }
    const last = this.#tails[list] as number;
    this.#lists[id] = list;
    this.#previous[id] = last;
    this.#next[id] = none;
    if (last === none) this.#heads[list] = id;
    else this.#next[last] = id;
    this.#tails[list] = id;
  }

  #unlink(id: number): void {
    const list = this.#lists[id] as number;
    const next = this.#next[id] as number;
    const previous = this.#previous[id] as number;
    if (previous === none) this.#heads[list] = next;
    else this.#next[previous] = next;
    if (next === none) this.#tails[list] = previous;
    else this.#previous[next] = previous;
    if (list !== dueList && this.#heads[list] === none) {
      const level = list >>> slotBits;
      this.#inUse[level] = (this.#inUse[level] as number) & ~(1 << (list & (slotsPerLevel - 1)));
    }
  }

  #lowestLevel(): number {
    for (let level = 0; level < levels; level++) if (this.#inUse[level] !== 0) return level;
    return none;
  }

  /** The tick at which the first slot in use of a level begins. */
  #firstTick(level: number): number {
    const bits = this.#inUse[level] as number;
    const slot = 31 - Math.clz32(bits & -bits);
    const above = slotBits * (level + 1);
    const base = above < 31 ? (this.#elapsed >>> above) << above : 0;
    return base + slot * 2 ** (slotBits * level);
  }

  /** Makes the present tick 0. */
  #rebase(): void {
    this.#origin += this.#elapsed;
    this.#elapsed = 0;
    this.#heads.fill(none);
    this.#tails.fill(none);
    this.#inUse.fill(0);
    for (const id of this.#ids.values()) if (this.#lists[id] !== none) this.#file(id);
  }

  #count(list: number): number {
    let count = 0;
    for (let id = this.#heads[list] as number; id !== none; id = this.#next[id] as number) count++;
    return count;
  }

  #allocate(item: T): number {
    const id = this.#free;
    if (id !== none) {
      this.#free = this.#next[id] as number;
      this.#items[id] = item;
      return id;
    }
    if (this.#items.length === this.#next.length) this.#grow();
    return this.#items.push(item) - 1;
  }

  #forget(item: T, id: number): void {
    this.#ids.delete(item);
    this.#items[id] = undefined;
    this.#next[id] = this.#free;
    this.#free = id;
  }

  #grow(): void {
    const capacity = this.#next.length * 2;
    const enlarge = <A extends Float64Array | Int32Array | Int16Array>(to: A, from: A): A => {
      to.set(from);
      return to;
    };
    this.#deadlines = enlarge(new Float64Array(capacity), this.#deadlines);
    this.#next = enlarge(new Int32Array(capacity), this.#next);
    this.#previous = enlarge(new Int32Array(capacity), this.#previous);
    this.#lists = enlarge(new Int16Array(capacity), this.#lists);
  }
}

function slotIndex(tick: number, level: number): number {
  return (tick >>> (slotBits * level)) & (slotsPerLevel - 1);
}
