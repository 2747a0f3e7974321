import { hostname } from 'node:os';
import type { SubscriberPolicy } from '../aaa/index.js';
import type { SocketAddress } from '../io/index.js';
import type { UnitRate } from '../kernel/index.js';
import { endpointLimits, tunnelProfile } from '../l2tp/index.js';
import type { EndpointLimits, TunnelProfile } from '../l2tp/index.js';
import { resolvePppOptions } from '../ppp/index.js';
import type { AuthMethod, PppOptions, ResolvedPppOptions } from '../ppp/index.js';
import { utf8, parseIpv4 } from '../wire/index.js';
import { CallRateLimiter, SessionQuota } from './admission.js';
import { parseListenAddress } from './listen-address.js';
import type { LacProfile, LnsOptions, LnsPppOptions, SessionLimit } from './options.js';

/** What a LAC gets: the options of its profile over those of the server, ready to use. */
export interface LacSettings {
  /** Name of the profile; `undefined` for LACs that none matches. */
  readonly name: string | undefined;
  readonly refuse: boolean;
  readonly tunnel: TunnelProfile;
  readonly ppp: ResolvedPppOptions;
  readonly pppOptions: LnsPppOptions;
  readonly pool: string | readonly string[] | undefined;
  /** What subscribers of this profile get unless they have their own. */
  readonly subscriber: Pick<SubscriberPolicy, 'ipv6' | 'rate' | 'filters' | 'vrf' | 'netns'>;
  readonly shapeUpstream: boolean;
  readonly tunnelRate: UnitRate | undefined;
  readonly quota: SessionQuota;
  readonly maxSessionsPerTunnel: number;
}

/** The server's options with every default filled in. */
export interface LnsSettings {
  readonly listen: readonly SocketAddress[];
  readonly limits: EndpointLimits;
  readonly quota: SessionQuota;
  readonly sessionLimit: SessionLimit | undefined;
  readonly maxCallsInProgress: number;
  readonly maxStartingCalls: number;
  readonly sequencing: boolean;
  readonly reorderTimeout: number;
  /** For LACs that no profile matches. */
  readonly defaults: LacSettings;
  /** By profile, in order. */
  readonly profiles: ReadonlyMap<LacProfile, LacSettings>;
  /** For subscribers by PPPoE. */
  readonly pppoe: LacSettings;
}

const mostSessions = 65_535;
/** What RFC 4638 is for: PPPoE without a smaller MTU than Ethernet's. */
const ethernetMtu = 1500;
const seconds = (value: number | undefined, otherwise: number): number =>
  Math.round((value ?? otherwise) * 1000);

/** @throws RangeError for a value that cannot be used, naming it */
export function resolveSettings(options: LnsOptions, now: number): LnsSettings {
  const listen = options.listen ?? '0.0.0.0:1701';
  const limit = options.maxSessions ?? mostSessions;
  const rate = options.callRate === undefined ? undefined : new CallRateLimiter(options.callRate, now);
  return {
    listen: (typeof listen === 'string' ? [listen] : listen).map(parseListenAddress),
    limits: endpointLimits({
      maxTunnels: options.maxTunnels ?? mostSessions,
      maxHalfOpenPerSource: options.maxHalfOpenTunnels ?? 64,
    }),
    quota: new SessionQuota('server', limit, rate),
    sessionLimit: options.sessionLimit,
    maxCallsInProgress: options.maxCallsInProgress ?? 4096,
    maxStartingCalls: options.maxStartingCalls ?? 128,
    sequencing: options.sequencing ?? false,
    reorderTimeout: options.reorderTimeout ?? 0,
    defaults: lacSettings(options, undefined, now),
    profiles: new Map(
      (options.profiles ?? []).map((profile) => [profile, lacSettings(options, profile, now)]),
    ),
    pppoe: pppoeSettings(options, now),
  };
}

/** No L2TP header takes room here: the bearer knows how much there is. RFC 2516 section 7 forbids some of LCP. */
function pppoeSettings(options: LnsOptions, now: number): LacSettings {
  const ppp = { mru: ethernetMtu, mtu: ethernetMtu, ...options.ppp };
  const settings = lacSettings({ ...options, ppp }, undefined, now);
  return { ...settings, ppp: { ...settings.ppp, pfc: false, acfc: false, refuseAccm: true } };
}

