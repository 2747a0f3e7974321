import { type CallOptions, type ClientSession, L2tpClient } from '../client/index.js';
import type { OutgoingCallAnswer } from '../client/index.js';
import type { ControlIo, SocketAddress } from '../io/index.js';
import type { DataPlane } from '../kernel/index.js';
import type { ResolvedPppOptions } from '../ppp/index.js';
import type { EndReason, Log, TunnelLink } from '../tunnels/index.js';
import type { Random } from '../wire/index.js';
import type { DialHost, DialLink } from './dial-host.js';
import { callFailure, type DialFailure, hostFailure, linkFailure, tunnelFailure } from './failure.js';
import type { DialOptions } from './options.js';

export interface ConnectionOptions {
  readonly options: DialOptions;
  readonly ppp: ResolvedPppOptions;
  readonly lns: SocketAddress;
}

export interface ConnectionDependencies {
  readonly io: ControlIo;
  readonly dataPlane: DataPlane;
  readonly random: Random;
  readonly host: DialHost;
  readonly log: Log;
  readonly observer: ConnectionObserver;
}

/** Whom a connection tells about its link, once the host is set up for it, or is as it was before. */
export interface ConnectionObserver {
  handleUp(link: DialLink, family: 'ipv4' | 'ipv6'): void;
  /** @param failure `undefined` when we hung up */
  handleDown(link: DialLink, failure: DialFailure | undefined): void;
}

/** How a connection ended. */
export interface ConnectionEnd {
  readonly failure: DialFailure;
  /** How long a link was up, in ms; absent when none ever was. */
  readonly upFor?: number;
}

const hungUp: DialFailure = { stage: 'link', text: 'hung up' };

