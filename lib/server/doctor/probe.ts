import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { networkInterfaces, release } from 'node:os';
import { probeKernel } from '../../kernel/index.js';
import { type HostFacts, type NetworkInterfaceFacts, SYSCTLS, type UdpSocket } from './facts.js';
import { parseDefaultInterface, parseDistribution, parseLimit, parseProcUdp } from './proc.js';

export interface ProbeOptions {
  /** Ports whose owners are looked for. */
  readonly ports: readonly number[];
  /** Pid of a daemon of ours that already runs. */
  readonly runningDaemon?: number;
}

/** Gathers the facts from the kernel, /proc and /sys. Fails for nothing: what is hidden is absent. */
export async function probeHost({ ports, runningDaemon }: ProbeOptions): Promise<HostFacts> {
  const kernel = await askKernel();
  const defaultInterface = parseDefaultInterface(read('/proc/net/route'));
  return {
    kernelRelease: release(),
    ...kernel,
    moduleLists: existsSync(`/lib/modules/${release()}/modules.dep`),
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

async function askKernel(): Promise<Pick<HostFacts, 'kernel' | 'addonError'>> {
  try {
    return { kernel: await probeKernel() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { addonError: message.split('\n', 1)[0] ?? message };
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
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
