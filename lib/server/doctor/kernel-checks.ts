import type { Check, HostFacts, HostNeeds } from './facts.js';

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

/** Facts that only the addon can give. */
type Kernel = NonNullable<HostFacts['kernel']>;
type Module = keyof Kernel['modules'];

/** What the addon found. Without the addon there is nothing to say but that. */
export function checkKernel(facts: HostFacts, needs: HostNeeds): (Check | undefined)[] {
  const { kernel, addonError = 'for an unknown reason' } = facts;
  if (kernel === undefined) {
    return [
      {
        name: 'native addon',
        status: 'fail',
        found: `did not load: ${addonError}`,
        mend: 'npm rebuild kernel-l2tp, or scripts/build-native in a clone',
      },
    ];
  }
  return [
    checkPrivilege(kernel, facts),
    checkModules(kernel, facts),
    checkNetlink(kernel, facts),
    checkDevPpp(kernel, facts),
    checkMppe(kernel, facts, needs),
  ];
}

function checkPrivilege({ netAdmin }: Kernel, { userNamespace, container }: HostFacts): Check {
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

/** By what the kernel does, not by what is listed: modules may be built in, or loaded by the asking. */
function checkModules({ pppox, modules }: Kernel, facts: HostFacts): Check {
  const name = 'kernel modules';
  if (pppox === 'ok') return { name, status: 'ok', found: 'the kernel makes PPPoL2TP sockets' };
  const missing = PPP_MODULES.filter((module) => isAbsent(module, { modules }, facts));
  if (missing.length > 0) {
    return {
      name,
      status: 'fail',
      found: `this kernel has no ${missing.join(', ')}`,
      mend: installModules(facts),
    };
  }
  return {
    name,
    status: 'fail',
    found: `the kernel makes no PPPoL2TP socket (${pppox})`,
    mend: loadModules('l2tp_ppp', facts),
  };
}

/** l2tp_netlink is built if and only if the kernel has CONFIG_L2TP_V3 (net/l2tp/Makefile). */
function checkNetlink(kernel: Kernel, facts: HostFacts): Check {
  const name = 'CONFIG_L2TP_V3';
  const without = 'tunnels are then made by PPPoL2TP sockets alone';
  if (kernel.netlink) return { name, status: 'ok', found: 'the kernel has l2tp netlink' };
  if (kernel.l2tpV3 === false || isAbsent('l2tp_netlink', kernel, facts)) {
    return {
      name,
      status: 'warn',
      found: `this kernel was built without it, and so without l2tp netlink; ${without}`,
      mend: 'a kernel with CONFIG_L2TP_V3=y',
    };
  }
  const found = `the kernel shows no l2tp netlink; ${without}`;
  return { name, status: 'warn', found, mend: loadModules('l2tp_netlink', facts) };
}

function checkDevPpp({ device, netAdmin }: Kernel, { container }: HostFacts): Check {
  const name = '/dev/ppp';
  const status = 'fail';
  switch (device) {
    case 'ok':
      return { name, status: 'ok', found: 'opens' };
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
        found: `no driver answers (${device})`,
        mend: `modprobe ppp_generic${container ? ' on the host' : ''}`,
      };
    case 'EACCES':
    case 'EPERM':
      return {
        name,
        status,
        found: `may not be opened (${device})`,
        mend: devPppPermission(container, netAdmin),
      };
    default:
      return {
        name,
        status,
        found: `does not open (${device})`,
        mend: 'ls -l /dev/ppp; it must be c 108, 0',
      };
  }
}

function devPppPermission(container: boolean, netAdmin: boolean): string {
  if (container) return 'run the container with --device /dev/ppp --cap-add NET_ADMIN';
  return netAdmin ? 'chmod 600 /dev/ppp and chown it to the user of the process' : 'run as root';
}

function checkMppe(kernel: Kernel, facts: HostFacts, { mppe }: HostNeeds): Check | undefined {
  if (mppe === 'off') return undefined;
  const name = 'ppp_mppe';
  const state = kernel.modules.ppp_mppe;
  if (state !== 'missing') {
    return { name, status: 'ok', found: state === 'available' ? 'loaded when it is needed' : state };
  }
  if (isAbsent('ppp_mppe', kernel, facts)) {
    return {
      name,
      status: mppe === 'require' ? 'fail' : 'warn',
      found: 'this kernel has no MPPE, which the configuration asks for',
      mend: 'a kernel with CONFIG_PPP_MPPE, or mppe: off',
    };
  }
  return { name, status: 'warn', found: 'not known to be there', mend: loadModules('ppp_mppe', facts) };
}

/** Missing, and known to be: in a container the host's modules may only be out of sight. */
const isAbsent = (
  module: Module,
  { modules }: Pick<Kernel, 'modules'>,
  { moduleLists }: HostFacts,
): boolean => modules[module] === 'missing' && moduleLists;

const loadModules = (module: Module, { container }: HostFacts): string =>
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
