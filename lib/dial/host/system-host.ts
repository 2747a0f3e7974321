import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { addRoute, KernelError, type NextHop, nextHop, removeRoute, type Route } from '../../kernel/index.js';
import type { Log } from '../../tunnels/index.js';
import type { DialHost, DialLink } from '../dial-host.js';
import { runHook } from './hook.js';
import { type Change, Journal } from './journal.js';
import { identify, type ProcessIdentity } from './process-identity.js';
import { ResolvConf } from './resolv-conf.js';

/** What a link changes on this host. */
export interface SystemHostOptions {
  /** All traffic that no other route takes goes through the link. Default false. */
  readonly defaultRoute?: boolean;
  /** Networks (CIDR) to route through the link. */
  readonly routes?: readonly string[];
  /** Metric of the routes; the kernel takes the lowest. Default 0, for IPv6 1. */
  readonly metric?: number;
  /** Use the LNS's name servers. Default false. */
  readonly dns?: boolean;
  /** Default `/etc/resolv.conf`. */
  readonly resolvConf?: string;
  /** Program to run after each change; see docs/dial.md. */
  readonly hook?: string;
  /** Where changes are written down until they are undone. Default `/run/kernel-l2tp`. */
  readonly stateDirectory?: string;
}

/** The last resort: the route that counts when the one to the LNS is gone. */
const lowestPriority = 0xffff_ffff;

/** This host: routes by rtnetlink, `/etc/resolv.conf`, sysctls of the interface, a hook. */
export class SystemHost implements DialHost {
  readonly #options: SystemHostOptions;
  readonly #log: Log;
  readonly #journal: Journal;
  readonly #resolvConf: ResolvConf;

  constructor(options: SystemHostOptions, log: Log) {
    this.#options = options;
    this.#log = log;
    const owner = identify(process.pid) as ProcessIdentity;
    this.#journal = new Journal(options.stateDirectory ?? '/run/kernel-l2tp', owner);
    this.#resolvConf = new ResolvConf(this.#resolvPath, owner);
  }

