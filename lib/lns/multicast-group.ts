import type { ControlIo, Descriptor } from '../io/index.js';
import type { DataPlane } from '../kernel/index.js';
import type { Log } from '../tunnels/index.js';
import { ipv6Octets, parseIpv6 } from '../wire/index.js';

export interface MulticastGroupOptions {
  readonly io: ControlIo;
  readonly dataPlane: DataPlane;
  readonly log: Log;
  readonly netns: string | undefined;
  /** Link-local scope. */
  readonly group: string;
}

/**
 * The kernel bounds the memory of one socket's memberships (net.core.optmem_max, 20 kB before Linux 6.8) and walks their
 * list at each join.
 */
const mostMembers = 128;

interface MemberSocket {
  readonly descriptor: Descriptor;
  members: number;
}

/**
 * Has interfaces take packets to a multicast group: the sockets here only hold memberships, the packets reach whoever is
 * bound to the port. A membership goes with its interface, but its place in the socket is ours to free.
 */
export class MulticastGroup {
  readonly #options: MulticastGroupOptions;
  readonly #group: Uint8Array;
  readonly #sockets = new Set<MemberSocket>();
  readonly #memberships = new Map<number, MemberSocket>();

  constructor(options: MulticastGroupOptions) {
    this.#options = options;
    this.#group = ipv6Octets(parseIpv6(options.group) ?? 0n);
  }

  join(interfaceIndex: number): void {
    const socket = this.#socketWithRoom();
    if (socket === undefined) return;
    socket.members++;
    this.#memberships.set(interfaceIndex, socket);
    const { dataPlane, log } = this.#options;
    dataPlane.setMulticast(socket.descriptor, interfaceIndex, this.#group, true).catch((error: unknown) => {
      log.warn({ interface: interfaceIndex, error: String(error) }, 'a multicast group cannot be joined');
    });
  }

  leave(interfaceIndex: number): void {
    const socket = this.#memberships.get(interfaceIndex);
    if (socket === undefined) return;
    this.#memberships.delete(interfaceIndex);
    socket.members--;
    if (socket.members === 0) {
      this.#sockets.delete(socket);
      this.#options.io.close(socket.descriptor);
      return;
    }
    this.#options.dataPlane
      .setMulticast(socket.descriptor, interfaceIndex, this.#group, false)
      .catch(() => undefined);
  }

  close(): void {
    for (const { descriptor } of this.#sockets) this.#options.io.close(descriptor);
    this.#sockets.clear();
    this.#memberships.clear();
  }

  #socketWithRoom(): MemberSocket | undefined {
    for (const socket of this.#sockets) if (socket.members < mostMembers) return socket;
    const { io, netns, log } = this.#options;
    try {
      const descriptor = io.listen({
        local: { address: '::', port: 0 },
        sink: { handleDatagram: () => undefined },
        filter: 'none',
        receiveBuffer: 4096,
        ...(netns !== undefined && { netns }),
      });
      const socket = { descriptor, members: 0 };
      this.#sockets.add(socket);
      return socket;
    } catch (error) {
      log.error({ error: String(error) }, 'no socket for multicast memberships');
      return undefined;
    }
  }
}
