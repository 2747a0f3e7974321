import type { ControlIo, DatagramSource, Descriptor, Timed } from '../io/index.js';
import {
  answerClient,
  decodeClientMessage,
  encodeRouterAdvertisement,
  isRouterSolicitation,
} from '../ipv6/index.js';
import type { DataPlane } from '../kernel/index.js';
import type { Log } from '../tunnels/index.js';
import { formatIpv6, parseIpv6, WireError } from '../wire/index.js';
import type { Ipv6Grant } from './ipv6-grants.js';
import { MulticastGroup } from './multicast-group.js';

/** IPv6 on the interface of one session. */
export interface SubscriberLink {
  /** In `netns`. */
  readonly interfaceIndex: number;
  readonly netns: string | undefined;
  /** Ours, of the link-local address. */
  readonly localInterfaceId: bigint;
  readonly mtu: number;
  readonly grant: Ipv6Grant;
}

export interface SubscriberLinksOptions {
  readonly io: ControlIo;
  readonly dataPlane: DataPlane;
  readonly log: Log;
  /** DUID of the DHCPv6 server (RFC 8415 section 11), the same after a restart. */
  readonly serverId: Uint8Array;
  /** Seconds. */
  readonly preferredLifetime: number;
  readonly validLifetime: number;
  /** Time between unsolicited router advertisements of a link, in ms. */
  readonly interval: number;
}

const dhcpServerPort = 547;
const allNodes = 'ff02::1';
/** All_DHCP_Relay_Agents_and_Servers (RFC 8415 section 7.1). */
const dhcpServers = 'ff02::1:2';
/** CS6, as for all network control. */
const controlClass = 0xc0;
const receiveBuffer = 1 << 20;
/** The first advertisements of a link, in ms after it came up, and then between them (RFC 4861 section 6.2.4). */
const initialDelay = 1000;
const initialGap = 16_000;
const initialCount = 3;
/** A link may ask so often in a second; what is beyond is not answered. */
const mostQuestions = 20;
const shortestTick = 1000;
/** Lifetime as a default router: what three lost advertisements leave (RFC 4861 section 6.2.1), in s. */
const mostRouterLifetime = 9000;

interface LinkState {
  readonly link: SubscriberLink;
  /** Second of the last question, and how many came in it. */
  second: number;
  questions: number;
}

/** An advertisement that is due; `left` with it. */
interface Initial {
  readonly state: LinkState;
  readonly due: number;
  readonly left: number;
}

/** The sockets of one network namespace, and the links in it. */
interface Space {
  readonly netns: string | undefined;
  readonly links: Map<number, LinkState>;
  readonly solicitations: Descriptor | undefined;
  readonly dhcp: Descriptor | undefined;
  readonly group: MulticastGroup | undefined;
}

/**
 * The IPv6 router and DHCPv6 server of all sessions: two sockets for each network namespace, and one timer, which goes
 * round the links so that their advertisements are spread.
 */
export class SubscriberLinks implements Timed {
  readonly #options: SubscriberLinksOptions;
  readonly #spaces = new Map<string, Space>();
  /** In the order of their next unsolicited advertisement. */
  readonly #round = new Set<LinkState>();
  /** The first advertisements of new links, and those after them; each in order, since their delay is the same. */
  #first: Initial[] = [];
  #further: Initial[] = [];
  #credit = 0;
  #tickedAt = 0;
  #closed = false;

  constructor(options: SubscriberLinksOptions) {
    this.#options = options;
  }

