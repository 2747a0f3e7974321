/** What a sample holds, in this order. Rates are in bit/s, lag and latency in ms. */
export const sampleFields = [
  'sessions',
  'tunnels',
  'callsInProgress',
  'callsPerSecond',
  'failuresPerSecond',
  'rxRate',
  'txRate',
  'eventLoopLag',
  'cpu',
  'memory',
] as const;
export type SampleField = (typeof sampleFields)[number];
export type Sample = Readonly<Record<SampleField, number>>;

/** Samples at one distance, the oldest overwritten first. */
class Series {
  readonly step: number;
  readonly #capacity: number;
  readonly #rows: Float64Array;
  readonly #times: Float64Array;
  #next = 0;
  #size = 0;

  /** @param step ms between samples */
  constructor(step: number, capacity: number) {
    this.step = step;
    this.#capacity = capacity;
    this.#rows = new Float64Array(capacity * sampleFields.length);
    this.#times = new Float64Array(capacity);
  }

  push(time: number, sample: Sample): void {
    const row = this.#next * sampleFields.length;
    for (const [column, field] of sampleFields.entries()) this.#rows[row + column] = sample[field];
    this.#times[this.#next] = time;
    this.#next = (this.#next + 1) % this.#capacity;
    this.#size = Math.min(this.#size + 1, this.#capacity);
  }

  /** Column by column, as charts want it. */
  read(since: number): HistoryColumns {
    const places: number[] = [];
    for (let age = this.#size; age > 0; age--) {
      const place = (this.#next - age + this.#capacity) % this.#capacity;
      if ((this.#times[place] as number) > since) places.push(place);
    }
    const column = (offset: number): number[] =>
      places.map((place) => this.#rows[place * sampleFields.length + offset] as number);
    return {
      step: this.step,
      time: places.map((place) => this.#times[place] as number),
      series: Object.fromEntries(sampleFields.map((field, offset) => [field, column(offset)])) as Record<
        SampleField,
        number[]
      >,
    };
  }
}

export interface HistoryColumns {
  /** Milliseconds between samples. */
  readonly step: number;
  /** Milliseconds since the epoch, one a sample. */
  readonly time: readonly number[];
  readonly series: Readonly<Record<SampleField, readonly number[]>>;
}

/** Distance of the fine samples in ms. */
export const sampleInterval = 5000;
const fineSamples = 720;
const coarseInterval = 300_000;
const coarseSamples = 2016;

/** Samples of the last hour every five seconds, and of the last week every five minutes, in fixed memory. */
export class History {
  readonly #fine = new Series(sampleInterval, fineSamples);
  readonly #coarse = new Series(coarseInterval, coarseSamples);
  #sums: Record<SampleField, number> = zero();
  #summed = 0;
  #coarseAt: number | undefined;

  /** @param time milliseconds since the epoch */
  push(time: number, sample: Sample): void {
    this.#fine.push(time, sample);
    for (const field of sampleFields) this.#sums[field] += sample[field];
    this.#summed += 1;
    this.#coarseAt ??= time;
    if (time - this.#coarseAt < coarseInterval) return;
    const mean = zero();
    for (const field of sampleFields) mean[field] = this.#sums[field] / this.#summed;
    this.#coarse.push(time, mean);
    this.#sums = zero();
    this.#summed = 0;
    this.#coarseAt = time;
  }

  /** @param since leaves out what is not later, in milliseconds since the epoch */
  read(resolution: 'fine' | 'coarse', since = 0): HistoryColumns {
    return (resolution === 'fine' ? this.#fine : this.#coarse).read(since);
  }
}

const zero = (): Record<SampleField, number> =>
  Object.fromEntries(sampleFields.map((field) => [field, 0])) as Record<SampleField, number>;
