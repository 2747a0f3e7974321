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
