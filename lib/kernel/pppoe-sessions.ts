import { networkProtocol } from '../native/index.js';
import { concat, utf8 } from '../wire/index.js';
import type { DataPlanePppoeOptions, PppUnitOptions } from './data-plane.js';
import { batchNames, KernelDataSession, type KernelSessionOwner, unitMru } from './data-session.js';
import type { KernelDataPlane } from './kernel-data-plane.js';
import { passedProtocols, unitBatch } from './unit-batch.js';

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
    const batch = unit && unitBatch(unit, addressing);
    const key = operations.newKey();
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
      return new KernelDataSession(this, options.sessionId, key, tag, result, unit);
    } catch (error) {
      io.unregisterSink(tag);
      throw error;
    }
  }

  forget(): void {
    // Each session is its owner's; nothing is kept here.
  }
}
