import type { Descriptor } from '../io/index.js';
import { lane, networkProtocol, pppOperation, sessionNumber } from '../native/index.js';
import type {
  DataPlaneSession,
  FinalStats,
  Ipv6Stats,
  MppeDirection,
  MppeSetup,
  PacketCapture,
  PppUnit,
  PppUnitOptions,
  SessionStats,
  UnitChange,
} from './data-plane.js';
import { modifyKernelSession, type SequencingOptions } from './genl.js';
import type { KernelApi } from './kernel-api.js';
import type { KernelDataPlane } from './kernel-data-plane.js';
import { SessionFilters } from './session-filters.js';
import { turnSent } from './kernel-io.js';
import { batchNames, failedMessages } from './netlink-batch.js';
import { allOrFirstFailure, type OperationOptions, type OperationResult } from './operations.js';
import { InterfaceCapture } from './interface-capture.js';
import { checkKeys, compressorOption, negotiatingFlags, openFlags } from './mppe.js';
import { ipv6Stats } from './ipv6-stats.js';
import { RtnlBatch } from './rtnl-batch.js';
import { countersOf, linkStats, noStats, sessionStatsKey } from './stats.js';
import {
  changeBatch,
  noQueues,
  passedProtocols,
  queuesOf,
  undoBatch,
  unitBatch,
  unitMru,
  type UnitPlace,
  type UnitPolicers,
  type UnitQueues,
} from './unit-batch.js';

const NETLINK_ROUTE = 0;

/** How long a session's network protocols have been silent, in seconds; `undefined` before the first packet. */
export interface IdleTime {
  readonly sent: number | undefined;
  readonly received: number | undefined;
}

/** What a session of the kernel belongs to: its L2TP tunnel, or all PPPoE sessions. */
export interface KernelSessionOwner {
  readonly plane: KernelDataPlane;
  /** 0 for PPPoE. */
  readonly tunnelId: number;
  readonly api: Exclude<KernelApi, 'auto'>;
  /** Whether the kernel counts the sessions' L2TP packets. */
  readonly countsL2tp: boolean;
  /** Numbers of the kernel's policers for a session of this key. */
  policers(key: number): UnitPolicers;
  /** A session that is closed belongs here no longer. */
  forget(session: KernelDataSession): void;
}

/**
 * A session of the kernel: numbers only, so that ten thousands of them cost little. Its operations run one after the
 * other in the order in which they were called.
 */
export class KernelDataSession implements DataPlaneSession {
  readonly owner: KernelSessionOwner;
  readonly sessionId: number;
  readonly #key: number;
  readonly #tag: number;
  #pppox: Descriptor;
  #channel: Descriptor;
  #channelIndex: number;
  #unitNumber = -1;
  #unit: PppUnit | undefined;
  #protocols = 0;
  #mtu = 0;
  #queues: UnitQueues = noQueues;
  #table: number | undefined;
  #netns = '';
  readonly #filters = new SessionFilters();
  #attaching: Promise<unknown> | undefined;
  #closing: Promise<FinalStats | undefined> | undefined;

  /** @param result of the operation that made the session, with an interface if `unit` was asked for */
  constructor(
    owner: KernelSessionOwner,
    sessionId: number,
    key: number,
    tag: number,
    result: OperationResult,
    unit: PppUnitOptions | undefined,
    place: UnitPlace,
  ) {
    this.owner = owner;
    this.sessionId = sessionId;
    this.#key = key;
    this.#tag = tag;
    this.#pppox = result.numbers[sessionNumber.pppox] as number;
    this.#channel = result.numbers[sessionNumber.channel] as number;
    this.#channelIndex = result.numbers[sessionNumber.channelIndex] as number;
    if (unit !== undefined) this.#adoptUnit(result, unit, place);
  }

  get statsKey(): number {
    return sessionStatsKey(this.owner.tunnelId, this.sessionId);
  }

  get channel(): Descriptor {
    return this.#channel;
  }

  /** The kernel's number of the session's PPP channel. */
  get channelIndex(): number {
    return this.#channelIndex;
  }

  get unit(): PppUnit | undefined {
    return this.#unit;
  }

