import { describe, expect, it } from 'vitest';
import {
  type Check,
  evaluate,
  formatReport,
  type HostFacts,
  type HostNeeds,
  needsOf,
} from '../../../lib/server/doctor/index.js';

type Kernel = NonNullable<HostFacts['kernel']>;

const MODULES: Kernel['modules'] = {
  ppp_generic: 'loaded',
  pppox: 'built-in',
  l2tp_core: 'loaded',
  l2tp_ppp: 'loaded',
  l2tp_netlink: 'loaded',
  ppp_mppe: 'available',
};
const KERNEL: Kernel = {
  modules: MODULES,
  pppox: 'ok',
  device: 'ok',
  netlink: true,
  l2tpV3: true,
  netAdmin: true,
};
const kernel = (change: Partial<Kernel>): Pick<HostFacts, 'kernel'> => ({ kernel: { ...KERNEL, ...change } });

/** A host with nothing to complain about. */
const FIT: HostFacts = {
  kernelRelease: '6.13.4-amd64',
  kernel: KERNEL,
  moduleLists: true,
  userNamespace: false,
  container: false,
  distribution: ['debian'],
  sysctls: {
    'net.ipv4.ip_forward': '1',
    'net.ipv6.conf.all.forwarding': '1',
    'net.ipv4.conf.all.rp_filter': '0',
    'net.ipv4.conf.default.rp_filter': '2',
    'net.core.rmem_max': '212992',
    'fs.file-max': '9223372036854775807',
    'fs.nr_open': '1048576',
    'net.netfilter.nf_conntrack_count': '10',
    'net.netfilter.nf_conntrack_max': '65536',
  },
  openFiles: 1_048_576,
  udpSockets: [{ address: '127.0.0.1', port: 53 }],
  interfaces: [
    { name: 'lo', mtu: 65_536, addresses: ['127.0.0.1', '::1'] },
    { name: 'eth0', mtu: 1500, addresses: ['192.0.2.1', '2001:db8::1'] },
  ],
  defaultInterface: 'eth0',
};
const NEEDS: HostNeeds = needsOf();

/** The fit host, of which less is known. */
const without = (...hidden: readonly (keyof HostFacts)[]): HostFacts =>
  Object.fromEntries(
    Object.entries(FIT).filter(([name]) => !hidden.includes(name as keyof HostFacts)),
  ) as unknown as HostFacts;

const find = (facts: Partial<HostFacts>, name: string, needs: Partial<HostNeeds> = {}): Check | undefined =>
  evaluate({ ...FIT, ...facts }, { ...NEEDS, ...needs }).find((check) => check.name === name);
const modules = (change: Partial<Kernel['modules']>): Kernel['modules'] => ({ ...MODULES, ...change });
const sysctls = (change: Record<string, string>): HostFacts['sysctls'] => ({ ...FIT.sysctls, ...change });

describe('a fit host', () => {
  it('has nothing to mend', () => {
    const checks = evaluate(FIT, NEEDS);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(checks.filter(({ mend }) => mend !== undefined)).toEqual([]);
    expect(checks.map(({ name }) => name)).toEqual([
      'kernel version',
      'CAP_NET_ADMIN',
      'kernel modules',
      'CONFIG_L2TP_V3',
      '/dev/ppp',
      'UDP 0.0.0.0:1701',
      'open files',
      'net.ipv4.ip_forward',
      'rp_filter',
      'net.core.rmem_max',
      'nf_conntrack',
      'MTU',
    ]);
  });

  it('may hide everything that is not essential', () => {
    const rest = without('defaultInterface');
    const checks = evaluate({ ...rest, sysctls: {}, interfaces: [], udpSockets: [] }, NEEDS);
    expect(checks.every(({ status }) => status === 'ok')).toBe(true);
  });
});

