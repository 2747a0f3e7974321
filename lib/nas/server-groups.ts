import { isIP } from 'node:net';
import type { ControlIo, SocketAddress } from '../io/index.js';
import type { Dictionary, ServerStatus } from '../radius/index.js';
import { type Random, utf8 } from '../wire/index.js';
import type { NasLog } from './nas-log.js';
import type { RadiusOptions, RadiusServer } from './options.js';
import { RadiusServers, type RemoteServer } from './radius-servers.js';

/** What is known of a server of a group. */
export type GroupServerStatus = ServerStatus & { readonly profile?: string };

type Purpose = 'authentication' | 'accounting';

/** The servers of each group, as they are to be asked. */
export type ServerPlan = ReadonlyMap<string, Readonly<Record<Purpose, readonly RemoteServer[]>>>;

export interface ServerGroupsDependencies {
  readonly io: ControlIo;
  readonly log: NasLog;
  readonly random: Random;
  readonly dictionary: Dictionary;
  /** A server for accounting has come back. */
  readonly onAccountingServerUp: () => void;
}

/** Servers of every profile without its own. */
const defaultGroup = '';
const authPort = 1812;
const acctPort = 1813;

/**
 * @param profiles servers of profiles that have their own, by the profile's name
 * @throws RangeError for a server that is no IP address
 */
export function serverPlan(
  options: RadiusOptions,
  profiles: ReadonlyMap<string, readonly RadiusServer[]>,
): ServerPlan {
  const group = (auth: readonly RadiusServer[], acct: readonly RadiusServer[]) => ({
    authentication: auth.map((server) => remoteServer(server, server.authPort ?? authPort, options)),
    accounting: acct.map((server) => remoteServer(server, server.acctPort ?? acctPort, options)),
  });
  const { servers, accountingServers = servers } = options;
  return new Map([
    [defaultGroup, group(servers, accountingServers)],
    ...[...profiles].map(([profile, own]) => [profile, group(own, own)] as const),
  ]);
}

/** The RADIUS servers of all profiles. Other servers can take their places while requests are in flight. */
export class ServerGroups {
  readonly #dependencies: ServerGroupsDependencies;
  readonly #groups = new Map<string, Record<Purpose, RadiusServers>>();
  /** Of profiles that have gone, until nothing is in flight. */
  #leaving: readonly RadiusServers[] = [];

  constructor(plan: ServerPlan, dependencies: ServerGroupsDependencies) {
    this.#dependencies = dependencies;
    this.reconfigure(plan);
  }

  /** Other servers for what is asked from now on; those that stay keep what is known of them. */
  reconfigure(plan: ServerPlan): void {
    for (const [name, { authentication, accounting }] of plan) {
      const known = this.#groups.get(name);
      known?.authentication.reconfigure(authentication);
      known?.accounting.reconfigure(accounting);
      if (known !== undefined) continue;
      this.#groups.set(name, {
        authentication: this.#make('authentication', name, authentication),
        accounting: this.#make('accounting', name, accounting),
      });
    }
    const gone = [...this.#groups].filter(([name]) => !plan.has(name));
    for (const [name, group] of gone) {
      this.#groups.delete(name);
      for (const servers of Object.values(group)) servers.reconfigure([]);
    }
    const leaving = [...this.#leaving, ...gone.flatMap(([, group]) => Object.values(group))];
    for (const servers of leaving) if (servers.empty) servers.close();
    this.#leaving = leaving.filter((servers) => !servers.empty);
  }

  get names(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** The group that a profile's subscribers belong to. */
  groupOf(profile: string | undefined): string {
    return profile !== undefined && this.#groups.has(profile) ? profile : defaultGroup;
  }

  /** The servers of a group; of the default one, where there is no such group any more. */
  servers(group: string, purpose: Purpose): RadiusServers {
    const servers = this.#groups.get(group) ?? this.#groups.get(defaultGroup);
    if (servers === undefined) throw new Error('there are no RADIUS servers');
    return servers[purpose];
  }

  /** Whether some server takes accounting records. */
  get accountingAvailable(): boolean {
    return [...this.#groups.values()].some(({ accounting }) => accounting.available);
  }

  status(purpose: Purpose): GroupServerStatus[] {
    return [...this.#groups].flatMap(([profile, servers]) =>
      servers[purpose].status().map((status) => (profile === defaultGroup ? status : { ...status, profile })),
    );
  }

  /** Nothing is asked any more, and nobody hears of what was. */
  close(): void {
    const groups = [...this.#groups.values()].flatMap((group) => Object.values(group));
    for (const servers of [...groups, ...this.#leaving]) servers.close();
  }

  #make(purpose: Purpose, group: string, servers: readonly RemoteServer[]): RadiusServers {
    const { io, log, random, dictionary, onAccountingServerUp } = this.#dependencies;
    return new RadiusServers({
      io,
      log,
      random,
      dictionary,
      purpose: group === defaultGroup ? purpose : `${purpose} of profile ${group}`,
      servers,
      ...(purpose === 'accounting' && { onServerUp: onAccountingServerUp }),
    });
  }
}

function remoteServer(
  { host, secret, priority = 0, weight = 1 }: RadiusServer,
  port: number,
  options: RadiusOptions,
): RemoteServer {
  const { timeout = 2, retries = 2, deadTime = 60, statusServer = true } = options;
  return {
    remote: serverAddress(host, port),
    secret: utf8(secret),
    priority,
    weight,
    timeout: timeout * 1000,
    retries,
    deadTime: deadTime * 1000,
    statusServer,
    requireMessageAuthenticator: options.requireMessageAuthenticator ?? true,
  };
}

/** @throws RangeError */
function serverAddress(host: string, port: number): SocketAddress {
  if (isIP(host) === 0) throw new RangeError(`radius: ${JSON.stringify(host)} is no IP address of a server`);
  return { address: host, port };
}
