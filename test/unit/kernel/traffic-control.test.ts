import { describe, expect, it } from 'vitest';
import { NetlinkBatch } from '../../../lib/kernel/netlink-batch.js';
import { addPolicers, addShaper, changePolicer } from '../../../lib/kernel/traffic-control.js';
import { noQueues, changeBatch } from '../../../lib/kernel/unit-batch.js';
import { hex } from '../../../lib/wire/index.js';

const names = (batch: NetlinkBatch) => Array.from({ length: batch.count }, (_, i) => batch.name(i));

describe('traffic control messages', () => {
  it('are octet for octet what linux/pkt_sched.h wants of a shaper', () => {
    const batch = new NetlinkBatch();
    addShaper(batch, 7, { down: 8_000_000, burstDown: 20_000 });
    // nlmsghdr: RTM_NEWQDISC, create and replace; tcmsg: index 7, handle 1:, root.
    const octets = hex(batch.messages());
    expect(octets.slice(8, 16)).toBe('24000005');
    expect(octets.slice(32, 72)).toBe('00000000' + '07000000' + '00000100' + 'ffffffff' + '00000000');
    // TCA_KIND "tbf"; in TCA_TBF_PARMS the rate of 1,000,000 octets a second.
    expect(octets).toContain('08000100' + '74626600');
    expect(octets).toContain('0801000000000000' + '40420f00');
    // TCA_TBF_RATE64, TCA_TBF_BURST.
    expect(octets).toContain('0c000400' + '40420f0000000000' + '08000600' + '204e0000');
    expect(names(batch)).toEqual(['RTM_NEWQDISC tbf', 'RTM_NEWQDISC fq_codel']);
  });

  it('give all policers one rate table, and the burst as time', () => {
    const batch = new NetlinkBatch();
    addPolicers(batch, 7, 'up', [{ index: 5, rate: 8_000_000, burst: 100_000 }]);
    const octets = hex(batch.messages());
    // Index, TC_ACT_SHOT, limit, burst of 0.1 s in ticks of 64 ns, mtu; a rate of 1 octet a second.
    expect(octets).toContain(
      '05000000' + '02000000' + '00000000' + '84d71700' + 'ffff0000' + '0801000000000000' + '01000000',
    );
    expect(octets).toContain('04040200' + '00'.repeat(1024));
    const change = new NetlinkBatch();
    changePolicer(change, { index: 5, rate: 16_000_000, burst: undefined });
    expect(hex(change.messages()).slice(8, 16)).toBe('30000005');
  });

  it('shape what is received in a device of its own, where that is asked for', () => {
    const rate = { up: 1e6, burstUp: 5000, shapeUp: true };
    const { batch, queues } = changeBatch(7, { rate }, 'ptp', noQueues, 0x2000_0001);
    expect(names(batch)).toEqual([
      'RTM_NEWQDISC clsact',
      'RTM_NEWLINK l2tpup20000001',
      'RTM_NEWQDISC tbf',
      'RTM_NEWQDISC fq_codel',
      'RTM_NEWTFILTER police up',
    ]);
    expect(queues).toEqual({ shaper: false, policer: false, clsact: true, upShaper: true });
    const octets = hex(batch.messages());
    // struct ifinfomsg with the index that was chosen, up; TCA_TBF_BURST on it.
    expect(octets).toContain('00000000' + '01000020' + '01000000' + '01000000');
    expect(octets).toContain('08000600' + '88130000');
    // struct tc_mirred: TC_ACT_STOLEN, TCA_EGRESS_REDIR to that index.
    expect(octets).toContain(
      '20000200' + '00000000'.repeat(2) + '04000000' + '00000000'.repeat(2) + '01000000' + '01000020',
    );
    expect(names(changeBatch(7, { rate }, 'ptp', queues, 0x2000_0001).batch)).toEqual([
      'RTM_NEWQDISC tbf',
      'RTM_NEWQDISC fq_codel',
    ]);
  });

  it('change what is there, and make what is not', () => {
    const change = (queues: typeof noQueues) =>
      changeBatch(7, { rate: { down: 1e6, up: 1e6 } }, 'ptp', queues, 1);
    expect(names(change(noQueues).batch)).toEqual([
      'RTM_NEWQDISC tbf',
      'RTM_NEWQDISC fq_codel',
      'RTM_NEWQDISC clsact',
      'RTM_NEWTFILTER police up',
    ]);
    const all = { shaper: true, policer: true, clsact: true, upShaper: false };
    expect(change(noQueues).queues).toEqual(all);
    expect(names(change(all).batch)).toEqual([
      'RTM_NEWQDISC tbf',
      'RTM_NEWQDISC fq_codel',
      'RTM_NEWACTION police',
    ]);
  });
});
