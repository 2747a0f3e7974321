import type {
  DataPlane,
  DataPlaneSession,
  DataPlaneSessionOptions,
  DataPlaneTunnel,
  DataPlaneTunnelOptions,
  MppeSetup,
  PppUnit,
  PppUnitOptions,
  SessionStats,
} from './data-plane.js';

const noTraffic: SessionStats = {
  rxPackets: 0,
  rxBytes: 0,
  rxErrors: 0,
  rxSeqDiscards: 0,
  rxOutOfSequence: 0,
  txPackets: 0,
  txBytes: 0,
  txErrors: 0,
};

/** Operations that {@link NullDataPlane.fail} can make fail. */
export type NullOperation = 'openTunnel' | 'addSession' | 'addPppSession' | 'attachPpp' | 'updatePpp';

/**
 * A data plane that forwards nothing and needs no privileges: for tests, and for generators of load that have no
 * traffic of their own. It keeps account of what is open.
 */
export class NullDataPlane implements DataPlane {
  readonly tunnels: NullTunnel[] = [];
  /** What was done, in order; for tests. Empty unless `record` was asked for. */
  readonly history: string[] = [];
  readonly #record: boolean;
  readonly #failures = new Set<NullOperation>();
  #nextUnit = 0;

  constructor({ record = false }: { readonly record?: boolean } = {}) {
    this.#record = record;
  }

  /** Sessions of all tunnels. */
  get sessions(): readonly NullSession[] {
    return this.tunnels.flatMap((tunnel) => [...tunnel.sessions]);
  }

  /** The next operation of this kind fails. */
  fail(operation: NullOperation): void {
    this.#failures.add(operation);
  }

  openTunnel(options: DataPlaneTunnelOptions): Promise<NullTunnel> {
    return this.perform('openTunnel', () => {
      const tunnel = new NullTunnel(this, options.tunnelId);
      this.tunnels.push(tunnel);
      return tunnel;
    });
  }

  interfaceStats(): Promise<ReadonlyMap<number, SessionStats>> {
    return Promise.resolve(
      new Map(
        this.sessions.flatMap(({ unit, counters }) => (unit === undefined ? [] : [[unit.index, counters]])),
      ),
    );
  }

  /** @internal */
  async perform<T>(operation: NullOperation, work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.#record) this.history.push(operation);
    if (this.#failures.delete(operation)) throw new Error(`${operation} was told to fail`);
    return work();
  }

  /** @internal */
  nextUnit(name: string | undefined): PppUnit {
    this.#nextUnit += 1;
    return { name: name ?? `null${this.#nextUnit}`, index: this.#nextUnit, descriptor: 0 };
  }
}

export class NullTunnel implements DataPlaneTunnel {
  readonly tunnelId: number;
  readonly sessions = new Set<NullSession>();
  readonly #plane: NullDataPlane;

  constructor(plane: NullDataPlane, tunnelId: number) {
    this.#plane = plane;
    this.tunnelId = tunnelId;
  }

  addSession(options: DataPlaneSessionOptions): Promise<NullSession> {
    return this.#plane.perform('addSession', () => new NullSession(this.#plane, this, options));
  }

  addPppSession(options: DataPlaneSessionOptions, unit: PppUnitOptions): Promise<NullSession> {
    return this.#plane.perform('addPppSession', () => new NullSession(this.#plane, this, options, unit));
  }

  stats(): Promise<SessionStats> {
    return Promise.resolve(noTraffic);
  }

  close(): Promise<void> {
    this.sessions.clear();
    const { tunnels } = this.#plane;
    const at = tunnels.indexOf(this);
    if (at >= 0) tunnels.splice(at, 1);
    return Promise.resolve();
  }
}

export class NullSession implements DataPlaneSession {
  readonly sessionId: number;
  readonly channel = 0;
  readonly options: DataPlaneSessionOptions;
  /** What {@link stats} tells; a test may change it. */
  counters = noTraffic;
  /** The keys that the kernel would have; a test may look. */
  mppe: MppeSetup | undefined;
  encrypts: 'no' | 'allowed' | 'required' = 'no';
  unitOptions: PppUnitOptions | undefined;
  #unit: PppUnit | undefined;
  readonly #plane: NullDataPlane;
  readonly #tunnel: NullTunnel;

  constructor(
    plane: NullDataPlane,
    tunnel: NullTunnel,
    options: DataPlaneSessionOptions,
    unit?: PppUnitOptions,
  ) {
    this.#plane = plane;
    this.#tunnel = tunnel;
    this.options = options;
    this.sessionId = options.sessionId;
    if (unit !== undefined) this.#attach(unit);
    tunnel.sessions.add(this);
  }

  get unit(): PppUnit | undefined {
    return this.#unit;
  }

  attachPpp(unit: PppUnitOptions): Promise<PppUnit> {
    return this.#plane.perform('attachPpp', () => this.#attach(unit));
  }

  updatePpp(change: Partial<PppUnitOptions>): Promise<void> {
    return this.#plane.perform('updatePpp', () => {
      this.unitOptions = { mtu: 0, ...this.unitOptions, ...change };
    });
  }

  prepareMppe(setup: MppeSetup): Promise<void> {
    this.mppe = setup;
    return Promise.resolve();
  }

  openMppe(required: boolean): Promise<void> {
    this.encrypts = required ? 'required' : 'allowed';
    return Promise.resolve();
  }

  stats(): Promise<SessionStats> {
    return Promise.resolve(this.counters);
  }

  close(): Promise<void> {
    this.#tunnel.sessions.delete(this);
    return Promise.resolve();
  }

  #attach(unit: PppUnitOptions): PppUnit {
    this.unitOptions = unit;
    this.#unit = this.#plane.nextUnit(unit.name);
    return this.#unit;
  }
}
