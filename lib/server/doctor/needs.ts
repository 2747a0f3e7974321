import type { LnsOptions } from '../../lns/index.js';
import { parseListen } from '../config/index.js';
import type { HostNeeds } from './facts.js';

/** What a configuration asks of the host; without one, what the defaults do. */
export function needsOf(options: LnsOptions = {}): HostNeeds {
  const { listen = '0.0.0.0:1701', ppp = {}, maxSessions = 65_535, sequencing = false } = options;
  const others = [...(options.profiles ?? []), ...Object.values(options.users ?? {})].map(
    (owner) => owner.ppp,
  );
  const modes = [ppp.mppe, ...others.map((other) => other?.mppe)];
  return {
    listen: [listen].flat().flatMap((text) => parseListen(text) ?? []),
    maxSessions,
    mtu: ppp.mtu ?? 1460,
    sequencing,
    ipv6: [ppp, ...others].some((one) => one?.ipv6 === true),
    mppe: modes.includes('require') ? 'require' : modes.includes('allow') ? 'allow' : 'off',
  };
}
