import type { FilterMember, FilterSets } from './filter-sets.js';

/** The named sets that one session is in. */
export class SessionFilters {
  #names: readonly string[] = [];
  #member: FilterMember = { interfaceName: '', ipv4: undefined };

  /** What of the session joins sets from now on. */
  set member(member: FilterMember) {
    this.#member = member;
  }

  /** Joins those of the sets that it is not in, and leaves the others. @throws KernelError; then nothing has changed */
  async change(sets: FilterSets, names: readonly string[]): Promise<void> {
    const before = this.#names;
    await sets.join(
      names.filter((name) => !before.includes(name)),
      this.#member,
    );
    this.#names = names;
    await sets.leave(
      before.filter((name) => !names.includes(name)),
      this.#member,
    );
  }

  /** The session ends. */
  leaveAll(sets: FilterSets): void {
    if (this.#names.length > 0) void sets.leave(this.#names, this.#member);
  }
}
