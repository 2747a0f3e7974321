import { WireError, hex } from '../wire/index.js';
import { describeAuthPacket } from './auth/index.js';
import { decodeFrame } from './frame.js';
import type { OptionTable } from './negotiation.js';
import {
  ccpOptions,
  ipcpOptions,
  ipv6cpOptions,
  lcpOptions,
  refusedCcpOptions,
  refusedIpcpOptions,
  refusedIpv6cpOptions,
  refusedLcpOptions,
} from './options/index.js';
import { checkOptions, decodePacket, eachOption, printable, readU16, readU32 } from './packet.js';
import { Code, Protocol, codeName, protocolName } from './protocols.js';

interface Printer {
  readonly length: number | undefined;
  readonly name: string;
  describe(value: Uint8Array): string;
}

/** Octets of an option or packet that are shown at most. */
const SHOWN = 32;

const printers = <N>(
  table: OptionTable<N>,
  refused: Readonly<Record<number, string>>,
): ReadonlyMap<number, Printer> => {
  const map = new Map<number, Printer>();
  for (const [type, name] of Object.entries(refused))
    map.set(Number(type), { name, length: undefined, describe: shortHex });
  for (const option of table) {
    const { type, name, length } = option;
    map.set(type, { name, length, describe: (value) => option.describe(value) });
  }
  return map;
};

const optionPrinters: Readonly<Record<number, ReadonlyMap<number, Printer>>> = {
  [Protocol.LCP]: printers(lcpOptions, refusedLcpOptions),
  [Protocol.IPCP]: printers(ipcpOptions, refusedIpcpOptions),
  [Protocol.IPV6CP]: printers(ipv6cpOptions, refusedIpv6cpOptions),
  [Protocol.CCP]: printers(ccpOptions, refusedCcpOptions),
};

/**
 * One line on a PPP frame for the trace, with or without address and control. Never throws. Passwords, challenges and
 * responses are not shown, nor is the data of network protocols.
 * @param direction puts an arrow in front: `in` for what was received
 */
export function describeFrame(frame: Uint8Array, direction?: 'in' | 'out'): string {
  const arrow = direction === undefined ? '' : direction === 'in' ? '< ' : '> ';
  try {
    const { protocol, information } = decodeFrame(frame);
    return `${arrow}${describeInformation(protocol, information)}`;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `${arrow}malformed frame of ${frame.length} octets: ${error.message}`;
  }
}

function describeInformation(protocol: number, information: Uint8Array): string {
  switch (protocol) {
    case Protocol.LCP:
    case Protocol.IPCP:
    case Protocol.IPV6CP:
    case Protocol.CCP:
      return `${protocolName(protocol)} ${describeControl(protocol, information)}`;
    case Protocol.PAP:
    case Protocol.CHAP:
    case Protocol.EAP:
      return describeAuthPacket(protocol, information);
    default:
      return `${protocolName(protocol)} ${information.length} octets`;
  }
}

function describeControl(protocol: number, information: Uint8Array): string {
  try {
    const { code, identifier, data } = decodePacket(information);
    const detail = describeData(protocol, code, data);
    return `${codeName(code)} id=${identifier}${detail && ` ${detail}`}`;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `malformed (${error.message}) ${shortHex(information)}`;
  }
}

function describeData(protocol: number, code: number, data: Uint8Array): string {
  switch (code) {
    case Code.ConfigureRequest:
    case Code.ConfigureAck:
    case Code.ConfigureNak:
    case Code.ConfigureReject:
      return describeOptions(protocol, data);
    case Code.TerminateRequest:
    case Code.TerminateAck:
      return data.length === 0 ? '' : `"${printable(data)}"`;
    case Code.CodeReject:
      return data.length === 0 ? '' : `of ${codeName(data[0] as number)}`;
    case Code.ProtocolReject:
      return data.length < 2 ? '' : `of ${protocolName(readU16(data))}`;
    case Code.EchoRequest:
    case Code.EchoReply:
    case Code.DiscardRequest:
      return data.length < 4 ? '' : magic(data);
    case Code.Identification:
      return data.length < 4 ? '' : `${magic(data)} "${printable(data.subarray(4))}"`;
    case Code.TimeRemaining:
      return data.length < 8 ? '' : `${readU32(data.subarray(4))} s`;
    default:
      return data.length === 0 ? '' : shortHex(data);
  }
}

function describeOptions(protocol: number, options: Uint8Array): string {
  checkOptions(options);
  const names = optionPrinters[protocol];
  return [...eachOption(options)]
    .map(({ type, value }) => {
      const printer = names?.get(type);
      if (!printer) return `<option ${type}${value.length > 0 ? ` ${shortHex(value)}` : ''}>`;
      const fits = printer.length === undefined || printer.length === value.length;
      const shown = fits ? printer.describe(value) : `? ${shortHex(value)}`;
      return `<${printer.name}${shown && ` ${shown}`}>`;
    })
    .join(' ');
}

const magic = (data: Uint8Array): string => `magic=0x${readU32(data).toString(16).padStart(8, '0')}`;

function shortHex(bytes: Uint8Array): string {
  return bytes.length <= SHOWN ? hex(bytes) : `${hex(bytes.subarray(0, SHOWN))}…`;
}
