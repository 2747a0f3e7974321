import type { CallContext, TunnelChoice } from '../aaa/index.js';
import type { Forwarder, ForwardingDecision, LnsInfo } from '../lns/index.js';
import type { TunnelRole, TunnelService } from '../tunnels/index.js';
import { type CallDescription, ForwardedCall } from './forwarded-call.js';
import { LacRole } from './lac-role.js';
import type { LnsPeer } from './lns-peer.js';
import type { ForwardingOptions, Rewrite } from './options.js';
import { fillTemplate, LOCAL, REFUSE, type RouteSubject, RouteTable } from './routes.js';
import { type PeerDefaults, peerSettings, type PeerSettings } from './settings.js';

const local: ForwardingDecision = { kind: 'local' };
/** LNSs that authenticators have named and that nobody uses any more are forgotten beyond this number. */
const maxNamedPeers = 1024;

/** Carries subscribers on to groups of LNSs by routes, or to the LNSs that an authenticator names. */
export class GroupForwarder implements Forwarder {
  readonly #routes: RouteTable;
  readonly #groups: ReadonlyMap<string, readonly PeerSettings[]>;
  readonly #defaults: PeerDefaults;
  readonly #setupTimeout: number;
  readonly #members = new Map<string, readonly LnsPeer[]>();
  /** LNSs that authenticators have named, by what makes them different. */
  readonly #named = new Map<string, LnsPeer>();
  #service: TunnelService | undefined;
  #role: LacRole | undefined;

  /**
   * @param defaults of the tunnels, where a group or an authenticator says nothing else
   * @throws RangeError for an option that cannot be used, naming it
   */
  constructor({ groups = {}, routes = [], setupTimeout = 25 }: ForwardingOptions, defaults: PeerDefaults) {
    for (const name of [LOCAL, REFUSE])
      if (Object.hasOwn(groups, name)) throw new RangeError(`${name} cannot be the name of a group`);
    this.#routes = new RouteTable(routes, new Set(Object.keys(groups)));
    this.#groups = new Map(
      Object.entries(groups).map(([name, { lns, ...group }]) => {
        if (lns.length === 0) throw new RangeError(`group ${name}: there is no LNS in it`);
        return [name, lns.map((target) => peerSettings(name, group, target, defaults))];
      }),
    );
    this.#defaults = defaults;
    this.#setupTimeout = setupTimeout * 1000;
  }

  get isCarrying(): boolean {
    for (const { sessions } of this.#role?.peers ?? []) if (sessions > 0) return true;
    return false;
  }

  servers(): LnsInfo[] {
    const now = this.#service?.io.now() ?? 0;
    return Array.from(this.#role?.peers ?? [], (peer) => peer.info(now));
  }

  attach(service: TunnelService, tunnels: Pick<TunnelRole, 'handleTunnelUp' | 'handleTunnelDown'>): void {
    const role = new LacRole(service, tunnels);
    this.#service = service;
    this.#role = role;
    for (const [name, settings] of this.#groups) {
      this.#members.set(
        name,
        settings.map((one) => role.addPeer(one)),
      );
    }
  }

  decide(user: string, call: CallContext): ForwardingDecision {
    const subject = subjectOf(user, call);
    const { group, rewrite } = this.#routes.find(subject);
    if (group === LOCAL) return local;
    if (group === REFUSE) return { kind: 'refuse', reason: 'a route refuses the subscriber' };
    return this.#forward(this.#members.get(group) ?? [], describe(subject, call, rewrite));
  }

  decideByTunnels(tunnels: readonly TunnelChoice[], user: string, call: CallContext): ForwardingDecision {
    const { privateGroupId } = tunnels[0] ?? {};
    const description = { ...describe(subjectOf(user, call), call), privateGroupId };
    try {
      return this.#forward(
        tunnels.map((choice) => this.#namedPeer(choice)),
        description,
      );
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      return { kind: 'refuse', reason: `the tunnel of the subscriber cannot be used: ${text}` };
    }
  }

  #forward(peers: readonly LnsPeer[], description: CallDescription): ForwardingDecision {
    const service = this.#service;
    if (service === undefined) return { kind: 'refuse', reason: 'the LAC has not been started' };
    const setupTimeout = this.#setupTimeout;
    return {
      kind: 'forward',
      begin: (subscriber, now) =>
        new ForwardedCall({ service, subscriber, peers, description, setupTimeout }, now),
    };
  }

  #namedPeer(choice: TunnelChoice): LnsPeer {
    const { server, client, secret, clientAuthId, serverAuthId, assignmentId, preference } = choice;
    const key = JSON.stringify([
      server,
      client,
      secret,
      clientAuthId,
      serverAuthId,
      assignmentId,
      preference,
    ]);
    const known = this.#named.get(key);
    if (known !== undefined) return known;
    const role = this.#role;
    if (role === undefined) throw new RangeError('the LAC has not been started');
    const group = {
      ...(client !== undefined && { localAddress: client }),
      ...(clientAuthId !== undefined && { announceHostName: clientAuthId }),
    };
    const target = {
      address: server,
      priority: preference ?? 0,
      ...(secret !== undefined && { secret }),
      ...(serverAuthId !== undefined && { hostName: serverAuthId }),
    };
    const peer = role.addPeer(peerSettings(undefined, group, target, this.#defaults));
    this.#named.set(key, peer);
    if (this.#named.size > maxNamedPeers) this.#forgetUnused(role);
    return peer;
  }

  #forgetUnused(role: LacRole): void {
    for (const [key, peer] of this.#named) {
      if (peer.tunnels > 0) continue;
      this.#named.delete(key);
      role.removePeer(peer);
    }
  }
}

const subjectOf = (user: string, call: CallContext): RouteSubject => ({
  user,
  callingNumber: call.callingNumber,
  calledNumber: call.calledNumber,
  hostName: call.bearer === 'l2tp' ? call.peerHostName : undefined,
  interface: call.interfaceName,
});

/** What the LNS is told of a subscriber: what is known here, with the changes of its route. */
function describe(
  subject: RouteSubject,
  { accessLine }: CallContext,
  rewrite: Rewrite = {},
): CallDescription {
  const fill = (template: string | undefined): string | undefined =>
    template === undefined ? undefined : fillTemplate(template, subject);
  const given = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
  return {
    request: {
      ...accessLine,
      callingNumber: given(fill(rewrite.callingNumber) ?? subject.callingNumber),
      calledNumber: given(fill(rewrite.calledNumber) ?? subject.calledNumber),
      subAddress: given(fill(rewrite.subAddress)),
    },
    privateGroupId: given(fill(rewrite.privateGroupId)),
    user: given(fill(rewrite.user)),
  };
}
