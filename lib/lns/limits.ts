import type { SessionQuota } from './admission.js';
import type { LacSettings, LnsSettings } from './settings.js';

/** Names of the options that bound something; `pppoe.maxSessions` is an option's part. */
export type LimitName =
  | 'maxSessions'
  | 'callRate'
  | 'maxSessionsPerTunnel'
  | 'maxCallsInProgress'
  | 'maxTunnels'
  | 'maxHalfOpenTunnels'
  | 'sessionLimit'
  | 'pppoe.maxSessions'
  | 'pppoe.maxSessionsPerMac';

/** A limit that is in force. */
export interface LimitInfo {
  readonly name: LimitName;
  /** The profile whose limit it is; absent for those of the whole server. */
  readonly profile?: string | undefined;
  /** Sessions, calls or tunnels at once; of `callRate` the calls of a burst. */
  readonly limit: number;
  /** Of `callRate`: calls in the long run. */
  readonly perSecond?: number;
  /** How many there are. Where each tunnel, source, user or MAC address has the limit: the most that one of them has. */
  readonly used: number;
  /** Calls, tunnels or subscribers that were refused for it since the start. */
  readonly refused: number;
}

/** Counts by limit what was refused. */
export class LimitHits {
  readonly #counts = new Map<string, number>();

  note(name: LimitName, profile?: string): void {
    this.#counts.set(keyOf(name, profile), this.of(name, profile) + 1);
  }

  of(name: LimitName, profile?: string): number {
    return this.#counts.get(keyOf(name, profile)) ?? 0;
  }
}

const keyOf = (name: LimitName, profile = ''): string => `${name} ${profile}`;

/** What there is of everything that is bounded. */
export interface LimitUse {
  readonly now: number;
  readonly callsInProgress: number;
  readonly tunnels: number;
  /** The most that one source address has. */
  readonly halfOpenTunnels: number;
  /** The most that one user has. */
  readonly sessionsOfUser: number;
  /** How often something was refused for a limit. */
  readonly refused: (name: LimitName, profile?: string) => number;
  /** Whose each tunnel is, and how many sessions it has. */
  readonly sessionsOfTunnels: Iterable<readonly [lac: LacSettings, sessions: number]>;
}

/** The limits of settings, in the order of the documentation, those of profiles last. */
export function limitInfos(settings: LnsSettings, use: LimitUse): LimitInfo[] {
  const { defaults, sessionLimit, limits } = settings;
  const info = (name: LimitName, limit: number, used: number, profile?: string): LimitInfo => ({
    name,
    ...(profile !== undefined && { profile }),
    limit,
    used,
    refused: use.refused(name, profile),
  });
  const rate = ({ rate: bucket }: SessionQuota, profile?: string): LimitInfo[] => {
    if (bucket === undefined) return [];
    const { burst, perSecond } = bucket;
    return [{ ...info('callRate', burst, bucket.used(use.now), profile), perSecond }];
  };
  const fullest = new Map<string | undefined, number>();
  for (const [lac, sessions] of use.sessionsOfTunnels) {
    const owner = ownsTunnelLimit(lac, defaults);
    fullest.set(owner, Math.max(sessions, fullest.get(owner) ?? 0));
  }
  return [
    info('maxSessions', settings.quota.limit, settings.quota.used),
    ...(sessionLimit === undefined ? [] : [info('sessionLimit', sessionLimit.sessions, use.sessionsOfUser)]),
    info('maxTunnels', limits.maxTunnels, use.tunnels),
    info('maxHalfOpenTunnels', limits.maxHalfOpenPerSource, use.halfOpenTunnels),
    info('maxSessionsPerTunnel', defaults.maxSessionsPerTunnel, fullest.get(undefined) ?? 0),
    ...rate(settings.quota),
    info('maxCallsInProgress', settings.maxCallsInProgress, use.callsInProgress),
    ...[...settings.profiles.values()].flatMap((lac) => {
      const { name, quota, maxSessionsPerTunnel } = lac;
      const own = ownsTunnelLimit(lac, defaults);
      return [
        ...(quota.bounded ? [info('maxSessions', quota.limit, quota.used, name)] : []),
        ...(own === undefined
          ? []
          : [info('maxSessionsPerTunnel', maxSessionsPerTunnel, fullest.get(own) ?? 0, name)]),
        ...rate(quota, name),
      ];
    }),
  ];
}

/** The profile whose bound on the sessions of a tunnel is its own; `undefined` where the server's counts. */
export const ownsTunnelLimit = (lac: LacSettings, defaults: LacSettings): string | undefined =>
  lac.maxSessionsPerTunnel === defaults.maxSessionsPerTunnel ? undefined : lac.name;
