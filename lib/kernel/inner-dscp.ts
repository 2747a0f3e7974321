import { lane } from '../native/index.js';
import type { NetlinkBatch } from './netlink-batch.js';
import {
  nfBatch,
  nfHeader,
  NFNL_SUBSYS_NFTABLES,
  NFTA_DATA_VALUE,
  NFTA_LIST_ELEM,
  NLM_F_CREATE,
  NETLINK_NETFILTER,
  NFPROTO_INET,
} from './nf-tables.js';
import type { KernelOperations } from './operations.js';

// linux/netfilter/nf_tables.h
const NFT_MSG_NEWTABLE = 0;
const NFT_MSG_DELTABLE = 2;
const NFT_MSG_NEWCHAIN = 3;
const NFT_MSG_NEWRULE = 6;
const NLM_F_APPEND = 0x800;
const NFTA_TABLE_NAME = 1;
const NFTA_CHAIN_TABLE = 1;
const NFTA_CHAIN_NAME = 3;
const NFTA_CHAIN_HOOK = 4;
const NFTA_CHAIN_TYPE = 7;
const NFTA_HOOK_HOOKNUM = 1;
const NFTA_HOOK_PRIORITY = 2;
const NF_INET_LOCAL_OUT = 3;
const manglePriority = -150;
const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_EXPR_NAME = 1;
const NFTA_EXPR_DATA = 2;
const NFT_REG_1 = 1;
const NFTA_META_DREG = 1;
const NFTA_META_KEY = 2;
const NFT_META_NFPROTO = 15;
const NFT_META_L4PROTO = 16;
const NFTA_CMP_SREG = 1;
const NFTA_CMP_OP = 2;
const NFTA_CMP_DATA = 3;
const NFT_CMP_EQ = 0;
const NFTA_PAYLOAD_DREG = 1;
const NFTA_PAYLOAD_BASE = 2;
const NFTA_PAYLOAD_OFFSET = 3;
const NFTA_PAYLOAD_LEN = 4;
const NFTA_PAYLOAD_SREG = 5;
const NFTA_PAYLOAD_CSUM_TYPE = 6;
const NFTA_PAYLOAD_CSUM_OFFSET = 7;
const NFT_PAYLOAD_NETWORK_HEADER = 1;
const NFT_PAYLOAD_TRANSPORT_HEADER = 2;
const NFT_PAYLOAD_CSUM_INET = 1;
const NFTA_BYTEORDER_SREG = 1;
const NFTA_BYTEORDER_DREG = 2;
const NFTA_BYTEORDER_OP = 3;
const NFTA_BYTEORDER_LEN = 4;
const NFTA_BYTEORDER_SIZE = 5;
const NFT_BYTEORDER_NTOH = 0;
const NFT_BYTEORDER_HTON = 1;
const NFTA_BITWISE_SREG = 1;
const NFTA_BITWISE_DREG = 2;
const NFTA_BITWISE_LEN = 3;
const NFTA_BITWISE_MASK = 4;
const NFTA_BITWISE_XOR = 5;
const NFTA_BITWISE_OP = 6;
const NFTA_BITWISE_DATA = 7;
const NFT_BITWISE_LSHIFT = 1;
const NFT_BITWISE_RSHIFT = 2;
const NFPROTO_IPV4 = 2;
const NFPROTO_IPV6 = 10;
const IPPROTO_UDP = 17;
const ipv4ChecksumAt = 10;

/** Table of our own, which is made anew at each start. */
const table = 'kernel-l2tp-dscp';
const chain = 'output';

/** Data headers of L2TP that the kernel sends (RFC 2661 section 3.1): flags and version, and the length. */
const dataHeaders = [
  { flags: 0x0002, length: 6 },
  { flags: 0x0802, length: 10 },
] as const;

/** IP packets in PPP, and how many bits the first word is shifted to the left for IPv4's DSCP to be where IPv6's is. */
const innerProtocols = [
  { protocol: 0xff03_0021, shift: 4 },
  { protocol: 0xff03_0057, shift: 0 },
] as const;

