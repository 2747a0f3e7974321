import { networkProtocol, sessionFlag } from '../native/index.js';
import type {
  DataPlaneSessionOptions,
  DataPlaneTunnel,
  DataPlaneTunnelOptions,
  PppUnitOptions,
  SessionStats,
} from './data-plane.js';
import { KernelDataSession, type KernelSessionOwner } from './data-session.js';
import { apiNumber, type KernelApi } from './kernel-api.js';
import type { KernelDataPlane } from './kernel-data-plane.js';
import { batchNames } from './netlink-batch.js';
import { allOrFirstFailure } from './operations.js';
import { countersOf } from './stats.js';
import { passedProtocols, policersOf, unitBatch, unitMru, type UnitPolicers } from './unit-batch.js';

/** A tunnel of the kernel and the sessions in it. */
export class KernelDataTunnel implements DataPlaneTunnel, KernelSessionOwner {
  readonly plane: KernelDataPlane;
  readonly tunnelId: number;
  readonly peerTunnelId: number;
  /** How it was made. */
  readonly api: Exclude<KernelApi, 'auto'>;
  readonly countsL2tp = true;
  readonly #ipv6: boolean;
  readonly #key: number;
  readonly #management: number;
  readonly #sessions = new Set<KernelDataSession>();
  /** Sessions that are being made. */
  readonly #opening = new Set<Promise<KernelDataSession>>();
  #closing: Promise<void> | undefined;

  constructor(
    plane: KernelDataPlane,
    options: DataPlaneTunnelOptions,
    key: number,
    api: Exclude<KernelApi, 'auto'>,
    management: number,
  ) {
    this.plane = plane;
    this.tunnelId = options.tunnelId;
    this.peerTunnelId = options.peerTunnelId;
    this.api = api;
    this.#ipv6 = options.local.address.includes(':');
    this.#key = key;
    this.#management = management;
  }

  get sessions(): ReadonlySet<KernelDataSession> {
    return this.#sessions;
  }

  addSession(options: DataPlaneSessionOptions): Promise<KernelDataSession> {
    return this.#add(options, undefined);
  }

  addPppSession(options: DataPlaneSessionOptions, unit: PppUnitOptions): Promise<KernelDataSession> {
    return this.#add(options, unit);
  }

  #add(options: DataPlaneSessionOptions, unit: PppUnitOptions | undefined): Promise<KernelDataSession> {
    if (this.#closing !== undefined) return Promise.reject(this.#closedError());
    const opening = this.#open(options, unit);
    this.#opening.add(opening);
    const done = (): boolean => this.#opening.delete(opening);
    opening.then(done, done);
    return opening;
  }

  async #open(
    options: DataPlaneSessionOptions,
    unit: PppUnitOptions | undefined,
  ): Promise<KernelDataSession> {
    const { operations, io, addressing } = this.plane;
    if (unit?.ipv4 !== undefined) await this.plane.localAddress(unit.ipv4.local);
    const key = operations.newKey();
    const place = await this.plane.place(unit);
    const batch = unit && unitBatch(unit, addressing, this.policers(key), place);
    const tag = io.registerSink(options.sink);
    try {
      const result = await operations.run(
        'session',
        (native, id) =>
          native.kernelOpenSession(
            id,
            key,
            tag,
            this.tunnelId,
            this.peerTunnelId,
            options.sessionId,
            options.peerSessionId,
            this.#flags(options),
            options.reorderTimeout ?? 0,
            unit?.netns ?? '',
            unit?.name ?? '',
            unit ? unitMru(unit) : 0,
            networkProtocol.all,
            unit ? passedProtocols(unit) : 0,
            batch?.unitPlan(),
          ),
        {
          describe: batch && batchNames(batch),
          discard: (numbers) => operations.discardSession(key, numbers),
        },
      );
      const session = new KernelDataSession(this, options.sessionId, key, tag, result, unit, place);
      this.#sessions.add(session);
      if (unit?.filters !== undefined) await session.enterFilters(unit.filters);
      if (this.#closing === undefined) return session;
    } catch (error) {
      io.unregisterSink(tag);
      await this.plane.forgetPlace(unit, this.policers(key).own);
      throw error;
    }
    // The tunnel is being closed, and takes the session along.
    throw this.#closedError();
  }

  policers(key: number): UnitPolicers {
    return policersOf(key, this.tunnelId);
  }

  async stats(): Promise<SessionStats> {
    return countersOf(
      await this.plane.operations.run('tunnel stats', (native, id) =>
        native.kernelTunnelStats(id, this.#key, apiNumber[this.api], this.tunnelId, this.#management),
      ),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A session that is closed belongs here no longer. */
  forget(session: KernelDataSession): void {
    this.#sessions.delete(session);
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#opening);
    const ends = Array.from(this.#sessions, (session) => session.close());
    // All of it is tried; what failed first is reported.
    await Promise.allSettled(ends);
    const { operations } = this.plane;
    const deleted = operations.run('L2TP_CMD_TUNNEL_DELETE', (native, id) =>
      native.kernelDeleteTunnel(id, this.#key, apiNumber[this.api], this.tunnelId, this.#management),
    );
    try {
      await allOrFirstFailure([...ends, deleted]);
    } finally {
      this.plane.forget(this);
    }
  }

  #flags(options: DataPlaneSessionOptions): number {
    const sequenced = options.sendSequence === true || options.receiveSequence === true;
    const wanted = sequenced || (options.reorderTimeout ?? 0) > 0 || this.plane.sessionsByNetlink;
    let flags = 0;
    if (options.lnsMode) flags |= sessionFlag.lnsMode;
    if (options.sendSequence) flags |= sessionFlag.sendSequence;
    if (options.receiveSequence) flags |= sessionFlag.receiveSequence;
    if (wanted && this.api === 'netlink') flags |= sessionFlag.netlink;
    if (this.plane.api === 'auto') flags |= sessionFlag.netlinkOptional;
    if (this.#ipv6) flags |= sessionFlag.ipv6;
    return flags;
  }

  #closedError(): Error {
    return new Error(`tunnel ${this.tunnelId} is closed`);
  }
}
