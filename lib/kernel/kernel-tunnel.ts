import { type DatagramSink, networkIo, type SocketAddress } from '../io/index.js';
import { errnoName, KernelError } from '../native/index.js';
import { constants } from 'node:os';
import { show } from './address.js';
import type { DataPlaneSessionOptions, SessionStats } from './data-plane.js';
import type { SequencingOptions } from './genl.js';
import type { KernelDataTunnel } from './data-tunnel.js';
import type { KernelApi } from './kernel-api.js';
import { KernelDataPlane } from './kernel-data-plane.js';
import type { KernelIo } from './kernel-io.js';
import { KernelSession, type SessionOwner } from './kernel-session.js';
import { Listeners } from './listeners.js';
import { type KernelNotification, NotificationFeed } from './notifications.js';
import { payloadOf } from './data-header.js';
import type { Addressing } from './unit-batch.js';
import { checkEnds, checkFlag, checkId, checkObject, checkSequencing } from './validate.js';

/** An address, and a port that is 1701 unless given. */
export interface TunnelEnd {
  readonly address: string;
  readonly port?: number;
}

export interface KernelTunnelOptions extends SequencingOptions {
  /** Our end: an address of this host. */
  readonly local: TunnelEnd;
  /** The other end, of the same address family. */
  readonly peer: TunnelEnd;
  /** The id by which the peer names the tunnel in what it sends us: 1 to 65535, unique in the network namespace. */
  readonly tunnelId: number;
  /** The id by which the peer knows it. */
  readonly peerTunnelId: number;
  /** Which interface of the kernel makes the tunnel; `auto` unless given. */
  readonly api?: KernelApi;
  /** Where sessions' local addresses are; `ptp` unless given. */
  readonly addressing?: Addressing;
  /** Binds the socket to an interface, for tunnels in a VRF. */
  readonly device?: string;
  /** The event loop's I/O; the process's own unless given. */
  readonly io?: KernelIo;
}

export interface AddSessionOptions extends SequencingOptions {
  /** 1 to 65535, unique in the tunnel. */
  readonly sessionId: number;
  readonly peerSessionId: number;
  /** Whether sequencing is decided here (LNS), or follows the peer (LAC, RFC 2661 section 5.4). */
  readonly lnsMode?: boolean;
}

/** What a tunnel tells. */
export type KernelTunnelEvents = {
  /** An L2TP control message of the peer. The octets belong to the call. */
  control(message: Uint8Array): void;
  /** Somebody created, changed or deleted a tunnel or session by netlink, here or elsewhere on this host. */
  notification(notification: KernelNotification): void;
  /** An error of the tunnel's socket, such as ECONNREFUSED when nothing listens at the peer. */
  error(error: Error): void;
  close(): void;
};

/**
 * A static L2TPv2 tunnel in the kernel: its socket, and sessions with interfaces whose packets never pass through the
 * process. It needs no control connection; both ends are told the ids.
 */
export class KernelTunnel implements AsyncDisposable, DatagramSink {
  readonly local: SocketAddress;
  readonly peer: SocketAddress;
  readonly tunnelId: number;
  readonly peerTunnelId: number;
  readonly #io: KernelIo;
  readonly #plane: KernelDataPlane;
  readonly #defaults: SequencingOptions;
  readonly #sessions = new Map<number, KernelSession>();
  #socket = 0;
  #tunnel: KernelDataTunnel | undefined;
  #listeners: Listeners<KernelTunnelEvents> | undefined;
  #feed: NotificationFeed | undefined;
  #closing: Promise<void> | undefined;
  /** One for all sessions, so that none keeps a function of its own. */
  readonly #owner: SessionOwner = {
    writeFrame: (session, frame, toUnit) =>
      this.#io.writeFrame((toUnit ? session.unit?.descriptor : undefined) ?? session.channel, frame),
    forget: (session) => {
      if (this.#sessions.get(session.sessionId) === session) this.#sessions.delete(session.sessionId);
    },
  };
  readonly #onNotification = (notification: KernelNotification): void =>
    this.#listeners?.emit('notification', notification);