function lacSettings(options: LnsOptions, profile: LacProfile | undefined, now: number): LacSettings {
  const pppOptions: LnsPppOptions = {
    ...(asksHookAlone(options) && { auth: hookMethods }),
    ...(options.ipv6 !== undefined && { ipv6: true }),
    ...options.ppp,
    ...profile?.ppp,
    ...(profile?.auth !== undefined && { auth: profile.auth }),
  };
  const name = profile?.name;
  const rate = profile?.callRate === undefined ? undefined : new CallRateLimiter(profile.callRate, now);
  return {
    name,
    refuse: profile?.refuse ?? false,
    tunnel: toTunnelProfile(options, profile),
    ppp: resolvePppOptions(toPppOptions(pppOptions, hostNameOf(options, profile))),
    pppOptions,
    pool: profile?.pool,
    subscriber: subscriberDefaults(profile),
    shapeUpstream: profile?.shapeUpstream ?? options.shapeUpstream ?? false,
    tunnelRate: profile?.tunnelRate,
    quota: new SessionQuota(`profile ${name ?? 'default'}`, profile?.maxSessions, rate),
    maxSessionsPerTunnel: profile?.maxSessionsPerTunnel ?? options.maxSessionsPerTunnel ?? mostSessions,
  };
}

function subscriberDefaults({ ipv6, rate, filters, vrf, netns }: Partial<LacProfile> = {}) {
  return {
    ...(ipv6 !== undefined && { ipv6 }),
    ...(rate !== undefined && { rate }),
    ...(filters !== undefined && { filters }),
    ...(vrf !== undefined && { vrf }),
    ...(netns !== undefined && { netns }),
  };
}

/**
 * What is offered where a hook alone decides and nothing is said: a hook that accepts without a password can satisfy
 * a peer by CHAP, but not by MS-CHAPv2, whose peer wants a proof in return.
 */
const hookMethods: readonly AuthMethod[] = ['chap', 'mschapv2', 'pap'];

const asksHookAlone = ({ authenticate, users }: LnsOptions): boolean =>
  authenticate !== undefined && users === undefined;

const hostNameOf = (options: LnsOptions, profile: LacProfile | undefined): string =>
  profile?.announceHostName ?? options.hostName ?? hostname();

function toTunnelProfile(options: LnsOptions, profile: LacProfile | undefined): TunnelProfile {
  const secret = profile?.secret ?? options.secret;
  const { first, cap, tries } = options.retransmit ?? {};
  return tunnelProfile({
    hostName: hostNameOf(options, profile),
    vendorName: 'kernel-l2tp',
    secret: secret === undefined ? undefined : utf8(secret),
    hideAvps: profile?.hideAvps ?? options.hideAvps ?? false,
    receiveWindow: profile?.receiveWindow ?? options.receiveWindow ?? 128,
    helloInterval: seconds(options.helloInterval, 60),
    retransmit: { first: seconds(first, 1), cap: seconds(cap, 8), tries: tries ?? 5 },
  });
}

function toPppOptions(options: LnsPppOptions, localName: string): PppOptions {
  const {
    mru,
    mtu,
    auth,
    echoFailures,
    maxConfigure,
    ipv4,
    ipv6,
    proxy,
    mppe,
    mppeKeyLengths,
    mppeStateful,
  } = options;
  return {
    localName,
    echoInterval: seconds(options.echoInterval, 60),
    restartTimer: seconds(options.restartTimer, 3),
    authTimeout: seconds(options.authTimeout, 30),
    mppe: {
      mode: mppe ?? 'off',
      ...(mppeKeyLengths !== undefined && { keyLengths: mppeKeyLengths }),
      ...(mppeStateful !== undefined && { stateful: mppeStateful }),
    },
    ...(mru !== undefined && { mru }),
    ...(mtu !== undefined && { mtu }),
    ...(auth !== undefined && { authMethods: auth }),
    ...(echoFailures !== undefined && { echoFailures }),
    ...(maxConfigure !== undefined && { maxConfigure }),
    ...(ipv4 !== undefined && { ipv4 }),
    ...(ipv6 !== undefined && { ipv6 }),
    ...(proxy !== undefined && { proxy }),
  };
}

/** An IPv4 address of the options as a number. @throws RangeError naming what it is for */
export function ipv4Number(what: string, address: string): number {
  const number = parseIpv4(address);
  if (number === undefined)
    throw new RangeError(`${what}: ${JSON.stringify(address)} is not an IPv4 address`);
  return number;
}
