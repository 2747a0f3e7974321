import { hostname } from 'node:os';
import { type ControlIo, networkIo, type SocketAddress, systemRandom } from '../io/index.js';
import { type DataPlane, KernelDataPlane } from '../kernel/index.js';
import { Endpoint, stopResult, tunnelProfile, type TunnelProfile } from '../l2tp/index.js';
import { type PppOptions, resolvePppOptions, type ResolvedPppOptions } from '../ppp/index.js';
import { type EndReason, type Log, silentLog, type TunnelLink, TunnelService } from '../tunnels/index.js';
import { type Random, utf8 } from '../wire/index.js';
import { ClientRole } from './client-role.js';
import type { ClientSession } from './client-session.js';

export interface L2tpClientOptions {
  /** Where to send from; `0.0.0.0` with a port of the kernel's choice unless given. */
  readonly local?: SocketAddress;
  /** Host Name AVP. Default the host's name. */
  readonly hostName?: string;
  readonly ppp?: PppOptions;
  readonly profile?: Partial<Omit<TunnelProfile, 'secret' | 'hostName'>>;
}

export interface L2tpClientDependencies {
  readonly log?: Log;
  readonly io?: ControlIo;
  readonly dataPlane?: DataPlane;
  readonly random?: Random;
}

/** A call to place. */
export interface CallOptions {
  readonly user: string;
  readonly password: string;
  readonly interfaceName?: string;
  readonly callingNumber?: string;
  readonly calledNumber?: string;
  /** PPP of this call, where it differs from the client's. */
  readonly ppp?: ResolvedPppOptions;
}

const closeTimeout = 3000;

/**
 * A LAC with PPP clients in it: opens tunnels to LNSs and dials in as subscribers. Each session gets an interface of
 * the kernel, as it does at the LNS.
 */
export class L2tpClient {
  readonly #role = new ClientRole();
  readonly #service: TunnelService;
  readonly #options: L2tpClientOptions;
  readonly #random: Random;
  readonly #ppp: ResolvedPppOptions;

  /** @throws RangeError for an option that cannot be used, KernelError when the local address cannot */
  constructor(options: L2tpClientOptions = {}, dependencies: L2tpClientDependencies = {}) {
    this.#options = options;
    this.#random = dependencies.random ?? systemRandom;
    this.#ppp = resolvePppOptions(options.ppp);
    const endpoint = new Endpoint({ random: this.#random, profile: this.#profile(undefined) });
    this.#service = new TunnelService(
      {
        io: dependencies.io ?? networkIo(),
        dataPlane: dependencies.dataPlane ?? new KernelDataPlane(),
        endpoint,
        log: dependencies.log ?? silentLog,
      },
      this.#role,
    );
    this.#service.listen(options.local ?? { address: '0.0.0.0', port: 0 });
  }

  /** Opens a tunnel. @throws ClientError when the LNS refuses it or does not answer */
  openTunnel(lns: SocketAddress, secret?: string): Promise<TunnelLink> {
    return this.#role.openTunnel(this.#service.connect(lns, this.#profile(secret)));
  }

  /** Places a call in a tunnel and waits until its network layer is open. @throws ClientError */
  dial(tunnel: TunnelLink, options: CallOptions): Promise<ClientSession> {
    const { ppp = this.#ppp, ...rest } = options;
    return this.#role.dial(this.#service, tunnel, { ...rest, ppp, random: this.#random });
  }

  /** What is called when a session that was up ends. */
  onDown(listener: (session: ClientSession, reason: EndReason) => void): void {
    this.#role.downListener = listener;
  }

  /** Hangs up a session: LCP Terminate, then CDN. */
  hangUp(session: ClientSession): void {
    session.hangUp(this.#service.io.now());
  }

  /** What the control connections have counted. */
  get counters(): Endpoint['counters'] {
    return this.#service.endpoint.counters;
  }

  /** Ends all tunnels and the sessions in them; resolves when the kernel has let go. */
  async close(): Promise<void> {
    await this.#service.close({ resultCode: stopResult.generalRequest }, closeTimeout);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #profile(secret: string | undefined): TunnelProfile {
    return tunnelProfile({
      vendorName: 'kernel-l2tp',
      ...this.#options.profile,
      hostName: this.#options.hostName ?? hostname(),
      secret: secret === undefined ? undefined : utf8(secret),
    });
  }
}
