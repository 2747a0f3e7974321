import { type AccessLine, accessLineEntries, type AccessLineField } from '../access-line/index.js';
import type { CallContext } from '../aaa/index.js';
import type { Credentials } from '../ppp/index.js';
import type { Attribute, KnownAttribute } from '../radius/index.js';
import { utf8 } from '../wire/index.js';

/** Who we are in every request. */
export interface NasIdentity {
  readonly identifier: string;
  readonly address: string | undefined;
  /** Attributes of the configuration that every request carries. */
  readonly extra: readonly Attribute[];
}

const serviceFramed = 2;
const protocolPpp = 1;
const portTypeVirtual = 5;
const portTypePppoeoe = 33;
const tunnelL2tp = 3;
const mediumIpv4 = 1;
const mediumIpv6 = 2;

/** Octets of a text attribute, and of a vendor's. */
const maxText = 253;
const maxVendorText = 247;

/** A text as an attribute holds it; what is longer, or would be empty, is cut or left out. */
export function textAttribute(
  name: KnownAttribute['name'],
  text: string | undefined,
  most = maxText,
): KnownAttribute[] {
  if (text === undefined || text === '') return [];
  let value = text;
  // A unit of UTF-16 becomes three octets at most.
  if (text.length * 3 > most) while (utf8(value).length > most) value = value.slice(0, -1);
  return [{ name, value }];
}

/** NAS-Identifier and NAS-IP-Address or NAS-IPv6-Address, of which a request must have one (RFC 2865 section 4.1). */
export function nasAttributes({ identifier, address, extra }: NasIdentity): Attribute[] {
  return [
    ...textAttribute('NAS-Identifier', identifier),
    ...(address === undefined
      ? []
      : [{ name: address.includes(':') ? 'NAS-IPv6-Address' : 'NAS-IP-Address', value: address }]),
    ...extra,
  ];
}

/** What is known of the call, in requests and in records. */
export function callAttributes(call: CallContext): KnownAttribute[] {
  const { id, bearer, callingNumber, calledNumber, txConnectSpeed, rxConnectSpeed } = call;
  const speeds = [txConnectSpeed, rxConnectSpeed].filter((speed) => speed !== undefined);
  return [
    { name: 'Acct-Session-Id', value: id },
    { name: 'NAS-Port', value: nasPort(call) },
    { name: 'NAS-Port-Type', value: bearer === 'l2tp' ? portTypeVirtual : portTypePppoeoe },
    ...textAttribute('NAS-Port-Id', nasPortId(call)),
    { name: 'Service-Type', value: serviceFramed },
    { name: 'Framed-Protocol', value: protocolPpp },
    ...textAttribute('Calling-Station-Id', callingNumber),
    ...textAttribute('Called-Station-Id', calledNumber),
    ...textAttribute('Connect-Info', speeds.length === 0 ? undefined : speeds.join('/')),
    ...lineAttributes(call.accessLine),
    ...(bearer === 'l2tp' ? tunnelAttributes(call) : []),
  ];
}

/** NAS-Port: tunnel id and session id in one number. */
export const nasPort = ({ tunnelId = 0, sessionId }: CallContext): number =>
  ((tunnelId << 16) | (sessionId & 0xffff)) >>> 0;

/** NAS-Port-Id: the line in words. */
export const nasPortId = ({ bearer, peerAddress, tunnelId, sessionId }: CallContext): string =>
  bearer === 'l2tp' ? `l2tp ${peerAddress} ${tunnelId}/${sessionId}` : `pppoe ${peerAddress} ${sessionId}`;

