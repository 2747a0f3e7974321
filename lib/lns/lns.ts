import { ANY_USER, chain, hookAuthenticator, LocalUsers } from '../aaa/index.js';
import type { Authenticator, SessionObserver } from '../aaa/index.js';
import { type ControlIo, type EthernetIo, networkIo, systemRandom } from '../io/index.js';
import { type DataPlane, KernelDataPlane } from '../kernel/index.js';
import { PppoeConcentrator } from '../concentrator/index.js';
import { Nas, type ProfileServers, type RadiusStatus } from '../nas/index.js';
import { Endpoint, stopResult } from '../l2tp/index.js';
import type { MonitoredSession, MonitorListener, SessionSelector } from '../monitor/index.js';
import { Direction, disconnectCause } from '../ppp/index.js';
import { type Log, silentLog, TunnelService } from '../tunnels/index.js';
import type { Random } from '../wire/index.js';
import { type LnsEvents, LnsEventEmitter } from './events.js';
import type { Forwarder, LnsInfo } from './forwarder.js';
import { Grants } from './grants.js';
import type {
  DisconnectFilter,
  LnsStatistics,
  PoolInfo,
  SessionDetail,
  SessionInfo,
  SessionTable,
  TunnelInfo,
} from './info.js';
import type { LimitInfo } from './limits.js';
import { LnsRole } from './lns-role.js';
import { optionChanges } from './option-changes.js';
import type { LnsOptions } from './options.js';
import type { OutgoingCallOptions } from './outgoing-calls.js';
import { concentratorOptions, pppoeLimits } from './pppoe.js';
import { Ipv6Grants } from './ipv6-grants.js';
import { linkSettings } from './link-settings.js';
import { RouteGuard } from './route-guard.js';
import { type ServerPools, serverPools } from './server-pools.js';
import { resolveSettings } from './settings.js';
import type { TimelineEntry } from './timeline.js';
import { SubscriberLinks } from './subscriber-links.js';

/** What an {@link Lns} works with, where it is not the system's own. */
export interface LnsDependencies {
  readonly log?: Log;
  readonly io?: ControlIo;
  readonly dataPlane?: DataPlane;
  readonly random?: Random;
  /** For PPPoE. */
  readonly ethernet?: EthernetIo;
  /** Are told what becomes of sessions. */
  readonly observers?: readonly SessionObserver[];
  /** Carries subscribers on to other servers; {@link Lac} brings one. */
  readonly forwarder?: Forwarder;
}

/** Options that were found right for a server that runs. */
export interface PreparedOptions {
  /** Names of options that differ from those in force, and take effect with `commit`. */
  readonly live: readonly string[];
  /** Names of options that differ and need a restart. */
  readonly restart: readonly string[];
  /** Applies them; does not fail. */
  readonly commit: () => void;
}

/** How long peers may take to acknowledge that the server closes, in ms, unless told otherwise. */
const defaultCloseTimeout = 3000;

/**
 * An L2TP network server (RFC 2661): takes tunnels and calls, authenticates subscribers, gives them addresses and
 * interfaces of the kernel. Emits {@link LnsEvents}.
 */
export class Lns {
  readonly #events = new LnsEventEmitter();
  readonly #role: LnsRole;
  readonly #service: TunnelService;
  readonly #io: ControlIo;
  readonly #random: Random;
  readonly #grants: Grants;
  readonly #dataPlane: DataPlane;
  readonly #ownsDataPlane: boolean;
  #options: LnsOptions;
  #pools: ServerPools;
  readonly #pppoe: PppoeConcentrator | undefined;
  readonly #nas: Nas | undefined;
  readonly #ipv6: Ipv6Grants;
  readonly #links: SubscriberLinks;
  #started = false;
  #closed: Promise<void> | undefined;

