import { isIP } from 'node:net';
import { L2TP_PORT, type LnsOptions } from '../lns/index.js';
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
  /** Of data packets' outer headers; the server's own unless given. */
  readonly dscp: number | undefined;
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

/** What the tunnels to all LNSs have of the server. */
export interface PeerDefaults extends Pick<LnsOptions, 'receiveWindow' | 'retransmit'> {
  readonly hostName: string;
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
  { hostName, receiveWindow, retransmit: { first = 1, cap = 8, tries = 5 } = {} }: PeerDefaults,
): PeerSettings {
  const where = name === undefined ? 'tunnel' : `group ${name}`;
  for (const address of [target.address, group.localAddress]) {
    if (address !== undefined && isIP(address) === 0)
      throw new RangeError(`${where}: ${JSON.stringify(address)} is not an IP address`);
  }
  const weight = target.weight ?? 1;
  if (!(weight > 0)) throw new RangeError(`${where}: a weight must be above 0, not ${weight}`);
  const { dscp } = group;
  if (dscp !== undefined && !(Number.isInteger(dscp) && dscp >= 0 && dscp <= 63))
    throw new RangeError(`${where}: a DSCP is a whole number from 0 to 63, not ${dscp}`);
  const secret = target.secret ?? group.secret;
  const retryAfter = seconds(group.retryAfter ?? 30);
  return {
    group: name,
    remote: { address: target.address, port: target.port ?? L2TP_PORT },
    localAddress: group.localAddress,
    dscp,
    profile: tunnelProfile({
      hostName: group.announceHostName ?? hostName,
      vendorName: 'kernel-l2tp',
      secret: secret === undefined ? undefined : utf8(secret),
      hideAvps: group.hideAvps ?? false,
      helloInterval: seconds(group.helloInterval ?? 20),
      retransmit: { first: seconds(first), cap: seconds(cap), tries },
      ...(receiveWindow !== undefined && { receiveWindow }),
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
