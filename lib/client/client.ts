import { hostname } from 'node:os';
import { type ControlIo, networkIo, type SocketAddress, systemRandom } from '../io/index.js';
import { type DataPlane, KernelDataPlane } from '../kernel/index.js';
import {
  bearer,
  Endpoint,
  type Refusal,
  stopResult,
  tunnelProfile,
  type TunnelProfile,
} from '../l2tp/index.js';
import { type PppOptions, resolvePppOptions, type ResolvedPppOptions } from '../ppp/index.js';
import { type EndReason, type Log, silentLog, type TunnelLink, TunnelService } from '../tunnels/index.js';
import { type Random, utf8 } from '../wire/index.js';
import { ClientRole } from './client-role.js';
import type { CallOptions, ClientSession, DialOptions } from './client-session.js';
import type { OutgoingCallHandler } from './outgoing-calls.js';

export interface L2tpClientOptions {
  /** Where to send from; `0.0.0.0` with a port of the kernel's choice unless given. */
  readonly local?: SocketAddress;
  /** Host Name AVP. Default the host's name. */
  readonly hostName?: string;
  readonly ppp?: PppOptions;
  readonly profile?: Partial<Omit<TunnelProfile, 'secret' | 'hostName'>>;
  /**
   * Lets LNSs open tunnels to us; `local` then needs the port that they know. Without it only our own tunnels come up.
   */
  readonly accept?: { readonly secret?: string };
  /** Takes calls that LNSs ask for (OCRQ). Without it they are refused with CDN 5. */
  readonly outgoingCalls?: OutgoingCallHandler;
}

export interface L2tpClientDependencies {
  readonly log?: Log;
  readonly io?: ControlIo;
  readonly dataPlane?: DataPlane;
  readonly random?: Random;
}

const closeTimeout = 3000;

const noTunnels: Refusal = {
  refuse: { resultCode: stopResult.notAuthorized, message: 'a client takes no tunnels' },
};

/**
 * A LAC with PPP clients in it: opens tunnels to LNSs and dials in as subscribers, or takes the calls that LNSs place
 * through it. Each session gets an interface of the kernel, as it does at the LNS.
 */
export class L2tpClient {
  readonly #role: ClientRole;
  readonly #service: TunnelService;
  readonly #options: L2tpClientOptions;
  readonly #random: Random;
  readonly #ppp: ResolvedPppOptions;
  #closed: Promise<void> | undefined;

  /** @throws RangeError for an option that cannot be used, KernelError when the local address cannot */
  constructor(options: L2tpClientOptions = {}, dependencies: L2tpClientDependencies = {}) {
    this.#options = options;
    this.#random = dependencies.random ?? systemRandom;
    this.#ppp = resolvePppOptions(options.ppp);
    const { outgoingCalls, accept } = options;
    const complete = (call: CallOptions): DialOptions => this.#complete(call);
    this.#role = new ClientRole(
      outgoingCalls === undefined ? undefined : { handler: outgoingCalls, complete },
    );
    const toPeers: TunnelProfile | Refusal = accept === undefined ? noTunnels : this.#profile(accept.secret);
    const endpoint = new Endpoint({
      random: this.#random,
      profile: this.#profile(undefined),
      profileFor: () => toPeers,
    });
    this.#service = new TunnelService(
      {
        io: dependencies.io ?? networkIo(),
        dataPlane: dependencies.dataPlane ?? new KernelDataPlane(),
        endpoint,
        log: dependencies.log ?? silentLog,
      },
      this.#role,
    );
    this.#role.attach(this.#service);
    this.#service.listen(options.local ?? { address: '0.0.0.0', port: 0 });
  }

  /** Opens a tunnel. @throws ClientError when the LNS refuses it or does not answer */
  openTunnel(lns: SocketAddress, secret?: string): Promise<TunnelLink> {
    return this.#role.openTunnel(this.#service.connect(lns, this.#profile(secret)));
  }

  /** Places a call in a tunnel and waits until its network layer is open. @throws ClientError */
  dial(tunnel: TunnelLink, options: CallOptions): Promise<ClientSession> {
    return this.#role.dial(tunnel, this.#complete(options));
  }

  /** What is called when a session is up: one that was dialled, or one that an LNS asked for. */
  onUp(listener: (session: ClientSession) => void): void {
    this.#role.listeners.up = listener;
  }

  /** What is called for each network layer of a session that opens, {@link onUp} first. */
  onNetworkUp(listener: (session: ClientSession, family: 'ipv4' | 'ipv6') => void): void {
    this.#role.listeners.networkUp = listener;
  }

  /** What is called when a session ends that was up, or that an LNS asked for. */
  onDown(listener: (session: ClientSession, reason: EndReason) => void): void {
    this.#role.listeners.down = listener;
  }

  /** What is called when a tunnel ends that was up; its sessions have ended before. */
  onTunnelDown(listener: (tunnel: TunnelLink, reason: EndReason) => void): void {
    this.#role.listeners.tunnelDown = listener;
  }

  /** Where the client listens, as the system chose it. */
  addresses(): readonly SocketAddress[] {
    return this.#service.listenAddresses();
  }

  /** Hangs up a session: LCP Terminate, then CDN. */
  hangUp(session: ClientSession): void {
    session.hangUp(this.#service.io.now());
  }

  /** What the control connections have counted. */
  get counters(): Endpoint['counters'] {
    return this.#service.endpoint.counters;
  }

  /** Ends all tunnels and the sessions in them; resolves when the kernel has let go. Safe to call again. */
  close(): Promise<void> {
    this.#closed ??= this.#service.close({ resultCode: stopResult.generalRequest }, closeTimeout);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #complete({ ppp = this.#ppp, ...call }: CallOptions): DialOptions {
    return { ...call, ppp, random: this.#random };
  }

  #profile(secret: string | undefined): TunnelProfile {
    return tunnelProfile({
      vendorName: 'kernel-l2tp',
      ...(this.#options.outgoingCalls !== undefined && {
        bearerCapabilities: bearer.digital | bearer.analog,
      }),
      ...this.#options.profile,
      hostName: this.#options.hostName ?? hostname(),
      secret: secret === undefined ? undefined : utf8(secret),
    });
  }
}
