import { type ProxyLcp, requestsCompression, type ResolvedPppOptions } from '../ppp/index.js';

const without = new WeakMap<ResolvedPppOptions, Map<string, ResolvedPppOptions>>();

/**
 * PPP options for a subscriber whose LCP a LAC has answered. The LAC knows what its link to the subscriber may carry:
 * field compressions that it did not ask for are neither asked for nor agreed to when LCP is negotiated anew. On PPPoE
 * they are forbidden, or not recommended (RFC 2516 section 7). Sessions of one kind share one object.
 */
export function withoutUnaskedCompression(
  options: ResolvedPppOptions,
  { lastSent }: ProxyLcp = {},
): ResolvedPppOptions {
  if (lastSent === undefined) return options;
  const asked = requestsCompression(lastSent);
  const pfc = options.pfc && asked.pfc;
  const acfc = options.acfc && asked.acfc;
  if (pfc === options.pfc && acfc === options.acfc) return options;
  let known = without.get(options);
  if (known === undefined) {
    known = new Map();
    without.set(options, known);
  }
  const key = `${pfc} ${acfc}`;
  let result = known.get(key);
  if (result === undefined) {
    result = { ...options, pfc, acfc };
    known.set(key, result);
  }
  return result;
}
