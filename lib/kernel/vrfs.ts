import { KernelError, lane } from '../native/index.js';
import { constants } from 'node:os';
import { readVrf } from './netlink.js';
import type { KernelOperations } from './operations.js';
import { RtnlBatch } from './rtnl-batch.js';
import type { UnitPlace } from './unit-batch.js';

const NETLINK_ROUTE = 0;

/** VRFs by name and network namespace: their numbers, asked for once until something fails with them. */
export class Vrfs {
  readonly #operations: KernelOperations;
  readonly #known = new Map<string, Promise<UnitPlace>>();

  constructor(operations: KernelOperations) {
    this.#operations = operations;
  }

  /** @throws KernelError ENODEV where there is none by that name, EINVAL where that interface is no VRF */
  find(name: string, netns = ''): Promise<UnitPlace> {
    const key = `${netns}/${name}`;
    const known = this.#known.get(key) ?? this.#ask(name, netns);
    this.#known.set(key, known);
    known.catch(() => this.#known.delete(key));
    return known;
  }

  /** What was found may have been made anew. */
  forget(name: string, netns = ''): void {
    this.#known.delete(`${netns}/${name}`);
  }

  async #ask(name: string, netns: string): Promise<UnitPlace> {
    const operation = `RTM_GETLINK ${name}`;
    const request = new RtnlBatch().getLink(name).messages();
    const { octets } = await this.#operations.run(
      operation,
      (native, id) => native.kernelNetlink(id, 0, lane.query, NETLINK_ROUTE, netns, false, request),
      { describe: () => operation },
    );
    const vrf = octets && readVrf(octets);
    if (vrf !== undefined) return vrf;
    throw new KernelError({ operation, errno: constants.errno.EINVAL, extack: `${name} is no VRF` });
  }
}
