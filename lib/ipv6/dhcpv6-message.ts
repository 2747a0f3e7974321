import { Reader, WireError, Writer } from '../wire/index.js';

/** Message types (RFC 8415 section 7.3). */
export const MessageType = {
  Solicit: 1,
  Advertise: 2,
  Request: 3,
  Confirm: 4,
  Renew: 5,
  Rebind: 6,
  Reply: 7,
  Release: 8,
  Decline: 9,
  InformationRequest: 11,
} as const;

/** Options (RFC 8415 section 21, RFC 3646, RFC 8415 sections 21.24 and 21.25). */
export const OptionCode = {
  ClientId: 1,
  ServerId: 2,
  IaNa: 3,
  IaTa: 4,
  IaAddress: 5,
  StatusCode: 13,
  RapidCommit: 14,
  DnsServers: 23,
  IaPd: 25,
  IaPrefix: 26,
} as const;

/** Status codes (RFC 8415 section 21.13). */
export const Status = { Success: 0, NoAddrsAvail: 2, NoBinding: 3, NotOnLink: 4, NoPrefixAvail: 6 } as const;

/** An option as it is on the wire. */
export interface RawOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** An identity association of a client: for an address (IA_NA) or for a delegated prefix (IA_PD). */
export interface IdentityAssociation {
  readonly kind: 'address' | 'prefix';
  readonly iaid: number;
  /** What the client has or wants: 128-bit addresses, and the length of prefixes (128 for addresses). */
  readonly items: readonly { readonly address: bigint; readonly length: number }[];
}

/** What a server needs of a client's message. */
export interface ClientMessage {
  readonly type: number;
  readonly transactionId: number;
  readonly clientId: Uint8Array | undefined;
  readonly serverId: Uint8Array | undefined;
  readonly rapidCommit: boolean;
  readonly associations: readonly IdentityAssociation[];
}

/** A DUID is 1 to 130 octets (RFC 8415 section 11.1). */
const maxDuid = 130;
/** Identity associations and items in them that are looked at; more than any client has. */
const maxAssociations = 16;

/** Reads a client's message. @throws WireError for what is none */
export function decodeClientMessage(octets: Uint8Array): ClientMessage {
  const reader = new Reader(octets);
  const head = reader.u32();
  let clientId: Uint8Array | undefined;
  let serverId: Uint8Array | undefined;
  let rapidCommit = false;
  const associations: IdentityAssociation[] = [];
  for (const { code, value } of options(reader)) {
    if (code === OptionCode.ClientId) clientId = once(clientId, duid(value), 'Client Identifier');
    else if (code === OptionCode.ServerId) serverId = once(serverId, duid(value), 'Server Identifier');
    else if (code === OptionCode.RapidCommit) rapidCommit = true;
    else if (code === OptionCode.IaNa || code === OptionCode.IaPd) {
      if (associations.length === maxAssociations) throw new WireError('too many identity associations');
      associations.push(association(code === OptionCode.IaNa ? 'address' : 'prefix', value));
    }
  }
  return {
    type: head >>> 24,
    transactionId: head & 0xff_ffff,
    clientId,
    serverId,
    rapidCommit,
    associations,
  };
}

function association(kind: IdentityAssociation['kind'], value: Uint8Array): IdentityAssociation {
  const reader = new Reader(value);
  const iaid = reader.u32();
  reader.skip(8); // T1, T2
  const items: { address: bigint; length: number }[] = [];
  for (const option of options(reader)) {
    if (kind === 'address' && option.code === OptionCode.IaAddress) {
      items.push({ address: address(new Reader(option.value)), length: 128 });
    } else if (kind === 'prefix' && option.code === OptionCode.IaPrefix) {
      const prefix = new Reader(option.value);
      prefix.skip(8); // lifetimes
      const length = prefix.u8();
      if (length > 128) throw new WireError(`a prefix of length ${length}`);
      items.push({ address: address(prefix), length });
    }
    if (items.length > maxAssociations) throw new WireError('too many addresses in an identity association');
  }
  return { kind, iaid, items };
}

/** The options that follow, one after the other. */
function* options(reader: Reader): Generator<RawOption> {
  while (reader.remaining > 0) {
    const code = reader.u16();
    yield { code, value: reader.bytes(reader.u16()) };
  }
}

const address = (reader: Reader): bigint => (reader.u64() << 64n) | reader.u64();

function duid(value: Uint8Array): Uint8Array {
  if (value.length < 3 || value.length > maxDuid) throw new WireError(`a DUID of ${value.length} octets`);
  return value.slice();
}

function once<T>(before: T | undefined, value: T, name: string): T {
  if (before !== undefined) throw new WireError(`two options ${name}`);
  return value;
}

/** Writes a server's message from its options. */
export function encodeMessage(type: number, transactionId: number, all: readonly RawOption[]): Uint8Array {
  const writer = new Writer();
  writer.u32(((type << 24) | transactionId) >>> 0);
  for (const { code, value } of all) writer.u16(code).u16(value.length).bytes(value);
  return writer.finish();
}