/** One tunnel to one address of an LNS, the call in it, and what this host has for it, from beginning to end. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #dependencies: ConnectionDependencies;
  readonly #client: L2tpClient;
  /** Has taken a call of the LNS that has not ended. */
  #inCall = false;
  /** Is up. */
  #session: ClientSession | undefined;
  #link: DialLink | undefined;
  #upSince: number | undefined;
  #failure: DialFailure | undefined;
  #hangingUp = false;
  /** Changes of the host, one after the other. */
  #hostWork: Promise<void> = Promise.resolve();
  #end: () => void = () => undefined;
  readonly #ended: Promise<void>;

  /** @throws RangeError for an option that cannot be used, KernelError when the local address cannot */
  constructor(options: ConnectionOptions, dependencies: ConnectionDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#ended = new Promise((resolve) => (this.#end = resolve));
    this.#client = this.#newClient();
  }

  /** Dials, and resolves when the tunnel is gone and the host is as it was. */
  async run(): Promise<ConnectionEnd> {
    const { io, host } = this.#dependencies;
    const client = this.#client;
    client.onNetworkUp((session, family) => this.#networkUp(session, family));
    client.onDown((session, reason) => this.#down(session, reason));
    client.onTunnelDown((_tunnel, reason) => this.#finish(linkFailure(reason)));
    await this.#setUp().catch((error: unknown) => this.#finish(hostFailure(error)));
    await this.#ended;
    const upFor = this.#upSince === undefined ? undefined : io.now() - this.#upSince;
    // A link that is still up goes with its tunnel.
    await client.close();
    await this.#hostWork;
    await host.release().catch((error: unknown) => this.#warn('the route to the LNS is not restored', error));
    return { failure: this.#failure ?? hungUp, ...(upFor !== undefined && { upFor }) };
  }

  /** Ends the call (LCP Terminate, CDN) and the tunnel (StopCCN). Safe at any time. */
  hangUp(): void {
    if (this.#hangingUp) return;
    this.#hangingUp = true;
    if (this.#session !== undefined) {
      this.#client.hangUp(this.#session);
      return;
    }
    this.#finish(hungUp);
    // What is under way is refused, and so whoever waits for it goes on.
    void this.#client.close();
  }

  async #setUp(): Promise<void> {
    const { lns, options } = this.#options;
    await this.#dependencies.host.guard(lns.address);
    if (this.#hangingUp) return;
    let tunnel: TunnelLink;
    try {
      tunnel = await this.#client.openTunnel(lns, options.secret);
    } catch (error) {
      this.#finish(tunnelFailure(error));
      return;
    }
    this.#dependencies.log.debug({ tunnel: tunnel.tunnel.localTunnelId, peer: lns.address }, 'tunnel up');
    if (options.answer === true || this.#hangingUp) return;
    try {
      await this.#client.dial(tunnel, this.#call());
    } catch (error) {
      this.#finish(callFailure(error));
    }
  }

  #newClient(): L2tpClient {
    const { options, lns } = this.#options;
    const { io, dataPlane, random, log } = this.#dependencies;
    const { local, hostName, answer, hideAvps, helloInterval, retransmit } = options;
    const any = lns.address.includes(':') ? '::' : '0.0.0.0';
    return new L2tpClient(
      {
        local: local ?? { address: any, port: 0 },
        ...(hostName !== undefined && { hostName }),
        ...(answer === true && { outgoingCalls: () => this.#answer() }),
        profile: {
          ...(hideAvps !== undefined && { hideAvps }),
          ...(helloInterval !== undefined && { helloInterval }),
          ...(retransmit !== undefined && { retransmit }),
        },
      },
      { io, dataPlane, random, log },
    );
  }

  #call(): CallOptions {
    const { options, ppp } = this.#options;
    const { user, password, serverName, address, interfaceName, callingNumber, calledNumber } = options;
    return {
      user,
      password,
      ppp,
      ...(serverName !== undefined && { serverName }),
      ...(address !== undefined && { address }),
      ...(interfaceName !== undefined && { interfaceName }),
      ...(callingNumber !== undefined && { callingNumber }),
      ...(calledNumber !== undefined && { calledNumber }),
    };
  }

  /** The LNS asks for a call: there is one link. */
  #answer(): OutgoingCallAnswer {
    if (this.#inCall) return { refuse: 'busy' };
    this.#inCall = true;
    return { answer: this.#call() };
  }

  #networkUp(session: ClientSession, family: 'ipv4' | 'ipv6'): void {
    const unit = session.kernel?.unit;
    if (unit === undefined) return;
    const { options, lns } = this.#options;
    const link: DialLink = {
      interfaceName: unit.name,
      interfaceIndex: unit.index,
      user: options.user,
      lns: lns.address,
      ipv4: session.ipv4,
      ipv6: session.ipv6,
    };
    this.#session = session;
    this.#upSince ??= this.#dependencies.io.now();
    this.#dependencies.log.info(
      {
        ...session.logFields(),
        interface: unit.name,
        ...(family === 'ipv4'
          ? { ...session.ipv4, peer: lns.address, gateway: session.ipv4?.peer }
          : session.ipv6),
        method: session.authMethod,
        mppe: session.mppe,
      },
      'link up',
    );
    this.#onHost(async () => {
      this.#link = link;
      await this.#dependencies.host.up(link, family);
      if (this.#session === session) this.#dependencies.observer.handleUp(link, family);
    });
    if (this.#hangingUp) this.#client.hangUp(session);
  }

  #down(session: ClientSession, reason: EndReason): void {
    const { log, host, observer } = this.#dependencies;
    const { answer } = this.#options.options;
    const wasUp = this.#session === session;
    this.#session = undefined;
    this.#inCall = false;
    log.info({ ...session.logFields(), ...reason }, wasUp ? 'link down' : 'the call did not come up');
    const failure = linkFailure(reason);
    this.#onHost(async () => {
      const link = this.#link;
      this.#link = undefined;
      if (link === undefined) return;
      await host.down(link);
      observer.handleDown(link, this.#hangingUp ? undefined : failure);
    });
    if (answer !== true || this.#hangingUp) this.#finish(this.#hangingUp ? hungUp : failure);
  }

  /** Queues a change of the host; one that fails ends the connection. */
  #onHost(change: () => Promise<void>): void {
    this.#hostWork = this.#hostWork.then(change).catch((error: unknown) => {
      this.#warn('this host cannot be set up for the link', error);
      this.#failure ??= hostFailure(error);
      if (this.#session === undefined) this.#finish(hostFailure(error));
      else this.#client.hangUp(this.#session);
    });
  }

  /** The first reason counts. */
  #finish(failure: DialFailure): void {
    this.#failure ??= failure;
    this.#end();
  }

  #warn(what: string, error: unknown): void {
    this.#dependencies.log.error({ error: error instanceof Error ? error.message : String(error) }, what);
  }
}
