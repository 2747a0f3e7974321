import { lane } from '../native/index.js';
import type { KernelOperations } from './operations.js';
import { RtnlBatch } from './rtnl-batch.js';
import { ifbGroup } from './unit-batch.js';

const NETLINK_ROUTE = 0;

/** The `ifb` devices of sessions whose upstream is shaped: unlike the sessions' interfaces they outlive the process. */
export class IfbDevices {
  readonly #operations: KernelOperations;
  readonly #key: number;
  readonly #swept = new Map<string, Promise<void>>();

  constructor(operations: KernelOperations) {
    this.#operations = operations;
    this.#key = operations.newKey();
  }

  /** Removes what an earlier process has left in a network namespace; once. */
  sweep(netns = ''): Promise<void> {
    const known = this.#swept.get(netns);
    if (known !== undefined) return known;
    const sweeping = this.#remove(new RtnlBatch().deleteGroup(ifbGroup), netns);
    this.#swept.set(netns, sweeping);
    return sweeping;
  }

  /** One that is not there is fine. */
  remove(index: number, netns: string): Promise<void> {
    return this.#remove(new RtnlBatch().deleteLink(index), netns);
  }

  async #remove(batch: RtnlBatch, netns: string): Promise<void> {
    await this.#operations
      .run('rtnetlink', (native, id) =>
        native.kernelNetlink(id, this.#key, lane.tearDown, NETLINK_ROUTE, netns, false, batch.messages()),
      )
      .catch(() => undefined);
  }
}
