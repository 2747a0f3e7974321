/** How an attribute's value stands in the packet (RFC 2865 section 5, RFC 3162 section 2). */
export type AttributeFormat =
  | 'text'
  | 'octets'
  | 'integer'
  | 'date'
  | 'ipv4'
  | 'ipv6'
  | 'ipv6-prefix'
  | 'interface-id';

/** Everything that is known of one attribute; decoder, encoder, log and docs have no other source. */
export interface AttributeDefinition {
  readonly name: string;
  /** SMI Network Management Private Enterprise Code; 0 for the attributes of the RFCs themselves. */
  readonly vendor: number;
  readonly type: number;
  readonly format: AttributeFormat;
  /** A tag groups the attributes of one tunnel (RFC 2868 section 3). */
  readonly tagged?: boolean;
  /** `password`: as User-Password (RFC 2865 section 5.2); `salted`: as Tunnel-Password (RFC 2868 section 3.5). */
  readonly hidden?: 'password' | 'salted';
  /** A value too long for one attribute goes on in the next (RFC 3579 section 3.1). */
  readonly concatenated?: boolean;
  /** The value never reaches a log. */
  readonly secret?: boolean;
  /** Where the server sends it: `A` Access-Request, `C` Accounting-Request. */
  readonly sent?: string;
  /** Where it is heeded: `A` Access-Accept, `R` Access-Reject or -Challenge, `C` CoA-Request, `D` to find a session. */
  readonly read?: string;
  /** What it says or does here. */
  readonly meaning?: string;
}

/** Private enterprise codes. */
export const vendors = {
  cisco: 9,
  microsoft: 311,
  adslForum: 3561,
  erx: 4874,
  wispr: 14122,
  chilliSpot: 14559,
  mikrotik: 14988,
} as const;

type Extra = Omit<AttributeDefinition, 'name' | 'vendor' | 'type' | 'format'>;

const of =
  (vendor: number) =>
  <const N extends string>(name: N, type: number, format: AttributeFormat, extra: Extra = {}) => ({
    name,
    vendor,
    type,
    format,
    ...extra,
  });

const ietf = of(0);
const cisco = of(vendors.cisco);
const microsoft = of(vendors.microsoft);
const adsl = of(vendors.adslForum);
const erx = of(vendors.erx);
const wispr = of(vendors.wispr);
const chilli = of(vendors.chilliSpot);
const mikrotik = of(vendors.mikrotik);

