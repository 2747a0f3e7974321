import type { Path } from './peer.js';
import type { Tunnel } from './tunnel.js';

/**
 * Finds tunnels by our id, and by their peer's address, port and id: peers behind one NAT address may differ in the
 * port or only in the id.
 */
export class TunnelIndex {
  readonly #byId = new Map<number, Tunnel>();
  readonly #byPeer = new Map<string, Tunnel>();
  /** Tunnels that peers have begun and that have never been established. */
  readonly #halfOpen = new Map<string, Tunnel>();
  readonly #halfOpenBySource = new Map<string, number>();
  /** Tunnels that we have begun and the peer has not answered. */
  readonly #connecting = new Set<Tunnel>();

  get size(): number {
    return this.#byId.size;
  }

  get halfOpen(): number {
    return this.#halfOpen.size;
  }

  get established(): number {
    return this.#byPeer.size;
  }

  get(localTunnelId: number): Tunnel | undefined {
    return this.#byId.get(localTunnelId);
  }

  values(): IterableIterator<Tunnel> {
    return this.#byId.values();
  }

  /** Half-open tunnels that peers at the address of `path` began. */
  halfOpenOf(path: Path): number {
    return this.#halfOpenBySource.get(path.remote.address) ?? 0;
  }

  /** The most half-open tunnels that peers at one address began. */
  get mostHalfOpen(): number {
    return Math.max(0, ...this.#halfOpenBySource.values());
  }

  findHalfOpen(path: Path, peerTunnelId: number): Tunnel | undefined {
    return this.#halfOpen.get(key(path, peerTunnelId));
  }

  findEstablished(path: Path, peerTunnelId: number): Tunnel | undefined {
    return this.#byPeer.get(key(path, peerTunnelId));
  }

  /** The newer one, where a peer has started anew. */
  find(path: Path, peerTunnelId: number): Tunnel | undefined {
    return this.findHalfOpen(path, peerTunnelId) ?? this.findEstablished(path, peerTunnelId);
  }

  /** Our unanswered tunnels to an address. */
  connectingTo(address: string): Tunnel[] {
    if (this.#connecting.size === 0) return [];
    return [...this.#connecting].filter((tunnel) => tunnel.path.remote.address === address);
  }

  add(tunnel: Tunnel): void {
    this.#byId.set(tunnel.localTunnelId, tunnel);
    if (tunnel.initiator) {
      this.#connecting.add(tunnel);
      return;
    }
    this.#halfOpen.set(key(tunnel.path, tunnel.peerTunnelId), tunnel);
    this.#count(tunnel, 1);
  }

  /** @returns the tunnel that its peer has given up by using its id for this one */
  establish(tunnel: Tunnel): Tunnel | undefined {
    const own = key(tunnel.path, tunnel.peerTunnelId);
    this.#connecting.delete(tunnel);
    this.#forgetHalfOpen(tunnel, own);
    const replaced = this.#byPeer.get(own);
    this.#byPeer.set(own, tunnel);
    return replaced === tunnel ? undefined : replaced;
  }

  remove(tunnel: Tunnel): void {
    const own = key(tunnel.path, tunnel.peerTunnelId);
    this.#byId.delete(tunnel.localTunnelId);
    this.#connecting.delete(tunnel);
    this.#forgetHalfOpen(tunnel, own);
    if (this.#byPeer.get(own) === tunnel) this.#byPeer.delete(own);
  }

  #forgetHalfOpen(tunnel: Tunnel, own: string): void {
    if (this.#halfOpen.get(own) !== tunnel) return;
    this.#halfOpen.delete(own);
    this.#count(tunnel, -1);
  }

  #count(tunnel: Tunnel, change: 1 | -1): void {
    const { address } = tunnel.path.remote;
    const count = (this.#halfOpenBySource.get(address) ?? 0) + change;
    if (count > 0) this.#halfOpenBySource.set(address, count);
    else this.#halfOpenBySource.delete(address);
  }
}

const key = (path: Path, peerTunnelId: number): string =>
  `${path.remote.address} ${path.remote.port} ${peerTunnelId}`;
