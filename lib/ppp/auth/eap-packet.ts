import { Reader } from '../../wire/index.js';
import { AuthPacketError, beginPacket, finishPacket, parseAuthPacket } from './packet.js';

/** RFC 3748 section 4. */
export const EAP_CODE = { request: 1, response: 2, success: 3, failure: 4 } as const;

/** RFC 3748 section 5: the types that every implementation has, and those below 4 that are no methods. */
export const EAP_TYPE = {
  identity: 1,
  notification: 2,
  nak: 3,
  md5Challenge: 4,
  expanded: 254,
} as const;

/** Types from here on are authentication methods (RFC 3748 section 5.3.1). */
export const EAP_FIRST_METHOD = 4;

/** An EAP packet. Octet strings are views of the received buffer. */
export type EapPacket =
  | {
      readonly code: typeof EAP_CODE.request | typeof EAP_CODE.response;
      readonly identifier: number;
      readonly type: number;
      readonly data: Uint8Array;
    }
  | { readonly code: typeof EAP_CODE.success | typeof EAP_CODE.failure; readonly identifier: number };

/**
 * @throws WireError for other codes, a request or response without a Type, or a Length beyond the octets received:
 *   all to be discarded silently (RFC 3748 section 4)
 */
export function parseEapPacket(packet: Uint8Array): EapPacket {
  const { code, identifier, data } = parseAuthPacket(packet);
  switch (code) {
    case EAP_CODE.request:
    case EAP_CODE.response: {
      const reader = new Reader(data);
      const type = reader.u8();
      return { code, identifier, type, data: reader.rest() };
    }
    case EAP_CODE.success:
    case EAP_CODE.failure:
      if (data.length > 0) throw new AuthPacketError('EAP Success and Failure carry no data');
      return { code, identifier };
    default:
      throw new AuthPacketError(`EAP code ${code} is unknown`);
  }
}

export const eapTypedPacket = (
  code: typeof EAP_CODE.request | typeof EAP_CODE.response,
  identifier: number,
  type: number,
  data: Uint8Array = new Uint8Array(0),
): Uint8Array => finishPacket(beginPacket(code, identifier).u8(type).bytes(data));

/** Success or Failure: header only. */
export const eapEndPacket = (
  code: typeof EAP_CODE.success | typeof EAP_CODE.failure,
  identifier: number,
): Uint8Array => finishPacket(beginPacket(code, identifier));

/** Type-Data of MD5-Challenge, in requests and responses (RFC 3748 section 5.4). */
export interface EapMd5Data {
  readonly value: Uint8Array;
  readonly name: Uint8Array;
}

/** @throws WireError when the value is empty or reaches beyond the data */
export function parseEapMd5Data(data: Uint8Array): EapMd5Data {
  const reader = new Reader(data);
  const size = reader.u8();
  if (size === 0) throw new AuthPacketError('MD5-Challenge value is empty');
  return { value: reader.bytes(size), name: reader.rest() };
}

/** `value` has 1 to 255 octets. */
export function eapMd5Data(value: Uint8Array, name: Uint8Array): Uint8Array {
  const data = new Uint8Array(1 + value.length + name.length);
  data[0] = value.length;
  data.set(value, 1);
  data.set(name, 1 + value.length);
  return data;
}
