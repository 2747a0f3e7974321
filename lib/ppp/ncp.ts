import { ControlProtocol } from './control-protocol.js';
import type { FinishReason, Link, Negotiation } from './link.js';
import type { OptionTable } from './negotiation.js';

/** What a network control protocol tells the network phase. */
export interface NcpOwner extends Link {
  /** The kernel is ready, and nothing else keeps the network layer from opening. */
  readonly mayOpen: boolean;
  /** A layer waits for {@link mayOpen}, and what it will be opened with is known. */
  ncpSettled(): void;
  ncpUp(ncp: Ncp<Negotiation>, now: number): void;
  ncpDown(ncp: Ncp<Negotiation>, now: number): void;
  ncpFinished(ncp: Ncp<Negotiation>, reason: FinishReason, now: number): void;
}

/** A network control protocol: the automaton, options, and an Ack that waits until the kernel is ready. */
export abstract class Ncp<N extends Negotiation> extends ControlProtocol<N> {
  protected readonly owner: NcpOwner;
  #finished = false;

  constructor(protocol: number, table: OptionTable<N>, negotiation: N, owner: NcpOwner) {
    super(protocol, table, negotiation, owner);
    this.owner = owner;
  }

  /** It may still open, or is open. */
  get alive(): boolean {
    return !this.#finished || this.active;
  }

  /**
   * Its Ack is held and the values of both ends are known. The peer's own Ack is not waited for: two ends that both
   * did would wait for each other.
   */
  get settled(): boolean {
    return this.held && (this.ready || this.known);
  }

  /** The values of this end are known, if not yet acknowledged. */
  protected abstract get known(): boolean;

  /** Begins to negotiate, once. */
  begin(now: number): void {
    this.open(now);
    this.up(now);
  }

  protected override mayAcknowledge(): boolean {
    return this.owner.mayOpen;
  }

  protected override onHeld(): void {
    if (this.settled) this.owner.ncpSettled();
  }

  protected override onUp(now: number): void {
    this.#finished = false;
    this.owner.ncpUp(this, now);
  }

  protected override onDown(now: number): void {
    this.owner.ncpDown(this, now);
  }

  protected override onFinished(reason: FinishReason, now: number): void {
    this.#finished = true;
    this.owner.ncpFinished(this, reason, now);
  }
}
