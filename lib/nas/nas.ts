import { isIP } from 'node:net';
import { type AccountingRecord, Journal, RecordQueue } from '../accounting/index.js';
import type { Authenticator, SessionObserver } from '../aaa/index.js';
import type { ControlIo, DatagramSource, Descriptor, SocketAddress } from '../io/index.js';
import { Direction, disconnectCause } from '../ppp/index.js';
import { code, Dictionary, encodeAttributes, RadiusError, type ServerStatus } from '../radius/index.js';
import { concat, formatHostPort, parseHostPort, type Random, utf8 } from '../wire/index.js';
import { Accounting } from './accounting.js';
import { RadiusAuthenticator } from './authenticator.js';
import { clientTable } from './coa-clients.js';
import { DynamicAuthorization, type DynamicAuthorizationCounters } from './dynamic-authorization.js';
import type { NasLog } from './nas-log.js';
import type { CoaOptions, RadiusOptions, RadiusServer } from './options.js';
import { RadiusServers } from './radius-servers.js';
import type { NasIdentity } from './request-attributes.js';
import { SessionIndex } from './session-index.js';

export interface NasDependencies {
  readonly io: ControlIo;
  readonly log: NasLog;
  readonly random: Random;
  /** NAS-Identifier where the options say none. */
  readonly hostName: string;
  /** Servers of profiles that have their own, by the profile's name. */
  readonly profiles: ReadonlyMap<string, readonly RadiusServer[]>;
  /** Has all counters read soon; `countersRead` of the observer follows. */
  readonly readCounters: () => void;
}

/** What is known of the RADIUS servers and of what goes to and fro. */
export interface RadiusStatus {
  readonly authentication: readonly (ServerStatus & { readonly profile?: string })[];
  readonly accounting: readonly (ServerStatus & { readonly profile?: string })[];
  readonly records: ReturnType<Accounting['status']>;
  readonly coa: Readonly<DynamicAuthorizationCounters>;
}

/** Servers of every profile without its own. */
const defaultGroup = '';
const authPort = 1812;
const acctPort = 1813;
const coaPort = 3799;
const defaultQueueSize = 64 << 20;
/** How often a NAS that closes looks whether its records have arrived, in ms. */
const drainPoll = 20;

/** Requests that nobody may make come as fast as anybody likes: the log gets one line in so many ms. */
const dropLogInterval = 10_000;

interface Servers {
  readonly authentication: RadiusServers;
  readonly accounting: RadiusServers;
}

/** A network access server as RADIUS knows it: asks servers, tells them of sessions, and does what they say later. */
export class Nas implements SessionObserver {
  readonly authenticator: Authenticator;
  readonly #options: RadiusOptions;
  readonly #dependencies: NasDependencies;
  readonly #identity: NasIdentity;
  readonly #dictionary: Dictionary;
  readonly #servers: ReadonlyMap<string, Servers>;
  readonly #sessions = new SessionIndex();
  readonly #authorization: DynamicAuthorization;
  readonly #coaLocal: SocketAddress | undefined;
  #journal: Journal | undefined;
  #queue: RecordQueue | undefined;
  #accounting: Accounting | undefined;
  #coaSocket: Descriptor | undefined;
  #dropLoggedAt = -Infinity;

