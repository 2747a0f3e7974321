import { utf8 } from '../wire/index.js';
import type { RetransmitOptions } from './reliable.js';
import type { Result } from './result-codes.js';

/** Bits of Framing Capabilities and Framing Type (RFC 2661 sections 4.4.3, 4.4.4). */
export const framing = { synchronous: 1, asynchronous: 2 } as const;

/** Bits of Bearer Capabilities and Bearer Type (RFC 2661 sections 4.4.3, 4.4.4). */
export const bearer = { digital: 1, analog: 2 } as const;

/** How a tunnel with one peer behaves. Times are in ms. Shared by reference between tunnels. */
export interface TunnelProfile {
  /** Host Name AVP. At least one octet. */
  readonly hostName: string;
  /** Vendor Name AVP; none is sent when absent. */
  readonly vendorName?: string | undefined;
  /** Firmware Revision AVP, 16 bits; none is sent when absent. */
  readonly firmwareRevision?: number | undefined;
  /** Shared secret: the peer is authenticated with it, and hidden AVPs are readable (RFC 2661 5.1.1, 4.3). */
  readonly secret?: Uint8Array | undefined;
  /** Hide the AVPs of call messages that may be hidden. Nothing is hidden without a secret. */
  readonly hideAvps: boolean;
  readonly framingCapabilities: number;
  /** None is sent when absent: this end places no outgoing calls. */
  readonly bearerCapabilities?: number | undefined;
  /** Receive Window Size AVP, in messages. */
  readonly receiveWindow: number;
  readonly retransmit: RetransmitOptions;
  /** How long an acknowledgement waits for a message to ride on; 0 for the end of the batch only. */
  readonly ackDelay: number;
  /** Silence of the peer before a HELLO; 0 sends none. */
  readonly helloInterval: number;
  /** How long a tunnel may take to be established. */
  readonly setupTimeout: number;
  /** How long a call may stay in any one state before it is established. */
  readonly callTimeout: number;
  /** Calls of one tunnel; further requests of the peer are answered with CDN 2/4. */
  readonly maxCalls: number;
  /** Send a Tie Breaker: of two tunnels that both ends open at once, one is to remain (RFC 2661 section 4.4.3). */
  readonly tieBreaker: boolean;
}

/** Limits of an endpoint over all of its tunnels. */
export interface EndpointLimits {
  /** Tunnels that peers may establish. */
  readonly maxTunnels: number;
  /** Tunnels under way that peers began, over all sources. */
  readonly maxHalfOpen: number;
  /** Tunnels under way that peers at one address began. */
  readonly maxHalfOpenPerSource: number;
}

/** Who asks for a tunnel: what is known before the secret is. */
export interface TunnelRequest {
  readonly address: string;
  readonly port: number;
  /** Host Name AVP; not authenticated yet, and absent where the SCCRQ has none. */
  readonly hostName: string | undefined;
}

/** A tunnel is not to be: the StopCCN's result. */
export interface Refusal {
  readonly refuse: Result;
}

/** Octets of host and vendor name, far below what an AVP can hold. */
const maxName = 255;

/** RFC 2661's recommendations where it has any. */
const profileDefaults: TunnelProfile = {
  hostName: 'l2tp',
  hideAvps: false,
  framingCapabilities: framing.synchronous | framing.asynchronous,
  receiveWindow: 128,
  retransmit: { first: 1_000, cap: 8_000, tries: 5 },
  ackDelay: 20,
  helloInterval: 60_000,
  setupTimeout: 31_000,
  callTimeout: 60_000,
  maxCalls: 65_535,
  tieBreaker: false,
};

const limitDefaults: EndpointLimits = {
  maxTunnels: 65_535,
  maxHalfOpen: 4_096,
  maxHalfOpenPerSource: 256,
};

/**
 * A profile with everything that is not given at its default.
 * @throws RangeError for a value that the protocol cannot have
 */
export function tunnelProfile(options: Partial<TunnelProfile> = {}): TunnelProfile {
  const profile = { ...profileDefaults, ...options };
  const { hostName, vendorName, firmwareRevision = 0, secret, receiveWindow, retransmit } = profile;
  if (hostName.length === 0) throw new RangeError('host name is empty');
  for (const name of [hostName, vendorName ?? '']) {
    if (utf8(name).length > maxName) throw new RangeError(`name is longer than ${maxName} octets`);
  }
  if (firmwareRevision < 0 || firmwareRevision > 0xffff)
    throw new RangeError('firmware revision is not 16 bits');
  if (secret?.length === 0) throw new RangeError('secret is empty');
  if (receiveWindow < 1 || receiveWindow > 32_767) throw new RangeError('receive window is not 1 to 32767');
  if (retransmit.first <= 0 || retransmit.cap < retransmit.first || retransmit.tries < 1) {
    throw new RangeError('retransmission needs first > 0, cap >= first, tries >= 1');
  }
  return Object.freeze(profile);
}

/** Limits with everything that is not given at its default. */
export const endpointLimits = (options: Partial<EndpointLimits> = {}): EndpointLimits => ({
  ...limitDefaults,
  ...options,
});
