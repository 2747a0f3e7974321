import type { Descriptor, SocketAddress } from '../io/index.js';
import { networkIo } from '../io/index.js';
import { KernelError } from '../native/index.js';
import type {
  DataPlane,
  DataPlanePppoeOptions,
  DataPlaneTunnelOptions,
  PppUnitOptions,
  SessionStats,
  StatsTable,
} from './data-plane.js';
import type { KernelDataSession } from './data-session.js';
import { KernelDataTunnel } from './data-tunnel.js';
import { FilterSets } from './filter-sets.js';
import { apiName, apiNumber, type KernelApi, looksUpByTunnelId } from './kernel-api.js';
import { IfbDevices } from './ifb-devices.js';
import { InnerDscp } from './inner-dscp.js';
import type { KernelIo } from './kernel-io.js';
import { LocalAddresses } from './local-addresses.js';
import { allOrFirstFailure, type KernelOperations, kernelOperations } from './operations.js';
import { KernelPppoeSessions } from './pppoe-sessions.js';
import { InterfaceRows, sessionCounters } from './stats.js';
import { type Addressing, queuesOf, type UnitPlace } from './unit-batch.js';
import { Vrfs } from './vrfs.js';

export interface KernelDataPlaneOptions {
  /** The process's own unless given. */
  readonly io?: KernelIo;
  /** `auto` unless given. */
  readonly api?: KernelApi;
  /** `ptp` unless given. */
  readonly addressing?: Addressing;
  /** The dummy interface that holds the local addresses of unnumbered sessions. */
  readonly localInterface?: string;
  /** Makes every session by netlink, which costs more but notifies; else only those with sequence numbers. */
  readonly sessionsByNetlink?: boolean;
  /** Has `close()` of a session wait until its id is free in the kernel; it is a moment after the rest is gone. */
  readonly settle?: boolean;
  /** The process's own unless given. */
  readonly operations?: KernelOperations;
  /** Table of the family inet with the sets that {@link PppUnitOptions.filters} name; `kernel-l2tp` unless given. */
  readonly filterTable?: string | undefined;
}

/** Tunnels by their two ends, of this process: kernels before 6.11 mix up two with the same. */
const paths = new Map<string, KernelDataTunnel | 'opening'>();

/** The data plane of the running kernel. */
export class KernelDataPlane implements DataPlane {
  readonly io: KernelIo;
  readonly operations: KernelOperations;
  readonly api: KernelApi;
  readonly addressing: Addressing;
  readonly sessionsByNetlink: boolean;
  readonly settle: boolean;
  readonly filters: FilterSets;
  readonly #localAddresses: LocalAddresses | undefined;
  readonly #pppoe = new KernelPppoeSessions(this);
  readonly #paths = new Map<KernelDataTunnel, string>();
  readonly #vrfs: Vrfs;
  readonly #ifbs: IfbDevices;
  #innerDscp: InnerDscp | undefined;
  /** Other network namespaces that interfaces were moved to, and how many are there. */
  readonly #spaces = new Map<string, { readonly number: number; users: number }>();
  /** Interface counters by the number of their network namespace (0: ours), as they were read last. */
  readonly #interfaces = new Map<number, InterfaceRows>();
  #readingInterfaces: Promise<StatsTable> | undefined;

  /** @throws AddonError when the addon is not built */
  constructor(options: KernelDataPlaneOptions = {}) {
    this.io = options.io ?? networkIo();
    this.operations = options.operations ?? kernelOperations();
    this.#vrfs = new Vrfs(this.operations);
    this.#ifbs = new IfbDevices(this.operations);
    this.filters = new FilterSets(this.operations, options.filterTable ?? 'kernel-l2tp');
    this.api = options.api ?? 'auto';
    this.addressing = options.addressing ?? 'ptp';
    this.sessionsByNetlink = options.sessionsByNetlink ?? false;
    this.settle = options.settle ?? false;
    this.#localAddresses =
      this.addressing === 'unnumbered'
        ? new LocalAddresses(this.operations, options.localInterface ?? 'l2tp-local')
        : undefined;
  }

  /** @throws KernelError; Error where this kernel cannot tell the tunnel from another */
  async openTunnel(options: DataPlaneTunnelOptions): Promise<KernelDataTunnel> {
    const path = pathOf(options.local, options.peer);
    const guarded = !looksUpByTunnelId();
    if (guarded) {
      if (paths.has(path)) {
        throw new Error(
          `there is a kernel tunnel between ${path} already, and a kernel before 6.11 would mix up their data: ` +
            'use another local address or port',
        );
      }
      paths.set(path, 'opening');
    }
    try {
      const key = this.operations.newKey();
      const { numbers } = await this.operations.run('L2TP_CMD_TUNNEL_CREATE', (native, id) =>
        native.kernelCreateTunnel(
          id,
          key,
          apiNumber[this.api],
          options.tunnelId,
          options.peerTunnelId,
          options.socket,
          options.local.address.includes(':'),
        ),
      );
      const tunnel = new KernelDataTunnel(
        this,
        options,
        key,
        apiName(numbers[0] as number),
        numbers[1] as number,
      );
      if (guarded) {
        paths.set(path, tunnel);
        this.#paths.set(tunnel, path);
      }
      return tunnel;
    } catch (error) {
      if (guarded) paths.delete(path);
      throw error;
    }
  }

