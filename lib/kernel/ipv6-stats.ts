import type { Ipv6Stats } from './data-plane.js';
import type { OperationResult } from './operations.js';

/** The lines of `/proc/net/dev_snmp6` that are needed (net/ipv6/proc.c). */
const wanted = new Set([
  'Ip6InReceives',
  'Ip6InOctets',
  'Ip6OutTransmits',
  'Ip6OutRequests',
  'Ip6OutForwDatagrams',
  'Ip6OutOctets',
]);

/** The IPv6 counters in the kernel's lines of an interface; `undefined` without all that are needed. */
export function ipv6Stats({ octets }: OperationResult): Ipv6Stats | undefined {
  if (octets === undefined) return undefined;
  const counters = new Map<string, number>();
  for (const line of new TextDecoder('latin1').decode(octets).split('\n')) {
    const [name = '', value] = line.split(/\s+/);
    if (wanted.has(name)) counters.set(name, Number(value));
  }
  const counter = (name: string): number => counters.get(name) ?? Number.NaN;
  const stats = {
    rxPackets: counter('Ip6InReceives'),
    rxBytes: counter('Ip6InOctets'),
    // Before Linux 6.7 what is sent is what this host makes and what it forwards.
    txPackets: counters.get('Ip6OutTransmits') ?? counter('Ip6OutRequests') + counter('Ip6OutForwDatagrams'),
    txBytes: counter('Ip6OutOctets'),
  };
  return Object.values(stats).every(Number.isSafeInteger) ? stats : undefined;
}
