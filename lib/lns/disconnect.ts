import { stopResult } from '../l2tp/index.js';
import { Direction, disconnectCause } from '../ppp/index.js';
import type { BearerFacts, TunnelLink, TunnelService } from '../tunnels/index.js';
import type { DisconnectFilter } from './info.js';
import type { LnsSession } from './lns-session.js';

/**
 * Ends what matches every field of a filter: whole tunnels where it is about them alone, else sessions.
 * @returns how many were told to end
 * @throws RangeError for a filter without any field
 */
export function disconnectMatching(
  filter: DisconnectFilter,
  reason: string,
  service: TunnelService,
  sessions: ReadonlyMap<string, LnsSession>,
): number {
  if (Object.values(filter).every((value) => value === undefined || value === false)) {
    throw new RangeError('nothing is said about which sessions to disconnect');
  }
  const now = service.io.now();
  if (concernsTunnels(filter)) {
    const links = [...service.links.values()].filter(
      (link) => link.tunnel.established && ofTunnel(filter, factsOf(link)),
    );
    for (const link of links) {
      link.tunnel.close({ resultCode: stopResult.generalRequest, message: reason }, now);
      service.touchLink(link);
    }
    return links.length;
  }
  const cause = disconnectCause('administrative', Direction.Local, 0, reason);
  const candidates =
    filter.id === undefined
      ? [...sessions.values()]
      : [sessions.get(filter.id)].filter((one) => one !== undefined);
  const matching = candidates.filter((session) => matches(filter, session));
  for (const session of matching) session.disconnect(cause, now);
  return matching.length;
}

const concernsTunnels = ({
  id,
  sessionId,
  user,
  address,
  interfaceName,
  callingNumber,
  all,
}: DisconnectFilter): boolean =>
  [id, sessionId, user, address, interfaceName, callingNumber].every((value) => value === undefined) &&
  all !== true;

type TunnelFacts = Pick<BearerFacts, 'tunnelId' | 'peerAddress'>;

const factsOf = ({ tunnel }: TunnelLink): TunnelFacts => ({
  tunnelId: tunnel.localTunnelId,
  peerAddress: tunnel.path.remote.address,
});

const ofTunnel = (filter: DisconnectFilter, { tunnelId, peerAddress }: TunnelFacts): boolean =>
  same(filter.tunnelId, tunnelId) && same(filter.peerAddress, peerAddress);

const same = <V>(wanted: V | undefined, actual: V): boolean => wanted === undefined || wanted === actual;

const matches = (filter: DisconnectFilter, session: LnsSession): boolean => {
  const { facts } = session.bearer;
  return (
    same(filter.id, session.id) &&
    same(filter.sessionId, facts.sessionId) &&
    same(filter.user, session.user) &&
    same(filter.address, session.address) &&
    same(filter.interfaceName, session.kernel?.unit?.name) &&
    same(filter.callingNumber, facts.callingNumber) &&
    ofTunnel(filter, facts)
  );
};
