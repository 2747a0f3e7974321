import type { ResolvedPppOptions } from '../ppp/index.js';

const limited = new WeakMap<ResolvedPppOptions, Map<number, ResolvedPppOptions>>();

/** PPP options with packets no longer than the link carries; the sessions of one kind share one object. */
export function limitPayload(
  options: ResolvedPppOptions,
  maxPayload: number | undefined,
): ResolvedPppOptions {
  if (maxPayload === undefined || (options.mru <= maxPayload && options.mtu <= maxPayload)) return options;
  let known = limited.get(options);
  if (known === undefined) {
    known = new Map();
    limited.set(options, known);
  }
  let result = known.get(maxPayload);
  if (result === undefined) {
    const { mru, mtu } = options;
    result = { ...options, mru: Math.min(mru, maxPayload), mtu: Math.min(mtu, maxPayload) };
    known.set(maxPayload, result);
  }
  return result;
}
