import { hostname } from 'node:os';
import { Lns, type LnsDependencies, type LnsOptions } from '../lns/index.js';
import { GroupForwarder } from './group-forwarder.js';
import type { ForwardingOptions } from './options.js';

/** How a {@link Lac} works: what carries subscribers on, and how those are served who are not. */
export interface LacOptions extends LnsOptions, ForwardingOptions {}

/**
 * An L2TP access concentrator (RFC 2661): answers LCP and the first authentication exchange of its subscribers, then
 * carries them on to LNSs, whose failures it goes round. Subscribers who come by L2TP are switched into another
 * tunnel. Those who are to be carried nowhere are terminated here, as an {@link Lns} does.
 */
export class Lac extends Lns {
  /**
   * Checks the options; opens nothing yet.
   * @throws RangeError for an option that cannot be used, naming it
   */
  constructor(options: LacOptions, dependencies: LnsDependencies = {}) {
    const { groups, routes, setupTimeout, ...server } = options;
    const forwarder = new GroupForwarder(
      {
        ...(groups !== undefined && { groups }),
        ...(routes !== undefined && { routes }),
        ...(setupTimeout !== undefined && { setupTimeout }),
      },
      { ...options, hostName: options.hostName ?? hostname() },
    );
    super(server, { ...dependencies, forwarder });
  }
}
