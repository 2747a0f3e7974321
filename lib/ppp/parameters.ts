import type { AuthMethod, AuthServerOptions } from './auth/index.js';

/** Encryption of the data (RFC 3078). The kernel encrypts; CCP agrees on it. */
export interface MppeOptions {
  /** `off` answers CCP with Protocol-Reject; `allow` agrees when the peer asks; `require` ends a session without. */
  readonly mode: 'off' | 'allow' | 'require';
  /** Bits, the key lengths that may be agreed on; the longest that both ends know is taken. Default `[128]`. */
  readonly keyLengths?: readonly (40 | 128)[];
  /**
   * Agree to stateful mode when the peer wants it. Default false: RFC 3078 section 9 advises against it where
   * packets get lost. Stateless mode is what is asked for in any case.
   */
  readonly stateful?: boolean;
}

/** How PPP is spoken. Times are in milliseconds, sizes in octets. Everything has a default. */
export interface PppOptions {
  /** Largest information field that we ask the peer to send (RFC 1661 section 6.1). Default 1460. */
  readonly mru?: number;
  /** Upper bound of the interface's MTU, whatever the peer takes. Default 1460. */
  readonly mtu?: number;
  /**
   * Authentication protocols: for a server the order of offers (none: nobody is authenticated), for a client what
   * it agrees to, the best first. Default `mschapv2, chap, pap`.
   */
  readonly authMethods?: readonly AuthMethod[];
  /** The name of this end in CHAP challenges. Default `kernel-l2tp`. */
  readonly localName?: string;
  /**
   * Silence of the peer after which it is sent an LCP Echo-Request, and again after 10 s at most; 0 never. Default 30,000.
   */
  readonly echoInterval?: number;
  /** Echo-Requests without an answer that end the session. Default 4. */
  readonly echoFailures?: number;
  /** RFC 1661 section 4.6. Default 3,000. */
  readonly restartTimer?: number;
  /** Default 10. */
  readonly maxConfigure?: number;
  /** Default 2. */
  readonly maxTerminate?: number;
  /** Default 5. */
  readonly maxFailure?: number;
  /** How long LCP may take to open. Default 60,000. */
  readonly lcpTimeout?: number;
  /** How long authentication may take, the verifier's time included. Default 30,000. */
  readonly authTimeout?: number;
  /** How often a peer may try, where the protocol knows a further try. Default 1. */
  readonly authAttempts?: number;
  /** How long the network phase may go without any network control protocol open. Default 30,000. */
  readonly networkTimeout?: number;
  /** Protocol-Field-Compression (RFC 1661 section 6.5) is asked for and agreed to. Default true. */
  readonly pfc?: boolean;
  /** Address-and-Control-Field-Compression (section 6.6) is asked for and agreed to. Default true. */
  readonly acfc?: boolean;
  /** The Async-Control-Character-Map to ask for (RFC 1662 section 7.1); not asked for by default. */
  readonly accm?: number;
  /** IPCP. Default true. */
  readonly ipv4?: boolean;
  /** IPV6CP. Default false. */
  readonly ipv6?: boolean;
  /** Default off. */
  readonly mppe?: MppeOptions;
  /** Proxy LCP and proxy authentication (RFC 2661 section 4.4.5) are used when they satisfy these options. Default true. */
  readonly proxy?: boolean;
  /** After refused proxy credentials: end the session, or ask the peer itself anew. Default `fail`. */
  readonly proxyAuthReject?: 'fail' | 'renegotiate';
  /** The link has no control characters to escape, and peers may not ask for a map (RFC 2516 section 7). Default false. */
  readonly refuseAccm?: boolean;
  /** Text of an LCP Identification packet (RFC 1570 section 1.1), sent when LCP opens. None by default. */
  readonly identification?: string;
}

/** Options that can still change once it is known who the peer is. */
export type PppOverride = Partial<
  Pick<
    PppOptions,
    | 'mtu'
    | 'echoInterval'
    | 'echoFailures'
    | 'restartTimer'
    | 'maxConfigure'
    | 'maxTerminate'
    | 'maxFailure'
    | 'networkTimeout'
    | 'ipv4'
    | 'ipv6'
    | 'mppe'
  >
>;

/** {@link PppOptions} with every default filled in; one object serves all sessions that speak alike. */
export interface ResolvedPppOptions extends Required<Omit<PppOptions, 'accm' | 'identification' | 'mppe'>> {
  readonly accm: number | undefined;
  readonly identification: string | undefined;
  readonly mppe: Required<MppeOptions>;
  /** `authMethods`, less those that yield no keys where MPPE is required. */
  readonly authOffers: readonly AuthMethod[];
  readonly authServerOptions: Readonly<Record<AuthMethod, AuthServerOptions>>;
}

/** The default MRU and the least that any peer must take (RFC 1661 section 6.1). */
export const DEFAULT_MRU = 1500;

const allMethods: readonly AuthMethod[] = ['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'];
/** EAP may bring keys from a verifier that knows a method of its own. */
const keyedMethods: readonly AuthMethod[] = ['mschapv2', 'mschapv1', 'eap'];

function checkRange(name: string, value: number, least: number, most = 0x7fff_ffff): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`PPP option ${name} must be an integer from ${least} to ${most}, not ${value}`);
}