  /** @throws KernelError */
  openPppoe(options: DataPlanePppoeOptions, unit?: PppUnitOptions): Promise<KernelDataSession> {
    return this.#pppoe.open(options, unit);
  }

  interfaceStats(): Promise<StatsTable> {
    this.#readingInterfaces ??= this.#readInterfaces().finally(() => (this.#readingInterfaces = undefined));
    return this.#readingInterfaces;
  }

  async #readInterfaces(): Promise<StatsTable> {
    const tables = this.#interfaces;
    const spaces = new Map([[0, '']]);
    for (const [name, { number, users }] of this.#spaces) if (users > 0) spaces.set(number, name);
    for (const number of tables.keys()) if (!spaces.has(number)) tables.delete(number);
    const read = async ([number, netns]: [number, string]): Promise<void> => {
      const table = tables.get(number) ?? new InterfaceRows();
      tables.set(number, table);
      await table.read(async (rows) => {
        const { numbers } = await this.operations.run('RTM_GETSTATS', (native, id) =>
          native.kernelInterfaceStats(id, netns, rows),
        );
        return numbers[0] as number;
      });
    };
    await allOrFirstFailure([...spaces].map(read));
    return {
      get: (key, known) => tables.get(Math.floor(key / indicesInSpace))?.get(key % indicesInSpace, known),
    };
  }

  async sessionStats(): Promise<ReadonlyMap<number, SessionStats>> {
    try {
      return sessionCounters(
        await this.operations.run('L2TP_CMD_SESSION_GET', (native, id) => native.kernelSessionStats(id)),
      );
    } catch (error) {
      if (error instanceof KernelError && error.code === 'ENOENT') return new Map();
      throw error;
    }
  }

  async setMulticast(
    socket: Descriptor,
    interfaceIndex: number,
    group: Uint8Array,
    joins: boolean,
  ): Promise<void> {
    await this.operations.run('multicast', (native, id) =>
      native.kernelMulticast(id, 0, socket, interfaceIndex, joins, group),
    );
  }

  /** The numbers of what `unit` names. @throws KernelError where there is no such VRF, namespace or set of nftables */
  place(unit: PppUnitOptions | undefined): Promise<UnitPlace> | UnitPlace {
    if (unit?.vrf === undefined && unit?.filters === undefined && unit?.rate?.shapeUp !== true) return {};
    return this.#findPlace(unit);
  }

  async #findPlace({ vrf, netns, filters = [], rate }: PppUnitOptions): Promise<UnitPlace> {
    await this.filters.find(filters);
    if (rate?.shapeUp === true) await this.#ifbs.sweep(netns);
    return vrf === undefined ? {} : await this.#vrfs.find(vrf, netns);
  }

  /** An interface could not be made: what it was to be in may be another by now. @param index of its `ifb` device */
  async forgetPlace(unit: PppUnitOptions | undefined, index: number): Promise<void> {
    if (unit !== undefined && queuesOf(unit).upShaper) await this.removeIfb(index, unit.netns ?? '');
    if (unit?.vrf !== undefined) this.#vrfs.forget(unit.vrf, unit.netns);
    const { netns } = unit ?? {};
    if (netns !== undefined && (this.#spaces.get(netns)?.users ?? 0) === 0) {
      this.operations.native.kernelForgetNamespace(netns);
    }
  }

  /** Devices of a killed process may have the numbers of those that are about to be made. */
  prepareIfb(netns: string): Promise<void> {
    return this.#ifbs.sweep(netns);
  }

  removeIfb(index: number, netns: string): Promise<void> {
    return this.#ifbs.remove(index, netns);
  }

  /** An interface lives in a network namespace. @returns its key in {@link interfaceStats} */
  enterSpace(netns: string, interfaceIndex: number): number {
    const space = this.#spaces.get(netns) ?? { number: this.#spaces.size + 1, users: 0 };
    space.users++;
    this.#spaces.set(netns, space);
    return statsKey(space.number, interfaceIndex);
  }

  leaveSpace(netns: string): void {
    const space = this.#spaces.get(netns);
    if (space === undefined) return;
    space.users--;
    if (space.users === 0) this.operations.native.kernelForgetNamespace(netns);
  }

  /** Makes sure that an unnumbered session's local address is there; `undefined` when there is nothing to wait for. */
  localAddress(address: string): Promise<void> | undefined {
    return this.#localAddresses?.ensure(address);
  }

  async copyDscp(ports: readonly number[]): Promise<void> {
    const copies = new InnerDscp(this.operations);
    await copies.copy(ports);
    this.#innerDscp = copies;
  }

  async close(): Promise<void> {
    await this.#innerDscp?.remove();
    await this.#localAddresses?.close();
  }

  /** A tunnel that is closed belongs here no longer. */
  forget(tunnel: KernelDataTunnel): void {
    const path = this.#paths.get(tunnel);
    if (path === undefined) return;
    this.#paths.delete(tunnel);
    paths.delete(path);
  }
}

const indicesInSpace = 0x1_0000_0000;

/** Interface indices are unique within a namespace only. */
const statsKey = (space: number, interfaceIndex: number): number => space * indicesInSpace + interfaceIndex;

const pathOf = (local: SocketAddress, peer: SocketAddress): string =>
  `${local.address}:${local.port} and ${peer.address}:${peer.port}`;