/** The attribute of each field of the access line (RFC 4679 section 3.3). */
const lineFields = {
  agentCircuitId: 'ADSL-Agent-Circuit-Id',
  agentRemoteId: 'ADSL-Agent-Remote-Id',
  actualRateUp: 'Actual-Data-Rate-Upstream',
  actualRateDown: 'Actual-Data-Rate-Downstream',
  minimumRateUp: 'Minimum-Data-Rate-Upstream',
  minimumRateDown: 'Minimum-Data-Rate-Downstream',
  attainableRateUp: 'Attainable-Data-Rate-Upstream',
  attainableRateDown: 'Attainable-Data-Rate-Downstream',
  maximumRateUp: 'Maximum-Data-Rate-Upstream',
  maximumRateDown: 'Maximum-Data-Rate-Downstream',
  minimumLowPowerRateUp: 'Minimum-Data-Rate-Upstream-Low-Power',
  minimumLowPowerRateDown: 'Minimum-Data-Rate-Downstream-Low-Power',
  maximumDelayUp: 'Maximum-Interleaving-Delay-Upstream',
  actualDelayUp: 'Actual-Interleaving-Delay-Upstream',
  maximumDelayDown: 'Maximum-Interleaving-Delay-Downstream',
  actualDelayDown: 'Actual-Interleaving-Delay-Downstream',
  encapsulation: 'Access-Loop-Encapsulation',
} as const satisfies Record<AccessLineField, KnownAttribute['name']>;

/** The access line (RFC 4679). */
function lineAttributes(line: AccessLine | undefined): KnownAttribute[] {
  if (line === undefined) return [];
  return accessLineEntries.flatMap(({ field }): KnownAttribute[] => {
    const value = line[field];
    const name = lineFields[field];
    if (value === undefined) return [];
    if (typeof value === 'string') return textAttribute(name, value, maxVendorText);
    if (typeof value === 'number') return [{ name, value: Math.min(value, 0xffff_ffff) }];
    const { dataLink, encapsulation1, encapsulation2 } = value;
    return [{ name, value: Uint8Array.of(dataLink, encapsulation1, encapsulation2) }];
  });
}

/** The tunnel that the call came by (RFC 2868). */
export function tunnelAttributes(
  call: Pick<CallContext, 'peerAddress' | 'localAddress' | 'peerHostName' | 'localHostName'>,
): KnownAttribute[] {
  return [
    { name: 'Tunnel-Type', value: tunnelL2tp },
    { name: 'Tunnel-Medium-Type', value: call.peerAddress.includes(':') ? mediumIpv6 : mediumIpv4 },
    ...textAttribute('Tunnel-Client-Endpoint', call.peerAddress, maxText - 1),
    ...textAttribute('Tunnel-Server-Endpoint', call.localAddress, maxText - 1),
    ...textAttribute('Tunnel-Client-Auth-ID', call.peerHostName, maxText - 1),
    ...textAttribute('Tunnel-Server-Auth-ID', call.localHostName, maxText - 1),
  ];
}

/** What the subscriber offers to prove who it is. @param state of the challenge that it answers */
export function credentialAttributes(
  credentials: Credentials,
  state: Uint8Array | undefined,
): KnownAttribute[] {
  const user = textAttribute('User-Name', credentials.user);
  switch (credentials.method) {
    case 'pap':
      return [...user, { name: 'User-Password', value: credentials.password }];
    case 'chap':
      return [
        ...user,
        { name: 'CHAP-Password', value: Uint8Array.of(credentials.identifier, ...credentials.response) },
        { name: 'CHAP-Challenge', value: credentials.challenge },
      ];
    case 'mschapv1': {
      // RFC 2548 section 2.1.3: identifier, flags, LM response, NT response.
      const { identifier, challenge, response } = credentials;
      const value = Uint8Array.of(identifier, response[48] ?? 1, ...response.subarray(0, 48));
      return [...user, { name: 'MS-CHAP-Challenge', value: challenge }, { name: 'MS-CHAP-Response', value }];
    }
    case 'mschapv2': {
      // RFC 2548 section 2.3.2: identifier, flags, peer challenge, reserved, response.
      const { identifier, challenge, response } = credentials;
      const value = Uint8Array.of(identifier, 0, ...response.subarray(0, 48));
      return [...user, { name: 'MS-CHAP-Challenge', value: challenge }, { name: 'MS-CHAP2-Response', value }];
    }
    case 'eap':
      return [
        ...user,
        { name: 'EAP-Message', value: credentials.packet },
        ...(state === undefined ? [] : [{ name: 'State', value: state } as const]),
      ];
  }
}
