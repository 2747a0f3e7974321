import type { DatagramSink, FrameSink } from './control-io.js';
import type { EthernetSink } from './ethernet-io.js';

/** A sink by what is handed to it: each row of a batch says which of the methods it wants. */
export type Sink = Partial<DatagramSink & FrameSink & EthernetSink>;

// A tag: generation in bits 20..30, index in bits 0..19, like the addon's handles. Never 0.
const indexBits = 20;
const maxSinks = 1 << indexBits;
const generationMask = 0x7ff;

/**
 * Who takes what is read from which descriptor: the addon keeps a sink's tag with the descriptor and puts it into
 * each row. A tag of a sink that is gone finds nothing, also when its place is taken again.
 */
export class SinkTable {
  readonly #sinks: (Sink | undefined)[] = [];
  readonly #generations: number[] = [];
  readonly #free: number[] = [];

  /** @throws RangeError when there are 2^20 sinks */
  register(sink: Sink): number {
    let index = this.#free.pop();
    if (index === undefined) {
      index = this.#sinks.length;
      if (index === maxSinks) throw new RangeError('no room for another descriptor');
      this.#generations.push(1);
    }
    this.#sinks[index] = sink;
    return ((this.#generations[index] as number) << indexBits) | index;
  }

  get(tag: number): Sink | undefined {
    const index = tag & (maxSinks - 1);
    return this.#generations[index] === tag >>> indexBits ? this.#sinks[index] : undefined;
  }

  unregister(tag: number): void {
    if (this.get(tag) === undefined) return;
    const index = tag & (maxSinks - 1);
    this.#sinks[index] = undefined;
    this.#generations[index] = ((this.#generations[index] as number) + 1) & generationMask || 1;
    this.#free.push(index);
  }
}
