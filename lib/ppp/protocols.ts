/** PPP protocol field values that this implementation speaks or names (IANA "PPP Numbers"). */
export const Protocol = {
  IPv4: 0x0021,
  VjCompressed: 0x002d,
  VjUncompressed: 0x002f,
  Multilink: 0x003d,
  IPv6: 0x0057,
  CompressedLink: 0x00fb,
  /** A compressed or MPPE-encrypted datagram (RFC 3078 section 3.1). */
  Compressed: 0x00fd,
  IPCP: 0x8021,
  IPV6CP: 0x8057,
  ECP: 0x8053,
  CCP: 0x80fd,
  LCP: 0xc021,
  PAP: 0xc023,
  LQR: 0xc025,
  CHAP: 0xc223,
  EAP: 0xc227,
} as const;

const names: Readonly<Record<number, string>> = {
  [Protocol.IPv4]: 'IPv4',
  [Protocol.VjCompressed]: 'VJ-compressed',
  [Protocol.VjUncompressed]: 'VJ-uncompressed',
  [Protocol.Multilink]: 'Multilink',
  [Protocol.IPv6]: 'IPv6',
  [Protocol.CompressedLink]: 'Compressed-Link',
  [Protocol.Compressed]: 'Compressed',
  [Protocol.IPCP]: 'IPCP',
  [Protocol.IPV6CP]: 'IPV6CP',
  [Protocol.ECP]: 'ECP',
  [Protocol.CCP]: 'CCP',
  [Protocol.LCP]: 'LCP',
  [Protocol.PAP]: 'PAP',
  [Protocol.LQR]: 'LQR',
  [Protocol.CHAP]: 'CHAP',
  [Protocol.EAP]: 'EAP',
};

/** The name of a protocol field value, or its four digits in hexadecimal. */
export function protocolName(protocol: number): string {
  return names[protocol] ?? `0x${protocol.toString(16).padStart(4, '0')}`;
}

/** Codes of control protocol packets: 1 to 11 RFC 1661 section 5, 12 and 13 RFC 1570, 14 and 15 RFC 1962. */
export const Code = {
  ConfigureRequest: 1,
  ConfigureAck: 2,
  ConfigureNak: 3,
  ConfigureReject: 4,
  TerminateRequest: 5,
  TerminateAck: 6,
  CodeReject: 7,
  ProtocolReject: 8,
  EchoRequest: 9,
  EchoReply: 10,
  DiscardRequest: 11,
  Identification: 12,
  TimeRemaining: 13,
  ResetRequest: 14,
  ResetAck: 15,
} as const;

const codeNames = [
  '',
  'Configure-Request',
  'Configure-Ack',
  'Configure-Nak',
  'Configure-Reject',
  'Terminate-Request',
  'Terminate-Ack',
  'Code-Reject',
  'Protocol-Reject',
  'Echo-Request',
  'Echo-Reply',
  'Discard-Request',
  'Identification',
  'Time-Remaining',
  'Reset-Request',
  'Reset-Ack',
];

/** The name of a control protocol code as the RFCs write it. */
export function codeName(code: number): string {
  return codeNames[code] || `Code-${code}`;
}

/** Authentication protocols. */
export const isAuthProtocol = (protocol: number): boolean =>
  protocol === Protocol.PAP || protocol === Protocol.CHAP || protocol === Protocol.EAP;

/** Network control protocols that are spoken here. */
export const isNetworkControl = (protocol: number): boolean =>
  protocol === Protocol.IPCP || protocol === Protocol.IPV6CP || protocol === Protocol.CCP;

/** Protocols of the network phase that are spoken here, on some links at least. */
export const isNetworkProtocol = (protocol: number): boolean =>
  isNetworkControl(protocol) ||
  protocol === Protocol.IPv4 ||
  protocol === Protocol.IPv6 ||
  protocol === Protocol.Compressed;
