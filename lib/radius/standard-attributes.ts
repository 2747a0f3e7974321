import { type AttributeDefinition, attributesOf } from './attribute-definition.js';

const ietf = attributesOf(0);

/** The attributes of the RFCs. */
export const standardAttributes = [
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
    meaning: 'packets dropped because one before them was missing, by their sequence numbers',
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
] as const satisfies readonly AttributeDefinition[];