/** Outer headers: where the DSCP is in the first word, in relation to IPv6, and what else stands in its first octets. */
const outerProtocols = [
  { family: NFPROTO_IPV4, shift: -4, first: 0x4500_0000, mask: 0x00fc_0000 },
  { family: NFPROTO_IPV6, shift: 0, first: 0x6000_0000, mask: 0x0fc0_0000 },
] as const;

/**
 * Has the kernel copy the DSCP of each packet in a session to the outer IP header: rules of nftables for what leaves
 * from our UDP ports, since L2TP itself does not. ECN stays as it is with the inner packet (RFC 6040 section 4.1,
 * compatibility mode).
 */
export class InnerDscp {
  readonly #operations: KernelOperations;

  constructor(operations: KernelOperations) {
    this.#operations = operations;
  }

  /** @throws KernelError where the kernel has no nf_tables */
  async copy(ports: readonly number[]): Promise<void> {
    await this.#ask(copyRules(ports));
  }

  async remove(): Promise<void> {
    await this.#ask(nfBatch((batch) => tableMessage(batch, NFT_MSG_DELTABLE, 0))).catch(() => undefined);
  }

  async #ask(messages: Uint8Array): Promise<void> {
    const operation = `nftables table inet ${table}`;
    await this.#operations.run(
      operation,
      (native, id) => native.kernelNetlink(id, 0, lane.setUp, NETLINK_NETFILTER, '', false, messages),
      { describe: () => operation },
    );
  }
}

