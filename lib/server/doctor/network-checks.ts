import { isIPv6 } from 'node:net';
import type { Check, HostFacts, HostNeeds, UdpSocket } from './facts.js';

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Sockets of both families share ports where one of them is `::`, since it takes IPv4 as well. */
function collides(a: string, b: string): boolean {
  if (a === b || a === '::' || b === '::') return true;
  return isIPv6(a) === isIPv6(b) && (isWildcard(a) || isWildcard(b));
}

const formatSocket = ({ address, port }: Pick<UdpSocket, 'address' | 'port'>): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

export function checkPorts(facts: HostFacts, { listen }: HostNeeds): Check[] {
  return listen.map((wanted) => {
    const name = `UDP ${formatSocket(wanted)}`;
    const taken = facts.udpSockets.find(
      ({ address, port }) => port === wanted.port && collides(address, wanted.address),
    );
    if (taken === undefined) return { name, status: 'ok', found: 'is free' };
    const { owner } = taken;
    if (owner !== undefined && owner.pid === facts.runningDaemon) {
      return { name, status: 'ok', found: `is that of the running kernel-l2tp (pid ${owner.pid})` };
    }
    const who = owner === undefined ? 'another program' : `${owner.name} (pid ${owner.pid})`;
    return {
      name,
      status: 'fail',
      found: `is in use by ${who}, on ${formatSocket(taken)}`,
      mend:
        owner === undefined
          ? `find it with: ss -ulpn 'sport = :${wanted.port}'; stop it, or set listen`
          : `systemctl disable --now ${owner.name}, or kill ${owner.pid}; or set listen`,
    };
  });
}

export function checkListenAddresses(facts: HostFacts, { listen }: HostNeeds): Check[] {
  const here = facts.interfaces.flatMap(({ addresses }) => addresses);
  if (facts.sysctls['net.ipv4.ip_nonlocal_bind'] === '1') return [];
  return listen
    .filter(({ address }) => !isWildcard(address) && !here.includes(address))
    .map(({ address }) => ({
      name: 'listen',
      status: 'fail',
      found: `no interface has the address ${address}`,
      mend: `ip address add ${address}/${isIPv6(address) ? 128 : 32} dev INTERFACE, or set listen`,
    }));
}

/** Of a session (PPPoL2TP socket, channel, unit). */
const DESCRIPTORS_PER_SESSION = 3;
/** Listeners, netlink, /dev, control connections; tunnels come out of the sessions' share. */
const DESCRIPTORS_BESIDE = 256;

export function checkOpenFiles(facts: HostFacts, { maxSessions }: HostNeeds): Check {
  const name = 'open files';
  const needed = maxSessions * DESCRIPTORS_PER_SESSION + DESCRIPTORS_BESIDE;
  const bounds = [
    { bound: facts.openFiles, what: 'RLIMIT_NOFILE' },
    { bound: Number(facts.sysctls['fs.file-max'] ?? Infinity), what: 'fs.file-max' },
  ].toSorted((a, b) => a.bound - b.bound);
  const [least] = bounds;
  if (least === undefined || least.bound >= needed) {
    return {
      name,
      status: 'ok',
      found: `${least?.bound ?? 'any number'} are allowed, ${needed} may be needed`,
    };
  }
  const fitting = Math.max(0, Math.floor((least.bound - DESCRIPTORS_BESIDE) / DESCRIPTORS_PER_SESSION));
  return {
    name,
    status: 'warn',
    found: `${least.what} of ${least.bound} is enough for ${fitting} sessions, not for max-sessions ${maxSessions}`,
    mend:
      least.what === 'fs.file-max'
        ? setSysctl('fs.file-max', String(needed * 2))
        : `LimitNOFILE=${needed} in the systemd unit, or ulimit -n ${needed}, or max-sessions: ${fitting}`,
  };
}

const setSysctl = (name: string, value: string): string =>
  `sysctl -w ${name}=${value}; for every boot: echo ${name}=${value} >> /etc/sysctl.d/60-kernel-l2tp.conf`;

