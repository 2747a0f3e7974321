import { Reader } from '../../wire/index.js';
import { AuthPacketError, beginPacket, finishPacket, messageOctets, parseAuthPacket } from './packet.js';

/** RFC 1994 section 4; 5 and 6 from RFC 2433 sections 9 and 10, 7 from RFC 2759 section 7. */
export const CHAP_CODE = {
  challenge: 1,
  response: 2,
  success: 3,
  failure: 4,
  changePasswordV1: 5,
  changePasswordV2: 6,
  changePasswordV3: 7,
} as const;

type Codes = typeof CHAP_CODE;

/** A CHAP packet. Octet strings are views of the received buffer. */
export type ChapPacket =
  | {
      readonly code: Codes['challenge'] | Codes['response'];
      readonly identifier: number;
      readonly value: Uint8Array;
      readonly name: Uint8Array;
    }
  | {
      readonly code: Codes['success'] | Codes['failure'];
      readonly identifier: number;
      readonly message: Uint8Array;
    }
  /** MS-CHAP's Change Password packets: their content is not looked at, since they are always refused. */
  | {
      readonly code: Codes['changePasswordV1'] | Codes['changePasswordV2'] | Codes['changePasswordV3'];
      readonly identifier: number;
    };

/** @throws WireError for a packet that is not CHAP's */
export function parseChapPacket(packet: Uint8Array): ChapPacket {
  const { code, identifier, data } = parseAuthPacket(packet);
  switch (code) {
    case CHAP_CODE.challenge:
    case CHAP_CODE.response: {
      const reader = new Reader(data);
      const size = reader.u8();
      if (size === 0) throw new AuthPacketError('CHAP value is empty');
      return { code, identifier, value: reader.bytes(size), name: reader.rest() };
    }
    case CHAP_CODE.success:
    case CHAP_CODE.failure:
      return { code, identifier, message: data };
    case CHAP_CODE.changePasswordV1:
    case CHAP_CODE.changePasswordV2:
    case CHAP_CODE.changePasswordV3:
      return { code, identifier };
    default:
      throw new AuthPacketError(`CHAP code ${code} is unknown`);
  }
}

/** Challenge or Response. `value` has 1 to 255 octets. */
export const chapValuePacket = (
  code: Codes['challenge'] | Codes['response'],
  identifier: number,
  value: Uint8Array,
  name: Uint8Array,
): Uint8Array => finishPacket(beginPacket(code, identifier).u8(value.length).bytes(value).bytes(name));

/** Success or Failure. A message over 1,000 octets is cut, so that the packet passes any link. */
export const chapMessagePacket = (
  code: Codes['success'] | Codes['failure'],
  identifier: number,
  message: string,
): Uint8Array => finishPacket(beginPacket(code, identifier).bytes(messageOctets(message, 1000)));
