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

  /** @param tunnelId `undefined` for a session that is in none */
  add(tunnelId: number | undefined, { rxRate, txRate }: Rates): void {
    if (rxRate === 0 && txRate === 0) return;
    const sum = tunnelId === undefined ? undefined : this.#byTunnel.get(tunnelId);
    if (tunnelId !== undefined && sum === undefined) this.#byTunnel.set(tunnelId, { rxRate, txRate });
    else if (sum !== undefined) {
      sum.rxRate += rxRate;
      sum.txRate += txRate;
    }
    this.#total.rxRate += rxRate;
    this.#total.txRate += txRate;
  }
}
