import { WireError, text } from '../../wire/index.js';
import { CHAP_CODE, parseChapPacket } from './chap-packet.js';
import { EAP_CODE, EAP_FIRST_METHOD, EAP_TYPE, parseEapMd5Data, parseEapPacket } from './eap-packet.js';
import { PAP_CODE, parsePapPacket } from './pap-packet.js';
import { AUTH_PROTOCOL } from './protocol.js';

const PAP_NAMES: Readonly<Record<number, string>> = {
  [PAP_CODE.request]: 'Authenticate-Request',
  [PAP_CODE.ack]: 'Authenticate-Ack',
  [PAP_CODE.nak]: 'Authenticate-Nak',
};

const CHAP_NAMES: Readonly<Record<number, string>> = {
  [CHAP_CODE.challenge]: 'Challenge',
  [CHAP_CODE.response]: 'Response',
  [CHAP_CODE.success]: 'Success',
  [CHAP_CODE.failure]: 'Failure',
  [CHAP_CODE.changePasswordV1]: 'Change-Password-1',
  [CHAP_CODE.changePasswordV2]: 'Change-Password-2',
  [CHAP_CODE.changePasswordV3]: 'Change-Password-3',
};

const EAP_NAMES: Readonly<Record<number, string>> = {
  [EAP_CODE.request]: 'Request',
  [EAP_CODE.response]: 'Response',
  [EAP_CODE.success]: 'Success',
  [EAP_CODE.failure]: 'Failure',
};

const EAP_TYPE_NAMES: Readonly<Record<number, string>> = {
  [EAP_TYPE.identity]: 'Identity',
  [EAP_TYPE.notification]: 'Notification',
  [EAP_TYPE.nak]: 'Nak',
  [EAP_TYPE.md5Challenge]: 'MD5-Challenge',
  5: 'OTP',
  6: 'GTC',
  13: 'TLS',
  21: 'TTLS',
  25: 'PEAP',
  26: 'MSCHAPv2',
  [EAP_TYPE.expanded]: 'Expanded',
};

/**
 * One line on an authentication packet, for the trace. Passwords, challenges, responses and proofs are left out: of
 * them only the length is told.
 *
 * @param packet what follows the PPP protocol field
 */
export function describeAuthPacket(protocol: number, packet: Uint8Array): string {
  try {
    switch (protocol) {
      case AUTH_PROTOCOL.pap:
        return describePap(packet);
      case AUTH_PROTOCOL.chap:
        return describeChap(packet);
      case AUTH_PROTOCOL.eap:
        return describeEap(packet);
      default:
        return `protocol 0x${protocol.toString(16).padStart(4, '0')}, ${packet.length} octets`;
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `${protocolName(protocol)} malformed: ${error.message}; ${packet.length} octets`;
  }
}

function protocolName(protocol: number): string {
  if (protocol === AUTH_PROTOCOL.pap) return 'PAP';
  return protocol === AUTH_PROTOCOL.chap ? 'CHAP' : 'EAP';
}

function describePap(packet: Uint8Array): string {
  const parsed = parsePapPacket(packet);
  const head = `PAP ${PAP_NAMES[parsed.code]} id=${parsed.identifier}`;
  return parsed.code === PAP_CODE.request
    ? `${head} user=${quoted(parsed.peerId)} password=(hidden)`
    : `${head} message=${quoted(parsed.message)}`;
}

function describeChap(packet: Uint8Array): string {
  const parsed = parseChapPacket(packet);
  const head = `CHAP ${CHAP_NAMES[parsed.code]} id=${parsed.identifier}`;
  switch (parsed.code) {
    case CHAP_CODE.challenge:
    case CHAP_CODE.response:
      return `${head} name=${quoted(parsed.name)} value=(${parsed.value.length} octets)`;
    case CHAP_CODE.success:
    case CHAP_CODE.failure:
      return `${head} message=${quoted(parsed.message)}`;
    default:
      return head;
  }
}

function describeEap(packet: Uint8Array): string {
  const parsed = parseEapPacket(packet);
  const head = `EAP ${EAP_NAMES[parsed.code]} id=${parsed.identifier}`;
  if (!('type' in parsed)) return head;
  const { type, data } = parsed;
  const typed = `${head} ${EAP_TYPE_NAMES[type] ?? `type=${type}`}`;
  switch (type) {
    case EAP_TYPE.identity:
    case EAP_TYPE.notification:
      return data.length === 0 ? typed : `${typed} ${quoted(data)}`;
    case EAP_TYPE.nak:
      return `${typed} wants=${Array.from(data.subarray(0, 16), (wanted) => eapTypeName(wanted)).join(',')}`;
    case EAP_TYPE.md5Challenge: {
      const { value, name } = parseEapMd5Data(data);
      return `${typed} name=${quoted(name)} value=(${value.length} octets)`;
    }
    default:
      return `${typed} (${data.length} octets)`;
  }
}

const eapTypeName = (type: number): string =>
  type < EAP_FIRST_METHOD ? String(type) : (EAP_TYPE_NAMES[type] ?? String(type));

/** A peer's text on one line: escaped, cut, and without the proof and the challenge of MS-CHAP messages. */
function quoted(octets: Uint8Array): string {
  const cut = octets.length > 200;
  const shown = text(cut ? octets.subarray(0, 200) : octets)
    .replace(/\b([SC])=[0-9A-Fa-f]+/g, '$1=(hidden)')
    // JSON leaves DEL, C1 controls and the two line separators of Unicode as they are.
    .replace(/[\u007f-\u009f\u2028\u2029]/g, '\ufffd');
  return `${JSON.stringify(shown)}${cut ? '…' : ''}`;
}
