import type { KernelProbe } from '../../kernel/index.js';

/** A bound UDP socket of this network namespace. */
export interface UdpSocket {
  /** `0.0.0.0` and `::` for any. */
  readonly address: string;
  readonly port: number;
  /** Who holds it, where this user may know. */
  readonly owner?: { readonly pid: number; readonly name: string };
}

export interface NetworkInterfaceFacts {
  readonly name: string;
  /** Octets; absent where sysfs does not tell. */
  readonly mtu?: number;
  readonly addresses: readonly string[];
}

/** What {@link evaluate} judges. Absent facts could not be had. */
export interface HostFacts {
  /** `uname -r`. */
  readonly kernelRelease: string;
  /** What the addon found out by asking the kernel; absent when it did not load. */
  readonly kernel?: Pick<KernelProbe, 'modules' | 'pppox' | 'device' | 'netlink' | 'l2tpV3' | 'netAdmin'>;
  /** Why the native addon did not load. */
  readonly addonError?: string;
  /** This machine has the list of the running kernel's modules: one that is missing there does not exist. */
  readonly moduleLists: boolean;
  /** The process is in a user namespace of its own. */
  readonly userNamespace: boolean;
  /** The process is in a container. */
  readonly container: boolean;
  /** `ID` and `ID_LIKE` of os-release. */
  readonly distribution: readonly string[];
  /** `net.ipv4.ip_forward` and so on; absent where the kernel has no such file. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** RLIMIT_NOFILE, to which Node raises itself. */
  readonly openFiles: number;
  readonly udpSockets: readonly UdpSocket[];
  readonly interfaces: readonly NetworkInterfaceFacts[];
  /** Interface of the default route (IPv4). */
  readonly defaultInterface?: string;
  /** A daemon of ours that already runs, by its control socket. */
  readonly runningDaemon?: number;
}

/** Sysctls that the checks look at. */
export const SYSCTLS = [
  'net.ipv4.ip_forward',
  'net.ipv6.conf.all.forwarding',
  'net.ipv4.conf.all.rp_filter',
  'net.ipv4.conf.default.rp_filter',
  'net.ipv4.ip_nonlocal_bind',
  'net.core.rmem_max',
  'fs.file-max',
  'fs.nr_open',
  'net.netfilter.nf_conntrack_count',
  'net.netfilter.nf_conntrack_max',
] as const;

/** What the configuration asks of the host. */
export interface HostNeeds {
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  readonly maxSessions: number;
  /** Upper bound of sessions' MTU in octets. */
  readonly mtu: number;
  readonly sequencing: boolean;
  readonly ipv6: boolean;
  readonly mppe: 'off' | 'allow' | 'require';
}

/** One finding about the host. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** The command or change that mends it; absent when all is well. */
  readonly mend?: string;
}
