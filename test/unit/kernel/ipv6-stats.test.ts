import { describe, expect, it } from 'vitest';
import { ipv6Stats } from '../../../lib/kernel/ipv6-stats.js';

const answer = (lines: Record<string, number>): Parameters<typeof ipv6Stats>[0] => ({
  numbers: new Float64Array(0),
  octets: Buffer.from(
    Object.entries(lines)
      .map(([name, value]) => `${name.padEnd(32)}\t${value}\n`)
      .join(''),
  ),
});
const old = {
  ifIndex: 7,
  Ip6InReceives: 1,
  Ip6InDelivers: 90,
  Ip6OutForwDatagrams: 20,
  Ip6OutRequests: 3,
  Ip6InOctets: 5,
  Ip6OutOctets: 6,
  Icmp6InMsgs: 91,
};

describe('IPv6 counters of an interface', () => {
  it('are found by name, before Linux 6.7', () => {
    expect(ipv6Stats(answer(old))).toEqual({ rxPackets: 1, rxBytes: 5, txPackets: 23, txBytes: 6 });
  });

  it('are found by name, later', () => {
    expect(ipv6Stats(answer({ ...old, Ip6OutTransmits: 22 }))).toEqual({
      rxPackets: 1,
      rxBytes: 5,
      txPackets: 22,
      txBytes: 6,
    });
  });

  it('are missing where the kernel has no IPv6, or says less', () => {
    for (const lines of [{}, { ...old, Ip6InOctets: undefined }, { Ip6InReceives: 1, Ip6InOctets: 2 }]) {
      const given = Object.entries(lines).filter(
        (entry): entry is [string, number] => entry[1] !== undefined,
      );
      expect(ipv6Stats(answer(Object.fromEntries(given)))).toBeUndefined();
    }
    expect(ipv6Stats({ numbers: new Float64Array(0), octets: undefined })).toBeUndefined();
  });
});
