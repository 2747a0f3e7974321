import { counterNumber, interfaceColumn, interfaceRowLength } from '../native/index.js';
import type { SessionStats } from './data-plane.js';
import type { OperationResult } from './operations.js';

/** Counters of the kernel's L2TP: octets include the headers of L2TP and PPP, packets include PPP control frames. */
export function countersOf({ numbers }: OperationResult): SessionStats {
  const counter = (column: number): number => numbers[column] as number;
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

/** Counters of interfaces by index, from the rows of the addon: octets are those of IP and NCP packets. */
export function interfaceCounters({ octets }: OperationResult): Map<number, SessionStats> {
  const counters = new Map<number, SessionStats>();
  if (octets === undefined) return counters;
  const rows = new Float64Array(octets.buffer, octets.byteOffset, octets.byteLength >> 3);
  for (let at = 0; at < rows.length; at += interfaceRowLength) {
    const value = (column: number): number => rows[at + column] as number;
    counters.set(value(interfaceColumn.index), {
      rxPackets: value(interfaceColumn.rxPackets),
      rxBytes: value(interfaceColumn.rxBytes),
      rxErrors: value(interfaceColumn.rxErrors),
      rxSeqDiscards: 0,
      rxOutOfSequence: 0,
      txPackets: value(interfaceColumn.txPackets),
      txBytes: value(interfaceColumn.txBytes),
      txErrors: value(interfaceColumn.txErrors),
    });
  }
  return counters;
}