  async recover(): Promise<void> {
    // Beyond a restart of the machine only the file itself tells.
    if (this.#options.dns === true) this.#resolvConf.restore();
    await this.#journal.undoOrphans((change) => {
      this.#log.warn(loggable(change), 'undoes what a dialler that was killed has left');
      return this.#undo(change);
    });
  }

  /**
   * Pins the LNS's address to the way that it is reached by now. Should that way go, packets to the LNS are refused
   * rather than sent into their own tunnel.
   */
  async guard(lns: string): Promise<void> {
    const { defaultRoute, routes = [] } = this.#options;
    if (defaultRoute !== true && routes.length === 0) return;
    const [address = ''] = lns.split('%');
    const hop = await nextHop(address);
    if (hop === undefined || hop.type === 'other' || hop.type === 'unreachable') {
      throw new Error(`there is no route to ${lns}`);
    }
    if (hop.type === 'local' || lns.includes('%')) return;
    const destination = `${address}/${isIP(address) === 6 ? 128 : 32}`;
    await this.#addRoute({ destination, unreachable: true, metric: lowestPriority });
    await this.#addRoute({ destination, ...hopOf(hop) });
  }

  async up(link: DialLink, family: 'ipv4' | 'ipv6'): Promise<void> {
    const { defaultRoute, routes = [], dns, hook } = this.#options;
    if (family === 'ipv6') this.#acceptAdvertisements(link.interfaceName);
    const of = (destination: string): boolean => destination.includes(':') === (family === 'ipv6');
    const all = [...(defaultRoute === true ? ['0.0.0.0/0', '::/0'] : []), ...routes].filter(of);
    const metric = this.#options.metric ?? (family === 'ipv6' ? 1 : 0);
    // They go with the interface, so that nothing is left to undo.
    for (const destination of all) {
      await addRoute({ destination, interfaceIndex: link.interfaceIndex, metric });
    }
    const servers = link.ipv4?.dns ?? [];
    if (family === 'ipv4' && dns === true && servers.length > 0) {
      this.#journal.add({ kind: 'resolv-conf', path: this.#resolvPath });
      this.#resolvConf.set(servers);
    }
    if (hook !== undefined) await this.#runHook(hook, link, family);
  }

  async down(): Promise<void> {
    await this.#undoAll(({ kind }) => kind !== 'route');
  }

  async release(): Promise<void> {
    await this.#undoAll(() => true);
  }

  get #resolvPath(): string {
    return this.#options.resolvConf ?? '/etc/resolv.conf';
  }

  async #runHook(command: string, link: DialLink, family: 'ipv4' | 'ipv6'): Promise<void> {
    const environment = environmentOf(link);
    if (!this.#journal.changes.some(({ kind }) => kind === 'hook')) {
      this.#journal.add({ kind: 'hook', command, environment: { ...environment, EVENT: 'down' } });
    }
    await runHook(command, { ...environment, EVENT: `${family}-up` }, this.#log);
  }

  /**
   * A route that outlives the interface. One that was there before is nobody's to remove, unless another dialler made
   * it: then the last of them does.
   */
  async #addRoute(route: Route): Promise<void> {
    const change: Change = { kind: 'route', route };
    this.#journal.add(change);
    try {
      await addRoute(route);
    } catch (error) {
      const exists = error instanceof KernelError && error.code === 'EEXIST';
      if (exists && this.#journal.isHeldElsewhere(change)) return;
      this.#journal.remove(change);
      if (!exists) throw error;
    }
  }

  /** Router advertisements bring addresses even to a host that forwards, and a default route only where it is wanted. */
  #acceptAdvertisements(interfaceName: string): void {
    const set = (name: string, value: string): void => {
      const path = `/proc/sys/net/ipv6/conf/${interfaceName}/${name}`;
      try {
        writeFileSync(path, value);
      } catch (error) {
        this.#log.warn({ path, error: String(error) }, 'a sysctl cannot be set');
      }
    };
    set('accept_ra_defrtr', this.#options.defaultRoute === true ? '1' : '0');
    set('accept_ra', '2');
  }

  async #undoAll(which: (change: Change) => boolean): Promise<void> {
    for (const change of this.#journal.changes.filter(which).toReversed()) {
      // Of two diallers that share a route and end at once, one at least has to see that the other no longer needs it.
      if (change.kind === 'route') this.#journal.remove(change);
      await this.#undo(change);
      this.#journal.remove(change);
    }
  }

  async #undo(change: Change): Promise<void> {
    try {
      switch (change.kind) {
        case 'route':
          if (!this.#journal.isHeldElsewhere(change)) await removeRoute(change.route);
          return;
        case 'resolv-conf':
          if (change.path === this.#resolvPath) this.#resolvConf.restore();
          else new ResolvConf(change.path, identify(process.pid) as ProcessIdentity).restore();
          return;
        case 'hook':
          await runHook(change.command, change.environment, this.#log);
      }
    } catch (error) {
      // A route goes with its interface.
      if (error instanceof KernelError && ['ESRCH', 'ENODEV'].includes(error.code)) return;
      this.#log.error({ ...loggable(change), error: String(error) }, 'a change cannot be undone');
    }
  }
}

const hopOf = ({ interfaceIndex, gateway }: NextHop): Pick<Route, 'interfaceIndex' | 'gateway'> => ({
  interfaceIndex,
  ...(gateway !== undefined && { gateway }),
});

const loggable = (change: Change): Record<string, unknown> => {
  switch (change.kind) {
    case 'route':
      return { change: change.kind, ...change.route };
    case 'resolv-conf':
      return { change: change.kind, path: change.path };
    case 'hook':
      return { change: change.kind, hook: change.command };
  }
};

/** What a hook is told. */
function environmentOf({ interfaceName, user, lns, ipv4, ipv6 }: DialLink): Record<string, string> {
  return {
    INTERFACE: interfaceName,
    LNS: lns,
    L2TP_USER: user,
    ...(ipv4 && {
      LOCAL_ADDRESS: ipv4.local,
      PEER_ADDRESS: ipv4.peer,
      DNS_SERVERS: ipv4.dns.join(' '),
    }),
    ...(ipv6 && {
      LOCAL_INTERFACE_ID: ipv6.localInterfaceId,
      PEER_INTERFACE_ID: ipv6.peerInterfaceId,
    }),
  };
}
