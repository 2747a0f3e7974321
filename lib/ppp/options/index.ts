import type { CcpNegotiation } from '../ccp-negotiation.js';
import type { IpcpNegotiation } from '../ipcp-negotiation.js';
import type { Ipv6cpNegotiation } from '../ipv6cp-negotiation.js';
import type { LcpNegotiation } from '../lcp-negotiation.js';
import type { OptionTable } from '../negotiation.js';
import { accm } from './accm.js';
import { authenticationProtocol } from './authentication-protocol.js';
import { acfc, pfc } from './field-compression.js';
import { interfaceIdentifier } from './interface-identifier.js';
import { ipAddress } from './ip-address.js';
import { magicNumber } from './magic-number.js';
import { mppe } from './mppe.js';
import { mru } from './mru.js';
import { primaryDns, primaryNbns, secondaryDns, secondaryNbns } from './name-server.js';

/** LCP options that are negotiated; every other one is rejected. In the order of our own requests. */
export const lcpOptions: OptionTable<LcpNegotiation> = [
  mru,
  accm,
  authenticationProtocol,
  magicNumber,
  pfc,
  acfc,
];

export const ipcpOptions: OptionTable<IpcpNegotiation> = [
  ipAddress,
  primaryDns,
  primaryNbns,
  secondaryDns,
  secondaryNbns,
];

export const ipv6cpOptions: OptionTable<Ipv6cpNegotiation> = [interfaceIdentifier];

export const ccpOptions: OptionTable<CcpNegotiation> = [mppe];

/** Names of LCP options that are known and always rejected: they need what this implementation has not. */
export const refusedLcpOptions: Readonly<Record<number, string>> = {
  4: 'Quality-Protocol',
  9: 'FCS-Alternatives',
  10: 'Self-Describing-Padding',
  11: 'Numbered-Mode',
  13: 'Callback',
  15: 'Compound-Frames',
  17: 'MRRU',
  18: 'Short-Sequence-Number',
  19: 'Endpoint-Discriminator',
  23: 'Link-Discriminator',
};

export const refusedIpcpOptions: Readonly<Record<number, string>> = {
  1: 'IP-Addresses',
  2: 'IP-Compression-Protocol',
  4: 'Mobile-IPv4',
};

export const refusedIpv6cpOptions: Readonly<Record<number, string>> = {
  2: 'IPv6-Compression-Protocol',
};

export const refusedCcpOptions: Readonly<Record<number, string>> = {
  0: 'OUI',
  1: 'Predictor-1',
  2: 'Predictor-2',
  3: 'Puddle-Jumper',
  16: 'Hewlett-Packard-PPC',
  17: 'Stac-LZS',
  19: 'Gandalf-FZA',
  20: 'V.42bis',
  21: 'BSD-Compress',
  24: 'Deflate-Draft',
  26: 'Deflate',
};
