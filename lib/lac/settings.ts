import { isIP } from 'node:net';
import { L2TP_PORT } from '../lns/index.js';
import { tunnelProfile, type TunnelProfile } from '../l2tp/index.js';
import type { SocketAddress } from '../io/index.js';
import { utf8 } from '../wire/index.js';
import type { RetryOptions } from './lns-health.js';
import type { LnsGroupOptions, LnsTarget } from './options.js';

/** What is known of one LNS and the tunnels to it, with every default filled in. Times are in ms. */
export interface PeerSettings {
  /** Name of its group; `undefined` where an authenticator named the tunnel. */
  readonly group: string | undefined;
  readonly remote: SocketAddress;
  readonly localAddress: string | undefined;
  readonly profile: TunnelProfile;
  /** The Host Name AVP that it must have; `*` stands for any characters. */
  readonly hostName: string | undefined;
  readonly weight: number;
  readonly priority: number;
  readonly maxSessions: number;
  readonly maxSessionsPerTunnel: number;
  readonly maxTunnels: number;
  readonly answerTimeout: number;
  readonly retry: RetryOptions;
  readonly idleTimeout: number;
}

const mostSessions = 65_535;
/** How often the time doubles for which an LNS is set aside: up to eight times the first. */
const retryGrowth = 8;
const seconds = (value: number): number => Math.round(value * 1000);

/** @throws RangeError for a value that cannot be used, naming it */
export function peerSettings(
  name: string | undefined,
  group: Omit<LnsGroupOptions, 'lns'>,
  target: LnsTarget,
  hostName: string,
): PeerSettings {
  const where = name === undefined ? 'tunnel' : `group ${name}`;
  for (const address of [target.address, group.localAddress]) {
    if (address !== undefined && isIP(address) === 0)
      throw new RangeError(`${where}: ${JSON.stringify(address)} is not an IP address`);
  }
  const weight = target.weight ?? 1;
  if (!(weight > 0)) throw new RangeError(`${where}: a weight must be above 0, not ${weight}`);
  const secret = target.secret ?? group.secret;
  const retryAfter = seconds(group.retryAfter ?? 30);
  return {
    group: name,
    remote: { address: target.address, port: target.port ?? L2TP_PORT },
    localAddress: group.localAddress,
    profile: tunnelProfile({
      hostName: group.announceHostName ?? hostName,
      vendorName: 'kernel-l2tp',
      secret: secret === undefined ? undefined : utf8(secret),
      hideAvps: group.hideAvps ?? false,
      helloInterval: seconds(group.helloInterval ?? 20),
    }),
    hostName: target.hostName,
    weight,
    priority: target.priority ?? 0,
    maxSessions: target.maxSessions ?? mostSessions,
    maxSessionsPerTunnel: group.maxSessionsPerTunnel ?? mostSessions,
    maxTunnels: group.maxTunnels ?? 16,
    answerTimeout: seconds(group.answerTimeout ?? 4),
    retry: { first: retryAfter, cap: retryAfter * retryGrowth },
    idleTimeout: seconds(group.idleTimeout ?? 300),
  };
}
