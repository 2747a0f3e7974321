import { Capture } from './capture.js';
import { Daemon, type DaemonConfig } from './daemon.js';
import type { Lab } from './lab.js';
import { type AccessNetwork, access, type ClientHost } from './topology.js';
import { Client, type ClientOptions } from './xl2tpd.js';

/** Our daemon with subscribers' hosts around it, and a capture of all L2TP at the daemon. */
export interface Scenario extends AccessNetwork {
  readonly daemon: Daemon;
  readonly capture: Capture;
  /** Starts xl2tpd on a host (default the first), as `bob` with the password of `"*"` unless told otherwise. */
  readonly subscriber: (options?: Partial<ClientOptions>, host?: ClientHost) => Promise<Client>;
}

/** Starts the daemon with `config` over the five-line configuration. */
export async function serve(
  lab: Lab,
  config: DaemonConfig = {},
  options: { clients?: number; filter?: string } = {},
): Promise<Scenario> {
  const network = await access(lab, options.clients ?? 1);
  const capture = await Capture.start(
    lab,
    network.lns,
    options.filter === undefined ? {} : { filter: options.filter },
  );
  const daemon = await Daemon.start(lab, network.lns, config);
  return {
    ...network,
    daemon,
    capture,
    subscriber: (client = {}, host = network.client) =>
      Client.start(lab, host.host, { lns: host.lns, user: 'bob', password: 'pass', ...client }),
  };
}