export function checkForwarding({ sysctls }: HostFacts, { ipv6 }: HostNeeds): Check[] {
  const families = ['net.ipv4.ip_forward', ...(ipv6 ? ['net.ipv6.conf.all.forwarding'] : [])];
  return families
    .filter((name) => sysctls[name] !== undefined)
    .map((name) =>
      sysctls[name] === '0'
        ? {
            name,
            status: 'warn',
            found: 'is 0: subscribers reach this host and nothing behind it',
            mend: setSysctl(name, '1'),
          }
        : { name, status: 'ok', found: 'forwards' },
    );
}

export function checkReversePath({ sysctls }: HostFacts): Check | undefined {
  const names = ['net.ipv4.conf.all.rp_filter', 'net.ipv4.conf.default.rp_filter'];
  const strict = names.filter((name) => sysctls[name] === '1');
  if (names.every((name) => sysctls[name] === undefined)) return undefined;
  if (strict.length === 0) return { name: 'rp_filter', status: 'ok', found: 'is off or loose' };
  return {
    name: 'rp_filter',
    status: 'warn',
    found: `${strict.join(', ')} is strict: packets of a LAC that arrive by another interface than the way back are dropped`,
    mend: strict.map((name) => `sysctl -w ${name}=2`).join(' && '),
  };
}

/** Octets of receive buffer that a burst of 256 calls needs in one socket. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

export function checkReceiveBuffer({ sysctls, kernel, userNamespace }: HostFacts): Check | undefined {
  const name = 'net.core.rmem_max';
  const bound = sysctls[name];
  if (bound === undefined) return undefined;
  if (Number(bound) >= RECEIVE_BUFFER) return { name, status: 'ok', found: `${bound} octets` };
  if (kernel?.netAdmin === true && !userNamespace) {
    return { name, status: 'ok', found: `${bound} octets, which CAP_NET_ADMIN may exceed` };
  }
  return {
    name,
    status: 'warn',
    found: `${bound} octets: a burst of calls can overflow the sockets`,
    mend: setSysctl(name, String(RECEIVE_BUFFER)),
  };
}

export function checkConntrack({ sysctls }: HostFacts): Check | undefined {
  const count = sysctls['net.netfilter.nf_conntrack_count'];
  const most = sysctls['net.netfilter.nf_conntrack_max'];
  if (count === undefined || most === undefined) return undefined;
  const name = 'nf_conntrack';
  if (Number(count) < Number(most) * 0.8)
    return { name, status: 'ok', found: `${count} of ${most} connections` };
  return {
    name,
    status: 'warn',
    found: `${count} of ${most} connections are tracked: further ones will be dropped`,
    mend: setSysctl('net.netfilter.nf_conntrack_max', String(Number(most) * 4)),
  };
}

/** Octets around a subscriber's packet: IP, UDP 8, L2TP 6, PPP 4; Ns and Nr with sequencing. */
const overhead = (ipv6: boolean, sequencing: boolean): number =>
  (ipv6 ? 40 : 20) + 8 + 6 + 4 + (sequencing ? 4 : 0);

export function checkMtu(facts: HostFacts, needs: HostNeeds): Check | undefined {
  const narrow = needs.listen
    .map(({ address }) => {
      const link = facts.interfaces.find((one) =>
        isWildcard(address) ? one.name === facts.defaultInterface : one.addresses.includes(address),
      );
      const room = (link?.mtu ?? Infinity) - overhead(isIPv6(address) && address !== '::', needs.sequencing);
      return { link, room };
    })
    .toSorted((a, b) => a.room - b.room)[0];
  if (narrow?.link?.mtu === undefined) return undefined;
  const { room } = narrow;
  const { name: link, mtu } = narrow.link;
  const name = 'MTU';
  if (room >= needs.mtu) {
    return {
      name,
      status: 'ok',
      found: `${link} has ${mtu}, which holds sessions' ${needs.mtu} whole`,
    };
  }
  return {
    name,
    status: 'warn',
    found: `${link} has ${mtu}: packets of sessions with MTU ${needs.mtu} will be sent in fragments`,
    mend: `ppp: { mtu: ${room}, mru: ${room} }, or ip link set ${link} mtu ${needs.mtu + mtu - room}`,
  };
}