/**
 * Fills in the defaults. Call once per configuration, not per session.
 * @throws RangeError when a number is out of range
 */
export function resolvePppOptions(options: PppOptions = {}): ResolvedPppOptions {
  const mppe: Required<MppeOptions> = { keyLengths: [128], stateful: false, mode: 'off', ...options.mppe };
  const authMethods = options.authMethods ?? ['mschapv2', 'chap', 'pap'];
  const restartTimer = options.restartTimer ?? 3_000;
  const maxConfigure = options.maxConfigure ?? 10;
  const authAttempts = options.authAttempts ?? 1;
  const localName = options.localName ?? 'kernel-l2tp';
  const serverOptions = (method: AuthMethod): AuthServerOptions => ({
    method,
    localName,
    retransmit: { interval: restartTimer, tries: maxConfigure },
    maxAttempts: authAttempts,
  });
  const resolved: ResolvedPppOptions = {
    mru: options.mru ?? 1460,
    mtu: options.mtu ?? 1460,
    authMethods,
    localName,
    echoInterval: options.echoInterval ?? 30_000,
    echoFailures: options.echoFailures ?? 4,
    restartTimer,
    maxConfigure,
    maxTerminate: options.maxTerminate ?? 2,
    maxFailure: options.maxFailure ?? 5,
    lcpTimeout: options.lcpTimeout ?? 60_000,
    authTimeout: options.authTimeout ?? 30_000,
    authAttempts,
    networkTimeout: options.networkTimeout ?? 30_000,
    pfc: options.pfc ?? true,
    acfc: options.acfc ?? true,
    accm: options.accm,
    refuseAccm: options.refuseAccm ?? false,
    ipv4: options.ipv4 ?? true,
    ipv6: options.ipv6 ?? false,
    mppe,
    proxy: options.proxy ?? true,
    proxyAuthReject: options.proxyAuthReject ?? 'fail',
    identification: options.identification,
    authOffers:
      mppe.mode === 'require' ? authMethods.filter((method) => keyedMethods.includes(method)) : authMethods,
    authServerOptions: Object.fromEntries(
      allMethods.map((method) => [method, serverOptions(method)]),
    ) as Record<AuthMethod, AuthServerOptions>,
  };
  checkResolved(resolved);
  return resolved;
}

/** The options of one session after its user is known. Returns `base` itself where nothing differs. */
export function overridePppOptions(
  base: ResolvedPppOptions,
  override: PppOverride | undefined,
): ResolvedPppOptions {
  if (!override || Object.keys(override).length === 0) return base;
  const { mppe, ...rest } = override;
  const resolved = { ...base, ...rest, mppe: { ...base.mppe, ...mppe } };
  checkResolved(resolved);
  return resolved;
}

function checkResolved(options: ResolvedPppOptions): void {
  checkRange('mru', options.mru, 128, 0xffff);
  checkRange('mtu', options.mtu, 128, 0xffff);
  checkRange('echoInterval', options.echoInterval, 0);
  checkRange('echoFailures', options.echoFailures, 1, 0xffff);
  checkRange('restartTimer', options.restartTimer, 1);
  checkRange('maxConfigure', options.maxConfigure, 1, 0xffff);
  checkRange('maxTerminate', options.maxTerminate, 1, 0xffff);
  checkRange('maxFailure', options.maxFailure, 1, 0xffff);
  checkRange('lcpTimeout', options.lcpTimeout, 1);
  checkRange('authTimeout', options.authTimeout, 1);
  checkRange('authAttempts', options.authAttempts, 1, 0xffff);
  checkRange('networkTimeout', options.networkTimeout, 1);
  if (options.accm !== undefined) checkRange('accm', options.accm, 0, 0xffff_ffff);
  if (options.mppe.keyLengths.length === 0) throw new RangeError('PPP option mppe.keyLengths is empty');
}

/**
 * What one session gives its peer (server), or asks for (client). IPv4 addresses are unsigned 32-bit integers in
 * host order (10.0.0.1 is 0x0a000001), IPv6 interface identifiers 64-bit integers, most significant octet first.
 */
export interface NetworkParameters {
  /** This end's IPv4 address. Without it a server's end has none, and a client asks for one. */
  readonly localAddress?: number;
  /** The peer's IPv4 address. A server imposes it; without it IPv4 needs `acceptPeerAddress`. */
  readonly peerAddress?: number;
  /** Agree to whatever address the peer claims, where `peerAddress` is absent. Clients always do. */
  readonly acceptPeerAddress?: boolean;
  /** Name servers for the peer (RFC 1877), two at most. */
  readonly dns?: readonly number[];
  /** NetBIOS name servers for the peer (RFC 1877), two at most. */
  readonly nbns?: readonly number[];
  /** Client: ask the server for name servers. */
  readonly requestDns?: boolean;
  /** This end's interface identifier (RFC 5072); random unless given. */
  readonly localInterfaceId?: bigint;
  /** The peer's interface identifier; what the peer chooses unless given. */
  readonly peerInterfaceId?: bigint;
  /** PPP options that differ for this user. */
  readonly optionsOverride?: PppOverride;
}
