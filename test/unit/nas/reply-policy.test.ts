import { describe, expect, it } from 'vitest';
import { terminateCauseOf } from '../../../lib/nas/terminate-cause.js';
import { policyChange, replyPolicy } from '../../../lib/nas/reply-policy.js';
import { type Attribute, type AttributeName, RadiusError } from '../../../lib/radius/index.js';

const list = (
  ...attributes: readonly (readonly [AttributeName, Attribute['value'], number?])[]
): Attribute[] =>
  attributes.map(([name, value, tag]) => ({ name, value, ...(tag !== undefined && { tag }) }));

describe('what an Access-Accept gives', () => {
  it.each([
    [list(['Framed-IP-Address', '10.1.2.3']), { address: '10.1.2.3' }],
    [list(['Framed-IP-Address', '255.255.255.254']), {}],
    [list(['Framed-IP-Address', '10.1.2.3'], ['Framed-IP-Netmask', '255.255.255.248']), { netmask: 29 }],
    [list(['Framed-Pool', 'a'], ['Framed-Pool', 'b']), { pool: ['a', 'b'] }],
    [list(['Cisco-AVPair', 'ip:addr-pool=c']), { pool: 'c' }],
    [
      list(['Framed-Route', '192.168.7.0/24 0.0.0.0 1']),
      { routes: [{ prefix: '192.168.7.0/24', metric: 1 }] },
    ],
    [list(['Framed-Route', '192.168.7.0']), { routes: ['192.168.7.0/24'] }],
    [
      list(['Framed-Route', '10.0.0.0 10.1.2.3 5']),
      { routes: [{ prefix: '10.0.0.0/8', gateway: '10.1.2.3', metric: 5 }] },
    ],
    [list(['Framed-IPv6-Route', '2001:db8::/48 ::']), { routes: ['2001:db8::/48'] }],
    [list(['Cisco-AVPair', 'ip:route=10.9.0.0 255.255.0.0']), { routes: ['10.9.0.0/16'] }],
    [list(['Session-Timeout', 60], ['Idle-Timeout', 0]), { sessionTimeout: 60, idleTimeout: 0 }],
    [list(['Port-Limit', 2]), { maxSessions: 2 }],
    [
      list(['MS-Primary-DNS-Server', '192.0.2.1'], ['MS-Secondary-DNS-Server', '192.0.2.2']),
      { dns: ['192.0.2.1', '192.0.2.2'] },
    ],
    [list(['Cisco-AVPair', 'ip:dns-servers=192.0.2.1 192.0.2.2']), { dns: ['192.0.2.1', '192.0.2.2'] }],
    [
      list(['WISPr-Bandwidth-Max-Up', 1000], ['WISPr-Bandwidth-Max-Down', 2000]),
      { rate: { up: 1000, down: 2000 } },
    ],
    [list(['Mikrotik-Rate-Limit', '1M/2M']), { rate: { up: 1_000_000, down: 2_000_000 } }],
    [
      list(['Mikrotik-Rate-Limit', '1M/2M 2M/4M 1M/2M 8/8']),
      { rate: { up: 1_000_000, down: 2_000_000, burstUp: 2_000_000, burstDown: 4_000_000 } },
    ],
    [
      list(['Cisco-AVPair', 'lcp:interface-config#1=rate-limit output 512000 8000 8000']),
      { rate: { down: 512_000 } },
    ],
    [list(['Cisco-AVPair', 'lcp:interface-config=ip vrf forwarding red']), { vrf: 'red' }],
    [list(['ERX-Virtual-Router-Name', 'blue']), { vrf: 'blue' }],
    [list(['Filter-Id', 'a'], ['Filter-Id', 'b']), { filters: ['a', 'b'] }],
    [
      list(['Mikrotik-Total-Limit', 5], ['Mikrotik-Total-Limit-Gigawords', 1]),
      { quota: { total: 4_294_967_301 } },
    ],
    [list(['ChilliSpot-Max-Input-Octets', 7]), { quota: { input: 7 } }],
    [
      list(
        ['Framed-IPv6-Prefix', '2001:db8::/64'],
        ['Delegated-IPv6-Prefix', '2001:db8:100::/56'],
        ['Framed-Interface-Id', '0:0:0:1'],
      ),
      { ipv6: { prefix: '2001:db8::/64', delegatedPrefix: '2001:db8:100::/56', interfaceId: '0:0:0:1' } },
    ],
    [list(['Route-IPv6-Information', '2001:db8:9::/48']), { ipv6: { announcedRoutes: ['2001:db8:9::/48'] } }],
    [
      list(['ERX-IPv6-NdRa-Pool-Name', 'a'], ['ERX-IPv6-Delegated-Pool-Name', 'b']),
      { ipv6: { pool: ['a'], delegatedPool: ['b'] } },
    ],
    [list(['ERX-Ingress-Policy-Name', 'a'], ['ERX-IPv6-Egress-Policy-Name', 'b']), { filters: ['a', 'b'] }],
    [
      list(['User-Name', 'real'], ['Acct-Interim-Interval', 300]),
      { accounting: { user: 'real', interimInterval: 300 } },
    ],
    [list(['MS-MPPE-Encryption-Policy', 2]), { ppp: { mppe: 'require' } }],
    [
      list(
        ['Tunnel-Type', 3, 1],
        ['Tunnel-Server-Endpoint', '192.0.2.9', 1],
        ['Tunnel-Password', 'hush', 1],
        ['Tunnel-Preference', 5, 1],
        ['Tunnel-Server-Endpoint', '192.0.2.10', 2],
        ['Tunnel-Type', 1, 3],
        ['Tunnel-Server-Endpoint', '192.0.2.11', 3],
        ['Tunnel-Client-Auth-ID', 'lac1', 0],
      ),
      {
        tunnels: [
          { server: '192.0.2.9', secret: 'hush', clientAuthId: 'lac1', preference: 5 },
          { server: '192.0.2.10', clientAuthId: 'lac1' },
        ],
      },
    ],
  ])('%#', (attributes, policy) => {
    expect(replyPolicy(attributes)).toMatchObject(policy);
  });

  it.each([
    list(['Framed-Route', 'nonsense']),
    list(['Framed-Route', '10.0.0.0/8 10.0.0.1 x']),
    list(['Framed-IPv6-Route', '10.0.0.0/8x']),
    list(['Framed-IP-Netmask', '255.0.255.0']),
    list(['Mikrotik-Rate-Limit', 'fast']),
    list(['Cisco-AVPair', 'ip:route=10.0.0.0']),
  ])('is refused when a value cannot be used: %#', (...attributes) => {
    expect(() => replyPolicy(attributes)).toThrow(RadiusError);
  });

  it('is what a live session can change, and no more', () => {
    const change = policyChange(
      list(['Session-Timeout', 60], ['Framed-IP-Address', '10.1.2.3'], ['Filter-Id', 'a']),
    );
    expect(change).toEqual({ sessionTimeout: 60, filters: ['a'] });
  });
});

describe('Acct-Terminate-Cause', () => {
  it.each([
    [{ by: 'peer', text: '', reason: 'normal' }, 1],
    [{ by: 'local', text: '', reason: 'idle-timeout' }, 4],
    [{ by: 'local', text: '', reason: 'session-timeout' }, 5],
    [{ by: 'local', text: '', reason: 'administrative' }, 6],
    [{ by: 'local', text: '', reason: 'shutdown' }, 7],
    [{ by: 'lost', text: '', reason: 'echo-timeout' }, 2],
    [{ by: 'peer', text: '', resultCode: 1, disconnectCode: 3 }, 1],
    [{ by: 'peer', text: '', resultCode: 3, disconnectCode: 1 }, 6],
    [{ by: 'peer', text: '', resultCode: 1 }, 2],
    [{ by: 'lost', text: '' }, 3],
  ] as const)('%o is %i', (end, cause) => {
    expect(terminateCauseOf(end)).toBe(cause);
  });
});
