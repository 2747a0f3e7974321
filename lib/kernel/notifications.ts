import type { FrameSink } from '../io/index.js';
import { KernelError } from '../native/index.js';
import type { KernelIo } from './kernel-io.js';
import { L2TP_ATTR, L2TP_CMD, number } from './l2tp-attributes.js';
import { l2tpFamily, type L2tpMessage, parseL2tpMessages } from './netlink.js';
import type { KernelOperations } from './operations.js';

/** What happened to a tunnel or session by netlink, whoever did it. */
export interface KernelNotification {
  readonly event:
    | 'tunnel-create'
    | 'tunnel-delete'
    | 'tunnel-modify'
    | 'session-create'
    | 'session-delete'
    | 'session-modify';
  readonly tunnelId: number;
  readonly peerTunnelId: number;
  /** 0 in a tunnel's. */
  readonly sessionId: number;
  readonly peerSessionId: number;
}

const eventOf: Readonly<Record<number, KernelNotification['event']>> = {
  [L2TP_CMD.TUNNEL_CREATE]: 'tunnel-create',
  [L2TP_CMD.TUNNEL_DELETE]: 'tunnel-delete',
  [L2TP_CMD.TUNNEL_MODIFY]: 'tunnel-modify',
  [L2TP_CMD.SESSION_CREATE]: 'session-create',
  [L2TP_CMD.SESSION_DELETE]: 'session-delete',
  [L2TP_CMD.SESSION_MODIFY]: 'session-modify',
};

/** Reads a message of the multicast group; `undefined` for one of another kind. */
export function notificationOf({ command, attributes }: L2tpMessage): KernelNotification | undefined {
  const event = eventOf[command];
  if (event === undefined) return undefined;
  return {
    event,
    tunnelId: number(attributes, L2TP_ATTR.CONN_ID),
    peerTunnelId: number(attributes, L2TP_ATTR.PEER_CONN_ID),
    sessionId: number(attributes, L2TP_ATTR.SESSION_ID),
    peerSessionId: number(attributes, L2TP_ATTR.PEER_SESSION_ID),
  };
}

/**
 * The multicast group `l2tp` of generic netlink, open while somebody listens. The kernel notifies only of what netlink
 * did (closing a socket ends sessions silently), and of all network namespaces: an aid to understand, not a base to
 * build on.
 */
export class NotificationFeed implements FrameSink {
  readonly #io: KernelIo;
  readonly #operations: KernelOperations;
  readonly #listeners = new Set<(notification: KernelNotification) => void>();
  #tag = 0;
  #handle = 0;

  constructor(io: KernelIo, operations: KernelOperations) {
    this.#io = io;
    this.#operations = operations;
  }

  /** Resolves when it hears everything. @throws KernelError ENOENT without l2tp_netlink */
  async subscribe(listener: (notification: KernelNotification) => void): Promise<void> {
    this.#listeners.add(listener);
    try {
      const family = await l2tpFamily();
      if (family?.group === undefined)
        throw new KernelError({ operation: 'multicast group l2tp', errno: ENOENT });
      if (this.#listeners.size > 0) this.#open(family.group);
    } catch (error) {
      this.unsubscribe(listener);
      throw error;
    }
  }

  unsubscribe(listener: (notification: KernelNotification) => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.#close();
  }

  handleFrame(octets: Uint8Array): void {
    for (const message of parseL2tpMessages(octets)) {
      const notification = notificationOf(message);
      if (notification === undefined) continue;
      for (const listener of [...this.#listeners]) listener(notification);
    }
  }

  /** The kernel had more to tell than the socket holds: what is lost is lost, and it goes on with a new one. */
  handleHangup(): void {
    this.#close();
    if (this.#listeners.size === 0) return;
    void l2tpFamily().then(
      (family) => {
        if (family?.group !== undefined && this.#listeners.size > 0) this.#open(family.group);
      },
      () => undefined,
    );
  }

  #open(group: number): void {
    if (this.#handle !== 0) return;
    const tag = this.#io.registerSink(this);
    const handle = this.#operations.native.kernelOpenNotifications(tag, group);
    if (handle < 0) {
      this.#io.unregisterSink(tag);
      throw new KernelError({ operation: 'multicast group l2tp', errno: -handle });
    }
    this.#tag = tag;
    this.#handle = handle;
  }

  #close(): void {
    if (this.#handle === 0) return;
    const handle = this.#handle;
    this.#handle = 0;
    this.#io.unregisterSink(this.#tag);
    void this.#operations
      .run('close', (native, id) => native.kernelCloseDescriptor(id, 0, handle))
      .catch(() => undefined);
  }
}

const ENOENT = 2;