describe('each finding says what mends it', () => {
  it.each<[string, Partial<HostFacts>, Partial<HostNeeds>, Check]>([
    [
      'no capability',
      kernel({ netAdmin: false }),
      {},
      {
        name: 'CAP_NET_ADMIN',
        status: 'fail',
        found: 'the process has not got it',
        mend: 'run as root, or in a systemd unit with AmbientCapabilities=CAP_NET_ADMIN',
      },
    ],
    [
      'no capability in a container',
      { ...kernel({ netAdmin: false }), container: true },
      {},
      {
        name: 'CAP_NET_ADMIN',
        status: 'fail',
        found: 'the process has not got it',
        mend: 'run the container with --cap-add NET_ADMIN',
      },
    ],
    [
      'a kernel without PPP',
      kernel({ modules: modules({ ppp_generic: 'missing', l2tp_ppp: 'missing' }), pppox: 'EAFNOSUPPORT' }),
      {},
      {
        name: 'kernel modules',
        status: 'fail',
        found: 'this kernel has no ppp_generic, l2tp_ppp',
        mend: 'apt-get install linux-image-amd64 (the "cloud" kernels have no PPP), then reboot into it',
      },
    ],
    [
      'an Ubuntu without extra modules',
      {
        ...kernel({ modules: modules({ l2tp_ppp: 'missing' }), pppox: 'EPROTONOSUPPORT' }),
        distribution: ['ubuntu', 'debian'],
        kernelRelease: '6.14.0-1-generic',
      },
      {},
      {
        name: 'kernel modules',
        status: 'fail',
        found: 'this kernel has no l2tp_ppp',
        mend: 'apt-get install linux-modules-extra-6.14.0-1-generic',
      },
    ],
    [
      'a kernel that makes no socket',
      {
        ...kernel({ modules: modules({ l2tp_ppp: 'missing' }), pppox: 'EPROTONOSUPPORT' }),
        moduleLists: false,
        container: true,
      },
      {},
      {
        name: 'kernel modules',
        status: 'fail',
        found: 'the kernel makes no PPPoL2TP socket (EPROTONOSUPPORT)',
        mend: 'on the host: modprobe l2tp_ppp',
      },
    ],
    [
      'no l2tp netlink',
      kernel({ netlink: false, l2tpV3: false }),
      {},
      {
        name: 'CONFIG_L2TP_V3',
        status: 'warn',
        found:
          'this kernel was built without it, and so without l2tp netlink; tunnels are then made by PPPoL2TP sockets alone',
        mend: 'a kernel with CONFIG_L2TP_V3=y',
      },
    ],
    [
      'no /dev/ppp',
      kernel({ device: 'ENOENT' }),
      {},
      {
        name: '/dev/ppp',
        status: 'fail',
        found: 'does not exist',
        mend: 'modprobe ppp_generic; if it is still missing: mknod -m 600 /dev/ppp c 108 0',
      },
    ],
    [
      'no /dev/ppp in a container',
      { ...kernel({ device: 'ENOENT' }), container: true },
      {},
      {
        name: '/dev/ppp',
        status: 'fail',
        found: 'does not exist',
        mend: 'run the container with --device /dev/ppp',
      },
    ],
    [
      'a /dev/ppp that the cgroup forbids',
      { ...kernel({ device: 'EPERM' }), container: true },
      {},
      {
        name: '/dev/ppp',
        status: 'fail',
        found: 'may not be opened (EPERM)',
        mend: 'run the container with --device /dev/ppp --cap-add NET_ADMIN',
      },
    ],
    [
      'a /dev/ppp without driver',
      kernel({ device: 'ENODEV' }),
      {},
      { name: '/dev/ppp', status: 'fail', found: 'no driver answers (ENODEV)', mend: 'modprobe ppp_generic' },
    ],
    [
      'no MPPE where it is required',
      kernel({ modules: modules({ ppp_mppe: 'missing' }) }),
      { mppe: 'require' },
      {
        name: 'ppp_mppe',
        status: 'fail',
        found: 'this kernel has no MPPE, which the configuration asks for',
        mend: 'a kernel with CONFIG_PPP_MPPE, or mppe: off',
      },
    ],
    [
      'a port in use',
      { udpSockets: [{ address: '0.0.0.0', port: 1701, owner: { pid: 77, name: 'xl2tpd' } }] },
      {},
      {
        name: 'UDP 0.0.0.0:1701',
        status: 'fail',
        found: 'is in use by xl2tpd (pid 77), on 0.0.0.0:1701',
        mend: 'systemctl disable --now xl2tpd, or kill 77; or set listen',
      },
    ],
    [
      'a port in use by who knows whom',
      { udpSockets: [{ address: '::', port: 1701 }] },
      {},
      {
        name: 'UDP 0.0.0.0:1701',
        status: 'fail',
        found: 'is in use by another program, on [::]:1701',
        mend: "find it with: ss -ulpn 'sport = :1701'; stop it, or set listen",
      },
    ],
    [
      'an address of another host',
      {},
      { listen: [{ address: '198.51.100.1', port: 1701 }] },
      {
        name: 'listen',
        status: 'fail',
        found: 'no interface has the address 198.51.100.1',
        mend: 'ip address add 198.51.100.1/32 dev INTERFACE, or set listen',
      },
    ],
    [
      'too few descriptors',
      { openFiles: 4096 },
      {},
      {
        name: 'open files',
        status: 'warn',
        found: 'RLIMIT_NOFILE of 4096 is enough for 1280 sessions, not for max-sessions 65535',
        mend: 'LimitNOFILE=196861 in the systemd unit, or ulimit -n 196861, or max-sessions: 1280',
      },
    ],
    [
      'too few descriptors of the whole host',
      { sysctls: sysctls({ 'fs.file-max': '1000' }) },
      { maxSessions: 1000 },
      {
        name: 'open files',
        status: 'warn',
        found: 'fs.file-max of 1000 is enough for 248 sessions, not for max-sessions 1000',
        mend: 'sysctl -w fs.file-max=6512; for every boot: echo fs.file-max=6512 >> /etc/sysctl.d/60-kernel-l2tp.conf',
      },
    ],
    [
      'no forwarding',
      { sysctls: sysctls({ 'net.ipv4.ip_forward': '0' }) },
      {},
      {
        name: 'net.ipv4.ip_forward',
        status: 'warn',
        found: 'is 0: subscribers reach this host and nothing behind it',
        mend: 'sysctl -w net.ipv4.ip_forward=1; for every boot: echo net.ipv4.ip_forward=1 >> /etc/sysctl.d/60-kernel-l2tp.conf',
      },
    ],
    [
      'a strict reverse path filter',
      { sysctls: sysctls({ 'net.ipv4.conf.all.rp_filter': '1' }) },
      {},
      {
        name: 'rp_filter',
        status: 'warn',
        found:
          'net.ipv4.conf.all.rp_filter is strict: packets of a LAC that arrive by another interface than the way back are dropped',
        mend: 'sysctl -w net.ipv4.conf.all.rp_filter=2',
      },
    ],
    [
      'a small receive buffer in a user namespace',
      { userNamespace: true },
      {},
      {
        name: 'net.core.rmem_max',
        status: 'warn',
        found: '212992 octets: a burst of calls can overflow the sockets',
        mend: 'sysctl -w net.core.rmem_max=4194304; for every boot: echo net.core.rmem_max=4194304 >> /etc/sysctl.d/60-kernel-l2tp.conf',
      },
    ],
    [
      'a full connection tracking',
      { sysctls: sysctls({ 'net.netfilter.nf_conntrack_count': '60000' }) },
      {},
      {
        name: 'nf_conntrack',
        status: 'warn',
        found: '60000 of 65536 connections are tracked: further ones will be dropped',
        mend: 'sysctl -w net.netfilter.nf_conntrack_max=262144; for every boot: echo net.netfilter.nf_conntrack_max=262144 >> /etc/sysctl.d/60-kernel-l2tp.conf',
      },
    ],
    [
      'a narrow link',
      { interfaces: [{ name: 'eth0', mtu: 1492, addresses: ['192.0.2.1'] }] },
      {},
      {
        name: 'MTU',
        status: 'warn',
        found: 'eth0 has 1492: packets of sessions with MTU 1460 will be sent in fragments',
        mend: 'ppp: { mtu: 1454, mru: 1454 }, or ip link set eth0 mtu 1498',
      },
    ],
  ])('%s', (_, facts, needs, check) => {
    expect(find(facts, check.name, needs)).toEqual(check);
  });

  it('an addon that does not load', () => {
    const checks = evaluate({ ...without('kernel'), addonError: 'no build/Release/addon.node' }, NEEDS);
    expect(checks[1]).toEqual({
      name: 'native addon',
      status: 'fail',
      found: 'did not load: no build/Release/addon.node',
      mend: 'npm rebuild kernel-l2tp, or scripts/build-native in a clone',
    });
    expect(checks.map(({ name }) => name)).not.toContain('/dev/ppp');
  });

  it.each<[string, Check['status'], RegExp]>([
    ['5.10.0-30-amd64', 'warn', /finds sessions by socket/],
    ['6.1.0-40-amd64', 'warn', /finds sessions by socket/],
    ['6.10.11', 'warn', /finds sessions by socket/],
    ['6.11.0-9-generic', 'warn', /lacks fixes/],
    ['6.12.57+deb13-amd64', 'warn', /lacks fixes of memory errors in l2tp and ppp \(6\.12\.111 has them\)/],
    ['6.12.117', 'ok', /with over 100 tunnels on one address 6\.13 or later is faster/],
    ['6.12.0-12-amd64', 'ok', /6\.13 or later is faster/],
    ['6.13.0', 'ok', /^6\.13\.0$/],
    ['7.2.1', 'ok', /^7\.2\.1$/],
    ['odd', 'ok', /^odd$/],
  ])('kernel %s: %s', (kernelRelease, status, found) => {
    const check = find({ kernelRelease }, 'kernel version');
    expect(check).toMatchObject({ status, found: expect.stringMatching(found) as string });
    if (status === 'warn') expect(check?.mend).toMatch(/6\.12 or later/);
  });
});

