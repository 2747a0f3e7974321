/**
 * Sequence numbers of one session's data messages, as they are agreed on and follow the peer (RFC 2661 section 5.4).
 * For frames that pass through user space; the kernel does the same for its sessions.
 */
export class DataSequencing {
  readonly #required: boolean;
  readonly #lns: boolean;
  #enabled: boolean;
  #ns = 0;
  #expected = 0;

  /**
   * @param role which end we are: the LNS decides, the LAC follows what it receives
   * @param required whether Sequencing Required was in ICCN or OCCN: then it is never turned off
   * @param enabled whether the LNS starts with sequence numbers
   */
  constructor(role: 'lac' | 'lns', required: boolean, enabled = false) {
    this.#lns = role === 'lns';
    this.#required = required;
    this.#enabled = required || (this.#lns && enabled);
  }

  /** Whether the next message that we send is to carry a sequence number. */
  get enabled(): boolean {
    return this.#enabled;
  }

  /** Turns sequence numbers on or off; they go on where they left off. Only for the LNS, and not if required. */
  enable(enabled: boolean): void {
    if (this.#lns && !this.#required) this.#enabled = enabled;
  }

  /** Ns of the next data message that we send; `undefined` for none. */
  nextNs(): number | undefined {
    if (!this.#enabled) return undefined;
    const ns = this.#ns;
    this.#ns = (ns + 1) & 0xffff;
    return ns;
  }

  /**
   * Takes the Ns (or its absence) of a data message that was received.
   * @returns `late` for one that is not newer than the last: a duplicate, or overtaken; `missing` for one without
   * the sequence number that is required; else `ok`
   */
  receive(ns: number | undefined): 'ok' | 'late' | 'missing' {
    if (ns === undefined) {
      if (this.#required) return 'missing';
      if (!this.#lns) this.#enabled = false;
      return 'ok';
    }
    if (!this.#lns) this.#enabled = true;
    if (((ns - this.#expected) & 0xffff) >= 0x8000) return 'late';
    this.#expected = (ns + 1) & 0xffff;
    return 'ok';
  }
}
