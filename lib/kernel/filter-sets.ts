import { constants } from 'node:os';
import { KernelError, lane } from '../native/index.js';
import { parseAddress } from './address.js';
import { NetlinkBatch } from './netlink-batch.js';
import {
  NETLINK_NETFILTER,
  nfBatch,
  nfHeader,
  NFNL_SUBSYS_NFTABLES,
  NFTA_DATA_VALUE,
  NFTA_LIST_ELEM,
  NFPROTO_INET,
  NLM_F_CREATE,
} from './nf-tables.js';
import { readNfSet } from './netlink.js';
import type { KernelOperations } from './operations.js';

// linux/netfilter/nf_tables.h
const NFT_MSG_GETSET = 10;
const NFT_MSG_NEWSETELEM = 12;
const NFT_MSG_DELSETELEM = 14;
const NFTA_TABLE = 1;
const NFTA_SET = 2;
const NFTA_ELEMENTS = 3;
const NFTA_SET_ELEM_KEY = 1;
const interfaceNameLength = 16;
const ipv4Length = 4;

/** What of a session can be an element of a set. */
export interface FilterMember {
  readonly interfaceName: string;
  readonly ipv4: string | undefined;
}

/**
 * Named sets of nftables, in one table of the family `inet`, that sessions join with their interface's name (type
 * `ifname`) or their IPv4 address (type `ipv4_addr`). Table, sets and the rules that use them are the operator's. Spoken
 * to by netlink: a program started for each session would cost more than the session.
 */
export class FilterSets {
  readonly #operations: KernelOperations;
  readonly #table: string;
  readonly #keyLengths = new Map<string, number>();

  constructor(operations: KernelOperations, table: string) {
    this.#operations = operations;
    this.#table = table;
  }

  /** @throws KernelError ENOENT for a set that is not there */
  async find(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#keyLength(name);
  }

  /** Joins all or none. @throws KernelError ENOENT for a set that is not there */
  async join(names: readonly string[], member: FilterMember): Promise<void> {
    const joined: string[] = [];
    try {
      for (const name of names) {
        await this.#change(NFT_MSG_NEWSETELEM, NLM_F_CREATE, name, member);
        joined.push(name);
      }
    } catch (error) {
      await this.leave(joined, member);
      throw error;
    }
  }

  /** What is gone already, such as a set that the operator has flushed, is left out. */
  async leave(names: readonly string[], member: FilterMember): Promise<void> {
    for (const name of names) {
      await this.#change(NFT_MSG_DELSETELEM, 0, name, member).catch(() => undefined);
    }
  }

  async #change(type: number, flags: number, name: string, member: FilterMember): Promise<void> {
    const key = keyOf(await this.#keyLength(name), name, member);
    const messages = nfBatch((batch) => {
      nfHeader(batch, (NFNL_SUBSYS_NFTABLES << 8) | type, flags, NFPROTO_INET, 0);
      batch.text(NFTA_TABLE, this.#table);
      batch.text(NFTA_SET, name);
      const elements = batch.nest(NFTA_ELEMENTS);
      const element = batch.nest(NFTA_LIST_ELEM);
      const wrapped = batch.nest(NFTA_SET_ELEM_KEY);
      batch.attribute(NFTA_DATA_VALUE, key);
      for (const at of [wrapped, element, elements]) batch.unnest(at);
      batch.end();
    });
    try {
      await this.#ask(`nftables set ${name}`, messages);
    } catch (error) {
      // The set may have been made anew, of another type.
      this.#keyLengths.delete(name);
      throw error;
    }
  }

  async #keyLength(name: string): Promise<number> {
    const known = this.#keyLengths.get(name);
    if (known !== undefined) return known;
    const batch = new NetlinkBatch();
    nfHeader(batch, (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETSET, 0, NFPROTO_INET, 0);
    batch.text(NFTA_TABLE, this.#table);
    batch.text(NFTA_SET, name);
    batch.end();
    const octets = await this.#ask(`nftables set ${name} in table inet ${this.#table}`, batch.messages());
    const length = octets && readNfSet(octets)?.keyLength;
    if (length === undefined)
      throw new KernelError({ operation: `nftables set ${name}`, errno: constants.errno.ENOENT });
    this.#keyLengths.set(name, length);
    return length;
  }

  async #ask(operation: string, messages: Uint8Array): Promise<Uint8Array | undefined> {
    const { octets } = await this.#operations.run(
      operation,
      (native, id) => native.kernelNetlink(id, 0, lane.setUp, NETLINK_NETFILTER, '', false, messages),
      { describe: () => operation },
    );
    return octets;
  }
}

/** The sets' two kinds differ in the length of their key. */
function keyOf(length: number, name: string, { interfaceName, ipv4 }: FilterMember): Uint8Array {
  if (length === interfaceNameLength) {
    const key = new Uint8Array(interfaceNameLength);
    key.set(Buffer.from(interfaceName));
    return key;
  }
  if (length === ipv4Length && ipv4 !== undefined) return parseAddress(ipv4, 'ipv4').octets;
  const wanted =
    length === ipv4Length ? 'the session has no IPv4 address' : 'its type is neither ifname nor ipv4_addr';
  throw new KernelError({ operation: `nftables set ${name}`, errno: constants.errno.EINVAL, extack: wanted });
}