describe('what works is believed before what is listed', () => {
  it('a socket or family that the kernel gives needs no module list', () => {
    const none = Object.fromEntries(
      Object.keys(MODULES).map((name) => [name, 'missing']),
    ) as Kernel['modules'];
    expect(find(kernel({ modules: none }), 'kernel modules')).toMatchObject({ status: 'ok' });
    expect(find(kernel({ modules: none }), 'CONFIG_L2TP_V3')).toMatchObject({ status: 'ok' });
  });

  it('netlink that does not show is a module to load, unless the kernel cannot have it', () => {
    const hidden = { ...kernel({ netlink: false, l2tpV3: undefined }), moduleLists: false };
    expect(find(hidden, 'CONFIG_L2TP_V3')).toMatchObject({
      status: 'warn',
      mend: 'modprobe l2tp_netlink; for every boot: echo l2tp_netlink >> /etc/modules-load.d/kernel-l2tp.conf',
    });
    const missing = kernel({
      netlink: false,
      l2tpV3: undefined,
      modules: modules({ l2tp_netlink: 'missing' }),
    });
    expect(find(missing, 'CONFIG_L2TP_V3')?.mend).toBe('a kernel with CONFIG_L2TP_V3=y');
  });

  it('MPPE is looked at only where it is asked for', () => {
    expect(find({}, 'ppp_mppe')).toBeUndefined();
    expect(find({}, 'ppp_mppe', { mppe: 'allow' })).toMatchObject({ status: 'ok' });
    expect(
      find(kernel({ modules: modules({ ppp_mppe: 'missing' }) }), 'ppp_mppe', { mppe: 'allow' }),
    ).toMatchObject({
      status: 'warn',
    });
  });
});