/** The attributes that are known without configuration. */
export const attributes = [
  ietf('User-Name', 1, 'text', {
    sent: 'AC',
    read: 'AD',
    meaning: 'name of the log-in; in an accept: the name in records',
  }),
  ietf('User-Password', 2, 'octets', {
    hidden: 'password',
    secret: true,
    sent: 'A',
    meaning: 'password of PAP',
  }),
  ietf('CHAP-Password', 3, 'octets', { secret: true, sent: 'A', meaning: 'identifier and response of CHAP' }),
  ietf('NAS-IP-Address', 4, 'ipv4', {
    sent: 'AC',
    read: 'D',
    meaning: '`nas-ip-address`, if it is one of IPv4',
  }),
  ietf('NAS-Port', 5, 'integer', { sent: 'AC', read: 'D', meaning: 'tunnel id × 65536 + session id' }),
  ietf('Service-Type', 6, 'integer', {
    sent: 'AC',
    read: 'C',
    meaning: '2, Framed; in a CoA-Request nothing else',
  }),
  ietf('Framed-Protocol', 7, 'integer', { sent: 'AC', meaning: '1, PPP' }),
  ietf('Framed-IP-Address', 8, 'ipv4', {
    sent: 'C',
    read: 'AD',
    meaning: 'address of the subscriber; 255.255.255.254: from a pool',
  }),
  ietf('Framed-IP-Netmask', 9, 'ipv4', {
    sent: 'C',
    read: 'A',
    meaning: 'the network of the address is routed to the session',
  }),
  ietf('Framed-Routing', 10, 'integer', { meaning: 'known to the log alone: no routing protocol is spoken' }),
  ietf('Filter-Id', 11, 'text', {
    read: 'AC',
    meaning: 'named filter that the session joins; several are allowed',
  }),
  ietf('Framed-MTU', 12, 'integer', { read: 'A', meaning: 'upper bound of the MTU, in octets' }),
  ietf('Framed-Compression', 13, 'integer', {
    meaning: 'known to the log alone: headers are not compressed',
  }),
  ietf('Reply-Message', 18, 'text', { read: 'AR', meaning: 'text for the subscriber' }),
  ietf('Framed-Route', 22, 'text', {
    read: 'AC',
    meaning: '`PREFIX[/LENGTH] [GATEWAY [METRIC]]` behind the subscriber',
  }),
  ietf('State', 24, 'octets', {
    sent: 'A',
    read: 'RC',
    meaning: 'sent back with the next packet of EAP; echoed in answers',
  }),
  ietf('Class', 25, 'octets', { sent: 'C', read: 'A', meaning: 'sent back in every record of the session' }),
  ietf('Session-Timeout', 27, 'integer', {
    read: 'ARC',
    meaning: 'seconds until the session ends, 0 for never; of a CoA: from then on',
  }),
  ietf('Idle-Timeout', 28, 'integer', {
    read: 'AC',
    meaning: 'seconds without traffic that end the session, 0 for none',
  }),
  ietf('Termination-Action', 29, 'integer', { meaning: 'known to the log alone: the session ends' }),
  ietf('Called-Station-Id', 30, 'text', { sent: 'AC', read: 'D', meaning: 'Called Number AVP' }),
  ietf('Calling-Station-Id', 31, 'text', { sent: 'AC', read: 'D', meaning: 'Calling Number AVP' }),
  ietf('NAS-Identifier', 32, 'text', { sent: 'AC', read: 'D', meaning: '`nas-identifier`' }),
  ietf('Proxy-State', 33, 'octets', { read: 'CD', meaning: 'echoed in answers' }),
  ietf('Acct-Status-Type', 40, 'integer', {
    sent: 'C',
    meaning: '1 start, 2 stop, 3 interim, 7 on, 8 off, 9 to 14 tunnels (RFC 2867)',
  }),
  ietf('Acct-Delay-Time', 41, 'integer', { sent: 'C', meaning: 'seconds since the record was made' }),
  ietf('Acct-Input-Octets', 42, 'integer', { sent: 'C', meaning: 'octets from the subscriber, low 32 bits' }),
  ietf('Acct-Output-Octets', 43, 'integer', { sent: 'C', meaning: 'octets to the subscriber, low 32 bits' }),
  ietf('Acct-Session-Id', 44, 'text', {
    sent: 'AC',
    read: 'D',
    meaning: 'id of the session, as in logs and `show sessions`',
  }),
  ietf('Acct-Authentic', 45, 'integer', { sent: 'C', meaning: '1 RADIUS, 2 local' }),
  ietf('Acct-Session-Time', 46, 'integer', { sent: 'C', meaning: 'seconds that the session has been up' }),
  ietf('Acct-Input-Packets', 47, 'integer', { sent: 'C', meaning: 'packets from the subscriber' }),
  ietf('Acct-Output-Packets', 48, 'integer', { sent: 'C', meaning: 'packets to the subscriber' }),
  ietf('Acct-Terminate-Cause', 49, 'integer', { sent: 'C', meaning: 'why the session ended' }),
  ietf('Acct-Multi-Session-Id', 50, 'text', {
    sent: 'C',
    read: 'D',
    meaning: 'the same for all sessions of one tunnel',
  }),
  ietf('Acct-Input-Gigawords', 52, 'integer', {
    sent: 'C',
    meaning: 'octets from the subscriber, high 32 bits',
  }),
  ietf('Acct-Output-Gigawords', 53, 'integer', {
    sent: 'C',
    meaning: 'octets to the subscriber, high 32 bits',
  }),
  ietf('Event-Timestamp', 55, 'date', {
    sent: 'C',
    read: 'CD',
    meaning: 'when the record was made; in a request to us: its age is checked',
  }),
  ietf('CHAP-Challenge', 60, 'octets', { sent: 'A', meaning: 'challenge of CHAP' }),
  ietf('NAS-Port-Type', 61, 'integer', { sent: 'AC', meaning: '5, Virtual; 33, PPPoEoE' }),
  ietf('Port-Limit', 62, 'integer', { read: 'A', meaning: 'sessions that the user may have at once' }),
  ietf('Tunnel-Type', 64, 'integer', { tagged: true, sent: 'AC', read: 'A', meaning: '3, L2TP' }),
  ietf('Tunnel-Medium-Type', 65, 'integer', {
    tagged: true,
    sent: 'AC',
    read: 'A',
    meaning: '1 IPv4, 2 IPv6',
  }),
  ietf('Tunnel-Client-Endpoint', 66, 'text', {
    tagged: true,
    sent: 'AC',
    read: 'A',
    meaning: "the LAC's address",
  }),
  ietf('Tunnel-Server-Endpoint', 67, 'text', {
    tagged: true,
    sent: 'AC',
    read: 'A',
    meaning: "the LNS's address",
  }),
  ietf('Acct-Tunnel-Connection', 68, 'text', { sent: 'C', meaning: 'Call Serial Number of the call' }),
  ietf('Tunnel-Password', 69, 'text', {
    tagged: true,
    hidden: 'salted',
    secret: true,
    read: 'A',
    meaning: 'secret of the tunnel',
  }),
  ietf('Connect-Info', 77, 'text', { sent: 'AC', meaning: "`TX/RX` in bit/s, from the LAC's speed AVPs" }),
  ietf('EAP-Message', 79, 'octets', {
    concatenated: true,
    secret: true,
    sent: 'A',
    read: 'AR',
    meaning: 'packet of EAP, passed through',
  }),
  ietf('Message-Authenticator', 80, 'octets', {
    secret: true,
    sent: 'AC',
    read: 'ARCD',
    meaning: 'first in every request; checked',
  }),
  ietf('Tunnel-Private-Group-ID', 81, 'text', {
    tagged: true,
    read: 'A',
    meaning: 'Private Group ID AVP for the LNS',
  }),
  ietf('Tunnel-Assignment-ID', 82, 'text', {
    tagged: true,
    read: 'A',
    meaning: 'sessions with the same one share tunnels',
  }),
  ietf('Tunnel-Preference', 83, 'integer', { tagged: true, read: 'A', meaning: 'the lower is tried first' }),
  ietf('Acct-Interim-Interval', 85, 'integer', {
    read: 'A',
    meaning: 'seconds between interim records',
  }),
  ietf('Acct-Tunnel-Packets-Lost', 86, 'integer', {
    sent: 'C',
    meaning: 'packets that sequence numbers showed to be missing or late',
  }),
  ietf('NAS-Port-Id', 87, 'text', {
    sent: 'AC',
    read: 'D',
    meaning: 'the line in words: LAC, tunnel and session',
  }),
  ietf('Framed-Pool', 88, 'text', {
    read: 'A',
    meaning: 'pool of the address; of several the first that has one left',
  }),
  ietf('Tunnel-Client-Auth-ID', 90, 'text', {
    tagged: true,
    sent: 'AC',
    read: 'A',
    meaning: 'Host Name AVP of the LAC',
  }),
  ietf('Tunnel-Server-Auth-ID', 91, 'text', {
    tagged: true,
    sent: 'AC',
    read: 'A',
    meaning: 'Host Name AVP of the LNS',
  }),
  ietf('NAS-IPv6-Address', 95, 'ipv6', {
    sent: 'AC',
    read: 'D',
    meaning: '`nas-ip-address`, if it is one of IPv6',
  }),
  ietf('Framed-Interface-Id', 96, 'interface-id', {
    sent: 'C',
    read: 'AD',
    meaning: 'interface identifier of the subscriber',
  }),
  ietf('Framed-IPv6-Prefix', 97, 'ipv6-prefix', {
    sent: 'C',
    read: 'AD',
    meaning: 'prefix of the link, announced for SLAAC',
  }),
  ietf('Framed-IPv6-Route', 99, 'text', {
    read: 'AC',
    meaning: '`PREFIX/LENGTH [GATEWAY [METRIC]]` behind the subscriber',
  }),
  ietf('Framed-IPv6-Pool', 100, 'text', { read: 'A', meaning: 'pool of the prefix of the link' }),
  ietf('Error-Cause', 101, 'integer', { meaning: 'in our answers to CoA- and Disconnect-Requests' }),
  ietf('Delegated-IPv6-Prefix', 123, 'ipv6-prefix', {
    sent: 'C',
    read: 'AD',
    meaning: 'prefix that DHCPv6 delegates',
  }),
  ietf('Framed-IPv6-Address', 168, 'ipv6', { sent: 'C', read: 'AD', meaning: 'address that DHCPv6 gives' }),
  ietf('DNS-Server-IPv6-Address', 169, 'ipv6', {
    read: 'A',
    meaning: 'DNS servers, by DHCPv6 and router advertisements',
  }),
  ietf('Route-IPv6-Information', 170, 'ipv6-prefix', {
    read: 'A',
    meaning: 'network that router advertisements name (RFC 4191)',
  }),
  ietf('Delegated-IPv6-Prefix-Pool', 171, 'text', { read: 'A', meaning: 'pool of the delegated prefix' }),
  ietf('Stateful-IPv6-Address-Pool', 172, 'text', {
    read: 'A',
    meaning: 'pool of the address that DHCPv6 gives',
  }),

  cisco('Cisco-AVPair', 1, 'text', {
    read: 'AC',
    meaning: '`ip:`, `lcp:interface-config` and `subscriber:` pairs, see below',
  }),

  microsoft('MS-CHAP-Response', 1, 'octets', { secret: true, sent: 'A', meaning: 'response of MS-CHAPv1' }),
  microsoft('MS-CHAP-Error', 2, 'octets', { read: 'R', meaning: 'error code and text of MS-CHAP' }),
  microsoft('MS-MPPE-Encryption-Policy', 7, 'integer', { read: 'A', meaning: '2: MPPE is required' }),
  microsoft('MS-MPPE-Encryption-Types', 8, 'integer', {
    meaning: "the server's `ppp.mppe-key-lengths` decide",
  }),
  microsoft('MS-CHAP-Challenge', 11, 'octets', { sent: 'A', meaning: 'challenge of MS-CHAP' }),
  microsoft('MS-CHAP-MPPE-Keys', 12, 'octets', {
    hidden: 'password',
    secret: true,
    read: 'A',
    meaning: 'keys of MPPE after MS-CHAPv1',
  }),
  microsoft('MS-MPPE-Send-Key', 16, 'octets', {
    hidden: 'salted',
    secret: true,
    read: 'A',
    meaning: 'key of MPPE, to the subscriber',
  }),
  microsoft('MS-MPPE-Recv-Key', 17, 'octets', {
    hidden: 'salted',
    secret: true,
    read: 'A',
    meaning: 'key of MPPE, from the subscriber',
  }),
  microsoft('MS-CHAP2-Response', 25, 'octets', { secret: true, sent: 'A', meaning: 'response of MS-CHAPv2' }),
  microsoft('MS-CHAP2-Success', 26, 'octets', {
    secret: true,
    read: 'A',
    meaning: "the server's proof for the subscriber",
  }),
  microsoft('MS-Primary-DNS-Server', 28, 'ipv4', { read: 'A', meaning: 'DNS server' }),
  microsoft('MS-Secondary-DNS-Server', 29, 'ipv4', { read: 'A', meaning: 'second DNS server' }),
  microsoft('MS-Primary-NBNS-Server', 30, 'ipv4', { read: 'A', meaning: 'NetBIOS name server' }),
  microsoft('MS-Secondary-NBNS-Server', 31, 'ipv4', { read: 'A', meaning: 'second NetBIOS name server' }),

  adsl('ADSL-Agent-Circuit-Id', 1, 'text', {
    sent: 'AC',
    meaning: 'access line (RFC 4679), where it is known',
  }),
  adsl('ADSL-Agent-Remote-Id', 2, 'text', {
    sent: 'AC',
    meaning: 'access line (RFC 4679), where it is known',
  }),
  adsl('Actual-Data-Rate-Upstream', 129, 'integer', {
    sent: 'AC',
    meaning: 'bit/s that the access line has now',
  }),
  adsl('Actual-Data-Rate-Downstream', 130, 'integer', {
    sent: 'AC',
    meaning: 'bit/s that the access line has now',
  }),
  adsl('Minimum-Data-Rate-Upstream', 131, 'integer', {
    sent: 'AC',
    meaning: 'least bit/s that the operator set',
  }),
  adsl('Minimum-Data-Rate-Downstream', 132, 'integer', {
    sent: 'AC',
    meaning: 'least bit/s that the operator set',
  }),
  adsl('Attainable-Data-Rate-Upstream', 133, 'integer', {
    sent: 'AC',
    meaning: 'bit/s that the access line could have',
  }),
  adsl('Attainable-Data-Rate-Downstream', 134, 'integer', {
    sent: 'AC',
    meaning: 'bit/s that the access line could have',
  }),
  adsl('Maximum-Data-Rate-Upstream', 135, 'integer', {
    sent: 'AC',
    meaning: 'most bit/s that the operator set',
  }),
  adsl('Maximum-Data-Rate-Downstream', 136, 'integer', {
    sent: 'AC',
    meaning: 'most bit/s that the operator set',
  }),
  adsl('Minimum-Data-Rate-Upstream-Low-Power', 137, 'integer', {
    sent: 'AC',
    meaning: 'least bit/s in low power state',
  }),
  adsl('Minimum-Data-Rate-Downstream-Low-Power', 138, 'integer', {
    sent: 'AC',
    meaning: 'least bit/s in low power state',
  }),
  adsl('Maximum-Interleaving-Delay-Upstream', 139, 'integer', {
    sent: 'AC',
    meaning: 'ms that the operator allows',
  }),
  adsl('Actual-Interleaving-Delay-Upstream', 140, 'integer', {
    sent: 'AC',
    meaning: 'ms that interleaving takes',
  }),
  adsl('Maximum-Interleaving-Delay-Downstream', 141, 'integer', {
    sent: 'AC',
    meaning: 'ms that the operator allows',
  }),
  adsl('Actual-Interleaving-Delay-Downstream', 142, 'integer', {
    sent: 'AC',
    meaning: 'ms that interleaving takes',
  }),
  adsl('Access-Loop-Encapsulation', 144, 'octets', {
    sent: 'AC',
    meaning: 'data link and two encapsulations of the access line',
  }),
  adsl('IWF-Session', 254, 'octets', { meaning: 'known to the log alone' }),

  erx('ERX-Virtual-Router-Name', 1, 'text', { read: 'A', meaning: 'VRF of the session' }),
  erx('ERX-Address-Pool-Name', 2, 'text', { read: 'A', meaning: 'as Framed-Pool' }),
  erx('ERX-Primary-Dns', 4, 'ipv4', { read: 'A', meaning: 'DNS server' }),
  erx('ERX-Secondary-Dns', 5, 'ipv4', { read: 'A', meaning: 'second DNS server' }),
  erx('ERX-Primary-Wins', 6, 'ipv4', { read: 'A', meaning: 'NetBIOS name server' }),
  erx('ERX-Secondary-Wins', 7, 'ipv4', { read: 'A', meaning: 'second NetBIOS name server' }),
  erx('ERX-Ingress-Policy-Name', 10, 'text', { read: 'AC', meaning: 'as Filter-Id' }),
  erx('ERX-Egress-Policy-Name', 11, 'text', { read: 'AC', meaning: 'as Filter-Id' }),
  erx('ERX-IPv6-Primary-Dns', 47, 'ipv6', { read: 'A', meaning: 'DNS server over IPv6' }),
  erx('ERX-IPv6-Secondary-Dns', 48, 'ipv6', { read: 'A', meaning: 'second DNS server over IPv6' }),
  erx('ERX-IPv6-Ingress-Policy-Name', 106, 'text', { read: 'AC', meaning: 'as Filter-Id' }),
  erx('ERX-IPv6-Egress-Policy-Name', 107, 'text', { read: 'AC', meaning: 'as Filter-Id' }),
  erx('ERX-IPv6-Acct-Input-Octets', 151, 'integer', {
    sent: 'C',
    meaning: 'of the octets from the subscriber those of IPv6, low 32 bits',
  }),
  erx('ERX-IPv6-Acct-Output-Octets', 152, 'integer', {
    sent: 'C',
    meaning: 'of the octets to the subscriber those of IPv6, low 32 bits',
  }),
  erx('ERX-IPv6-Acct-Input-Packets', 153, 'integer', {
    sent: 'C',
    meaning: 'of the packets from the subscriber those of IPv6',
  }),
  erx('ERX-IPv6-Acct-Output-Packets', 154, 'integer', {
    sent: 'C',
    meaning: 'of the packets to the subscriber those of IPv6',
  }),
  erx('ERX-IPv6-Acct-Input-Gigawords', 155, 'integer', {
    sent: 'C',
    meaning: 'the same octets, high 32 bits',
  }),
  erx('ERX-IPv6-Acct-Output-Gigawords', 156, 'integer', {
    sent: 'C',
    meaning: 'the same octets, high 32 bits',
  }),
  erx('ERX-IPv6-NdRa-Pool-Name', 157, 'text', { read: 'A', meaning: 'as Framed-IPv6-Pool' }),
  erx('ERX-IPv6-Delegated-Pool-Name', 161, 'text', { read: 'A', meaning: 'as Delegated-IPv6-Prefix-Pool' }),

  wispr('WISPr-Bandwidth-Max-Up', 7, 'integer', { read: 'AC', meaning: 'bit/s from the subscriber' }),
  wispr('WISPr-Bandwidth-Max-Down', 8, 'integer', { read: 'AC', meaning: 'bit/s to the subscriber' }),

  chilli('ChilliSpot-Max-Input-Octets', 1, 'integer', {
    read: 'A',
    meaning: 'octets from the subscriber that end the session',
  }),
  chilli('ChilliSpot-Max-Output-Octets', 2, 'integer', {
    read: 'A',
    meaning: 'octets to the subscriber that end the session',
  }),
  chilli('ChilliSpot-Max-Total-Octets', 3, 'integer', {
    read: 'A',
    meaning: 'octets both ways that end the session',
  }),

  mikrotik('Mikrotik-Recv-Limit', 1, 'integer', {
    read: 'A',
    meaning: 'octets from the subscriber that end the session',
  }),
  mikrotik('Mikrotik-Xmit-Limit', 2, 'integer', {
    read: 'A',
    meaning: 'octets to the subscriber that end the session',
  }),
  mikrotik('Mikrotik-Rate-Limit', 8, 'text', {
    read: 'AC',
    meaning: '`UP/DOWN [BURST-UP/BURST-DOWN …]`, with `k` and `M`',
  }),
  mikrotik('Mikrotik-Recv-Limit-Gigawords', 14, 'integer', {
    read: 'A',
    meaning: 'high 32 bits of Mikrotik-Recv-Limit',
  }),
  mikrotik('Mikrotik-Xmit-Limit-Gigawords', 15, 'integer', {
    read: 'A',
    meaning: 'high 32 bits of Mikrotik-Xmit-Limit',
  }),
  mikrotik('Mikrotik-Total-Limit', 17, 'integer', {
    read: 'A',
    meaning: 'octets both ways that end the session',
  }),
  mikrotik('Mikrotik-Total-Limit-Gigawords', 18, 'integer', {
    read: 'A',
    meaning: 'high 32 bits of Mikrotik-Total-Limit',
  }),
] as const satisfies readonly AttributeDefinition[];

