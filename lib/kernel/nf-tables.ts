import { NetlinkBatch } from './netlink-batch.js';

// linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h
export const NETLINK_NETFILTER = 12;
export const NFPROTO_INET = 1;
export const NFNL_SUBSYS_NFTABLES = 10;
export const NLM_F_CREATE = 0x400;
export const NFTA_LIST_ELEM = 1;
export const NFTA_DATA_VALUE = 1;
const NFNL_MSG_BATCH_BEGIN = 16;
const NFNL_MSG_BATCH_END = 17;

/** Begins a message with struct nfgenmsg. */
export function nfHeader(
  batch: NetlinkBatch,
  type: number,
  flags: number,
  family: number,
  resource: number,
): NetlinkBatch {
  batch.begin(type, flags, 'nfnetlink');
  batch.u8x4(family, 0, 0, resource);
  return batch;
}

/** Changes of nf_tables that the kernel makes all or none. */
export function nfBatch(write: (batch: NetlinkBatch) => void): Uint8Array {
  const batch = new NetlinkBatch();
  nfHeader(batch, NFNL_MSG_BATCH_BEGIN, 0, 0, NFNL_SUBSYS_NFTABLES).end();
  write(batch);
  nfHeader(batch, NFNL_MSG_BATCH_END, 0, 0, NFNL_SUBSYS_NFTABLES).end();
  return batch.messages();
}