/** The table in place of the one of an earlier process, with a rule for each kind of packet. */
export const copyRules = (ports: readonly number[]): Uint8Array =>
  nfBatch((batch) => {
    // Deleting a table that is not there would fail.
    tableMessage(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
    tableMessage(batch, NFT_MSG_DELTABLE, 0);
    tableMessage(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
    chainMessage(batch);
    for (const port of new Set(ports)) {
      for (const outer of outerProtocols) {
        for (const header of dataHeaders) {
          for (const inner of innerProtocols) rule(batch, port, outer, header, inner);
        }
      }
    }
  });

function tableMessage(batch: NetlinkBatch, type: number, flags: number): void {
  nfHeader(batch, (NFNL_SUBSYS_NFTABLES << 8) | type, flags, NFPROTO_INET, 0);
  batch.text(NFTA_TABLE_NAME, table);
  batch.end();
}

function chainMessage(batch: NetlinkBatch): void {
  nfHeader(batch, (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWCHAIN, NLM_F_CREATE, NFPROTO_INET, 0);
  batch.text(NFTA_CHAIN_TABLE, table);
  batch.text(NFTA_CHAIN_NAME, chain);
  const hook = batch.nest(NFTA_CHAIN_HOOK);
  number(batch, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
  number(batch, NFTA_HOOK_PRIORITY, manglePriority);
  batch.unnest(hook);
  batch.text(NFTA_CHAIN_TYPE, 'filter');
  batch.end();
}

function rule(
  batch: NetlinkBatch,
  port: number,
  outer: (typeof outerProtocols)[number],
  header: (typeof dataHeaders)[number],
  inner: (typeof innerProtocols)[number],
): void {
  nfHeader(
    batch,
    (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWRULE,
    NLM_F_CREATE | NLM_F_APPEND,
    NFPROTO_INET,
    0,
  );
  batch.text(NFTA_RULE_TABLE, table);
  batch.text(NFTA_RULE_CHAIN, chain);
  const expressions = batch.nest(NFTA_RULE_EXPRESSIONS);
  const pppAt = 8 + header.length;
  meta(batch, NFT_META_NFPROTO);
  equal(batch, Uint8Array.of(outer.family));
  meta(batch, NFT_META_L4PROTO);
  equal(batch, Uint8Array.of(IPPROTO_UDP));
  load(batch, 0, 2);
  equal(batch, bigEndian(port, 2));
  load(batch, 8, 2);
  equal(batch, bigEndian(header.flags, 2));
  load(batch, pppAt, 4);
  equal(batch, bigEndian(inner.protocol, 4));
  load(batch, pppAt + 4, 4);
  byteOrder(batch, NFT_BYTEORDER_NTOH);
  shiftLeft(batch, inner.shift + outer.shift);
  maskAndSet(batch, outer.mask, outer.first);
  byteOrder(batch, NFT_BYTEORDER_HTON);
  storeFirstOctets(batch, outer.family === NFPROTO_IPV4);
  batch.unnest(expressions);
  batch.end();
}

function expression(batch: NetlinkBatch, name: string, write: () => void): void {
  const element = batch.nest(NFTA_LIST_ELEM);
  batch.text(NFTA_EXPR_NAME, name);
  const data = batch.nest(NFTA_EXPR_DATA);
  write();
  batch.unnest(data);
  batch.unnest(element);
}

const meta = (batch: NetlinkBatch, key: number): void =>
  expression(batch, 'meta', () => {
    number(batch, NFTA_META_DREG, NFT_REG_1);
    number(batch, NFTA_META_KEY, key);
  });

const equal = (batch: NetlinkBatch, value: Uint8Array): void =>
  expression(batch, 'cmp', () => {
    number(batch, NFTA_CMP_SREG, NFT_REG_1);
    number(batch, NFTA_CMP_OP, NFT_CMP_EQ);
    data(batch, NFTA_CMP_DATA, value);
  });

/** Octets from the UDP header on. */
const load = (batch: NetlinkBatch, offset: number, length: number): void =>
  expression(batch, 'payload', () => {
    number(batch, NFTA_PAYLOAD_DREG, NFT_REG_1);
    number(batch, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
    number(batch, NFTA_PAYLOAD_OFFSET, offset);
    number(batch, NFTA_PAYLOAD_LEN, length);
  });

const byteOrder = (batch: NetlinkBatch, operation: number): void =>
  expression(batch, 'byteorder', () => {
    number(batch, NFTA_BYTEORDER_SREG, NFT_REG_1);
    number(batch, NFTA_BYTEORDER_DREG, NFT_REG_1);
    number(batch, NFTA_BYTEORDER_OP, operation);
    number(batch, NFTA_BYTEORDER_LEN, 4);
    number(batch, NFTA_BYTEORDER_SIZE, 4);
  });

/** @param bits below 0: to the right */
function shiftLeft(batch: NetlinkBatch, bits: number): void {
  if (bits === 0) return;
  expression(batch, 'bitwise', () => {
    bitwiseRegisters(batch);
    number(batch, NFTA_BITWISE_OP, bits > 0 ? NFT_BITWISE_LSHIFT : NFT_BITWISE_RSHIFT);
    data(batch, NFTA_BITWISE_DATA, machineOrder(Math.abs(bits)));
  });
}

const maskAndSet = (batch: NetlinkBatch, mask: number, set: number): void =>
  expression(batch, 'bitwise', () => {
    bitwiseRegisters(batch);
    data(batch, NFTA_BITWISE_MASK, machineOrder(mask));
    data(batch, NFTA_BITWISE_XOR, machineOrder(set));
  });

function bitwiseRegisters(batch: NetlinkBatch): void {
  number(batch, NFTA_BITWISE_SREG, NFT_REG_1);
  number(batch, NFTA_BITWISE_DREG, NFT_REG_1);
  number(batch, NFTA_BITWISE_LEN, 4);
}

/** The first two octets of the outer header. Of an IPv6 flow label the highest four bits are cleared. */
const storeFirstOctets = (batch: NetlinkBatch, hasChecksum: boolean): void =>
  expression(batch, 'payload', () => {
    number(batch, NFTA_PAYLOAD_SREG, NFT_REG_1);
    number(batch, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
    number(batch, NFTA_PAYLOAD_OFFSET, 0);
    number(batch, NFTA_PAYLOAD_LEN, 2);
    if (!hasChecksum) return;
    number(batch, NFTA_PAYLOAD_CSUM_TYPE, NFT_PAYLOAD_CSUM_INET);
    number(batch, NFTA_PAYLOAD_CSUM_OFFSET, ipv4ChecksumAt);
  });

function data(batch: NetlinkBatch, type: number, value: Uint8Array): void {
  const wrapped = batch.nest(type);
  batch.attribute(NFTA_DATA_VALUE, value);
  batch.unnest(wrapped);
}

/** nf_tables' numbers are in network order. */
const number = (batch: NetlinkBatch, type: number, value: number): void =>
  batch.attribute(type, bigEndian(value, 4));

const bigEndian = (value: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (value >>> (8 * (length - 1 - i))) & 0xff);

const machineOrder = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
