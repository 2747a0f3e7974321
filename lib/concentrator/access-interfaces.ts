import type { EthernetIo } from '../io/index.js';
import type { AccessInterface } from '../pppoe/index.js';

/** How long what is known of an interface is taken for true, in ms: names, addresses and MTUs seldom change. */
const freshness = 2000;

interface Known {
  readonly at: number;
  /** `undefined`: gone, no Ethernet, or none of the patterns'. */
  readonly access: AccessInterface | undefined;
}

/**
 * The Ethernet interfaces that subscribers may come by, named by patterns such as `eth0.*`. An interface is looked at
 * when a frame comes by it, so those that come and go later cost nothing.
 */
export class AccessInterfaces {
  readonly #io: EthernetIo;
  readonly #patterns: readonly RegExp[];
  readonly #known = new Map<number, Known>();

  /** @param patterns names; `*` stands for any characters */
  constructor(io: EthernetIo, patterns: readonly string[]) {
    this.#io = io;
    this.#patterns = patterns.map(toRegExp);
  }

  /** The interface of this index, where subscribers may come by it. */
  find(index: number, now: number): AccessInterface | undefined {
    const known = this.#known.get(index);
    if (known !== undefined && now - known.at < freshness) return known.access;
    const found = this.#io.ethernetInterface(index);
    const serves = found !== undefined && this.#patterns.some((pattern) => pattern.test(found.name));
    const access = serves ? sameOr(known?.access, found) : undefined;
    this.#known.set(index, { at: now, access });
    return access;
  }
}

const toRegExp = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);

/** Sessions keep their interface: as long as nothing changes, all share one object. */
const sameOr = (known: AccessInterface | undefined, found: AccessInterface): AccessInterface =>
  known?.name === found.name && known.mac === found.mac && known.mtu === found.mtu ? known : found;
