import type { FrameSink, Timed } from '../io/index.js';
import type { DataPlaneSession, FinalStats, PppUnitOptions } from '../kernel/index.js';
import type { CallCloseOptions } from '../l2tp/index.js';
import {
  describeFrame,
  Direction,
  disconnectCause,
  interfaceIdBytes,
  withoutAddressAndControl,
} from '../ppp/index.js';
import type { AttachRequest, DisconnectCause, PppEvent, PppSession } from '../ppp/index.js';
import type { Bearer, BearerSequencing } from './bearer.js';
import type { LogFields } from './log.js';
import type { MessageDirection } from './message-tap.js';
import type { TunnelService } from './tunnel-service.js';
import { formatIpv4 } from '../wire/index.js';

/** Frames kept for a call that is not up yet, and their size: what LCP needs, and no more. */
const maxEarlyFrames = 8;
const maxEarlyOctets = 1600;
const ccpProtocol = 0x80fd;

/** The part of an interface's description that PPP negotiates. */
type NegotiatedUnit = Partial<Pick<PppUnitOptions, 'ipv4' | 'ipv6'>>;

/** Routes of the families that are negotiated. */
const routesFor = (routes: PppUnitOptions['routes'], { ipv4, ipv6 }: NegotiatedUnit) =>
  (routes ?? []).filter((route) => {
    const prefix = typeof route === 'string' ? route : route.prefix;
    return (prefix.includes(':') ? ipv6 : ipv4) !== undefined;
  });

/**
 * PPP on one bearer, at either end: gives PPP its frames, its timer and its kernel objects, and ends all of them
 * exactly once. What PPP's events mean is for the role that derives from it.
 */
export abstract class PppCall implements FrameSink, Timed {
  readonly bearer: Bearer;

  protected readonly service: TunnelService;
  #ppp: PppSession | undefined;
  #early: Uint8Array[] | undefined;
  #kernel: DataPlaneSession | undefined;
  #addressed: NegotiatedUnit = {};
  #touched = false;
  #ended = false;

  constructor(service: TunnelService, bearer: Bearer) {
    this.service = service;
    this.bearer = bearer;
    bearer.sink = this;
  }

  /** Fields that every line of the log about this call carries. */
  abstract logFields(): LogFields;
  protected abstract handlePppEvent(event: PppEvent, now: number): void;
  /**
   * Of an interface that is about to be made: everything that PPP does not negotiate. Routes come into force with the
   * network protocol of their family.
   */
  protected abstract unitOptions(): Omit<PppUnitOptions, 'mtu' | 'ipv4' | 'ipv6'>;
  /** Gives back what the role holds for the call. Called once. */
  protected abstract release(): void;
  /** The interface is gone, or there was none: its last counters, where they could be read. Called once. */
  protected abstract handleFinalStats(stats: FinalStats | undefined): void;

  /** Another deadline than PPP's that the call has to meet, in monotonic ms. */
  protected abstract deadline(): number | undefined;

  /** The deadline has passed. */
  protected abstract handleDeadline(now: number): void;

  get ended(): boolean {
    return this.#ended;
  }

  get ppp(): PppSession | undefined {
    return this.#ppp;
  }

  /** The kernel's session, once it is there. */
  get kernel(): DataPlaneSession | undefined {
    return this.#kernel;
  }

