/**
 * The one file that uses npm `netlink`, fenced: its native part aborts the process when its receive buffer overruns
 * or a listener throws. So: requests only (multicast messages are read by our own addon), a large buffer, few requests
 * at a time, one dump at a time, a time-out on each, listeners that do nothing but note, and no socket left open.
 */
import { constants } from 'node:os';
import {
  AttrStream,
  createGenericNetlink,
  createRtNetlink,
  FlagsGet,
  FlagsNew,
  formatGenlHeader,
  formatMessage,
  type GenericNetlinkSocket,
  genl,
  getString,
  pad,
  parseAttributes,
  parseGenlHeader,
  parseMessages,
  putU32,
  putU64,
  putU8,
  rt,
  type RtNetlinkSocket,
} from 'netlink';
import { errnoName, KernelError } from '../native/index.js';
import {
  type Attributes,
  type KernelSessionInfo,
  type KernelTunnelInfo,
  L2TP_CMD,
  sessionInfo,
  tunnelInfo,
} from './l2tp-attributes.js';

const recvBufferSize = 4 << 20;
const sendBufferSize = 1 << 18;
const maxInFlight = 64;
const timeout = 10_000;
const familyName = 'l2tp';
const familyVersion = 1;
const minFamily = 16;

/** A generic netlink family: its number and that of its multicast group. */
export interface L2tpFamily {
  readonly id: number;
  readonly group: number | undefined;
}

/** An interface by its name. */
export interface LinkInfo {
  readonly index: number;
  readonly name: string;
  readonly mtu: number | undefined;
  readonly up: boolean;
  /** `ppp`, `dummy` and so on; none for plain devices. */
  readonly kind: string | undefined;
}

/** A message of the multicast group of the family `l2tp`. */
export interface L2tpMessage {
  readonly command: number;
  readonly attributes: Attributes;
}

/** One kind of socket: open while there is something to ask. */
class Client<S extends { readonly socket: Closable }> {
  readonly #create: () => S;
  #socket: S | undefined;
  #inFlight = 0;
  readonly #waiting: (() => void)[] = [];
  #dump: Promise<unknown> = Promise.resolve();

  constructor(create: () => S) {
    this.#create = create;
  }

