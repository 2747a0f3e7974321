import type { PppoeFrame } from './frame.js';
import { decodeTags, type Tags } from './tags.js';

/** A discovery packet in a line, for people. */
export function describeDiscovery({ kind, sessionId, payload }: PppoeFrame): string {
  const tags = decodeTags(payload);
  const named = tags === undefined ? ['<malformed tags>'] : describeTags(tags);
  return [kind, ...(sessionId === 0 ? [] : [`session=${sessionId}`]), ...named].join(' ');
}

const octets = (value: Uint8Array | undefined): string | undefined => value && `${value.length} octets`;
const text = (value: string | undefined): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value);

function describeTags(tags: Tags): string[] {
  const { accessLine } = tags;
  const values: readonly (readonly [string, string | undefined])[] = [
    ...tags.serviceNames.map((name) => ['Service-Name', text(name)] as const),
    ['AC-Name', text(tags.acName)],
    ['Host-Uniq', octets(tags.hostUniq)],
    ['AC-Cookie', octets(tags.acCookie)],
    ['Relay-Session-Id', octets(tags.relaySessionId)],
    ['PPP-Max-Payload', tags.maxPayload?.toString()],
    ['Access-Line', accessLine && text(accessLine.agentCircuitId ?? accessLine.agentRemoteId ?? '')],
    ['Service-Name-Error', text(tags.serviceNameError)],
    ['AC-System-Error', text(tags.acSystemError)],
    ['Generic-Error', text(tags.genericError)],
  ];
  return values.flatMap(([name, value]) => (value === undefined ? [] : [`<${name} ${value}>`]));
}
