import type { PppUnitOptions } from '../kernel/index.js';
import type { Call } from '../l2tp/index.js';
import {
  describeMppe,
  Direction,
  disconnectCause,
  formatInterfaceId,
  interfaceIdBytes,
  type PppEvent,
  PppSession,
} from '../ppp/index.js';
import type { AuthMethod, IpcpParameters, Ipv6cpParameters, ResolvedPppOptions } from '../ppp/index.js';
import {
  type EndReason,
  L2tpBearer,
  type LogFields,
  PppCall,
  pppEndReason,
  type TunnelLink,
  type TunnelService,
} from '../tunnels/index.js';
import type { Random } from '../wire/index.js';
import { formatIpv4, parseIpv4 } from '../wire/index.js';

/** A call to place, or to take. */
export interface CallOptions {
  readonly user: string;
  readonly password: string;
  /** The name that the LNS's CHAP challenge must bear; any unless given. */
  readonly serverName?: string;
  /** Name of the session's interface; the kernel's next `pppN` unless given. */
  readonly interfaceName?: string;
  readonly callingNumber?: string;
  readonly calledNumber?: string;
  /** The IPv4 address to ask for; the LNS may give another. */
  readonly address?: string;
  /** PPP of this call, where it differs from the client's. */
  readonly ppp?: ResolvedPppOptions;
}

/** Who dials in, and how. */
export interface DialOptions extends CallOptions {
  readonly ppp: ResolvedPppOptions;
  readonly random: Random;
}

/** What IPCP agreed on. */
export interface ClientIpv4 {
  readonly local: string;
  readonly peer: string;
  /** As the LNS named them, two at most. */
  readonly dns: readonly string[];
}

/** What IPV6CP agreed on: interface identifiers as four groups of hexadecimal digits. */
export interface ClientIpv6 {
  readonly localInterfaceId: string;
  readonly peerInterfaceId: string;
}

/** What becomes of a {@link ClientSession}. */
export interface ClientSessionOwner {
  /** The first network layer is open, and the interface is there. */
  handleUp(session: ClientSession): void;
  /** A network layer is open; called for each, for the first one after `handleUp`. */
  handleNetworkUp(session: ClientSession, family: 'ipv4' | 'ipv6'): void;
  handleDown(session: ClientSession, reason: EndReason): void;
}

/** One call that we placed, and PPP's client in it. */
export class ClientSession extends PppCall {
  declare readonly bearer: L2tpBearer;
  readonly options: DialOptions;
  /** When the call was asked for, in monotonic ms. */
  readonly placedAt: number;
  readonly #owner: ClientSessionOwner;
  #ipv4: IpcpParameters | undefined;
  #ipv6: Ipv6cpParameters | undefined;
  #authMethod: AuthMethod | undefined;
  #mppe: string | undefined;
  #up = false;
  #endReason: EndReason | undefined;

  constructor(
    service: TunnelService,
    link: TunnelLink,
    call: Call,
    options: DialOptions,
    owner: ClientSessionOwner,
    now: number,
  ) {
    super(service, new L2tpBearer(service, link, call));
    this.options = options;
    this.#owner = owner;
    this.placedAt = now;
  }

  get isUp(): boolean {
    return this.#up;
  }

  /** What IPCP agreed on; `undefined` before. */
  get ipv4(): ClientIpv4 | undefined {
    const agreed = this.#ipv4;
    if (agreed === undefined) return undefined;
    return {
      local: formatIpv4(agreed.local),
      peer: formatIpv4(agreed.peer),
      dns: agreed.dns.filter((server) => server !== 0).map(formatIpv4),
    };
  }

  /** What IPV6CP agreed on; `undefined` before. */
  get ipv6(): ClientIpv6 | undefined {
    const agreed = this.#ipv6;
    if (agreed === undefined) return undefined;
    return {
      localInterfaceId: formatInterfaceId(agreed.localInterfaceId),
      peerInterfaceId: formatInterfaceId(agreed.peerInterfaceId),
    };
  }

  /** How the LNS had us prove who we are. */
  get authMethod(): AuthMethod | undefined {
    return this.#authMethod;
  }