describe('ports', () => {
  const listen = (address: string, port = 1701) => ({ listen: [{ address, port }] });
  const socket = (address: string, port = 1701) => ({ udpSockets: [{ address, port }] });
  it.each<[string, string, boolean]>([
    ['0.0.0.0', '192.0.2.1', true],
    ['192.0.2.1', '0.0.0.0', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '127.0.0.1', false],
    ['0.0.0.0', '::', true],
    ['::', '0.0.0.0', true],
    ['192.0.2.1', '2001:db8::1', false],
    ['0.0.0.0', '2001:db8::1', false],
    ['2001:db8::1', '::', true],
  ])('%s beside a socket on %s: taken %s', (wanted, there, taken) => {
    const check = evaluate({ ...FIT, ...socket(there) }, { ...NEEDS, ...listen(wanted) }).find(({ name }) =>
      name.startsWith('UDP'),
    );
    expect(check?.status).toBe(taken ? 'fail' : 'ok');
  });

  it('of another number do not matter, and those of our own daemon are well', () => {
    expect(find(socket('0.0.0.0', 1702), 'UDP 0.0.0.0:1701')).toMatchObject({ status: 'ok' });
    const ours = {
      udpSockets: [{ address: '0.0.0.0', port: 1701, owner: { pid: 5, name: 'node' } }],
      runningDaemon: 5,
    };
    expect(find(ours, 'UDP 0.0.0.0:1701')).toEqual({
      name: 'UDP 0.0.0.0:1701',
      status: 'ok',
      found: 'is that of the running kernel-l2tp (pid 5)',
    });
    expect(find({ ...ours, runningDaemon: 6 }, 'UDP 0.0.0.0:1701')).toMatchObject({ status: 'fail' });
  });

  it('may be bound to foreign addresses where the kernel says so', () => {
    const foreign = listen('198.51.100.1');
    expect(find({}, 'listen', foreign)).toMatchObject({ status: 'fail' });
    expect(
      find({ sysctls: sysctls({ 'net.ipv4.ip_nonlocal_bind': '1' }) }, 'listen', foreign),
    ).toBeUndefined();
    expect(find({}, 'listen', listen('2001:db8::1'))).toBeUndefined();
  });
});

