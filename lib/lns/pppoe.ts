import { hostname } from 'node:os';
import type { ConcentratorOptions, PppoeConcentrator } from '../concentrator/index.js';
import type { LimitInfo } from './limits.js';
import type { LnsOptions } from './options.js';

/** PPPoE subscribers (RFC 2516): the server is an access concentrator on these interfaces. */
export interface PppoeOptions {
  /** Names of Ethernet interfaces and VLANs; `*` stands for any characters, as in `eth0.*`. They may come and go. */
  readonly interfaces: readonly string[];
  /** AC-Name tag. Default the host's name. */
  readonly acName?: string;
  /** Service-Names that are offered. Any that a subscriber asks for, when absent. */
  readonly serviceNames?: readonly string[];
  /** PPPoE sessions at once. Default 65534, which is as many as there are session ids. */
  readonly maxSessions?: number;
  /** Sessions of one MAC address on one interface. Default 1024. */
  readonly maxSessionsPerMac?: number;
  /**
   * PADIs answered a second. When more come, a MAC address is answered once a second, so that a flood leaves room for
   * others. Default 2000.
   */
  readonly padiRate?: number;
}

/** As many session ids as there are (RFC 2516 section 4). */
const mostSessions = 65_534;
const maxNameLength = 255;

/** @throws RangeError for a value that cannot be used, naming it */
export function concentratorOptions({ hostName }: LnsOptions, pppoe: PppoeOptions): ConcentratorOptions {
  const { interfaces, acName = hostName ?? hostname(), serviceNames = [] } = pppoe;
  if (interfaces.length === 0) throw new RangeError('pppoe.interfaces: no interface is named');
  for (const name of [acName, ...serviceNames]) {
    const length = Buffer.byteLength(name);
    if (length === 0 || length > maxNameLength) {
      throw new RangeError(`pppoe: a name of ${length} octets, which has to have 1 to ${maxNameLength}`);
    }
  }
  return {
    interfaces,
    acName,
    serviceNames,
    maxSessions: positive('pppoe.maxSessions', pppoe.maxSessions ?? mostSessions, mostSessions),
    maxSessionsPerMac: positive('pppoe.maxSessionsPerMac', pppoe.maxSessionsPerMac ?? 1024, mostSessions),
    padiRate: positive('pppoe.padiRate', pppoe.padiRate ?? 2000, 1_000_000),
  };
}

function positive(what: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new RangeError(`${what}: ${value} is not an integer from 1 to ${most}`);
}

/** The limits of PPPoE alone, and how much of each is used. */
export function pppoeLimits({ limits, counters }: PppoeConcentrator): LimitInfo[] {
  const { maxSessions, sessions, maxSessionsPerMac, mostSessionsOfMac } = limits;
  return [
    { name: 'pppoe.maxSessions', limit: maxSessions, used: sessions, refused: counters.limited },
    {
      name: 'pppoe.maxSessionsPerMac',
      limit: maxSessionsPerMac,
      used: mostSessionsOfMac,
      refused: counters.limitedPerMac,
    },
  ];
}
