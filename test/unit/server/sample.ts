/** The configuration that the README shows. */
export const SAMPLE = `listen: 0.0.0.0:1701
secret: tunnel-secret          # optional; tunnel authentication
ppp: { local-address: 10.64.0.1, dns: [10.9.0.2, 10.9.0.3], auth: [mschapv2, chap, pap] }
pools: { main: [10.65.0.0/18] }
users: { alice: { password: wonder, address: 10.65.1.1 }, "*": { password: pass } }
`;

/** The sample with one text exchanged, which must be in it once. */
export function sampleWith(text: string, other: string): string {
  if (SAMPLE.split(text).length !== 2) throw new Error(`${JSON.stringify(text)} is not once in the sample`);
  return SAMPLE.replace(text, other);
}

/** Every option, none at its default. */
export const EVERYTHING = `
listen: [192.0.2.1:1701, "[2001:db8::1]:1702", 192.0.2.2]
secret: tunnel-secret
hide-avps: true
host-name: lns1
receive-window: 64
hello-interval: 30.5
retransmit: { first: 0.5, cap: 4, tries: 7 }
max-sessions: 1000
max-tunnels: 100
max-sessions-per-tunnel: 500
max-half-open-tunnels: 8
call-rate: { per-second: 50, burst: 200 }
max-calls-in-progress: 256
sequencing: true
reorder-timeout: 50
ppp:
  local-address: 10.64.0.1
  dns: [10.9.0.2]
  nbns: [10.9.0.4, 10.9.0.5]
  auth: [mschapv2, eap]
  mru: 1400
  mtu: 1410
  echo-interval: 10
  echo-failures: 3
  restart-timer: 2
  max-configure: 5
  auth-timeout: 20
  ipv4: true
  ipv6: true
  mppe: allow
  mppe-key-lengths: [40, 128]
  mppe-stateful: true
  proxy: false
pools:
  main: 10.65.0.0/18
  guests: [10.66.0.0/24, 10.66.1.5-10.66.1.9]
  fixed: { ranges: 10.67.0.0/24, exclude: [10.67.0.1, 10.67.0.8/29] }
default-pool: guests
users:
  alice:
    password: wonder
    address: 10.65.1.1
    dns: []
    nbns: [10.9.0.6]
    mtu: 1300
    max-sessions: 1
    idle-timeout: 600
    session-timeout: 86400
    routes: [192.168.7.0/24]
    interface-name: alice0
    ppp: { echo-interval: 0, echo-failures: 9, ipv4: true, ipv6: false, mppe: "off", local-address: 10.64.0.2 }
  "007": { password: "1234", pool: fixed }
profiles:
  - name: wholesale
    addresses: [198.51.100.0/24, "2001:db8:7::/48", 203.0.113.9]
    host-name: "lac-*"
    secret: other
    hide-avps: false
    receive-window: 16
    announce-host-name: lns-w
    max-sessions-per-tunnel: 10
    max-sessions: 20
    call-rate: { per-second: 0.5 }
    auth: [mschapv1]
    pool: guests
    ppp: { mppe: require }
    refuse: true
control: { socket: /tmp/k.sock }
log: { level: trace, format: json, syslog: local3 }
`;