  private constructor(options: KernelTunnelOptions, io: KernelIo, plane: KernelDataPlane) {
    const { local, peer } = checkEnds(options.local, options.peer);
    this.local = local;
    this.peer = peer;
    this.tunnelId = options.tunnelId;
    this.peerTunnelId = options.peerTunnelId;
    this.#io = io;
    this.#plane = plane;
    const { sendSequence, receiveSequence, reorderTimeout } = options;
    this.#defaults = {
      ...(sendSequence !== undefined && { sendSequence }),
      ...(receiveSequence !== undefined && { receiveSequence }),
      ...(reorderTimeout !== undefined && { reorderTimeout }),
    };
  }

  /**
   * Opens a socket and a tunnel of the kernel on it.
   *
   * @throws TypeError, RangeError for what cannot be; KernelError for what the kernel refuses; AddonError when the
   *   native addon is not built
   */
  static async open(options: KernelTunnelOptions): Promise<KernelTunnel> {
    checkObject(options, 'options');
    checkEnds(options.local, options.peer);
    checkId(options.tunnelId, 'tunnelId');
    checkId(options.peerTunnelId, 'peerTunnelId');
    checkSequencing(options);
    const { api = 'auto', addressing = 'ptp' } = options;
    if (!['auto', 'netlink', 'pppox'].includes(api)) {
      throw new TypeError(`api must be 'auto', 'netlink' or 'pppox', not ${show(api)}`);
    }
    if (!['ptp', 'unnumbered'].includes(addressing)) {
      throw new TypeError(`addressing must be 'ptp' or 'unnumbered', not ${show(addressing)}`);
    }
    const io = options.io ?? networkIo();
    const plane = new KernelDataPlane({ io, api, addressing, settle: true, sessionsByNetlink: true });
    const tunnel = new KernelTunnel(options, io, plane);
    await tunnel.#open(options.device);
    return tunnel;
  }

  /** The interface of the kernel that made the tunnel. */
  get api(): Exclude<KernelApi, 'auto'> | undefined {
    return this.#tunnel?.api;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** The open sessions by their ids. */
  get sessions(): ReadonlyMap<number, KernelSession> {
    return this.#sessions;
  }

  /** Adds a session; it has no interface yet. @throws TypeError, RangeError, KernelError */
  async addSession(options: AddSessionOptions): Promise<KernelSession> {
    checkObject(options, 'options');
    checkId(options.sessionId, 'sessionId');
    checkId(options.peerSessionId, 'peerSessionId');
    checkFlag(options.lnsMode, 'lnsMode');
    checkSequencing(options);
    const tunnel = this.#live();
    const { sessionId, peerSessionId, lnsMode = false } = options;
    if (this.#sessions.has(sessionId)) {
      throw new KernelError({ operation: `session ${sessionId}`, errno: constants.errno.EEXIST });
    }
    const sequencing = { ...this.#defaults, ...options };
    const sequenced = sequencing.sendSequence === true;
    const session = new KernelSession(sessionId, peerSessionId, sequenced, this.#owner);
    const wanted: DataPlaneSessionOptions = {
      ...sequencing,
      sessionId,
      peerSessionId,
      lnsMode,
      sink: session,
    };
    this.#sessions.set(sessionId, session);
    try {
      session.adopt(await tunnel.addSession(wanted));
    } catch (error) {
      this.#sessions.delete(sessionId);
      throw error;
    }
    return session;
  }

  /** Counters of the kernel's tunnel: all its sessions, of now and before. @throws KernelError */
  async stats(): Promise<SessionStats> {
    return this.#live().stats();
  }

  /** Sends a control message to the peer: octets from the L2TP header on. */
  sendControl(message: Uint8Array): void {
    if (!(message instanceof Uint8Array))
      throw new TypeError(`message must be a Uint8Array, not ${show(message)}`);
    this.#live();
    this.#io.send(this.#socket, message);
  }

  on<K extends keyof KernelTunnelEvents>(event: K, listener: KernelTunnelEvents[K]): this {
    this.#listeners ??= new Listeners();
    this.#listeners.add(event, listener);
    if (event === 'notification' && this.#feed === undefined && this.#closing === undefined) {
      this.#feed = new NotificationFeed(this.#io, this.#plane.operations);
      this.#feed.subscribe(this.#onNotification).catch((error: unknown) => this.#fail(error));
    }
    return this;
  }

  off<K extends keyof KernelTunnelEvents>(event: K, listener: KernelTunnelEvents[K]): this {
    this.#listeners?.remove(event, listener);
    if (event === 'notification' && !this.#listeners?.has(event)) this.#endFeed();
    return this;
  }

  /** Resolves when `notification` events are heard. @throws KernelError without l2tp_netlink */
  async notificationsReady(): Promise<void> {
    await this.#feed?.subscribe(this.#onNotification);
  }

  /** Closes all sessions, the tunnel and its socket. Safe to call again, and while something is under way. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal What the kernel leaves to user space: control messages, and frames too short for it. */
  handleDatagram(bytes: Uint8Array): void {
    const payload = payloadOf(bytes);
    if (payload === 'control') this.#listeners?.emit('control', bytes);
    else if (payload?.tunnelId === this.tunnelId)
      this.#sessions.get(payload.sessionId)?.handleFrame(payload.frame);
  }

  /** @internal */
  handleSocketError(code: string): void {
    const errno = (constants.errno as Readonly<Record<string, number>>)[code] ?? 0;
    this.#fail(
      new KernelError({ operation: `tunnel ${this.tunnelId}`, errno: errno || constants.errno.EIO }),
    );
  }

  async #open(device: string | undefined): Promise<void> {
    const { local, peer, tunnelId, peerTunnelId } = this;
    this.#socket = this.#io.connect({
      local,
      remote: peer,
      sink: this,
      ...(device !== undefined && { device }),
    });
    try {
      this.#tunnel = await this.#plane.openTunnel({
        local,
        peer,
        tunnelId,
        peerTunnelId,
        socket: this.#socket,
      });
    } catch (error) {
      this.#io.close(this.#socket);
      throw error;
    }
  }

  async #close(): Promise<void> {
    this.#endFeed();
    try {
      await Promise.allSettled(Array.from(this.#sessions.values(), (session) => session.close()));
      await this.#tunnel?.close();
    } finally {
      // The kernel's tunnel lives as long as its socket, whatever happened before.
      this.#io.close(this.#socket);
      await this.#plane.close();
    }
    this.#listeners?.emit('close');
  }

  #endFeed(): void {
    this.#feed?.unsubscribe(this.#onNotification);
    this.#feed = undefined;
  }

  #fail(error: unknown): void {
    this.#listeners?.emit(
      'error',
      error instanceof Error ? error : new Error(errnoName(constants.errno.EIO)),
    );
  }

  #live(): KernelDataTunnel {
    if (this.#tunnel === undefined || this.#closing !== undefined)
      throw new Error(`tunnel ${this.tunnelId} is closed`);
    return this.#tunnel;
  }
}
