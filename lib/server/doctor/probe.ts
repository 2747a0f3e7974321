import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces, release } from 'node:os';
import { errnoOf } from '../errno.js';
import {
  type HostFacts,
  MODULES,
  type ModuleName,
  type ModuleState,
  type NetworkInterfaceFacts,
  SYSCTLS,
  type UdpSocket,
} from './facts.js';
import {
  hasCapability,
  parseDefaultInterface,
  parseDistribution,
  parseLimit,
  parseModuleList,
  parseProcModules,
  parseProcUdp,
} from './proc.js';

const CAP_NET_ADMIN = 12;

/** What the addon found out by asking the kernel; absent where it could not. */
export type KernelAnswers = Pick<HostFacts, 'pppol2tp' | 'l2tpNetlink' | 'addonError'>;

export interface ProbeOptions {
  /** Ports whose owners are looked for. */
  readonly ports: readonly number[];
  /** Pid of a daemon of ours that already runs. */
  readonly runningDaemon?: number;
  readonly kernel: KernelAnswers;
}

/** Gathers the facts from /proc, /sys and /dev. Changes nothing, and fails for nothing: what is hidden is absent. */
export function probeHost({ ports, runningDaemon, kernel }: ProbeOptions): HostFacts {
  // First, since opening the device loads its module where it can be.
  const devPpp = probeDevPpp();
  const defaultInterface = parseDefaultInterface(read('/proc/net/route'));
  return {
    kernelRelease: release(),
    modules: probeModules(release()),
    ...kernel,
    devPpp,
    netAdmin: hasCapability(read('/proc/self/status'), CAP_NET_ADMIN),
    userNamespace: !/^\s*0\s+0\s+4294967295\s*$/.test(read('/proc/self/uid_map') || '0 0 4294967295'),
    container: isContainer(),
    distribution: parseDistribution(read('/etc/os-release')),
    sysctls: probeSysctls(),
    openFiles: parseLimit(read('/proc/self/limits'), 'Max open files'),
    udpSockets: probeUdpSockets(ports),
    interfaces: probeInterfaces(),
    ...(defaultInterface !== undefined && { defaultInterface }),
    ...(runningDaemon !== undefined && { runningDaemon }),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function probeDevPpp(): HostFacts['devPpp'] {
  try {
    closeSync(openSync('/dev/ppp', 'r+'));
    return 'ok';
  } catch (error) {
    return { errno: errnoOf(error) };
  }
}

function probeModules(kernelRelease: string): Record<ModuleName, ModuleState> {
  const folder = `/lib/modules/${kernelRelease}`;
  const loaded = parseProcModules(read('/proc/modules'));
  const builtIn = parseModuleList(read(`${folder}/modules.builtin`));
  const files = parseModuleList(read(`${folder}/modules.dep`));
  const state = (name: ModuleName): ModuleState => {
    if (loaded.has(name)) return 'loaded';
    if (builtIn.has(name) || existsSync(`/sys/module/${name}`)) return 'built in';
    if (files.has(name)) return 'available';
    return files.size > 0 ? 'absent' : 'unknown';
  };
  return Object.fromEntries(MODULES.map((name) => [name, state(name)])) as Record<ModuleName, ModuleState>;
}

function probeSysctls(): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of SYSCTLS) {
    const value = read(`/proc/sys/${name.replaceAll('.', '/')}`).trim();
    if (value !== '') values[name] = value;
  }
  return values;
}

function isContainer(): boolean {
  return (
    existsSync('/.dockerenv') ||
    existsSync('/run/.containerenv') ||
    /(?:^|\0)container=/.test(read('/proc/1/environ')) ||
    /docker|kubepods|containerd|lxc/.test(read('/proc/1/cgroup'))
  );
}

function probeInterfaces(): NetworkInterfaceFacts[] {
  return Object.entries(networkInterfaces()).map(([name, addresses = []]) => {
    const mtu = Number(read(`/sys/class/net/${name}/mtu`));
    return { name, ...(mtu > 0 && { mtu }), addresses: addresses.map(({ address }) => address) };
  });
}

function probeUdpSockets(ports: readonly number[]): UdpSocket[] {
  const sockets = [...parseProcUdp(read('/proc/net/udp')), ...parseProcUdp(read('/proc/net/udp6'))].filter(
    ({ port }) => ports.includes(port),
  );
  if (sockets.length === 0) return [];
  const owners = findOwners(new Set(sockets.map(({ inode }) => inode)));
  return sockets.map(({ address, port, inode }) => {
    const owner = owners.get(inode);
    return { address, port, ...(owner !== undefined && { owner }) };
  });
}

/** Who has these sockets open, as far as this user may look. */
function findOwners(inodes: ReadonlySet<string>): Map<string, NonNullable<UdpSocket['owner']>> {
  const owners = new Map<string, NonNullable<UdpSocket['owner']>>();
  for (const process of entries('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of entries(`/proc/${process}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${process}/fd/${descriptor}`))?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      owners.set(inode, { pid: Number(process), name: read(`/proc/${process}/comm`).trim() });
    }
    if (owners.size === inodes.size) break;
  }
  return owners;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