  /** Checks the options; opens nothing yet. @throws RangeError for an option that cannot be used, naming it */
  constructor(options: RadiusOptions, dependencies: NasDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#dictionary = new Dictionary(options.dictionary);
    this.#identity = {
      identifier: options.nasIdentifier ?? dependencies.hostName,
      address: options.nasIpAddress,
      extra: Object.entries(options.send ?? {}).map(([name, value]) => ({ name, value })),
    };
    this.#checkExtra();
    this.#servers = this.#makeServers();
    this.#coaLocal =
      options.coa === undefined
        ? undefined
        : parseHostPort('radius.coa.listen', options.coa.listen ?? '0.0.0.0', coaPort);
    this.#authorization = this.#makeAuthorization(options.coa);
    this.authenticator = new RadiusAuthenticator({
      serversFor: (profile) => this.#serversOf(this.#groupOf(profile)).authentication,
      identity: this.#identity,
      dictionary: this.#dictionary,
      log: dependencies.log,
    });
  }

  /**
   * Opens the queue and the socket for CoA, and tells the servers that this NAS begins.
   * @throws KernelError, JournalInUseError or another Error for what cannot be opened
   */
  start(): void {
    const { io, log } = this.#dependencies;
    if (this.#options.accounting !== false) this.#startAccounting();
    if (this.#coaLocal === undefined) return;
    const local = this.#coaLocal;
    this.#coaSocket = io.listen({
      local,
      filter: 'none',
      sink: { handleDatagram: (bytes, source) => this.#handleCoa(bytes, source) },
    });
    log.info({ listen: formatHostPort(local) }, 'listening for CoA');
  }

  /**
   * Accounting-Off, then at most `timeout` ms for the records to reach a server; those that did not are kept for the
   * next start.
   */
  async close(timeout: number): Promise<void> {
    const { io } = this.#dependencies;
    if (this.#coaSocket !== undefined) io.close(this.#coaSocket);
    this.#coaSocket = undefined;
    this.#accounting?.stop();
    const until = io.now() + timeout;
    while ((this.#queue?.count ?? 0) > 0 && io.now() < until && this.#someAvailable()) {
      await new Promise<void>((resolve) => {
        const poll = { handleTimeout: (): void => resolve() };
        io.timers.schedule(poll, io.now() + drainPoll);
      });
    }
    this.#queue?.close();
    for (const { authentication, accounting } of this.#servers.values()) {
      authentication.close();
      accounting.close();
    }
    await this.#journal?.close();
    this.#queue = undefined;
    this.#accounting = undefined;
  }

  status(): RadiusStatus {
    const all = (purpose: keyof Servers): (ServerStatus & { readonly profile?: string })[] =>
      [...this.#servers].flatMap(([profile, servers]) =>
        servers[purpose]
          .status()
          .map((status) => (profile === defaultGroup ? status : { ...status, profile })),
      );
    return {
      authentication: all('authentication'),
      accounting: all('accounting'),
      records: this.#accounting?.status() ?? { made: 0, lost: 0, waiting: 0, sessions: 0 },
      coa: { ...this.#authorization.counters },
    };
  }

  sessionUp: NonNullable<SessionObserver['sessionUp']> = (session, now) => {
    this.#sessions.sessionUp(session);
    this.#accounting?.sessionUp(session, now);
  };

  sessionDown: NonNullable<SessionObserver['sessionDown']> = (session, end, now) => {
    this.#sessions.sessionDown(session);
    this.#accounting?.sessionDown(session, end, now);
  };

  countersRead: NonNullable<SessionObserver['countersRead']> = (now) => {
    this.#accounting?.countersRead(now);
  };

  tunnelUp: NonNullable<SessionObserver['tunnelUp']> = (tunnel, now) => {
    this.#accounting?.tunnelUp(tunnel, now);
  };

  tunnelDown: NonNullable<SessionObserver['tunnelDown']> = (tunnel, end, now) => {
    this.#accounting?.tunnelDown(tunnel, end, now);
  };

  tunnelFailed: NonNullable<SessionObserver['tunnelFailed']> = (tunnel, end, now) => {
    this.#accounting?.tunnelFailed(tunnel, end, now);
  };

  callFailed: NonNullable<SessionObserver['callFailed']> = (call, end, now) => {
    this.#accounting?.callFailed(call, end, now);
  };

  #startAccounting(): void {
    const { io, log, random } = this.#dependencies;
    const { directory, maxSize = defaultQueueSize } = this.#options.queue ?? {};
    const journal = new Journal({
      directory,
      maxSize,
      onState: (error) => {
        if (error === undefined) log.info({ directory }, 'the accounting queue is on the disk again');
        else log.error({ directory, error: error.message }, 'the accounting queue is in memory alone');
      },
    });
    if (journal.count > 0 || journal.torn > 0) {
      log.info(
        { records: journal.count, damaged: journal.torn },
        'accounting records of an earlier run wait',
      );
    }
    this.#journal = journal;
    const queue = new RecordQueue({
      journal,
      timers: io.timers,
      now: () => io.now(),
      available: (group) => this.#serversOf(group).accounting.available,
      send: (record, done) => this.#sendRecord(record, done),
    });
    this.#queue = queue;
    this.#accounting = new Accounting({
      queue,
      dictionary: this.#dictionary,
      identity: this.#identity,
      timers: io.timers,
      now: () => io.now(),
      wallClock: Date.now,
      random,
      log,
      groups: [...this.#servers.keys()],
      groupFor: (profile) => this.#groupOf(profile),
      interimInterval: (this.#options.interimInterval ?? 0) * 1000,
      tunnels: this.#options.tunnelAccounting ?? false,
      readCounters: this.#dependencies.readCounters,
    });
    queue.resume();
    this.#accounting.start();
  }

  #sendRecord(record: AccountingRecord, done: (accepted: boolean) => void): void {
    const { log } = this.#dependencies;
    this.#serversOf(record.group).accounting.send({
      code: code.accountingRequest,
      attributes: () => {
        const delay = Math.max(0, Math.floor((Date.now() - record.madeAt) / 1000));
        const late = encodeAttributes([{ name: 'Acct-Delay-Time', value: delay }], this.#dictionary);
        return concat(record.attributes, late);
      },
      handleReply: () => done(true),
      handleFailure: (reason) => {
        log.debug({ id: record.key, reason }, 'accounting record not accepted');
        done(false);
      },
    });
  }

  #handleCoa(bytes: Uint8Array, source: DatagramSource | undefined): void {
    const { io, log } = this.#dependencies;
    if (source === undefined) return;
    const { address, port } = source.remote;
    const { answer, note } = this.#authorization.handleDatagram(bytes, address, port);
    if (note !== undefined && answer !== undefined) {
      log.info({ peer: address, ...note }, 'CoA or Disconnect request');
    } else if (note !== undefined && io.now() - this.#dropLoggedAt >= dropLogInterval) {
      this.#dropLoggedAt = io.now();
      log.warn({ peer: address, ...note }, 'CoA or Disconnect request dropped');
    }
    const send = (octets: Uint8Array): void => {
      if (this.#coaSocket !== undefined) io.send(this.#coaSocket, octets, source);
    };
    if (answer instanceof Promise) void answer.then(send);
    else if (answer !== undefined) send(answer);
  }

  #makeAuthorization(coa: CoaOptions | undefined): DynamicAuthorization {
    const clients = clientTable(coa?.clients ?? []);
    return new DynamicAuthorization({
      dictionary: this.#dictionary,
      identity: this.#identity,
      sessions: this.#sessions,
      clientAt: (address) => clients(address),
      requireMessageAuthenticator: coa?.requireMessageAuthenticator ?? false,
      requireEventTimestamp: coa?.requireEventTimestamp ?? false,
      window: (coa?.window ?? 300) * 1000,
      wallClock: Date.now,
      disconnect: (session) => {
        const cause = disconnectCause(
          'administrative',
          Direction.Local,
          0,
          'disconnected by the RADIUS server',
        );
        session.disconnect(cause, this.#dependencies.io.now());
      },
    });
  }

  #makeServers(): Map<string, Servers> {
    const { servers, accountingServers } = this.#options;
    const groups = new Map<string, Servers>();
    groups.set(defaultGroup, this.#group(defaultGroup, servers, accountingServers ?? servers));
    for (const [profile, own] of this.#dependencies.profiles)
      groups.set(profile, this.#group(profile, own, own));
    return groups;
  }

  #group(profile: string, auth: readonly RadiusServer[], acct: readonly RadiusServer[]): Servers {
    const { io, log, random } = this.#dependencies;
    const make = (
      purpose: string,
      servers: readonly RadiusServer[],
      port: (server: RadiusServer) => number,
    ) =>
      new RadiusServers({
        io,
        log,
        random,
        dictionary: this.#dictionary,
        purpose: profile === defaultGroup ? purpose : `${purpose} of profile ${profile}`,
        servers: servers.map((server) => this.#server(server, port(server))),
        onServerUp: () => {
          if (purpose === 'accounting') this.#queue?.resume();
        },
      });
    return {
      authentication: make('authentication', auth, (server) => server.authPort ?? authPort),
      accounting: make('accounting', acct, (server) => server.acctPort ?? acctPort),
    };
  }

  #server({ host, secret, priority = 0, weight = 1 }: RadiusServer, port: number) {
    const { timeout = 2, retries = 2, deadTime = 60, statusServer = true } = this.#options;
    return {
      remote: serverAddress(host, port),
      secret: utf8(secret),
      priority,
      weight,
      timeout: timeout * 1000,
      retries,
      deadTime: deadTime * 1000,
      statusServer,
      requireMessageAuthenticator: this.#options.requireMessageAuthenticator ?? true,
    };
  }

  /** An attribute of the configuration that cannot be sent is told of at the start, not at the first log-in. */
  #checkExtra(): void {
    try {
      encodeAttributes(this.#identity.extra, this.#dictionary);
    } catch (error) {
      if (error instanceof RadiusError) throw new RangeError(`radius.send: ${error.message}`);
      throw error;
    }
  }

  #groupOf(profile: string | undefined): string {
    return profile !== undefined && this.#servers.has(profile) ? profile : defaultGroup;
  }

  /** A record of an earlier run may be of a profile that is gone. */
  #serversOf(group: string): Servers {
    const servers = this.#servers.get(group) ?? this.#servers.get(defaultGroup);
    if (servers === undefined) throw new Error('there are no RADIUS servers');
    return servers;
  }

  #someAvailable(): boolean {
    return [...this.#servers.values()].some(({ accounting }) => accounting.available);
  }
}

/** @throws RangeError */
function serverAddress(host: string, port: number): SocketAddress {
  if (isIP(host) === 0) throw new RangeError(`radius: ${JSON.stringify(host)} is no IP address of a server`);
  return { address: host, port };
}