  /** @throws KernelError */
  async request<T>(operation: string, ask: (socket: S) => Promise<T>): Promise<T> {
    if (this.#inFlight >= maxInFlight) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#inFlight++;
    try {
      return await ask(this.#open());
    } catch (error) {
      throw kernelError(operation, error);
    } finally {
      this.#inFlight--;
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else if (this.#inFlight === 0) this.#close();
    }
  }

  /** Dumps go one after the other: the kernel does one a socket. @throws KernelError */
  dump<T>(operation: string, ask: (socket: S) => Promise<T>): Promise<T> {
    const done = this.#dump.then(() => this.request(operation, ask));
    this.#dump = done.catch(() => undefined);
    return done;
  }

  #open(): S {
    if (this.#socket === undefined) {
      this.#socket = this.#create();
      // What is not an answer is of no interest, but an `error` that nobody takes would be thrown.
      this.#socket.socket.on('error', () => undefined);
    }
    return this.#socket;
  }

  #close(): void {
    this.#socket?.socket.close();
    this.#socket = undefined;
  }
}

interface Closable {
  close(): void;
  on(event: 'error', listener: () => void): unknown;
}

const options = { recvBufferSize, sendBufferSize } as const;
const generic = new Client<GenericNetlinkSocket>(() => createGenericNetlink(options));
const route = new Client<RtNetlinkSocket>(() => createRtNetlink(options));

/** The kernel's l2tp_netlink; `undefined` where it has none (it is loaded if it can be). @throws KernelError */
export async function l2tpFamily(): Promise<L2tpFamily | undefined> {
  try {
    return await generic.request('CTRL_CMD_GETFAMILY l2tp', async (socket) => {
      const [family] = await socket.ctrlRequest(genl.Commands.GET_FAMILY, { familyName }, { timeout });
      if (family?.familyId === undefined) return undefined;
      return { id: family.familyId, group: family.mcastGroups?.find(({ name }) => name === familyName)?.id };
    });
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Every L2TP tunnel of this network namespace. @throws KernelError ENOENT without l2tp_netlink */
export const listKernelTunnels = (): Promise<KernelTunnelInfo[]> =>
  dump('L2TP_CMD_TUNNEL_GET', L2TP_CMD.TUNNEL_GET, (attributes) => tunnelInfo(attributes, attributesOf));

/** Every L2TP session of this network namespace. @throws KernelError ENOENT without l2tp_netlink */
export const listKernelSessions = (): Promise<KernelSessionInfo[]> =>
  dump('L2TP_CMD_SESSION_GET', L2TP_CMD.SESSION_GET, (attributes) => sessionInfo(attributes, attributesOf));

async function dump<T>(
  operation: string,
  command: number,
  read: (attributes: Attributes) => T,
): Promise<T[]> {
  const family = await l2tpFamily();
  if (family === undefined) throw new KernelError({ operation, errno: constants.errno.ENOENT });
  return generic.dump(operation, async (socket) => {
    const [messages] = await socket.request(family.id, command, familyVersion, [], {
      flags: FlagsGet.DUMP,
      timeout,
    });
    return messages.map(({ data }) => read(attributesOf(data)));
  });
}

/** An interface of this network namespace; `undefined` if there is none of that name. @throws KernelError */
export async function findLink(name: string): Promise<LinkInfo | undefined> {
  try {
    const [link] = await route.request(`RTM_GETLINK ${name}`, (socket) =>
      socket.getLink({}, { ifname: name }, { timeout }),
    );
    if (link === undefined) return undefined;
    const { linkinfo } = link.attrs;
    return {
      index: link.data.index ?? 0,
      name,
      mtu: link.attrs.mtu,
      up: link.data.flags?.up === true,
      kind: linkinfo === undefined ? undefined : linkKind(linkinfo),
    };
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ENODEV') return undefined;
    throw error;
  }
}

/** A route of the main table as the kernel has it: octets instead of text, 0 for what is absent. */
export interface RouteFields {
  readonly type: 'unicast' | 'local' | 'unreachable' | 'other';
  readonly family: 4 | 6;
  readonly destination: Uint8Array;
  readonly length: number;
  readonly interfaceIndex: number;
  readonly gateway: Uint8Array | undefined;
  readonly metric: number;
}

const familyNumber = { 4: 2, 6: 10 } as const;
const RT_TABLE_MAIN = 254;
const routeTypes = {
  unicast: rt.RouteType.UNICAST,
  local: rt.RouteType.LOCAL,
  unreachable: rt.RouteType.UNREACHABLE,
} as const;

/** The route by which packets to an address leave; `undefined` where there is none. @throws KernelError */
export async function findRoute(family: 4 | 6, destination: Uint8Array): Promise<RouteFields | undefined> {
  try {
    const length = destination.length * 8;
    const [found] = await route.request('RTM_GETROUTE', (socket) =>
      socket.getRoute(
        { family: familyNumber[family], dstLen: length },
        { dst: buffer(destination) },
        { timeout },
      ),
    );
    if (found === undefined) return undefined;
    const { oif, gateway, priority } = found.attrs;
    return {
      type: routeType(found.data.type),
      family,
      destination,
      length,
      interfaceIndex: oif ?? 0,
      gateway,
      metric: priority ?? 0,
    };
  } catch (error) {
    const none = ['ENETUNREACH', 'EHOSTUNREACH', 'EACCES', 'EINVAL'];
    if (error instanceof KernelError && none.includes(error.code)) return undefined;
    throw error;
  }
}

/** Adds a route to the main table, in front of an equal one of another interface. @throws KernelError EEXIST */
export async function newRoute(fields: RouteFields): Promise<void> {
  await route.request('RTM_NEWROUTE', (socket) =>
    socket.newRoute(...routeMessage(fields), { timeout, flags: FlagsNew.CREATE }),
  );
}

/** @throws KernelError ESRCH when there is no such route */
export async function deleteRoute(fields: RouteFields): Promise<void> {
  await route.request('RTM_DELROUTE', (socket) => socket.delRoute(...routeMessage(fields), { timeout }));
}

function routeMessage(fields: RouteFields): [rt.Route, rt.RouteAttrs] {
  const { type, family, destination, length, interfaceIndex, gateway, metric } = fields;
  const direct = type === 'unicast' && gateway === undefined && family === 4;
  return [
    {
      family: familyNumber[family],
      dstLen: length,
      table: RT_TABLE_MAIN,
      protocol: rt.RouteProtocol.STATIC,
      scope: direct ? rt.RouteScope.LINK : rt.RouteScope.UNIVERSE,
      type: routeTypes[type === 'other' ? 'unicast' : type],
    },
    {
      ...(length > 0 && { dst: buffer(destination) }),
      ...(interfaceIndex > 0 && { oif: interfaceIndex }),
      ...(gateway !== undefined && { gateway: buffer(gateway) }),
      ...(metric > 0 && { priority: metric }),
    },
  ];
}

function routeType(type: rt.Route['type']): RouteFields['type'] {
  const number = typeof type === 'string' ? rt.RouteType[type] : type;
  const [name] = Object.entries(routeTypes).find(([, value]) => value === number) ?? ['other'];
  return name as RouteFields['type'];
}

/** Messages of the family `l2tp` in octets that our addon received; what is not sound is left out. */
export function parseL2tpMessages(octets: Uint8Array): L2tpMessage[] {
  const found: L2tpMessage[] = [];
  try {
    for (const message of parseMessages(buffer(octets))) {
      if (message.type < minFamily) continue;
      const header = parseGenlHeader(message.data);
      found.push({
        command: header.x.cmd,
        attributes: attributesOf(message.data.subarray(header.consumed)),
      });
    }
  } catch {
    // A torn message: the kernel writes none.
  }
  return found;
}

/** An attribute that is a number. */
export interface L2tpAttribute {
  readonly type: number;
  readonly bits: 8 | 32 | 64;
  readonly value: number;
}

/** One message of the family `l2tp` for our addon to send, which fills in the family's number. */
export function l2tpRequest(command: number, attributes: readonly L2tpAttribute[]): Uint8Array {
  const stream = new AttrStream();
  for (const { type, bits, value } of attributes) {
    stream.push(type, bits === 8 ? putU8(value) : bits === 32 ? putU32(value) : putU64(BigInt(value)));
  }
  // The library pads before an attribute; a message ends padded too.
  const data = [formatGenlHeader({ cmd: command, version: familyVersion }), ...pad(stream.bufs)];
  return Buffer.concat(formatMessage({ type: 0, flags: 0, seq: 0, port: 0, data }));
}

/** The tunnel of an answer. */
export const readTunnel = (octets: Uint8Array): KernelTunnelInfo =>
  tunnelInfo(parseL2tpMessages(octets)[0]?.attributes ?? new Map(), attributesOf);

/** The session of an answer. */
export const readSession = (octets: Uint8Array): KernelSessionInfo =>
  sessionInfo(parseL2tpMessages(octets)[0]?.attributes ?? new Map(), attributesOf);

const NFT_MSG_NEWSET = (10 << 8) | 9;
const nfgenmsgLength = 4;
const NFTA_SET_KEY_LEN = 5;

/** The set of nftables that an answer to NFT_MSG_GETSET tells of. */
export function readNfSet(octets: Uint8Array): { readonly keyLength: number } | undefined {
  for (const { type, data } of parseMessages(buffer(octets))) {
    if (type !== NFT_MSG_NEWSET) continue;
    const length = attributesOf(data.subarray(nfgenmsgLength)).get(NFTA_SET_KEY_LEN);
    // In network order, as everything of nftables.
    if (length !== undefined && length.length === 4) return { keyLength: buffer(length).readUInt32BE(0) };
  }
  return undefined;
}

/** A number in the machine's own octet order. */
const hostU32 = (octets: Uint8Array): number =>
  new Uint32Array(Uint8Array.from(octets.subarray(0, 4)).buffer)[0] ?? 0;

const RTM_NEWLINK = 16;
const ifinfomsgLength = 16;
const IFLA_LINKINFO = 18;
const IFLA_INFO_DATA = 2;
const IFLA_VRF_TABLE = 1;

/** Index and routing table of the VRF that an answer to RTM_GETLINK tells of; `undefined` where it is none. */
export function readVrf(octets: Uint8Array): { readonly master: number; readonly table: number } | undefined {
  for (const { type, data } of parseMessages(buffer(octets))) {
    if (type !== RTM_NEWLINK || data.length < ifinfomsgLength) continue;
    const linkinfo = attributesOf(data.subarray(ifinfomsgLength)).get(IFLA_LINKINFO);
    if (linkinfo === undefined || linkKind(linkinfo) !== 'vrf') return undefined;
    const info = attributesOf(linkinfo).get(IFLA_INFO_DATA);
    const table = info && attributesOf(info).get(IFLA_VRF_TABLE);
    if (table === undefined || table.length < 4) return undefined;
    return { master: hostU32(data.subarray(4)), table: hostU32(table) };
  }
  return undefined;
}

function attributesOf(octets: Uint8Array): Attributes {
  const attributes = new Map<number, Uint8Array>();
  parseAttributes(buffer(octets), ({ type, data }) => attributes.set(type, data));
  return attributes;
}

const IFLA_INFO_KIND = 1;

function linkKind(linkinfo: unknown): string | undefined {
  if (linkinfo instanceof Uint8Array) {
    const kind = attributesOf(linkinfo).get(IFLA_INFO_KIND);
    return kind && getString(buffer(kind));
  }
  return (linkinfo as { readonly kind?: string }).kind;
}

const buffer = (octets: Uint8Array): Buffer =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength);

/** The library's errors carry only text. */
function kernelError(operation: string, error: unknown): KernelError {
  if (error instanceof KernelError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code =
    /^Request rejected: (\S+)$/.exec(text)?.[1] ?? (error as NodeJS.ErrnoException | undefined)?.code;
  const errno = code === undefined ? undefined : errnoNumber(code);
  if (errno !== undefined) return new KernelError({ operation, errno });
  if (text.startsWith('Timeout')) return new KernelError({ operation, errno: constants.errno.ETIMEDOUT });
  return new KernelError({ operation: `${operation} (${text})`, errno: constants.errno.EIO });
}

function errnoNumber(code: string): number | undefined {
  const known = (constants.errno as Readonly<Record<string, number>>)[code];
  if (known !== undefined) return known;
  // The library writes the number where Node knows no name.
  const number = /^-?(\d+)$/.exec(code)?.[1];
  if (number !== undefined) return Number(number);
  for (let errno = 1; errno < 134; errno++) if (errnoName(errno) === code) return errno;
  return undefined;
}