describe('MTU', () => {
  it.each<[string, Partial<HostNeeds>, number]>([
    ['IPv4', {}, 1462],
    ['IPv4 with sequencing', { sequencing: true }, 1458],
    ['IPv6', { listen: [{ address: '2001:db8::1', port: 1701 }] }, 1442],
  ])('%s leaves what the headers leave', (_, needs, room) => {
    expect(find({}, 'MTU', { ...needs, mtu: room })).toMatchObject({ status: 'ok' });
    expect(find({}, 'MTU', { ...needs, mtu: room + 1 })).toMatchObject({
      status: 'warn',
      mend: `ppp: { mtu: ${room}, mru: ${room} }, or ip link set eth0 mtu 1501`,
    });
  });
});

describe('needs', () => {
  it('come from the configuration', () => {
    expect(NEEDS).toEqual({
      listen: [{ address: '0.0.0.0', port: 1701 }],
      maxSessions: 65_535,
      mtu: 1460,
      sequencing: false,
      ipv6: false,
      mppe: 'off',
    });
    const needs = needsOf({
      listen: ['192.0.2.1', '[::]:1702'],
      maxSessions: 10,
      sequencing: true,
      ppp: { mtu: 1400, mppe: 'allow' },
      users: { a: { password: 'p', ppp: { mppe: 'require', ipv6: true } } },
    });
    expect(needs).toEqual({
      listen: [
        { address: '192.0.2.1', port: 1701 },
        { address: '::', port: 1702 },
      ],
      maxSessions: 10,
      mtu: 1400,
      sequencing: true,
      ipv6: true,
      mppe: 'require',
    });
  });
});

describe('the report', () => {
  const checks: Check[] = [
    { name: 'a', status: 'ok', found: 'fine' },
    { name: 'long name', status: 'warn', found: 'so so', mend: 'do this' },
    { name: 'b', status: 'fail', found: 'bad \u001b[31m', mend: 'do that' },
  ];
  it('aligns, and says a verdict', () => {
    expect(formatReport(checks)).toBe(
      [
        'ok    a          fine',
        'warn  long name  so so',
        '                 to mend it: do this',
        String.raw`FAIL  b          bad \x1b[31m`,
        '                 to mend it: do that',
        '',
        'This host is not ready: 1 failure (1 warning).',
      ].join('\n'),
    );
    expect(formatReport(checks.slice(0, 1))).toMatch(/\nThis host is ready for kernel-l2tp\.$/);
    expect(formatReport(checks.slice(0, 2))).toMatch(/\nThis host is ready for kernel-l2tp \(1 warning\)\.$/);
  });

  it('has colours where asked', () => {
    expect(formatReport(checks, true)).toContain('\u001b[31mFAIL\u001b[0m');
    expect(formatReport(checks)).not.toContain('\u001b');
  });
});