  /** The number of the PPP unit, -1 without one. */
  get unitNumber(): number {
    return this.#unitNumber;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  attachPpp(options: PppUnitOptions): Promise<PppUnit> {
    if (this.#unit !== undefined || this.#attaching !== undefined) {
      return Promise.reject(new Error(`session ${this.sessionId} has an interface already`));
    }
    const attaching = this.#attach(options);
    this.#attaching = attaching;
    attaching.then(
      () => {
        this.#attaching = undefined;
      },
      () => {
        this.#attaching = undefined;
        void this.owner.plane.forgetPlace(options, this.owner.policers(this.#key).own);
      },
    );
    return attaching;
  }

  async #attach(options: PppUnitOptions): Promise<PppUnit> {
    this.#refuseClosed();
    const { operations, addressing } = this.owner.plane;
    if (options.ipv4 !== undefined) await this.owner.plane.localAddress(options.ipv4.local);
    const place = await this.owner.plane.place(options);
    const batch = unitBatch(options, addressing, this.owner.policers(this.#key), place);
    const result = await operations.run(
      'attach',
      (native, id) =>
        native.kernelAttachUnit(
          id,
          this.#key,
          this.#tag,
          this.#channel,
          options.netns ?? '',
          options.name ?? '',
          unitMru(options),
          networkProtocol.all,
          passedProtocols(options),
          batch.unitPlan(),
        ),
      {
        describe: batchNames(batch),
        discard: (numbers) => this.#discardUnit(numbers),
      },
    );
    const unit = this.#adoptUnit(result, options, place);
    try {
      await this.#changeFilters(options.filters ?? []);
    } catch (error) {
      await this.#dropUnit(unit).catch(() => undefined);
      throw error;
    }
    return unit;
  }

  /** Takes the interface away again, and keeps the session. */
  async #dropUnit(unit: PppUnit): Promise<void> {
    this.#unit = undefined;
    await this.owner.plane.operations.run('close', (native, id) =>
      native.kernelCloseSession(id, this.#key, 0, 0, unit.descriptor, unit.index, false, false, 0, 0),
    );
  }

  #changeFilters(names: readonly string[]): Promise<void> {
    return this.#filters.change(this.owner.plane.filters, names);
  }

  /** The first filters of a session; without them there is no session. @throws KernelError */
  async enterFilters(names: readonly string[]): Promise<void> {
    try {
      await this.#changeFilters(names);
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  async updatePpp(change: UnitChange): Promise<void> {
    this.#refuseClosed();
    if (this.#unit === undefined) throw new Error(`session ${this.sessionId} has no interface`);
    if (change.filters !== undefined) await this.#changeFilters(change.filters);
    if (change.rate?.shapeUp === true) await this.owner.plane.prepareIfb(this.#netns);
    const { index } = this.#unit;
    const { operations, addressing } = this.owner.plane;
    if (change.ipv4 !== undefined) await this.owner.plane.localAddress(change.ipv4.local);
    const placed = { table: this.#table, ...change };
    const own = this.owner.policers(this.#key).own;
    const { batch, queues } = changeBatch(index, placed, addressing, this.#queues, own);
    if (batch.count > 0) {
      let failed: ReadonlySet<number> = new Set();
      try {
        await this.#netlink(batch.messages(), {
          describe: batchNames(batch),
          discard: (_numbers, octets) => {
            failed = failedMessages(octets);
          },
        });
      } catch (error) {
        // The kernel went on after the message that failed: what was done is taken back.
        const undo = undoBatch(index, placed, addressing, this.#mtu).messagesBut(failed);
        if (undo.length > 0) await this.#netlink(undo, {}).catch(() => undefined);
        if (queues.upShaper && !this.#queues.upShaper) await this.owner.plane.removeIfb(own, this.#netns);
        throw error;
      }
      this.#mtu = change.mtu ?? this.#mtu;
      this.#queues = queues;
    }
    const added = passedProtocols(change) & ~this.#protocols;
    if (added === 0) return;
    await operations.run('PPPIOCSNPMODE', (native, id) =>
      native.kernelPpp(
        id,
        this.#key,
        pppOperation.networkProtocols,
        this.#unit?.descriptor ?? 0,
        added,
        added,
        0,
        undefined,
      ),
    );
    this.#protocols |= added;
  }

  async prepareMppe(setup: MppeSetup): Promise<void> {
    checkKeys(setup);
    // Queued together: they run one after the other, and the first that fails is reported.
    const steps = [
      ...(setup.receive === undefined ? [] : [this.#compressor(setup.receive, 0)]),
      this.#compressor(setup.send, 1),
      this.#unitOperation('PPPIOCSFLAGS', pppOperation.flags, negotiatingFlags),
    ];
    await allOrFirstFailure(steps);
  }

  async openMppe(required: boolean): Promise<void> {
    // With SC_CCP_UP the kernel no longer looks at Configure-Acks: ours must have passed before.
    await turnSent();
    await this.#unitOperation('PPPIOCSFLAGS', pppOperation.flags, openFlags(required));
  }

  async setSequencing(options: SequencingOptions): Promise<void> {
    this.#refuseClosed();
    const { plane, tunnelId, api } = this.owner;
    // By netlink the kernel also notifies.
    if (api === 'netlink') {
      await modifyKernelSession(tunnelId, this.sessionId, options, plane.operations, this.#key);
      return;
    }
    const flag = (value: boolean | undefined): number => (value === undefined ? -1 : Number(value));
    await this.#operation(
      'sequencing',
      pppOperation.sequencing,
      this.#pppox,
      flag(options.sendSequence),
      flag(options.receiveSequence),
      options.reorderTimeout ?? -1,
    );
  }

  async stats(): Promise<SessionStats> {
    if (!this.owner.countsL2tp) return this.unitStats();
    return countersOf(await this.#operation('PPPIOCGL2TPSTATS', pppOperation.sessionStats, this.#pppox));
  }

  async unitStats(): Promise<SessionStats> {
    if (this.#unit === undefined) throw new Error(`session ${this.sessionId} has no interface`);
    return linkStats(await this.#netlink(new RtnlBatch().getStats(this.#unit.index).messages(), {}));
  }

  async ipv6Stats(): Promise<Ipv6Stats | undefined> {
    if (this.#unit === undefined) throw new Error(`session ${this.sessionId} has no interface`);
    const { index } = this.#unit;
    const result = await this.owner.plane.operations.run('read dev_snmp6', (native, id) =>
      native.kernelIpv6Stats(id, this.#key, this.#netns, index),
    );
    return ipv6Stats(result);
  }

  capture(snapLength: number): PacketCapture {
    this.#refuseClosed();
    if (this.#unit === undefined) throw new Error(`session ${this.sessionId} has no interface`);
    return new InterfaceCapture(this.#unit.index, this.#netns, snapLength);
  }

  async idle(): Promise<IdleTime> {
    const { numbers } = await this.#unitOperation('PPPIOCGIDLE64', pppOperation.idle, 0);
    // Before the first packet the kernel counts from before it was born.
    const seconds = (value: number): number | undefined => (value > 0xffff_ffff ? undefined : value);
    return { sent: seconds(numbers[0] as number), received: seconds(numbers[1] as number) };
  }

  /**
   * Lets the frames of this session leave by the other and the other way round, control frames too. The channels are
   * closed: a bridged session has one descriptor. @throws KernelError
   */
  async bridge(other: KernelDataSession): Promise<void> {
    this.#refuseClosed();
    other.#refuseClosed();
    if (this.#channel === 0 || other.#channel === 0)
      throw new Error('one of the sessions is bridged already');
    await this.#operation('PPPIOCBRIDGECHAN', pppOperation.bridge, this.#channel, other.#channelIndex);
    await allOrFirstFailure([this.#closeChannel(), other.#closeChannel()]);
  }

  /** Opens the channels again, and takes the bridge away. @throws KernelError */
  async unbridge(other: KernelDataSession): Promise<void> {
    const live = [this, other].filter((session) => !session.closed);
    await allOrFirstFailure(live.map((session) => session.#openChannel()));
    // The end of one session takes the bridge away by itself.
    if (live.length < 2) return;
    await this.#operation('PPPIOCUNBRIDGECHAN', pppOperation.unbridge, this.#channel);
  }

  close(): Promise<FinalStats | undefined> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<FinalStats | undefined> {
    const { plane } = this.owner;
    await this.#attaching?.catch(() => undefined);
    // The last frames of the session may still be queued.
    await turnSent();
    const elsewhere = this.#netns === '' ? undefined : await this.#statsElsewhere();
    const unit = this.#unit;
    const channel = this.#channel;
    const pppox = this.#pppox;
    this.#filters.leaveAll(plane.filters);
    this.#pppox = 0;
    this.#channel = 0;
    this.#unit = undefined;
    const closed = plane.operations.run('close', (native, id) =>
      native.kernelCloseSession(
        id,
        this.#key,
        pppox,
        channel,
        unit?.descriptor ?? 0,
        unit?.index ?? 0,
        this.#netns !== '',
        this.#passesIpv6,
        this.owner.tunnelId,
        plane.settle && this.owner.api === 'netlink' ? this.sessionId : 0,
      ),
    );
    plane.io.unregisterSink(this.#tag);
    try {
      const last = await closed;
      if ((last.numbers[0] as number) < 0) return elsewhere;
      return { ...countersOf(last), ipv6: ipv6Stats(last) };
    } finally {
      if (this.#queues.upShaper) await plane.removeIfb(this.owner.policers(this.#key).own, this.#netns);
      if (unit !== undefined && this.#netns !== '') plane.leaveSpace(this.#netns);
      this.owner.forget(this);
    }
  }

  /** The addon finds the last counters in our network namespace only. */
  async #statsElsewhere(): Promise<FinalStats | undefined> {
    const [stats, l2tp, ipv6] = await Promise.all([
      this.unitStats().catch(() => undefined),
      this.stats().catch(() => noStats),
      this.#passesIpv6 ? this.ipv6Stats().catch(() => undefined) : undefined,
    ]);
    const { rxSeqDiscards, rxOutOfSequence } = l2tp;
    return stats && { ...stats, rxSeqDiscards, rxOutOfSequence, ipv6 };
  }

  async #closeChannel(): Promise<void> {
    const channel = this.#channel;
    this.#channel = 0;
    await this.owner.plane.operations.run('close', (native, id) =>
      native.kernelCloseDescriptor(id, this.#key, channel),
    );
  }

  async #openChannel(): Promise<void> {
    if (this.#channel !== 0) return;
    const { numbers } = await this.owner.plane.operations.run('PPPIOCATTCHAN', (native, id) =>
      native.kernelOpenChannel(id, this.#key, this.#tag, this.#pppox),
    );
    this.#channel = numbers[0] as number;
    this.#channelIndex = numbers[1] as number;
  }

  #adoptUnit({ numbers }: OperationResult, options: PppUnitOptions, place: UnitPlace): PppUnit {
    this.#unitNumber = numbers[sessionNumber.unitNumber] as number;
    this.#protocols = passedProtocols(options);
    this.#mtu = options.mtu;
    this.#queues = queuesOf(options);
    this.#table = options.table ?? place.table;
    this.#netns = options.netns ?? '';
    const index = numbers[sessionNumber.interfaceIndex] as number;
    this.#unit = {
      name: options.name ?? `ppp${this.#unitNumber}`,
      index,
      statsKey: this.#netns === '' ? index : this.owner.plane.enterSpace(this.#netns, index),
      descriptor: numbers[sessionNumber.unit] as number,
    };
    this.#filters.member = { interfaceName: this.#unit.name, ipv4: options.ipv4?.peer };
    return this.#unit;
  }

  #discardUnit(numbers: Float64Array): void {
    const unit = numbers[sessionNumber.unit] as number;
    if (unit === 0) return;
    const { operations } = this.owner.plane;
    const index = numbers[sessionNumber.interfaceIndex] as number;
    void operations
      .run('close', (native, id) =>
        native.kernelCloseSession(id, this.#key, 0, 0, unit, index, false, false, 0, 0),
      )
      .catch(() => undefined);
  }

  #compressor(direction: MppeDirection, transmit: number): Promise<OperationResult> {
    const option = compressorOption(direction);
    const done = this.#unitOperation('PPPIOCSCOMPRESS', pppOperation.compressor, transmit, option);
    // The addon has its own copy, and wipes it.
    option.fill(0);
    return done;
  }

  #netlink(messages: Uint8Array, options: OperationOptions): Promise<OperationResult> {
    return this.owner.plane.operations.run(
      'rtnetlink',
      (native, id) =>
        native.kernelNetlink(id, this.#key, lane.setUp, NETLINK_ROUTE, this.#netns, false, messages),
      options,
    );
  }

  #unitOperation(name: string, operation: number, a: number, octets?: Uint8Array): Promise<OperationResult> {
    if (this.#unit === undefined)
      return Promise.reject(new Error(`session ${this.sessionId} has no interface`));
    return this.#operation(name, operation, this.#unit.descriptor, a, 0, 0, octets);
  }

  #operation(
    name: string,
    operation: number,
    descriptor: Descriptor,
    a = 0,
    b = 0,
    c = 0,
    octets?: Uint8Array,
  ): Promise<OperationResult> {
    return this.owner.plane.operations.run(name, (native, id) =>
      native.kernelPpp(id, this.#key, operation, descriptor, a, b, c, octets),
    );
  }

  get #passesIpv6(): boolean {
    return (this.#protocols & networkProtocol.ipv6) !== 0;
  }

  #refuseClosed(): void {
    if (this.#closing !== undefined) throw new Error(`session ${this.sessionId} is closed`);
  }
}
