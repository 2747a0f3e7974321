import type { SubscriberRate } from '../aaa/index.js';
import { RadiusError } from '../radius/index.js';

const factors: Readonly<Record<string, number>> = { '': 1, k: 1000, M: 1_000_000, G: 1_000_000_000 };

function bits(text: string): number | undefined {
  const match = /^(\d{1,12})([kMG]?)$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (factors[match[2] ?? ''] ?? 1);
}

function pair(text: string): readonly [number, number] | undefined {
  const [first = '', second = first, ...more] = text.split('/');
  const [a, b] = [bits(first), bits(second)];
  return a === undefined || b === undefined || more.length > 0 ? undefined : [a, b];
}

/** A rate of 0 is none. */
const rateOf = (down: number, up: number): SubscriberRate => ({
  ...(down > 0 && { down }),
  ...(up > 0 && { up }),
});

/**
 * A Mikrotik-Rate-Limit: `UP[/DOWN] [BURST-UP/BURST-DOWN [THRESHOLD [TIME [PRIORITY [MINIMUM]]]]]`, bit/s with `k`, `M`
 * and `G`; rx and tx are the router's, so the first is what the subscriber sends. A burst rate and the time that it may
 * last (1 s unless given) become octets; what follows has no counterpart.
 * @throws RadiusError
 */
export function mikrotikRate(text: string): SubscriberRate {
  const [limit = '', burst, , time] = text.trim().split(/\s+/);
  const rates = pair(limit);
  if (rates === undefined) throw new RadiusError(`Mikrotik-Rate-Limit ${JSON.stringify(text)} is no rate`);
  const [up, down] = rates;
  const bursts = burst === undefined ? undefined : pair(burst);
  if (burst !== undefined && bursts === undefined) {
    throw new RadiusError(`Mikrotik-Rate-Limit ${JSON.stringify(text)} has no burst where one belongs`);
  }
  const rate = rateOf(down, up);
  if (bursts === undefined) return rate;
  const seconds = time === undefined ? undefined : pair(time);
  const [secondsUp, secondsDown] = seconds ?? [1, 1];
  const octets = (bitRate: number, duration: number): number => Math.round((bitRate * duration) / 8);
  return {
    ...rate,
    ...(bursts[0] > up && { burstUp: octets(bursts[0], secondsUp) }),
    ...(bursts[1] > down && { burstDown: octets(bursts[1], secondsDown) }),
  };
}

/** A number of bit/s, 0 for none, with `k`, `M` and `G`. */
export const bitRate = bits;

/** Rates both ways in bit/s, where 0 is none. */
export const bitRates = rateOf;
