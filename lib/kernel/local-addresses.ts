import { KernelError } from '../native/index.js';
import { parseAddress } from './address.js';
import type { KernelOperations } from './operations.js';
import { RtnlBatch } from './rtnl-batch.js';
import { findLink } from './netlink.js';

const NETLINK_ROUTE = 0;

/**
 * The local addresses of unnumbered sessions: each once, on a dummy interface of our own, which is made when the first
 * is needed. A dummy of that name which a killed process left behind is taken over.
 */
export class LocalAddresses {
  readonly #operations: KernelOperations;
  readonly #name: string;
  readonly #key: number;
  readonly #ready = new Map<string, Promise<void> | true>();
  #index: Promise<number> | undefined;

  constructor(operations: KernelOperations, name: string) {
    this.#operations = operations;
    this.#name = name;
    this.#key = operations.newKey();
  }

  /** Resolves when packets may leave from the address; at once for one that is there. @throws KernelError */
  ensure(address: string): Promise<void> | undefined {
    const known = this.#ready.get(address);
    if (known === true) return undefined;
    if (known !== undefined) return known;
    const adding = this.#add(address);
    this.#ready.set(address, adding);
    adding.then(
      () => this.#ready.set(address, true),
      () => this.#ready.delete(address),
    );
    return adding;
  }

  /** Removes the interface and its addresses. */
  async close(): Promise<void> {
    const index = await this.#index?.catch(() => undefined);
    this.#index = undefined;
    this.#ready.clear();
    if (index !== undefined) await this.#send(new RtnlBatch().deleteLink(index));
  }

  async #add(address: string): Promise<void> {
    this.#index ??= this.#interface().catch((error: unknown) => {
      this.#index = undefined;
      throw error;
    });
    const index = await this.#index;
    await this.#send(new RtnlBatch().newAddress(index, parseAddress(address, 'local')), 'EEXIST');
  }

  async #interface(): Promise<number> {
    await this.#send(new RtnlBatch().newLink('dummy', { name: this.#name }), 'EEXIST');
    const { index } = (await findLink(this.#name)) ?? { index: 0 };
    // Where the host has no IPv6 there is nothing to switch off.
    await this.#send(new RtnlBatch().setLink(index, { noIpv6AutoAddress: true })).catch(() => undefined);
    await this.#send(new RtnlBatch().setLink(index, { up: true }));
    return index;
  }

  async #send(batch: RtnlBatch, fine?: string): Promise<void> {
    try {
      await this.#operations.run(
        'rtnetlink',
        (native, id) => native.kernelNetlink(id, this.#key, 0, NETLINK_ROUTE, '', false, batch.messages()),
        { describe: (operation, message) => `${batch.name(message) ?? operation} ${this.#name}` },
      );
    } catch (error) {
      if (!(error instanceof KernelError) || error.code !== fine) throw error;
    }
  }
}