  /**
   * Checks the options; opens nothing yet.
   * @throws RangeError for an option that cannot be used, naming it
   */
  constructor(options: LnsOptions, dependencies: LnsDependencies = {}) {
    const io = dependencies.io ?? networkIo();
    const random = dependencies.random ?? systemRandom;
    const log = dependencies.log ?? silentLog;
    const settings = resolveSettings(options, io.now());
    const pools = serverPools(options);
    const guard = new RouteGuard();
    this.#io = io;
    this.#random = random;
    this.#options = options;
    this.#ownsDataPlane = dependencies.dataPlane === undefined;
    this.#dataPlane = dependencies.dataPlane ?? new KernelDataPlane({ filterTable: options.filterTable });
    const hostName = settings.defaults.tunnel.hostName;
    this.#ipv6 = new Ipv6Grants(options.ipv6);
    this.#links = new SubscriberLinks({
      io,
      dataPlane: this.#dataPlane,
      log,
      ...linkSettings(options.ipv6, hostName),
    });
    this.#pools = pools;
    this.#nas = nasOf(options, io, log, random, settings.defaults.tunnel.hostName, () =>
      this.#role.readCounters(),
    );
    this.#grants = new Grants({ ...pools, guard, ipv6: this.#ipv6 });
    this.#role = new LnsRole({
      options,
      settings,
      random,
      log,
      guard,
      authenticator: authenticatorOf(
        options,
        random,
        settings.defaults.tunnel.hostName,
        this.#nas?.authenticator,
      ),
      observers: [...(this.#nas === undefined ? [] : [this.#nas]), ...(dependencies.observers ?? [])],
      grants: this.#grants,
      links: this.#links,
      events: this.#events,
      forwarder: dependencies.forwarder,
    });
    const endpoint = new Endpoint({
      random,
      profile: settings.defaults.tunnel,
      profileFor: (request) => this.#role.profileFor(request),
      limits: settings.limits,
      onRefused: (request, result) => this.#role.handleTunnelRefused(request, result),
    });
    this.#service = new TunnelService(
      { io, dataPlane: this.#dataPlane, endpoint, log, dscp: options.dscp },
      this.#role,
    );
    this.#role.attach(this.#service);
    this.#pppoe =
      options.pppoe &&
      new PppoeConcentrator(
        this.#service,
        dependencies.ethernet ?? networkIo(),
        this.#role,
        concentratorOptions(options, options.pppoe),
        random,
      );
  }

  /** Begins to listen. @throws KernelError when an address cannot be used; then nothing is open */
  async start(): Promise<void> {
    if (this.#started) throw new Error('the LNS has been started already');
    if (this.#closed !== undefined) throw new Error('the LNS has been closed');
    this.#started = true;
    try {
      this.#nas?.start();
      for (const local of this.#role.settings.listen) this.#service.listen(local);
      if (this.#options.copyDscp) await this.#dataPlane.copyDscp?.(this.addresses().map(({ port }) => port));
      this.#pppoe?.start();
    } catch (error) {
      await this.close({ timeout: 0 });
      throw error;
    }
    this.#role.start();
  }

  on<E extends keyof LnsEvents>(event: E, listener: (...parameters: LnsEvents[E]) => void): this {
    this.#events.on<E>(event, listener as never);
    return this;
  }

  off<E extends keyof LnsEvents>(event: E, listener: (...parameters: LnsEvents[E]) => void): this {
    this.#events.off<E>(event, listener as never);
    return this;
  }

  /** The address and port of each listener, as the system chose them. */
  addresses(): readonly { readonly address: string; readonly port: number }[] {
    return this.#service.listenAddresses();
  }

  /** Established tunnels. */
  tunnels(): TunnelInfo[] {
    return this.#role.view.tunnels();
  }

  /** The RADIUS servers and the records on their way; `undefined` without `radius`. */
  radius(): RadiusStatus | undefined {
    return this.#nas?.status();
  }

  /** The servers that subscribers are carried on to; none unless this is a `Lac`. */
  servers(): readonly LnsInfo[] {
    return this.#role.forwarder?.servers() ?? [];
  }

  /** The address pools in the order of the options, then those of IPv6. */
  pools(): PoolInfo[] {
    const { pools } = this.#pools;
    const ipv4 = pools.names.map((name) => ({ name, ...pools.usage(name) }));
    return [...ipv4, ...this.#ipv6.usage()];
  }

  /** Sessions in any state, with their counters, which are read in bulk. */
  sessions(): Promise<SessionInfo[]> {
    return this.#role.view.sessions();
  }

  /**
   * The same without the work of looking at each of them.
   * @param maxAge how old the counters may be, in ms
   */
  sessionTable({ maxAge = 0 }: { readonly maxAge?: number } = {}): Promise<SessionTable> {
    return this.#role.view.sessionTable(maxAge);
  }

  /** The session of this id, with its counters. */
  session(id: string): Promise<SessionDetail | undefined> {
    return this.#role.view.session(id);
  }

  /** What happened to a session, also to one of the last that ended; `undefined` where nothing is known of it. */
  timeline(id: string): readonly TimelineEntry[] | undefined {
    return this.#role.view.timeline(id);
  }

  /**
   * Shows `listener` the messages of the sessions that match, those that begin later from their first message on.
   * @returns ends that; safe to call again
   * @throws TooManyWatchesError
   */
  watch(selector: SessionSelector, listener: MonitorListener): () => void {
    return this.#role.monitor.watch(selector, listener);
  }

  /** A session that a capture can be made of. */
  monitored(id: string): MonitoredSession | undefined {
    return this.#role.monitored(id);
  }

  /** What the server does and did, in numbers. */
  statistics(): LnsStatistics {
    return {
      ...this.#role.view.statistics(),
      ...(this.#pppoe !== undefined && { pppoe: { ...this.#pppoe.counters } }),
    };
  }

  /** The limits in force, and how much of each is used. */
  limits(): LimitInfo[] {
    return [...this.#role.view.limits(), ...(this.#pppoe === undefined ? [] : pppoeLimits(this.#pppoe))];
  }

  /**
   * Ends the sessions that match every field of `filter`, and with `tunnelId` or `peerAddress` alone whole tunnels.
   * @returns how many sessions and tunnels were told to end
   * @throws RangeError for a filter without any field
   */
  disconnect(filter: DisconnectFilter, reason = 'disconnected by the operator'): number {
    return this.#role.disconnect(filter, reason);
  }

  /** Refuses new tunnels (StopCCN 2/7, try another) and calls (CDN 2/4), or takes them again. Sessions go on. */
  setDraining(draining: boolean): void {
    this.#role.setDraining(draining);
  }

  /**
   * Checks other options for a server that runs, without any effect. `commit` then applies what can change: users,
   * pools, profiles and limits, RADIUS servers, PPP for new sessions, secrets for new tunnels. Sessions and what they
   * have stay, and so do requests to servers.
   * @throws RangeError or PoolError for an option that cannot be used, naming it
   */
  prepare(options: LnsOptions): PreparedOptions {
    const changes = optionChanges(this.#options, options);
    const settings = resolveSettings(changes.options, this.#io.now());
    // Only to be told of what is wrong: the addresses in use are those of the moment of the change.
    serverPools(changes.options, this.#pools);
    const authenticator = authenticatorOf(
      changes.options,
      this.#random,
      settings.defaults.tunnel.hostName,
      this.#nas?.authenticator,
    );
    const { radius } = changes.options;
    const applyRadius = radius && this.#nas?.prepare(radius, profileServers(changes.options));
    return {
      live: changes.live,
      restart: changes.restart,
      commit: () => {
        this.#pools = serverPools(changes.options, this.#pools);
        this.#grants.reconfigure(this.#pools);
        applyRadius?.();
        this.#role.reconfigure(changes.options, settings, authenticator);
        this.#options = changes.options;
      },
    };
  }

  /**
   * Places a call through a LAC (OCRQ) and waits until the called subscriber is authenticated and has its interface.
   * @throws OutgoingCallError that says why it did not come up: busy, no answer and so on
   * @throws RangeError for options that cannot be used
   */
  async call(options: OutgoingCallOptions): Promise<SessionInfo> {
    return (await this.#role.call(options)).info();
  }

  /**
   * Ends everything: CDN to every session, StopCCN to every tunnel, interfaces and addresses given back. Resolves
   * when the kernel has let go. Safe to call again.
   */
  close({ timeout = defaultCloseTimeout }: { readonly timeout?: number } = {}): Promise<void> {
    this.#closed ??= this.#close(timeout);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeout: number): Promise<void> {
    this.#role.stop(disconnectCause('shutdown', Direction.Global));
    await this.#service.close(
      { resultCode: stopResult.shuttingDown, message: 'the server shuts down' },
      timeout,
    );
    this.#pppoe?.stop();
    await this.#nas?.close(timeout);
    this.#links.close();
    if (this.#ownsDataPlane) await this.#dataPlane.close?.();
  }
}

function nasOf(
  options: LnsOptions,
  io: ControlIo,
  log: Log,
  random: Random,
  hostName: string,
  readCounters: () => void,
): Nas | undefined {
  if (options.radius === undefined) return undefined;
  return new Nas(options.radius, profileServers(options), { io, log, random, hostName, readCounters });
}

function profileServers({ profiles = [] }: LnsOptions): ProfileServers {
  const own = profiles.flatMap(({ name, radius }) =>
    radius === undefined ? [] : [[name, radius.servers] as const],
  );
  return new Map(own);
}

function authenticatorOf(
  options: LnsOptions,
  random: Random,
  localName: string,
  radius: Authenticator | undefined,
): Authenticator {
  const authenticators: Authenticator[] = [];
  if (options.users !== undefined) {
    const { [ANY_USER]: any, ...named } = options.users;
    // Whoever has no entry of their own is the RADIUS servers' business, where there are any.
    const users = radius === undefined && any !== undefined ? options.users : named;
    authenticators.push(new LocalUsers({ users, random, localName }));
  }
  if (options.authenticate !== undefined) {
    authenticators.push(hookAuthenticator({ hook: options.authenticate, random, localName }));
  }
  if (options.authenticator !== undefined) authenticators.push(options.authenticator);
  if (radius !== undefined) authenticators.push(radius);
  if (authenticators.length === 0) {
    authenticators.push(new LocalUsers({ users: {}, random, localName }));
  }
  return chain(...authenticators);
}
