import { Reader } from '../../wire/index.js';
import { AuthPacketError, beginPacket, finishPacket, messageOctets, parseAuthPacket } from './packet.js';

/** RFC 1334 section 2.2. */
export const PAP_CODE = { request: 1, ack: 2, nak: 3 } as const;

/** A PAP packet (RFC 1334 section 2.2). Octet strings are views of the received buffer. */
export type PapPacket =
  | {
      readonly code: typeof PAP_CODE.request;
      readonly identifier: number;
      readonly peerId: Uint8Array;
      readonly password: Uint8Array;
    }
  | {
      readonly code: typeof PAP_CODE.ack | typeof PAP_CODE.nak;
      readonly identifier: number;
      readonly message: Uint8Array;
    };

/** @throws WireError for a packet that is not PAP's */
export function parsePapPacket(packet: Uint8Array): PapPacket {
  const { code, identifier, data } = parseAuthPacket(packet);
  const reader = new Reader(data);
  switch (code) {
    case PAP_CODE.request: {
      const peerId = reader.bytes(reader.u8());
      const password = reader.bytes(reader.u8());
      return { code, identifier, peerId, password };
    }
    case PAP_CODE.ack:
    case PAP_CODE.nak: {
      // Some servers leave Msg-Length out when they have no message; the code alone says it all.
      const length = reader.remaining > 0 ? reader.u8() : 0;
      return { code, identifier, message: reader.bytes(Math.min(length, reader.remaining)) };
    }
    default:
      throw new AuthPacketError(`PAP code ${code} is unknown`);
  }
}

/** @throws RangeError when name or password is over 255 octets, more than the format holds */
export function papRequest(identifier: number, peerId: Uint8Array, password: Uint8Array): Uint8Array {
  if (peerId.length > 255 || password.length > 255)
    throw new RangeError('PAP carries names and passwords of at most 255 octets');
  return finishPacket(
    beginPacket(PAP_CODE.request, identifier)
      .u8(peerId.length)
      .bytes(peerId)
      .u8(password.length)
      .bytes(password),
  );
}

/** Authenticate-Ack or Authenticate-Nak; a message over 255 octets is cut. */
export function papReply(
  code: typeof PAP_CODE.ack | typeof PAP_CODE.nak,
  identifier: number,
  message = '',
): Uint8Array {
  const octets = messageOctets(message);
  return finishPacket(beginPacket(code, identifier).u8(octets.length).bytes(octets));
}