  /** IPv6 is up on the interface of a session. */
  add(link: SubscriberLink, now: number): void {
    if (this.#closed) return;
    const space = this.#space(link.netns);
    if (space.links.has(link.interfaceIndex)) return;
    const state: LinkState = { link, second: 0, questions: 0 };
    space.links.set(link.interfaceIndex, state);
    if (this.#round.size === 0) this.#tickedAt = now;
    this.#round.add(state);
    this.#first.push({ state, due: now + initialDelay, left: initialCount });
    if (needsDhcp(link.grant)) space.group?.join(link.interfaceIndex);
    this.#schedule(now);
  }

  /** The session is over. */
  remove({ interfaceIndex, netns }: Pick<SubscriberLink, 'interfaceIndex' | 'netns'>): void {
    const space = this.#spaces.get(netns ?? '');
    const state = space?.links.get(interfaceIndex);
    if (space === undefined || state === undefined) return;
    space.links.delete(interfaceIndex);
    this.#round.delete(state);
    space.group?.leave(interfaceIndex);
    // A namespace with an open socket in it does not go away.
    if (space.links.size === 0 && netns !== undefined) this.#closeSpace(netns, space);
  }

  close(): void {
    this.#closed = true;
    this.#options.io.timers.schedule(this, undefined);
    for (const [key, space] of [...this.#spaces]) this.#closeSpace(key, space);
    this.#round.clear();
    this.#first = [];
    this.#further = [];
  }

  handleTimeout(now: number): void {
    for (const { state, left } of [...takeDue(this.#first, now), ...takeDue(this.#further, now)]) {
      if (!this.#round.has(state)) continue;
      this.#advertise(state.link, allNodes);
      if (left > 1) this.#further.push({ state, due: now + initialGap, left: left - 1 });
    }
    this.#credit += ((now - this.#tickedAt) / this.#options.interval) * this.#round.size;
    this.#tickedAt = now;
    for (const state of this.#round) {
      if (this.#credit < 1) break;
      this.#credit--;
      // To the end of the round.
      this.#round.delete(state);
      this.#round.add(state);
      this.#advertise(state.link, allNodes);
    }
    this.#credit = Math.min(this.#credit, 1);
    this.#schedule(now);
  }

  #schedule(now: number): void {
    const { timers } = this.#options.io;
    if (this.#round.size === 0) {
      timers.schedule(this, undefined);
      return;
    }
    const turn = now + Math.max(shortestTick, this.#options.interval / this.#round.size);
    const due = Math.min(this.#first[0]?.due ?? turn, this.#further[0]?.due ?? turn);
    timers.schedule(this, Math.min(turn, Math.max(now + 1, due)));
  }

  #space(netns: string | undefined): Space {
    const key = netns ?? '';
    const known = this.#spaces.get(key);
    if (known !== undefined) return known;
    const { io, dataPlane, log } = this.#options;
    const links = new Map<number, LinkState>();
    const open = (
      what: string,
      port: number,
      kind: 'udp' | 'solicitations',
      sink: Sink,
    ): Descriptor | undefined => {
      try {
        return io.listen({
          local: { address: '::', port },
          sink: { handleDatagram: sink },
          filter: 'none',
          kind,
          zoneIndices: true,
          trafficClass: controlClass,
          receiveBuffer,
          ...(netns !== undefined && { netns }),
        });
      } catch (error) {
        log.error(
          { error: String(error), ...(netns !== undefined && { netns }) },
          `${what} cannot be served`,
        );
        return undefined;
      }
    };
    const solicitations = open('router solicitations', 0, 'solicitations', (bytes, source) =>
      this.#solicited(links, bytes, source),
    );
    const dhcp = open('DHCPv6', dhcpServerPort, 'udp', (bytes, source) => this.#asked(space, bytes, source));
    const group =
      dhcp === undefined ? undefined : new MulticastGroup({ io, dataPlane, log, netns, group: dhcpServers });
    const space: Space = { netns, links, solicitations, dhcp, group };
    this.#spaces.set(key, space);
    return space;
  }

  #closeSpace(key: string, { solicitations, dhcp, group }: Space): void {
    this.#spaces.delete(key);
    if (solicitations !== undefined) this.#options.io.close(solicitations);
    if (dhcp !== undefined) this.#options.io.close(dhcp);
    group?.close();
  }

  #solicited(links: Space['links'], bytes: Uint8Array, source: DatagramSource | undefined): void {
    const from = source && questioner(links, source);
    if (from === undefined || !isRouterSolicitation(bytes) || !this.#admit(from.state)) return;
    this.#advertise(from.state.link, from.address === '::' ? allNodes : from.address);
  }

  #asked(space: Space, bytes: Uint8Array, source: DatagramSource | undefined): void {
    const from = source && questioner(space.links, source);
    if (from === undefined || source === undefined || space.dhcp === undefined || !this.#admit(from.state))
      return;
    const { link } = from.state;
    if (!needsDhcp(link.grant)) return;
    const { preferredLifetime, validLifetime, serverId, log, io } = this.#options;
    try {
      const lease = { ...link.grant, preferredLifetime, validLifetime };
      const answer = answerClient(decodeClientMessage(bytes), serverId, lease);
      if (answer !== undefined) io.send(space.dhcp, answer, toLink(link, from.address, source.remote.port));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      log.debug({ interface: link.interfaceIndex, reason: error.message }, 'malformed DHCPv6 message');
    }
  }

  /** What one subscriber asks must not keep the others waiting. */
  #admit(state: LinkState): boolean {
    const second = Math.floor(this.#options.io.now() / 1000);
    if (state.second !== second) {
      state.second = second;
      state.questions = 0;
    }
    state.questions++;
    return state.questions <= mostQuestions;
  }

  #advertise(link: SubscriberLink, to: string): void {
    const socket = this.#spaces.get(link.netns ?? '')?.solicitations;
    if (socket === undefined) return;
    const { preferredLifetime, validLifetime, interval, io } = this.#options;
    const { prefix, address, dns, announced } = link.grant;
    const advertisement = encodeRouterAdvertisement({
      routerLifetime: Math.min(mostRouterLifetime, Math.ceil((3 * interval) / 1000)),
      managed: address !== undefined,
      other: needsDhcp(link.grant),
      mtu: link.mtu,
      prefixes: prefix === undefined ? [] : [prefix],
      preferredLifetime,
      validLifetime,
      dns,
      routes: announced,
    });
    io.send(socket, advertisement, toLink(link, to, 0));
  }
}

/** Takes what is due from the front. */
function takeDue(queue: Initial[], now: number): Initial[] {
  const first = queue.findIndex(({ due }) => due > now);
  return queue.splice(0, first < 0 ? queue.length : first);
}

type Sink = (bytes: Uint8Array, source: DatagramSource | undefined) => void;

const needsDhcp = ({ address, delegated, dns }: Ipv6Grant): boolean =>
  address !== undefined || delegated !== undefined || dns.length > 0;

/** The link that a packet came from, and the address there. */
function questioner(
  links: Space['links'],
  { local, remote }: DatagramSource,
): { readonly state: LinkState; readonly address: string } | undefined {
  const [, localZone] = local.address.split('%');
  const [address = '', zone = localZone] = remote.address.split('%');
  const state = links.get(Number(zone));
  if (state === undefined) return undefined;
  // Only a neighbour asks: a link-local address, or none yet.
  const number = parseIpv6(address);
  return number === 0n || (number ?? 0n) >> 118n === linkLocalTop ? { state, address } : undefined;
}

const linkLocal = 0xfe80n << 112n;
const linkLocalTop = linkLocal >> 118n;

function toLink(link: SubscriberLink, address: string, port: number): DatagramSource {
  const zone = `%${link.interfaceIndex}`;
  return {
    remote: { address: address + zone, port },
    local: { address: formatIpv6(linkLocal | link.localInterfaceId) + zone, port: 0 },
  };
}
