import type { Check, HostFacts, HostNeeds, ModuleName } from './facts.js';

/** Major and minor version and, where the release has it, the patch level. */
export function parseRelease(release: string): readonly [number, number, number] | undefined {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** The first 6.12 with the fixes of l2tp and ppp that matter for a server: use after free on close, leaks. */
const FIXED_6_12 = 111;

export function checkKernelVersion({ kernelRelease, distribution }: HostFacts): Check {
  const name = 'kernel version';
  const version = parseRelease(kernelRelease);
  if (version === undefined) return { name, status: 'ok', found: kernelRelease };
  const [major, minor, patch] = version;
  const before = (other: number): boolean => major < 6 || (major === 6 && minor < other);
  if (before(11)) {
    return {
      name,
      status: 'warn',
      found:
        `${kernelRelease} finds sessions by socket: two tunnels between the same addresses and ports are refused, ` +
        'and data slows with thousands of sessions in one tunnel',
      mend: newerKernel(distribution),
    };
  }
  // A patch level of 0 is a distribution's way of not telling it.
  if (major === 6 && (minor === 11 || (minor === 12 && patch > 0 && patch < FIXED_6_12))) {
    const found = `${kernelRelease} lacks fixes of memory errors in l2tp and ppp (6.12.${FIXED_6_12} has them)`;
    return { name, status: 'warn', found, mend: newerKernel(distribution) };
  }
  const many = before(13) ? '; with over 100 tunnels on one address 6.13 or later is faster' : '';
  return { name, status: 'ok', found: `${kernelRelease}${many}` };
}

const newerKernel = (distribution: readonly string[]): string =>
  distribution.includes('debian')
    ? 'a kernel of 6.12 or later: apt-get install -t bookworm-backports linux-image-amd64, then reboot'
    : 'a kernel of 6.12 or later from your distribution, then reboot';

export function checkAddon({ addonError }: HostFacts): Check | undefined {
  if (addonError === undefined) return undefined;
  return {
    name: 'native addon',
    status: 'fail',
    found: `did not load: ${addonError}`,
    mend: 'npm rebuild kernel-l2tp, or scripts/build-native in a clone',
  };
}

export function checkPrivilege({ netAdmin, userNamespace, container }: HostFacts): Check {
  const name = 'CAP_NET_ADMIN';
  if (!netAdmin) {
    return {
      name,
      status: 'fail',
      found: 'the process has not got it',
      mend: container
        ? 'run the container with --cap-add NET_ADMIN'
        : 'run as root, or in a systemd unit with AmbientCapabilities=CAP_NET_ADMIN',
    };
  }
  if (userNamespace) {
    return {
      name,
      status: 'warn',
      found: 'only in a user namespace, where kernels may refuse L2TP and larger socket buffers',
      mend: 'run without user namespace (a rootful container)',
    };
  }
  return { name, status: 'ok', found: 'the process has it' };
}

const PPP_MODULES = ['ppp_generic', 'pppox', 'l2tp_core', 'l2tp_ppp'] as const;

export function checkModules(facts: HostFacts): Check {
  const { modules, pppol2tp } = facts;
  const name = 'kernel modules';
  const states = PPP_MODULES.map((module) => `${module} ${modules[module]}`).join(', ');
  const missing = PPP_MODULES.filter((module) => modules[module] === 'absent');
  if (pppol2tp === true) return { name, status: 'ok', found: 'the kernel makes PPPoL2TP sockets' };
  if (missing.length > 0) {
    const found = `this kernel has no ${missing.join(', ')}`;
    return { name, status: 'fail', found, mend: installModules(facts) };
  }
  const idle = PPP_MODULES.filter((module) => !isThere(facts, module));
  if (pppol2tp === undefined) {
    if (idle.length === 0) return { name, status: 'ok', found: states };
    const found = `not loaded yet: ${idle.join(', ')}; the kernel loads them when they are needed`;
    return { name, status: 'warn', found, mend: loadModules('l2tp_ppp', facts) };
  }
  return {
    name,
    status: 'fail',
    found: `the kernel makes no PPPoL2TP socket (${states})`,
    mend: loadModules('l2tp_ppp', facts),
  };
}

/** l2tp_netlink is built if and only if the kernel has CONFIG_L2TP_V3 (net/l2tp/Makefile). */
export function checkNetlink(facts: HostFacts): Check {
  const name = 'CONFIG_L2TP_V3';
  const status = 'warn';
  const without =
    'tunnels are then made by PPPoL2TP sockets alone, without data sequencing options at creation';
  if (facts.l2tpNetlink === true || (facts.l2tpNetlink === undefined && isThere(facts, 'l2tp_netlink'))) {
    return { name, status: 'ok', found: 'the kernel has l2tp netlink' };
  }
  if (facts.modules.l2tp_netlink === 'absent') {
    return {
      name,
      status,
      found: `this kernel has no l2tp_netlink, so it was built without CONFIG_L2TP_V3; ${without}`,
      mend: 'a kernel with CONFIG_L2TP_V3=y',
    };
  }
  const found = `the kernel shows no l2tp netlink (module ${facts.modules.l2tp_netlink}); ${without}`;
  return { name, status, found, mend: loadModules('l2tp_netlink', facts) };
}

export function checkDevPpp({ devPpp, container, netAdmin }: HostFacts): Check {
  const name = '/dev/ppp';
  if (devPpp === 'ok') return { name, status: 'ok', found: 'opens' };
  const status = 'fail';
  switch (devPpp.errno) {
    case 'ENOENT':
      return {
        name,
        status,
        found: 'does not exist',
        mend: container
          ? 'run the container with --device /dev/ppp'
          : 'modprobe ppp_generic; if it is still missing: mknod -m 600 /dev/ppp c 108 0',
      };
    case 'ENODEV':
    case 'ENXIO':
      return {
        name,
        status,
        found: `no driver answers (${devPpp.errno})`,
        mend: `modprobe ppp_generic${container ? ' on the host' : ''}`,
      };
    case 'EACCES':
    case 'EPERM':
      return {
        name,
        status,
        found: `may not be opened (${devPpp.errno})`,
        mend: devPppPermission(container, netAdmin),
      };
    default:
      return {
        name,
        status,
        found: `does not open (${devPpp.errno})`,
        mend: 'ls -l /dev/ppp; it must be c 108, 0',
      };
  }
}

function devPppPermission(container: boolean, netAdmin: boolean): string {
  if (container) return 'run the container with --device /dev/ppp --cap-add NET_ADMIN';
  return netAdmin ? 'chmod 600 /dev/ppp and chown it to the user of the process' : 'run as root';
}

export function checkMppe(facts: HostFacts, { mppe }: HostNeeds): Check | undefined {
  if (mppe === 'off') return undefined;
  const name = 'ppp_mppe';
  const state = facts.modules.ppp_mppe;
  if (state === 'absent') {
    return {
      name,
      status: mppe === 'require' ? 'fail' : 'warn',
      found: 'this kernel has no MPPE, which the configuration asks for',
      mend: `a kernel with CONFIG_PPP_MPPE, or mppe: off`,
    };
  }
  if (isThere(facts, 'ppp_mppe')) return { name, status: 'ok', found: state };
  const found = state === 'available' ? 'loaded when it is needed' : 'not known to be there';
  return state === 'available'
    ? { name, status: 'ok', found }
    : { name, status: 'warn', found, mend: loadModules('ppp_mppe', facts) };
}

const isThere = ({ modules }: HostFacts, module: ModuleName): boolean =>
  modules[module] === 'built in' || modules[module] === 'loaded';

const loadModules = (module: ModuleName, { container }: HostFacts): string =>
  container
    ? `on the host: modprobe ${module}`
    : `modprobe ${module}; for every boot: echo ${module} >> /etc/modules-load.d/kernel-l2tp.conf`;

function installModules({ distribution, kernelRelease, container }: HostFacts): string {
  const where = container ? 'on the host: ' : '';
  if (distribution.includes('ubuntu')) return `${where}apt-get install linux-modules-extra-${kernelRelease}`;
  if (distribution.includes('debian')) {
    return `${where}apt-get install linux-image-amd64 (the "cloud" kernels have no PPP), then reboot into it`;
  }
  if (distribution.some((id) => ['fedora', 'rhel', 'centos'].includes(id))) {
    return `${where}dnf install kernel-modules-extra, and remove l2tp from /etc/modprobe.d/*blacklist*`;
  }
  return `${where}a kernel with CONFIG_PPP, CONFIG_PPPOL2TP and CONFIG_L2TP_V3`;
}
