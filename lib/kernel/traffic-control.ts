import { endianness } from 'node:os';
import type { UnitRate } from './data-plane.js';
import type { NetlinkBatch } from './netlink-batch.js';

// linux/rtnetlink.h, linux/pkt_sched.h, linux/pkt_cls.h
const RTM_NEWQDISC = 36;
const RTM_NEWTFILTER = 44;
const RTM_NEWACTION = 48;
const NLM_F_REPLACE = 0x100;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const TCA_KIND = 1;
const TCA_OPTIONS = 2;
const TC_H_ROOT = 0xffff_ffff;
const TC_H_CLSACT = 0xffff_fff1;
const TC_H_MIN_INGRESS = 0xffff_fff2;
const TC_H_MIN_EGRESS = 0xffff_fff3;
const TC_LINKLAYER_ETHERNET = 1;
const TCA_TBF_PARMS = 1;
const TCA_TBF_RATE64 = 4;
const TCA_TBF_BURST = 6;
const TCA_FQ_CODEL_TARGET = 1;
const TCA_FQ_CODEL_LIMIT = 2;
const TCA_FQ_CODEL_INTERVAL = 3;
const TCA_FQ_CODEL_FLOWS = 5;
const TCA_MATCHALL_ACT = 2;
const TCA_ACT_TAB = 1;
const TCA_ACT_KIND = 1;
const TCA_ACT_OPTIONS = 2;
const TCA_POLICE_TBF = 1;
const TCA_POLICE_RATE = 2;
const TCA_POLICE_RESULT = 5;
const TCA_POLICE_RATE64 = 8;
const TC_RTAB_SIZE = 1024;
const TC_ACT_SHOT = 2;
const TC_ACT_PIPE = 3;
const TC_ACT_STOLEN = 4;
const TCA_MIRRED_PARMS = 2;
const TCA_EGRESS_REDIR = 1;

const shaperHandle = 0x0001_0000;
const queueHandle = 0x0002_0000;
const clsactHandle = 0xffff_0000;
/** Priority 1, all protocols (ETH_P_ALL in network order). */
const filterInfo = (1 << 16) | (endianness() === 'LE' ? 0x0300 : 0x0003);
/** Nanoseconds of a tick in which the kernel takes times (PSCHED_SHIFT in net/pkt_sched.h). */
const tick = 64;

/** Few flows, so that the queue of a session takes 6 kB of the kernel instead of 81. */
const queueFlows = 64;
const queueLimit = 512;
/** Seconds of traffic that pass at once: downstream a queue waits, upstream only the bucket evens TCP out. */
const shaperBurst = 0.03;
const policerBurst = 0.3;
const leastBurst = 3200;
const leastPolicerBurst = 16_000;
/** What is no limit any more keeps its queue, whose removal would drop packets. bit/s. */
const unlimited = 1e12;

/** Directions of a session's traffic as the kernel's interface sees them. */
export type Direction = 'up' | 'down';

/** A rate that a policer holds. The same index is the same bucket, for whatever interface. */
export interface Policer {
  readonly index: number;
  /** bit/s. */
  readonly rate: number;
  /** Octets; chosen from the rate unless given. */
  readonly burst: number | undefined;
}

/** The policer of the upstream rate of a session. */
export const upstreamPolicer = (index: number, { up, burstUp }: UnitRate): Policer => ({
  index,
  rate: up ?? unlimited,
  burst: burstUp,
});

/** Shapes what leaves through the interface: a token bucket, and a fair queue below it (tc-tbf, tc-fq_codel). */
export function addShaper(batch: NetlinkBatch, interfaceIndex: number, rate: UnitRate): void {
  shaper(batch, interfaceIndex, rate);
  queue(batch, interfaceIndex, rate, true);
}

/** Gives the shaper another rate; what waits in it stays. */
export function changeShaper(batch: NetlinkBatch, interfaceIndex: number, rate: UnitRate): void {
  shaper(batch, interfaceIndex, rate);
  queue(batch, interfaceIndex, rate, false);
}

/** Where policers hang: what comes in and goes out passes them before anything else (tc-bpf's clsact). */
export function addClsact(batch: NetlinkBatch, interfaceIndex: number): void {
  batch.begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, 'RTM_NEWQDISC clsact');
  tcMessage(batch, interfaceIndex, clsactHandle, TC_H_CLSACT, 0);
  batch.text(TCA_KIND, 'clsact');
  batch.end();
}

/**
 * Drops what is beyond the rates of all of these; a policer whose index exists is shared as it is.
 * @param redirect index of an interface through which the rest passes once more
 */
export function addPolicers(
  batch: NetlinkBatch,
  interfaceIndex: number,
  direction: Direction,
  policers: readonly Policer[],
  redirect?: number,
): void {
  batch.begin(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, `RTM_NEWTFILTER police ${direction}`);
  const parent = direction === 'up' ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
  tcMessage(batch, interfaceIndex, 1, parent, filterInfo);
  batch.text(TCA_KIND, 'matchall');
  const options = batch.nest(TCA_OPTIONS);
  const actions = batch.nest(TCA_MATCHALL_ACT);
  for (const [i, policer] of policers.entries()) police(batch, i + 1, policer);
  if (redirect !== undefined) mirred(batch, policers.length + 1, redirect);
  batch.unnest(actions);
  batch.unnest(options);
  batch.end();
}

/** Gives a policer another rate. */
export function changePolicer(batch: NetlinkBatch, policer: Policer): void {
  batch.begin(RTM_NEWACTION, NLM_F_CREATE | NLM_F_REPLACE, 'RTM_NEWACTION police');
  batch.u32(0); // struct tcamsg
  const table = batch.nest(TCA_ACT_TAB);
  police(batch, 1, policer);
  batch.unnest(table);
  batch.end();
}