/** Names of the attributes that are known without configuration. */
export type AttributeName = (typeof attributes)[number]['name'];

const vendorSpecific = 26;

/** Finds attributes by name and by number. */
export class Dictionary {
  readonly #byName = new Map<string, AttributeDefinition>();
  readonly #byNumber = new Map<string, AttributeDefinition>();

  /**
   * @param own attributes of the configuration
   * @throws RangeError for one that is defined twice or cannot be
   */
  constructor(own: readonly AttributeDefinition[] = []) {
    for (const definition of attributes) this.#add(definition);
    for (const definition of own) {
      const { name, vendor, type } = definition;
      if (this.#byName.has(name)) throw new RangeError(`attribute ${name} is defined already`);
      const known = this.#byNumber.get(numberOf(vendor, type));
      if (known !== undefined) throw new RangeError(`attribute ${name} has the number of ${known.name}`);
      if (vendor === 0 && type === vendorSpecific)
        throw new RangeError(`attribute ${name} cannot have number 26`);
      this.#add(definition);
    }
  }

  named(name: string): AttributeDefinition | undefined {
    return this.#byName.get(name);
  }

  numbered(vendor: number, type: number): AttributeDefinition | undefined {
    return this.#byNumber.get(numberOf(vendor, type));
  }

  #add(definition: AttributeDefinition): void {
    this.#byName.set(definition.name, definition);
    this.#byNumber.set(numberOf(definition.vendor, definition.type), definition);
  }
}

const numberOf = (vendor: number, type: number): string => `${vendor}.${type}`;
