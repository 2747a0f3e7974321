import { networkProtocol } from '../native/index.js';
import { concat, utf8 } from '../wire/index.js';
import type { DataPlanePppoeOptions, PppUnitOptions } from './data-plane.js';
import { KernelDataSession, type KernelSessionOwner } from './data-session.js';
import { batchNames } from './netlink-batch.js';
import type { KernelDataPlane } from './kernel-data-plane.js';
import { passedProtocols, policersOf, unitBatch, unitMru, type UnitPolicers } from './unit-batch.js';

/** The PPPoE sessions of a data plane: the kernel's PPPoE socket stands where PPPoL2TP's is in a tunnel's session. */
export class KernelPppoeSessions implements KernelSessionOwner {
  readonly plane: KernelDataPlane;
  readonly tunnelId = 0;
  readonly api = 'pppox';
  readonly countsL2tp = false;

  constructor(plane: KernelDataPlane) {
    this.plane = plane;
  }

  /** @throws KernelError */
  async open(options: DataPlanePppoeOptions, unit: PppUnitOptions | undefined): Promise<KernelDataSession> {
    const { operations, io, addressing } = this.plane;
    if (unit?.ipv4 !== undefined) await this.plane.localAddress(unit.ipv4.local);
    const key = operations.newKey();
    const place = await this.plane.place(unit);
    const batch = unit && unitBatch(unit, addressing, this.policers(key), place);
    const tag = io.registerSink(options.sink);
    try {
      const result = await operations.run(
        'PPPoE session',
        (native, id) =>
          native.kernelOpenPppoe(
            id,
            key,
            tag,
            options.sessionId,
            concat(options.peerMac, utf8(options.interfaceName)),
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
      if (unit?.filters !== undefined) await session.enterFilters(unit.filters);
      return session;
    } catch (error) {
      io.unregisterSink(tag);
      await this.plane.forgetPlace(unit, this.policers(key).own);
      throw error;
    }
  }

  policers(key: number): UnitPolicers {
    return policersOf(key, this.tunnelId);
  }

  forget(): void {
    // Each session is its owner's; nothing is kept here.
  }
}