function shaper(
  batch: NetlinkBatch,
  interfaceIndex: number,
  { down = unlimited, burstDown }: UnitRate,
): void {
  batch.begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, 'RTM_NEWQDISC tbf');
  tcMessage(batch, interfaceIndex, shaperHandle, TC_H_ROOT, 0);
  batch.text(TCA_KIND, 'tbf');
  const octets = octetsPerSecond(down);
  const burst = burstDown ?? Math.max(leastBurst, Math.round(octets * shaperBurst));
  const options = batch.nest(TCA_OPTIONS);
  batch.attributeHead(TCA_TBF_PARMS, 36);
  rateSpec(batch, octets);
  rateSpec(batch, 0);
  batch.u32(Math.min(0x7fff_ffff, burst + queueLimit * 1500)); // limit
  batch.u32(0); // buffer: TCA_TBF_BURST instead
  batch.u32(0);
  u64(batch, TCA_TBF_RATE64, octets);
  batch.number(TCA_TBF_BURST, Math.min(0x7fff_ffff, burst));
  batch.unnest(options);
  batch.end();
}

function queue(
  batch: NetlinkBatch,
  interfaceIndex: number,
  { down = unlimited }: UnitRate,
  isNew: boolean,
): void {
  batch.begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, 'RTM_NEWQDISC fq_codel');
  tcMessage(batch, interfaceIndex, queueHandle, shaperHandle + 1, 0);
  batch.text(TCA_KIND, 'fq_codel');
  // A slow link needs longer for two packets than the queue is meant to last (RFC 8289 section 4.4).
  const target = Math.max(5000, Math.round((2 * 1500 * 8 * 1e6) / down));
  const options = batch.nest(TCA_OPTIONS);
  batch.number(TCA_FQ_CODEL_TARGET, target);
  batch.number(TCA_FQ_CODEL_INTERVAL, Math.max(100_000, target * 20));
  batch.number(TCA_FQ_CODEL_LIMIT, queueLimit);
  if (isNew) batch.number(TCA_FQ_CODEL_FLOWS, queueFlows);
  batch.unnest(options);
  batch.end();
}

function police(batch: NetlinkBatch, place: number, { index, rate, burst }: Policer): void {
  const octets = octetsPerSecond(rate);
  const bucket = burst ?? Math.max(leastPolicerBurst, octets * policerBurst);
  const action = batch.nest(place);
  batch.text(TCA_ACT_KIND, 'police');
  const options = batch.nest(TCA_ACT_OPTIONS);
  batch.attributeHead(TCA_POLICE_TBF, 56);
  batch.u32(index);
  batch.u32(TC_ACT_SHOT);
  batch.u32(0); // limit
  batch.u32(Math.min(0xffff_ffff, Math.max(1, Math.round((bucket / octets) * (1e9 / tick)))));
  batch.u32(0xffff); // mtu
  // The kernel wants a table for each rate in 32 bits, and walks a list of them: all have this one.
  rateSpec(batch, 1);
  rateSpec(batch, 0);
  for (let i = 0; i < 3; i++) batch.u32(0); // refcnt, bindcnt, capab
  batch.attribute(TCA_POLICE_RATE, rateTable);
  batch.number(TCA_POLICE_RESULT, TC_ACT_PIPE);
  u64(batch, TCA_POLICE_RATE64, octets);
  batch.unnest(options);
  batch.unnest(action);
}

/** Hands packets over to another interface, as if it sent them (tc-mirred). */
function mirred(batch: NetlinkBatch, place: number, interfaceIndex: number): void {
  const action = batch.nest(place);
  batch.text(TCA_ACT_KIND, 'mirred');
  const options = batch.nest(TCA_ACT_OPTIONS);
  batch.attributeHead(TCA_MIRRED_PARMS, 28);
  batch.u32(0); // index: the kernel chooses
  batch.u32(0); // capab
  batch.u32(TC_ACT_STOLEN);
  batch.u32(0); // refcnt, bindcnt
  batch.u32(0);
  batch.u32(TCA_EGRESS_REDIR);
  batch.u32(interfaceIndex);
  batch.unnest(options);
  batch.unnest(action);
}

const rateTable = new Uint8Array(TC_RTAB_SIZE);

const octetsPerSecond = (bits: number): number => Math.max(1, Math.round(bits / 8));

/** struct tcmsg. */
function tcMessage(
  batch: NetlinkBatch,
  interfaceIndex: number,
  handle: number,
  parent: number,
  info: number,
): void {
  batch.u32(0); // family
  batch.interface(interfaceIndex);
  batch.u32(handle);
  batch.u32(parent);
  batch.u32(info);
}

/** struct tc_ratespec, in octets a second; what does not fit is told by the attribute of 64 bits. */
function rateSpec(batch: NetlinkBatch, octets: number): void {
  const used = octets > 0;
  // cell_log, linklayer, overhead; cell_align, mpu
  batch.u8x4(used ? 8 : 0, used ? TC_LINKLAYER_ETHERNET : 0, 0, 0);
  batch.u32(0);
  batch.u32(Math.min(0xffff_ffff, octets));
}

function u64(batch: NetlinkBatch, type: number, value: number): void {
  const low = value % 0x1_0000_0000;
  const high = Math.floor(value / 0x1_0000_0000);
  batch.attributeHead(type, 8);
  batch.u32(endianness() === 'LE' ? low : high);
  batch.u32(endianness() === 'LE' ? high : low);
}
