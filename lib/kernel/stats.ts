import {
  counterNumber,
  interfaceColumn,
  interfaceRowLength,
  sessionStatsColumn,
  sessionStatsRowLength,
} from '../native/index.js';
import type { SessionStats, StatsTable } from './data-plane.js';
import type { OperationResult } from './operations.js';

/** Of a session that has carried nothing. */
export const noStats: SessionStats = {
  rxPackets: 0,
  rxBytes: 0,
  rxErrors: 0,
  rxSeqDiscards: 0,
  rxOutOfSequence: 0,
  txPackets: 0,
  txBytes: 0,
  txErrors: 0,
};

/** Counters of the kernel's L2TP: octets include the headers of L2TP and PPP, packets include PPP control frames. */
export const countersOf = ({ numbers }: OperationResult): SessionStats => countersAt(numbers, 0);

function countersAt(numbers: Float64Array, at: number): SessionStats {
  const counter = (column: number): number => numbers[at + column] as number;
  return {
    rxPackets: counter(counterNumber.rxPackets),
    rxBytes: counter(counterNumber.rxBytes),
    rxErrors: counter(counterNumber.rxErrors),
    rxSeqDiscards: counter(counterNumber.rxSeqDiscards),
    rxOutOfSequence: counter(counterNumber.rxOutOfSequence),
    txPackets: counter(counterNumber.txPackets),
    txBytes: counter(counterNumber.txBytes),
    txErrors: counter(counterNumber.txErrors),
  };
}

/** struct if_stats_msg, after the message's header; then one attribute, `rtnl_link_stats64` (linux/if_link.h). */
const linkStatsAt = 16 + 12 + 4;
const linkStatsColumns = 6;

/** The counters in the kernel's answer to `RtnlBatch.getStats`. @throws Error for an answer without them */
export function linkStats({ octets }: OperationResult): SessionStats {
  if (octets === undefined || octets.length < linkStatsAt + linkStatsColumns * 8) {
    throw new Error('the kernel gave no counters of the interface');
  }
  const at = octets.byteOffset + linkStatsAt;
  const values = new BigUint64Array(octets.buffer.slice(at, at + linkStatsColumns * 8));
  const [rxPackets = 0, txPackets = 0, rxBytes = 0, txBytes = 0, rxErrors = 0, txErrors = 0] = Array.from(
    values,
    Number,
  );
  return {
    rxPackets,
    rxBytes,
    rxErrors,
    rxSeqDiscards: 0,
    rxOutOfSequence: 0,
    txPackets,
    txBytes,
    txErrors,
  };
}

/** Interfaces that there is room for at first, and how much more than needed is taken when they do not fit. */
const firstRows = 64;
const spare = 1.25;

/**
 * Counters of a network namespace's interfaces by index, in rows that the addon writes and that stay: of ten thousands
 * of interfaces most have not changed since they were last looked at. Octets are those of IP and NCP packets.
 */
export class InterfaceRows implements StatsTable {
  #rows = new Float64Array(firstRows * interfaceRowLength);
  /** Where each row begins, in the order of the indices: not all kernels list them so. */
  #starts = new Uint32Array(firstRows);
  #count = 0;

  /**
   * Has the rows written anew. Not while another call is under way; what was read before is gone.
   * @param write fills the rows and resolves with how many there are, which may be more than fit
   */
  async read(write: (rows: Float64Array) => Promise<number>): Promise<void> {
    this.#count = 0;
    let count = await write(this.#rows);
    while (count > this.#starts.length) {
      this.#starts = new Uint32Array(Math.ceil(count * spare));
      this.#rows = new Float64Array(this.#starts.length * interfaceRowLength);
      count = await write(this.#rows);
    }
    this.#count = count;
    this.#order();
  }

  #order(): void {
    const indexAt = (start: number): number => this.#rows[start + interfaceColumn.index] as number;
    let ascending = true;
    for (let row = 0, last = 0; row < this.#count; row++) {
      const start = row * interfaceRowLength;
      this.#starts[row] = start;
      ascending &&= indexAt(start) > last;
      last = indexAt(start);
    }
    if (!ascending) this.#starts.subarray(0, this.#count).sort((one, other) => indexAt(one) - indexAt(other));
  }

  get(interfaceIndex: number, known?: SessionStats): SessionStats | undefined {
    const row = this.#find(interfaceIndex);
    if (row === undefined) return undefined;
    return known !== undefined && this.#holds(row, known) ? known : this.#at(row);
  }

  #find(interfaceIndex: number): number | undefined {
    let from = 0;
    let to = this.#count;
    while (from < to) {
      const middle = (from + to) >> 1;
      const at = this.#starts[middle] as number;
      const index = this.#rows[at + interfaceColumn.index] as number;
      if (index === interfaceIndex) return at;
      if (index < interfaceIndex) from = middle + 1;
      else to = middle;
    }
    return undefined;
  }

  #holds(row: number, known: SessionStats): boolean {
    const rows = this.#rows;
    return (
      rows[row + interfaceColumn.rxPackets] === known.rxPackets &&
      rows[row + interfaceColumn.txPackets] === known.txPackets &&
      rows[row + interfaceColumn.rxBytes] === known.rxBytes &&
      rows[row + interfaceColumn.txBytes] === known.txBytes &&
      rows[row + interfaceColumn.rxErrors] === known.rxErrors &&
      rows[row + interfaceColumn.txErrors] === known.txErrors
    );
  }

  #at(row: number): SessionStats {
    const value = (column: number): number => this.#rows[row + column] as number;
    return {
      rxPackets: value(interfaceColumn.rxPackets),
      rxBytes: value(interfaceColumn.rxBytes),
      rxErrors: value(interfaceColumn.rxErrors),
      rxSeqDiscards: 0,
      rxOutOfSequence: 0,
      txPackets: value(interfaceColumn.txPackets),
      txBytes: value(interfaceColumn.txBytes),
      txErrors: value(interfaceColumn.txErrors),
    };
  }
}

/** The key of an L2TP session among all: tunnel ids and session ids have 16 bits (RFC 2661 section 3.1). */
export const sessionStatsKey = (tunnelId: number, sessionId: number): number =>
  tunnelId * 0x1_0000 + sessionId;

/** Counters of L2TP sessions by {@link sessionStatsKey}, from the rows of the addon. See {@link countersOf}. */
export function sessionCounters({ octets }: OperationResult): Map<number, SessionStats> {
  const counters = new Map<number, SessionStats>();
  if (octets === undefined) return counters;
  const rows = new Float64Array(octets.buffer, octets.byteOffset, octets.byteLength >> 3);
  for (let at = 0; at < rows.length; at += sessionStatsRowLength) {
    const key = sessionStatsKey(
      rows[at + sessionStatsColumn.tunnelId] as number,
      rows[at + sessionStatsColumn.sessionId] as number,
    );
    counters.set(key, countersAt(rows, at + sessionStatsColumn.counters));
  }
  return counters;
}
