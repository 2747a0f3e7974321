import { equalConstantTime, ipv6Octets, type Ipv6Prefix, utf8, Writer } from '../wire/index.js';
import {
  type ClientMessage,
  encodeMessage,
  type IdentityAssociation,
  MessageType,
  OptionCode,
  type RawOption,
  Status,
} from './dhcpv6-message.js';

/** What the client on a link is to have. Lifetimes in seconds. */
export interface Lease {
  readonly address: bigint | undefined;
  readonly delegated: Ipv6Prefix | undefined;
  readonly dns: readonly bigint[];
  readonly preferredLifetime: number;
  readonly validLifetime: number;
}

/**
 * A server's answer to a message of the client on a link, or `undefined` where there is none (RFC 8415 sections 16 and
 * 18.3). The link has one client, whose lease is settled before: so nothing is kept, and every message is answered from
 * itself.
 */
export function answerClient(
  message: ClientMessage,
  serverId: Uint8Array,
  lease: Lease,
): Uint8Array | undefined {
  if (!isForUs(message, serverId)) return undefined;
  const { type } = message;
  const ids: RawOption[] = [{ code: OptionCode.ServerId, value: serverId }];
  if (message.clientId !== undefined) ids.push({ code: OptionCode.ClientId, value: message.clientId });
  const reply = (kind: number, options: readonly RawOption[]): Uint8Array =>
    encodeMessage(kind, message.transactionId, [...ids, ...options]);
  switch (type) {
    case MessageType.Solicit: {
      const options = [...bindings(message, lease), ...dnsOption(lease)];
      if (!message.rapidCommit) return reply(MessageType.Advertise, options);
      return reply(MessageType.Reply, [
        { code: OptionCode.RapidCommit, value: new Uint8Array() },
        ...options,
      ]);
    }
    case MessageType.Request:
    case MessageType.Renew:
    case MessageType.Rebind:
      return reply(MessageType.Reply, [...bindings(message, lease), ...dnsOption(lease)]);
    case MessageType.Confirm: {
      const addresses = message.associations.flatMap(({ items }) => items);
      // Without an address there is nothing to confirm (section 18.3.3).
      if (addresses.length === 0) return undefined;
      const onLink = addresses.every(({ address }) => address === lease.address);
      return reply(MessageType.Reply, [
        onLink ? status(Status.Success, 'on the link') : status(Status.NotOnLink, 'not of this link'),
      ]);
    }
    case MessageType.Release:
    case MessageType.Decline:
      return reply(MessageType.Reply, [status(Status.Success, 'kept for this link')]);
    default:
      return reply(MessageType.Reply, dnsOption(lease));
  }
}

/** Which options a message must and must not have (RFC 8415 section 16). */
function isForUs({ type, clientId, serverId, associations }: ClientMessage, ours: Uint8Array): boolean {
  const named = serverId !== undefined && equalConstantTime(serverId, ours);
  switch (type) {
    case MessageType.Solicit:
    case MessageType.Confirm:
    case MessageType.Rebind:
      return clientId !== undefined && serverId === undefined;
    case MessageType.Request:
    case MessageType.Renew:
    case MessageType.Release:
    case MessageType.Decline:
      return clientId !== undefined && named;
    case MessageType.InformationRequest:
      return (serverId === undefined || named) && associations.length === 0;
    default:
      return false;
  }
}

/** Each identity association with what it gets; the first of a kind gets what there is. */
function bindings({ associations }: ClientMessage, lease: Lease): RawOption[] {
  const served = new Set<IdentityAssociation['kind']>();
  return associations.map((association) => {
    const first = !served.has(association.kind);
    served.add(association.kind);
    return association.kind === 'address'
      ? boundAddress(association, first ? lease.address : undefined, lease)
      : boundPrefix(association, first ? lease.delegated : undefined, lease);
  });
}

function boundAddress(
  association: IdentityAssociation,
  address: bigint | undefined,
  lease: Lease,
): RawOption {
  const inner = association.items
    .filter((item) => item.address !== address)
    .map((item) => iaAddress(item.address, undefined));
  if (address !== undefined) inner.unshift(iaAddress(address, lease));
  else inner.push(status(Status.NoAddrsAvail, 'no address for this link'));
  return iaOption(OptionCode.IaNa, association.iaid, inner, address === undefined ? undefined : lease);
}

function boundPrefix(
  association: IdentityAssociation,
  prefix: Ipv6Prefix | undefined,
  lease: Lease,
): RawOption {
  // A length alone (address ::) is only a hint (RFC 8415 section 18.2.1).
  const inner = association.items
    .filter(
      ({ address, length }) => address !== 0n && (address !== prefix?.address || length !== prefix.length),
    )
    .map((item) => iaPrefix(item, undefined));
  if (prefix !== undefined) inner.unshift(iaPrefix(prefix, lease));
  else inner.push(status(Status.NoPrefixAvail, 'no prefix for this link'));
  return iaOption(OptionCode.IaPd, association.iaid, inner, prefix === undefined ? undefined : lease);
}

/** T1 and T2 are half and four fifths of the preferred lifetime (RFC 8415 section 21.4). */
function iaOption(
  code: number,
  iaid: number,
  inner: readonly RawOption[],
  lease: Lease | undefined,
): RawOption {
  const preferred = lease?.preferredLifetime ?? 0;
  const writer = new Writer();
  writer
    .u32(iaid)
    .u32(Math.floor(preferred * 0.5))
    .u32(Math.floor(preferred * 0.8));
  for (const { code: innerCode, value } of inner) writer.u16(innerCode).u16(value.length).bytes(value);
  return { code, value: writer.finish() };
}

/** Without a lease the client is told to give it up: both lifetimes are 0 (section 18.3.4). */
function iaAddress(address: bigint, lease: Lease | undefined): RawOption {
  const writer = new Writer();
  writer
    .bytes(ipv6Octets(address))
    .u32(lease?.preferredLifetime ?? 0)
    .u32(lease?.validLifetime ?? 0);
  return { code: OptionCode.IaAddress, value: writer.finish() };
}

function iaPrefix({ address, length }: Ipv6Prefix, lease: Lease | undefined): RawOption {
  const writer = new Writer();
  writer
    .u32(lease?.preferredLifetime ?? 0)
    .u32(lease?.validLifetime ?? 0)
    .u8(length);
  writer.bytes(ipv6Octets(address));
  return { code: OptionCode.IaPrefix, value: writer.finish() };
}

function status(code: number, text: string): RawOption {
  const writer = new Writer();
  writer.u16(code).bytes(utf8(text));
  return { code: OptionCode.StatusCode, value: writer.finish() };
}

function dnsOption({ dns }: Lease): RawOption[] {
  if (dns.length === 0) return [];
  const writer = new Writer();
  for (const server of dns) writer.bytes(ipv6Octets(server));
  return [{ code: OptionCode.DnsServers, value: writer.finish() }];
}
