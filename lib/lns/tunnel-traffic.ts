/** In bit/s. */
export interface Rates {
  readonly rxRate: number;
  readonly txRate: number;
}

const none: Rates = { rxRate: 0, txRate: 0 };

/** The rates of sessions summed by tunnel, at the last reading of the counters. */
export class TunnelTraffic {
  readonly #byTunnel = new Map<number, { rxRate: number; txRate: number }>();
  readonly #total = { rxRate: 0, txRate: 0 };

  get total(): Rates {
    return this.#total;
  }

  of(tunnelId: number): Rates {
    return this.#byTunnel.get(tunnelId) ?? none;
  }

  reset(): void {
    this.#byTunnel.clear();
    this.#total.rxRate = 0;
    this.#total.txRate = 0;
  }

  /** @param tunnelIds those that the session passes through: it may come by none, and be carried on in another */
  add(tunnelIds: readonly (number | undefined)[], { rxRate, txRate }: Rates): void {
    for (const tunnelId of tunnelIds) {
      if (tunnelId === undefined) continue;
      const sum = this.#byTunnel.get(tunnelId);
      if (sum === undefined) this.#byTunnel.set(tunnelId, { rxRate, txRate });
      else {
        sum.rxRate += rxRate;
        sum.txRate += txRate;
      }
    }
    this.#total.rxRate += rxRate;
    this.#total.txRate += txRate;
  }
}
