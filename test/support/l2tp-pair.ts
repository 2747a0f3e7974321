import { decodeHeader, Endpoint, tunnelProfile } from '../../lib/l2tp/index.js';
import type {
  Call,
  EndpointLimits,
  EndpointOptions,
  Path,
  Tunnel,
  TunnelEvent,
  TunnelProfile,
} from '../../lib/l2tp/index.js';
import type { Random } from '../../lib/wire/index.js';
import { Heap } from './heap.js';
import { seededRandom } from './random.js';

/** What the network does to each datagram; chances are from 0 to 1, times in virtual ms. */
export interface Weather {
  loss: number;
  duplicate: number;
  /** One way. */
  latency: number;
  /** Up to this much more, for each datagram on its own, so that they overtake each other. */
  jitter: number;
}

export const fairWeather: Weather = { loss: 0, duplicate: 0, latency: 10, jitter: 0 };

/** One end: an endpoint at an address, and what drives it. */
export class PairNode {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  endpoint: Endpoint;
  /** Decides about calls; sees every event. Commands may be given right here. */
  onEvent: ((tunnel: Tunnel, event: TunnelEvent, now: number) => void) | undefined;
  /** Every event, while `record` is on. */
  readonly events: TunnelEvent[] = [];
  /** How many times each tunnel and call has ended; exactly once each is right. */
  readonly ends = new Map<Tunnel | Call, number>();
  /** Tunnels that have a deadline. */
  readonly deadlines = new Map<Tunnel, number>();
  /** By our Tunnel ID: the highest Nr that the peer has told, and the window that it announced. */
  readonly acknowledged = new Map<number, number>();

  constructor(name: string, address: string, port: number, endpoint: Endpoint) {
    this.name = name;
    this.address = address;
    this.port = port;
    this.endpoint = endpoint;
  }
}

interface Delivery {
  readonly at: number;
  readonly order: number;
  readonly to: PairNode;
  readonly path: Path;
  readonly bytes: Uint8Array;
}

/** What a node is made of. */
export interface NodeOptions {
  readonly profile?: Partial<TunnelProfile>;
  readonly limits?: Partial<EndpointLimits>;
  readonly profileFor?: EndpointOptions['profileFor'];
  /** Seed of its ids and challenges; the same one gives a restarted node the ids it had. */
  readonly seed?: number;
  readonly port?: number;
}

/**
 * Endpoints joined by a network in virtual time, as a driver would: inputs, then everything that is due. Breaks off
 * with an error when a machine has no deadline, does not keep one, or sends beyond the window of its peer.
 */
export class Pair {
  readonly weather: Weather;
  readonly random: Random;
  now = 0;
  readonly lac: PairNode;
  readonly lns: PairNode;
  readonly nodes: PairNode[] = [];
  /** Datagrams that were sent, and what became of them. */
  readonly statistics = { sent: 0, lost: 0, duplicated: 0 };
  /** Sees each datagram as it is sent; `false` loses it. */
  tap: ((from: PairNode, bytes: Uint8Array) => boolean) | undefined;

  readonly #options = new Map<PairNode, NodeOptions>();
  readonly #deliveries = new Heap<Delivery>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  readonly #paths = new Map<string, Path>();
  #order = 0;

  constructor(
    options: {
      readonly seed?: number;
      readonly weather?: Partial<Weather>;
      readonly lac?: NodeOptions;
      readonly lns?: NodeOptions;
    } = {},
  ) {
    this.random = seededRandom(options.seed ?? 1);
    this.weather = { ...fairWeather, ...options.weather };
    this.lac = this.addNode('lac', '10.0.0.1', options.lac);
    this.lns = this.addNode('lns', '10.0.0.2', options.lns);
  }

  addNode(name: string, address: string, options: NodeOptions = {}): PairNode {
    const endpoint = makeEndpoint(name, options);
    const node = new PairNode(name, address, options.port ?? 1701, endpoint);
    this.#options.set(node, options);
    this.nodes.push(node);
    return node;
  }

  /** The node forgets everything and starts anew with the same random numbers. */
  restart(node: PairNode, options: NodeOptions = this.#options.get(node) ?? {}): void {
    this.#options.set(node, options);
    node.endpoint = makeEndpoint(node.name, options);
    node.deadlines.clear();
    node.acknowledged.clear();
    node.ends.clear();
    node.events.length = 0;
  }

