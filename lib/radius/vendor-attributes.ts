import { type AttributeDefinition, attributesOf, vendors } from './attribute-definition.js';

const cisco = attributesOf(vendors.cisco);
const microsoft = attributesOf(vendors.microsoft);
const adsl = attributesOf(vendors.adslForum);
const erx = attributesOf(vendors.erx);
const wispr = attributesOf(vendors.wispr);
const chilli = attributesOf(vendors.chilliSpot);
const mikrotik = attributesOf(vendors.mikrotik);

/** Vendor-Specific attributes that LNS operators use. */
export const vendorAttributes = [
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
