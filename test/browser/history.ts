import type { Telemetry } from '../../lib/server/telemetry/index.js';

/** Samples of the last hour and a half: an evening in which more and more subscribers come. */
export function fillHistory(history: Telemetry['history']): void {
  const now = Date.now();
  for (let age = 5_400_000; age > 0; age -= 5000) {
    const time = now - age;
    const phase = age / 5_400_000;
    const wave = Math.sin(age / 310_000) + 0.4 * Math.sin(age / 47_000);
    const sessions = Math.round(54 - 31 * phase + 2 * wave);
    history.push(time, {
      sessions,
      tunnels: 5,
      callsInProgress: Math.max(0, Math.round(wave)),
      callsPerSecond: Math.max(0, 0.5 + 0.08 * wave + 0.05 * Math.sin(age / 23_000)),
      failuresPerSecond: Math.max(0, 0.06 * Math.sin(age / 280_000)),
      rxRate: sessions * (230_000 + 22_000 * wave),
      txRate: sessions * (2_050_000 + 190_000 * wave),
      eventLoopLag: 1.2 + 0.6 * Math.abs(wave),
      cpu: 0.02 + 0.006 * Math.abs(wave),
      memory: 90e6,
    });
  }
}