  /** Opens a tunnel with the profile of `from`, or changes of it. */
  connect(from: PairNode, to: PairNode, profile: Partial<TunnelProfile> = {}): Tunnel {
    const own = { ...makeProfile(from.name, this.#options.get(from)), ...profile };
    const tunnel = from.endpoint.connect(this.path(from, to), own, this.now);
    this.#drain(from);
    return tunnel;
  }

  /** The path by which `from` reaches `to`; always the same object for the same two ends. */
  path(from: PairNode, to: PairNode): Path {
    const key = `${from.address} ${from.port} ${to.address} ${to.port}`;
    let path = this.#paths.get(key);
    if (path === undefined) {
      path = {
        local: { address: from.address, port: from.port },
        remote: { address: to.address, port: to.port },
      };
      this.#paths.set(key, path);
    }
    return path;
  }

  /** Takes the output of commands that were given to a node's tunnels and calls from outside of `onEvent`. */
  flush(): void {
    for (const node of this.nodes) this.#drain(node);
  }

  /** Lets time pass: deliveries and deadlines in their order. */
  advance(ms: number): void {
    this.#run(this.now + ms, () => false);
  }

  /**
   * Lets time pass until something is true.
   * @returns whether that came within `limit` ms
   */
  until(done: () => boolean, limit: number): boolean {
    this.#run(this.now + limit, done);
    return done();
  }

  /** What both ends have in common and in a state to stay: see {@link Pair.mismatches}. */
  establishedCalls(node: PairNode): Call[] {
    return [...node.endpoint.tunnels()].flatMap((tunnel) =>
      [...tunnel.calls()].filter((call) => call.state === 'established'),
    );
  }

  /** Everything that one end believes and the other does not. Empty once the network has been fair for long enough. */
  mismatches(): string[] {
    return [...this.#oneSided(this.lac, this.lns), ...this.#oneSided(this.lns, this.lac)];
  }

  #oneSided(node: PairNode, other: PairNode): string[] {
    const found: string[] = [];
    for (const tunnel of node.endpoint.tunnels()) {
      if (tunnel.state === 'lingering') continue;
      const theirs = other.endpoint.tunnel(tunnel.peerTunnelId);
      const label = `${node.name} tunnel ${tunnel.localTunnelId} (${tunnel.state})`;
      if (!tunnel.established) found.push(`${label} is neither up nor gone`);
      else if (theirs?.established !== true || theirs.peerTunnelId !== tunnel.localTunnelId) {
        found.push(`${label} is not up at ${other.name}`);
      }
      for (const call of tunnel.calls()) {
        const mirror = theirs?.call(call.peerSessionId);
        if (call.state !== 'established') found.push(`${label} call ${call.sessionId} is ${call.state}`);
        else if (mirror?.state !== 'established' || mirror.peerSessionId !== call.sessionId) {
          found.push(`${label} call ${call.sessionId} is ${mirror?.state ?? 'unknown'} at ${other.name}`);
        } else if (mirror.serialNumber !== call.serialNumber) {
          found.push(`${label} call ${call.sessionId} has another serial number`);
        }
      }
    }
    for (const [what, times] of node.ends) {
      if (times !== 1) found.push(`${node.name}: ended ${times} times: ${what.constructor.name}`);
    }
    return found;
  }

  #run(end: number, done: () => boolean): void {
    this.flush();
    for (;;) {
      if (done()) return;
      const delivery = this.#deliveries.first;
      let at = delivery?.at ?? Number.POSITIVE_INFINITY;
      let timed: { node: PairNode; tunnel: Tunnel } | undefined;
      for (const node of this.nodes) {
        for (const [tunnel, deadline] of node.deadlines) {
          if (deadline < at) {
            at = deadline;
            timed = { node, tunnel };
          }
        }
      }
      if (at > end) break;
      this.now = Math.max(this.now, at);
      if (timed !== undefined) {
        timed.tunnel.handleTimeout(this.now);
        this.#drain(timed.node);
        const next = timed.node.deadlines.get(timed.tunnel);
        if (next !== undefined && next <= this.now)
          throw new Error(`${timed.node.name}: deadline ${next} not met`);
      } else if (delivery !== undefined) {
        this.#deliveries.pop();
        this.#deliver(delivery);
      }
    }
    this.now = end;
  }

  #deliver({ to, bytes, path }: Delivery): void {
    const header = decodeHeader(bytes);
    if (typeof header !== 'string' && header.kind === 'control') {
      const before = to.acknowledged.get(header.tunnelId);
      if (before === undefined || ((header.nr - before) & 0xffff) < 0x8000) {
        to.acknowledged.set(header.tunnelId, header.nr);
      }
    }
    to.endpoint.handleDatagram(bytes, path, this.now);
    // The driver's buffer is used again.
    bytes.fill(0xdd);
    this.#drain(to);
  }