  handleFrame(frame: Uint8Array): void {
    if (this.#ended) return;
    if (this.#ppp === undefined) {
      this.#early ??= [];
      if (this.#early.length < maxEarlyFrames && frame.length <= maxEarlyOctets)
        this.#early.push(frame.slice());
      return;
    }
    this.#show(frame, 'received');
    try {
      this.#ppp.handleFrame(frame, this.service.io.now());
    } catch (error) {
      this.#fail(error);
    }
    this.touch();
  }

  /** The kernel has lost its session or interface, at somebody else's hand. */
  handleHangup(): void {
    if (this.#ended) return;
    this.service.log.warn(this.logFields(), 'the kernel session is gone');
    this.end(disconnectCause('data-plane', Direction.Local, 0, 'the data plane is gone'));
  }

  handleTimeout(now: number): void {
    if (this.#ended) return;
    const deadline = this.deadline();
    if (deadline !== undefined && deadline <= now) this.handleDeadline(now);
    try {
      this.#ppp?.handleTimeout(now);
    } catch (error) {
      this.#fail(error);
    }
    this.touch();
  }

  touch(): void {
    if (this.#touched) return;
    this.#touched = true;
    this.service.touchCall(this);
  }

  /** Lets PPP speak until it has nothing left to say. */
  drain(now: number): void {
    this.#touched = false;
    try {
      this.#drain(now);
    } catch (error) {
      this.#fail(error);
    }
    this.#schedule();
  }

  #drain(now: number): void {
    const ppp = this.#ppp;
    // A call that is over has nobody to speak to: what PPP still has to tell must not begin anything.
    while (ppp !== undefined && !this.#ended) {
      const frame = ppp.pollTransmit();
      if (frame !== undefined) {
        this.#send(frame);
        continue;
      }
      const event = ppp.pollEvent();
      if (event === undefined) break;
      this.handlePppEvent(event, now);
    }
  }

  /** A defect of ours must not reach beyond the call that met it. */
  #fail(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.service.log.error({ ...this.logFields(), error: text }, 'internal error: the session ends');
    this.end(disconnectCause('data-plane', Direction.Local, 0, 'internal error'));
  }

  /** PPP begins; frames that came too early are given to it. */
  protected startPpp(ppp: PppSession): void {
    this.#ppp = ppp;
    const early = this.#early;
    this.#early = undefined;
    for (const frame of early ?? []) this.handleFrame(frame);
    this.touch();
  }

  /**
   * Makes the kernel's session and its channel without an interface, for calls with sequence numbers, which must
   * count from the first packet.
   */
  async openChannel(): Promise<DataPlaneSession> {
    if (this.#kernel === undefined) this.#adopt(await this.bearer.openSession(this.sequencing()));
    if (this.#kernel === undefined) throw new Error('the session has ended');
    return this.#kernel;
  }

  /** Somebody else speaks PPP with the peer from now on. */
  protected leavePpp(): void {
    this.#ppp = undefined;
    this.touch();
  }

  /** Builds what PPP asked for, and tells it how that went. */
  protected attach(request: AttachRequest): void {
    const work = this.#attach(request).then(
      () => {
        if (!this.#ended) this.#ppp?.handleAttached(this.service.io.now());
      },
      (error: unknown) => {
        if (this.#ended) return;
        const text = error instanceof Error ? error.message : String(error);
        this.service.log.error({ ...this.logFields(), error: text }, 'the data plane cannot be set up');
        this.#ppp?.handleAttachFailed('kernel', this.service.io.now());
      },
    );
    this.service.kernelWork.track(
      work.then(() => this.touch()),
      () => undefined,
    );
  }

  /** Adds addresses that PPP agreed on after the interface was made. */
  protected updateAddresses(agreed: NegotiatedUnit): void {
    const { ipv4, ipv6 } = this.#addressed;
    const added: NegotiatedUnit = {
      ...(ipv4 === undefined && agreed.ipv4 !== undefined && { ipv4: agreed.ipv4 }),
      ...(ipv6 === undefined && agreed.ipv6 !== undefined && { ipv6: agreed.ipv6 }),
    };
    if (this.#kernel?.unit === undefined || (added.ipv4 === undefined && added.ipv6 === undefined)) return;
    this.#addressed = { ...this.#addressed, ...added };
    const routes = routesFor(this.unitOptions().routes, added);
    const change = { ...added, ...(routes.length > 0 && { routes }) };
    this.#kernelStep(this.#kernel.updatePpp(change), 'an address cannot be set');
  }

  /** Those of the routes whose family is negotiated. */
  protected negotiatedRoutes(routes: PppUnitOptions['routes']): NonNullable<PppUnitOptions['routes']> {
    return routesFor(routes, this.#addressed);
  }

  /** New keys for both directions; PPP goes on when the kernel has them. */
  protected renewMppe(setup: Parameters<DataPlaneSession['prepareMppe']>[0]): void {
    if (this.#kernel === undefined) return;
    const ready = this.#kernel.prepareMppe(setup).then(() => {
      if (this.#ended) return;
      this.#ppp?.handleMppeReady(this.service.io.now());
      this.touch();
    });
    this.#kernelStep(ready, 'encryption cannot be set up');
  }

  /** CCP is open: the kernel encrypts from now on. */
  protected openMppe(required: boolean): void {
    if (this.#kernel === undefined) return;
    this.#kernelStep(this.#kernel.openMppe(required), 'encryption cannot be started');
  }

  /**
   * Ends the call for the reason that PPP gives, or another; a CDN carries the cause of RFC 3145.
   * @param result of the CDN, where it is another than the cause's own
   */
  end(cause: DisconnectCause, result?: CallCloseOptions): void {
    this.bearer.end(cause, result);
    this.handleEnd();
  }

  /** The call is over: everything that belongs to it is given back. Safe to call again. */
  handleEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.bearer.release();
    this.service.io.timers.schedule(this, undefined);
    this.#early = undefined;
    this.release();
    const kernel = this.#kernel;
    if (kernel === undefined) {
      this.handleFinalStats(undefined);
      return;
    }
    const told = this.#closeKernel(kernel).then(
      (stats) => this.handleFinalStats(stats),
      () => this.handleFinalStats(undefined),
    );
    this.service.kernelWork.track(told, () => undefined);
  }

  async #attach(request: AttachRequest): Promise<void> {
    const unit = this.#unitOptions(request);
    if (this.#kernel !== undefined) {
      await this.#kernel.attachPpp(unit);
    } else {
      await this.service.departures.wait([unit.name, unit.ipv4?.peer]);
      if (this.#ended) return;
      this.#adopt(await this.bearer.openSession(this.sequencing(), unit));
    }
    if (request.mppe !== undefined) await this.#kernel?.prepareMppe(request.mppe);
  }

  /** Takes a session that the kernel has made, or gives it back when the call ended meanwhile. */
  #adopt(kernel: DataPlaneSession): void {
    if (this.#ended) void this.#closeKernel(kernel);
    else this.#kernel = kernel;
  }

  #closeKernel(kernel: DataPlaneSession): Promise<FinalStats | undefined> {
    const closed = kernel.close();
    if (kernel.unit !== undefined) {
      this.service.departures.add([kernel.unit.name, this.#addressed.ipv4?.peer], closed);
    }
    this.service.kernelWork.track(closed, (error) => {
      this.service.log.error(
        { ...this.logFields(), error: String(error) },
        'the kernel session cannot be removed',
      );
    });
    return closed;
  }

  #kernelStep(step: Promise<void>, failure: string): void {
    this.service.kernelWork.track(step, (error) => {
      if (this.#ended) return;
      this.service.log.error({ ...this.logFields(), error: String(error) }, failure);
      this.#ppp?.close(disconnectCause('data-plane', Direction.Local), this.service.io.now());
      this.touch();
    });
  }

  /** Sequencing of data packets, as the call agreed on. */
  protected abstract sequencing(): BearerSequencing;

  #unitOptions(request: AttachRequest): PppUnitOptions {
    const { ipv4, ipv6, mtu } = request;
    this.#addressed = {
      ...(ipv4 && { ipv4: { local: formatIpv4(ipv4.local), peer: formatIpv4(ipv4.peer) } }),
      ...(ipv6 && {
        ipv6: {
          localInterfaceId: interfaceIdBytes(ipv6.localInterfaceId),
          peerInterfaceId: interfaceIdBytes(ipv6.peerInterfaceId),
        },
      }),
    };
    const { routes, ...options } = this.unitOptions();
    const due = routesFor(routes, this.#addressed);
    return { ...options, mtu, ...this.#addressed, ...(due.length > 0 && { routes: due }) };
  }

  /**
   * Frames go past the kernel's session, through the bearer's own socket, except where the kernel must see them: CCP's,
   * which switch its encryption, and all frames of a session with sequence numbers.
   */
  #send(frame: Uint8Array): void {
    this.#show(frame, 'sent');
    const { io } = this.service;
    const kernel = this.#kernel;
    const protocol = ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
    if (kernel?.unit !== undefined && protocol === ccpProtocol) io.writeFrame(kernel.unit.descriptor, frame);
    else if (kernel !== undefined && this.sequencing().sendSequence === true)
      io.writeFrame(kernel.channel, frame);
    else this.bearer.sendFrame(frame);
  }

  #schedule(): void {
    if (this.#ended) return;
    const ppp = this.#ppp?.pollTimeout();
    const own = this.deadline();
    const earliest = ppp === undefined || own === undefined ? (ppp ?? own) : Math.min(ppp, own);
    this.service.io.timers.schedule(this, earliest);
  }

  #show(frame: Uint8Array, direction: MessageDirection): void {
    const { log, taps } = this.service;
    if (taps.size > 0) {
      const plain = withoutAddressAndControl(frame);
      for (const tap of taps) tap.pppFrame?.(this, plain, direction);
    }
    if (!log.isLevelEnabled('trace')) return;
    log.trace({ ...this.logFields(), direction }, describeFrame(frame));
  }
}
