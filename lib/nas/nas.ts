import { type AccountingRecord, Journal, RecordQueue } from '../accounting/index.js';
import type { Authenticator, SessionObserver } from '../aaa/index.js';
import {
  type ControlIo,
  type DatagramSource,
  type Descriptor,
  type SocketAddress,
  turnDate,
} from '../io/index.js';
import { Direction, disconnectCause } from '../ppp/index.js';
import { code, Dictionary, encodeAttributes, RadiusError } from '../radius/index.js';
import { concat, formatHostPort, parseHostPort, type Random } from '../wire/index.js';
import { Accounting } from './accounting.js';
import { RadiusAuthenticator } from './authenticator.js';
import { type CoaRules, coaRules } from './coa-rules.js';
import { DynamicAuthorization, type DynamicAuthorizationCounters } from './dynamic-authorization.js';
import type { NasLog } from './nas-log.js';
import type { RadiusOptions, RadiusServer } from './options.js';
import type { NasIdentity } from './request-attributes.js';
import { type GroupServerStatus, ServerGroups, serverPlan } from './server-groups.js';
import { SessionIndex } from './session-index.js';

export interface NasDependencies {
  readonly io: ControlIo;
  readonly log: NasLog;
  readonly random: Random;
  /** NAS-Identifier where the options say none. */
  readonly hostName: string;
  /** Has all counters read soon; `countersRead` of the observer follows. */
  readonly readCounters: () => void;
}

/** Servers of profiles that have their own, by the profile's name. */
export type ProfileServers = ReadonlyMap<string, readonly RadiusServer[]>;

/** What is known of the RADIUS servers and of what goes to and fro. */
export interface RadiusStatus {
  readonly authentication: readonly GroupServerStatus[];
  readonly accounting: readonly GroupServerStatus[];
  readonly records: ReturnType<Accounting['status']>;
  readonly coa: Readonly<DynamicAuthorizationCounters>;
}

const coaPort = 3799;
const defaultQueueSize = 64 << 20;
/** How often a NAS that closes looks whether its records have arrived, in ms. */
const drainPoll = 20;

/** Requests that nobody may make come as fast as anybody likes: the log gets one line in so many ms. */
const dropLogInterval = 10_000;

/** A network access server as RADIUS knows it: asks servers, tells them of sessions, and does what they say later. */
export class Nas implements SessionObserver {
  readonly authenticator: Authenticator;
  readonly #options: RadiusOptions;
  readonly #dependencies: NasDependencies;
  readonly #identity: NasIdentity;
  readonly #dictionary: Dictionary;
  readonly #servers: ServerGroups;
  readonly #sessions = new SessionIndex();
  readonly #authorization: DynamicAuthorization;
  readonly #coaLocal: SocketAddress | undefined;
  #coaRules: CoaRules;
  /** In ms. */
  #interimInterval: number;
  #journal: Journal | undefined;
  #queue: RecordQueue | undefined;
  #accounting: Accounting | undefined;
  #coaSocket: Descriptor | undefined;
  #dropLoggedAt = -Infinity;

  /** Checks the options; opens nothing yet. @throws RangeError for an option that cannot be used, naming it */
  constructor(options: RadiusOptions, profiles: ProfileServers, dependencies: NasDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#dictionary = new Dictionary(options.dictionary);
    this.#identity = {
      identifier: options.nasIdentifier ?? dependencies.hostName,
      address: options.nasIpAddress,
      extra: Object.entries(options.send ?? {}).map(([name, value]) => ({ name, value })),
    };
    this.#checkExtra();
    this.#servers = new ServerGroups(serverPlan(options, profiles), {
      io: dependencies.io,
      log: dependencies.log,
      random: dependencies.random,
      dictionary: this.#dictionary,
      onAccountingServerUp: () => this.#queue?.resume(),
    });
    this.#coaRules = coaRules(options.coa);
    this.#interimInterval = interimInterval(options);
    this.#coaLocal =
      options.coa === undefined
        ? undefined
        : parseHostPort('radius.coa.listen', options.coa.listen ?? '0.0.0.0', coaPort);
    this.#authorization = this.#makeAuthorization();
    this.authenticator = new RadiusAuthenticator({
      serversFor: (profile) => this.#servers.servers(this.#servers.groupOf(profile), 'authentication'),
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
   * Checks other options without any effect. What is returned applies those that can change while sessions are up, and
   * does not fail: the servers and how they are asked, who may send CoA, and the interim interval of new sessions.
   * @throws RangeError for an option that cannot be used, naming it
   */
  prepare(options: RadiusOptions, profiles: ProfileServers): () => void {
    const plan = serverPlan(options, profiles);
    const rules = coaRules(options.coa);
    return () => {
      this.#servers.reconfigure(plan);
      this.#coaRules = rules;
      this.#interimInterval = interimInterval(options);
      this.#queue?.resume();
    };
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
    while ((this.#queue?.count ?? 0) > 0 && io.now() < until && this.#servers.accountingAvailable) {
      await new Promise<void>((resolve) => {
        const poll = { handleTimeout: (): void => resolve() };
        io.timers.schedule(poll, io.now() + drainPoll);
      });
    }
    this.#queue?.close();
    this.#servers.close();
    await this.#journal?.close();
    this.#queue = undefined;
    this.#accounting = undefined;
  }

  status(): RadiusStatus {
    return {
      authentication: this.#servers.status('authentication'),
      accounting: this.#servers.status('accounting'),
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
      available: (group) => this.#servers.servers(group, 'accounting').available,
      send: (record, done) => this.#sendRecord(record, done),
    });
    this.#queue = queue;
    this.#accounting = new Accounting({
      queue,
      dictionary: this.#dictionary,
      identity: this.#identity,
      timers: io.timers,
      now: () => io.now(),
      wallClock: turnDate,
      random,
      log,
      groups: () => this.#servers.names,
      groupFor: (profile) => this.#servers.groupOf(profile),
      interimInterval: () => this.#interimInterval,
      tunnels: this.#options.tunnelAccounting ?? false,
      readCounters: this.#dependencies.readCounters,
    });
    queue.resume();
    this.#accounting.start();
  }

  #sendRecord(record: AccountingRecord, done: (accepted: boolean) => void): void {
    const { log } = this.#dependencies;
    this.#servers.servers(record.group, 'accounting').send({
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

  #makeAuthorization(): DynamicAuthorization {
    return new DynamicAuthorization({
      dictionary: this.#dictionary,
      identity: this.#identity,
      sessions: this.#sessions,
      rules: () => this.#coaRules,
      wallClock: turnDate,
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

  /** An attribute of the configuration that cannot be sent is told of at the start, not at the first log-in. */
  #checkExtra(): void {
    try {
      encodeAttributes(this.#identity.extra, this.#dictionary);
    } catch (error) {
      if (error instanceof RadiusError) throw new RangeError(`radius.send: ${error.message}`);
      throw error;
    }
  }
}

const interimInterval = (options: RadiusOptions): number => (options.interimInterval ?? 0) * 1000;