  #drain(node: PairNode): void {
    const { endpoint } = node;
    for (let tunnel = endpoint.pollTouched(); tunnel !== undefined; tunnel = endpoint.pollTouched()) {
      for (let event = tunnel.pollEvent(); event !== undefined; event = tunnel.pollEvent()) {
        this.#note(node, tunnel, event);
        node.onEvent?.(tunnel, event, this.now);
      }
      for (let bytes = tunnel.pollTransmit(); bytes !== undefined; bytes = tunnel.pollTransmit()) {
        this.#checkWindow(node, tunnel, bytes);
        this.#send(node, tunnel.path, bytes);
      }
      const deadline = tunnel.pollTimeout();
      if (deadline !== undefined) node.deadlines.set(tunnel, deadline);
      else if (tunnel.state === 'closed') node.deadlines.delete(tunnel);
      else throw new Error(`${node.name}: tunnel ${tunnel.localTunnelId} ${tunnel.state} has no deadline`);
    }
    for (let answer = endpoint.pollTransmit(); answer !== undefined; answer = endpoint.pollTransmit()) {
      this.#send(node, answer.path, answer.bytes);
    }
  }

  #note(node: PairNode, tunnel: Tunnel, event: TunnelEvent): void {
    node.events.push(event);
    if (event.type === 'down') node.ends.set(tunnel, (node.ends.get(tunnel) ?? 0) + 1);
    if (event.type === 'call-ended') node.ends.set(event.call, (node.ends.get(event.call) ?? 0) + 1);
  }

  /** No message may be further ahead of the peer's last Nr than its window (RFC 2661 section 5.8). */
  #checkWindow(node: PairNode, tunnel: Tunnel, bytes: Uint8Array): void {
    const header = decodeHeader(bytes);
    if (typeof header === 'string' || header.kind === 'data' || header.bodyStart === header.end) return;
    const ahead = (header.ns - (node.acknowledged.get(tunnel.localTunnelId) ?? 0)) & 0xffff;
    const window = tunnel.peer?.receiveWindow ?? 4;
    if (ahead >= window && ahead < 0x8000) {
      throw new Error(`${node.name}: Ns ${header.ns} is ${ahead} ahead, the window is ${window}`);
    }
  }

  #send(from: PairNode, path: Path, bytes: Uint8Array): void {
    this.statistics.sent++;
    if (this.tap?.(from, bytes) === false || this.#chance(this.weather.loss)) {
      this.statistics.lost++;
      return;
    }
    this.#post(from, path, bytes);
    if (this.#chance(this.weather.duplicate)) {
      this.statistics.duplicated++;
      this.#post(from, path, bytes);
    }
  }

  #post(from: PairNode, { remote }: Path, bytes: Uint8Array): void {
    const to = this.nodes.find(({ address, port }) => address === remote.address && port === remote.port);
    if (to === undefined) return;
    const { latency, jitter } = this.weather;
    const at = this.now + latency + (jitter > 0 ? this.random.below(jitter) : 0);
    this.#deliveries.push({ at, order: this.#order++, to, path: this.path(to, from), bytes: bytes.slice() });
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.random.below(1_000_000) < probability * 1_000_000;
  }
}

const makeProfile = (name: string, options: NodeOptions = {}): TunnelProfile =>
  tunnelProfile({ hostName: name, bearerCapabilities: 3, ...options.profile });

function makeEndpoint(name: string, options: NodeOptions): Endpoint {
  return new Endpoint({
    random: seededRandom(options.seed ?? (name === 'lac' ? 101 : 202)),
    profile: makeProfile(name, options),
    ...(options.profileFor !== undefined && { profileFor: options.profileFor }),
    ...(options.limits !== undefined && { limits: options.limits }),
  });
}
