import type { PppUnitOptions } from '../kernel/index.js';
import type { Call } from '../l2tp/index.js';
import { Direction, disconnectCause, interfaceIdBytes, type PppEvent, PppSession } from '../ppp/index.js';
import type { IpcpParameters, ResolvedPppOptions } from '../ppp/index.js';
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
import { formatIpv4 } from '../wire/index.js';

/** Who dials in, and how. */
export interface DialOptions {
  readonly user: string;
  readonly password: string;
  readonly ppp: ResolvedPppOptions;
  readonly random: Random;
  /** Name of the session's interface; the kernel's next `pppN` unless given. */
  readonly interfaceName?: string;
  readonly callingNumber?: string;
  readonly calledNumber?: string;
}

/** What becomes of a {@link ClientSession}; each is called once at most. */
export interface ClientSessionOwner {
  /** The first network layer is open, and the interface is there. */
  handleUp(session: ClientSession): void;
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
  get ipv4(): { readonly local: string; readonly peer: string; readonly dns: readonly string[] } | undefined {
    const agreed = this.#ipv4;
    if (agreed === undefined) return undefined;
    return {
      local: formatIpv4(agreed.local),
      peer: formatIpv4(agreed.peer),
      dns: agreed.dns.map(formatIpv4),
    };
  }

  logFields(): LogFields {
    return { ...this.bearer.logFields, user: this.options.user };
  }

  /** The peer has accepted the call: the line is up, and PPP begins. */
  accepted(now: number): void {
    this.bearer.call.connect({ txConnectSpeed: 100_000_000, framingType: 1 }, now);
    const { user, password, ppp: options, random } = this.options;
    const ppp = new PppSession({
      role: 'client',
      options,
      random,
      credentials: { user, password },
      network: { requestDns: true },
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
    this.#owner.handleDown(this, this.#endReason ?? { by: 'local', text: 'ended' });
  }

  #networkUp(event: Extract<PppEvent, { kind: 'network-up' }>): void {
    if (event.protocol === 'ccp') {
      this.openMppe(this.ppp?.options.mppe.mode === 'require');
      return;
    }
    if (event.protocol === 'ipcp') {
      this.#ipv4 = event.parameters;
      this.updateAddresses({
        ipv4: { local: formatIpv4(event.parameters.local), peer: formatIpv4(event.parameters.peer) },
      });
    } else {
      this.updateAddresses({
        ipv6: {
          localInterfaceId: interfaceIdBytes(event.parameters.localInterfaceId),
          peerInterfaceId: interfaceIdBytes(event.parameters.peerInterfaceId),
        },
      });
    }
    if (this.#up) return;
    this.#up = true;
    this.#owner.handleUp(this);
  }
}