  /** The encryption of what we send, in words; `undefined` where there is none. */
  get mppe(): string | undefined {
    return this.#mppe;
  }

  logFields(): LogFields {
    return { ...this.bearer.logFields, user: this.options.user };
  }

  /** Our call is accepted, or we take the peer's: the line is up (ICCN, OCCN), and PPP begins. */
  connect(now: number): void {
    this.bearer.call.connect({ txConnectSpeed: 100_000_000, framingType: 1 }, now);
    const { user, password, serverName, address, ppp: options, random } = this.options;
    const localAddress = address === undefined ? undefined : parseIpv4(address);
    const ppp = new PppSession({
      role: 'client',
      options,
      random,
      credentials: { user, password, ...(serverName !== undefined && { serverName }) },
      network: { requestDns: true, ...(localAddress !== undefined && { localAddress }) },
    });
    ppp.start({}, now);
    this.startPpp(ppp);
  }

  /** Hangs up: LCP Terminate, then CDN. */
  hangUp(now: number): void {
    const cause = disconnectCause('normal', Direction.Local);
    this.#endReason ??= pppEndReason(cause);
    if (this.ppp === undefined) this.end(cause);
    else this.ppp.close(cause, now);
    this.touch();
  }

  /** The call has ended, by the peer or with its tunnel. */
  callEnded(reason: EndReason): void {
    // What PPP was ending for says more than the CDN that followed.
    const cause = this.ppp?.closeCause;
    this.#endReason ??= cause === undefined ? reason : pppEndReason(cause);
    this.handleEnd();
  }

  protected override deadline(): undefined {
    return undefined;
  }

  protected override handleDeadline(): void {
    // There is none.
  }

  protected override sequencing(): Record<string, never> {
    return {};
  }

  protected override unitOptions(): Pick<PppUnitOptions, 'name'> {
    const { interfaceName } = this.options;
    return interfaceName === undefined ? {} : { name: interfaceName };
  }

  protected override handlePppEvent(event: PppEvent, now: number): void {
    switch (event.kind) {
      case 'authenticate':
        this.ppp?.handleAuthResult(event.id, { kind: 'accept' }, {}, now);
        return;
      case 'authenticated':
        this.#authMethod = event.method;
        this.service.log.debug({ ...this.logFields(), method: event.method }, 'authenticated');
        return;
      case 'attach':
        this.attach(event);
        return;
      case 'mppe':
        this.renewMppe(event);
        return;
      case 'network-up':
        this.#networkUp(event);
        return;
      case 'down':
        this.#endReason ??= pppEndReason(event.cause);
        this.end(event.cause);
        return;
      default:
        this.service.log.debug(this.logFields(), event.kind);
    }
  }

  protected override release(): void {
    // The server's addresses go with the interface.
  }

  protected override handleFinalStats(): void {
    this.#up = false;
    this.#owner.handleDown(this, this.#endReason ?? { by: 'local', text: 'ended', cause: 'unknown' });
  }

  #networkUp(event: Extract<PppEvent, { kind: 'network-up' }>): void {
    if (event.protocol === 'ccp') {
      const { send } = event.parameters;
      this.#mppe = send === undefined ? undefined : describeMppe(send);
      this.openMppe(this.ppp?.options.mppe.mode === 'require');
      return;
    }
    if (event.protocol === 'ipcp') {
      this.#ipv4 = event.parameters;
      this.updateAddresses({
        ipv4: { local: formatIpv4(event.parameters.local), peer: formatIpv4(event.parameters.peer) },
      });
    } else {
      this.#ipv6 = event.parameters;
      this.updateAddresses({
        ipv6: {
          localInterfaceId: interfaceIdBytes(event.parameters.localInterfaceId),
          peerInterfaceId: interfaceIdBytes(event.parameters.peerInterfaceId),
        },
      });
    }
    if (!this.#up) {
      this.#up = true;
      this.#owner.handleUp(this);
    }
    this.#owner.handleNetworkUp(this, event.protocol === 'ipcp' ? 'ipv4' : 'ipv6');
  }
}
