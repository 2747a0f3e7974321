import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { errnoName, loadAddon, type NativeKernel } from '../native/index.js';
import { kernelAtLeast, looksUpByTunnelId } from './kernel-api.js';
import { l2tpFamily } from './netlink.js';

/** Modules that the data plane uses, and what for. */
export const kernelModules = {
  l2tp_core: 'tunnels',
  l2tp_ppp: 'PPP sessions',
  l2tp_netlink: 'tunnels and sessions by netlink',
  ppp_generic: 'interfaces',
  pppox: 'PPP sockets',
  ppp_mppe: 'encryption (MPPE)',
} as const;

export type KernelModule = keyof typeof kernelModules;

/** Where a module is: in memory, part of the kernel, on disk, or nowhere. */
export type ModuleState = 'loaded' | 'built-in' | 'available' | 'missing';

/** What the running kernel has of what the data plane needs. */
export interface KernelProbe {
  /** As `uname -r` says. */
  readonly release: string;
  readonly modules: Readonly<Record<KernelModule, ModuleState>>;
  /** PPPoL2TP sockets: `ok`, or why not (EAFNOSUPPORT, EPROTONOSUPPORT: no module). */
  readonly pppox: string;
  /** `/dev/ppp`: `ok`, or why not (ENOENT: no such file; ENXIO, ENODEV: no module; EPERM: no CAP_NET_ADMIN). */
  readonly device: string;
  /** Tunnels by netlink. Without, PPPoL2TP sockets make them. */
  readonly netlink: boolean;
  /** CONFIG_L2TP_V3, which PPP sessions by netlink need; `undefined` where the kernel's configuration is not at hand. */
  readonly l2tpV3: boolean | undefined;
  /** This process may change the network (CAP_NET_ADMIN). */
  readonly netAdmin: boolean;
  /** It may load modules (CAP_SYS_MODULE). */
  readonly sysModule: boolean;
  /** 6.11 or later: sessions are found by the tunnel id, so several tunnels may share addresses and ports. */
  readonly looksUpByTunnelId: boolean;
  /** 5.11 or later: channels can be bridged. */
  readonly bridging: boolean;
}

// linux/capability.h
const CAP_NET_ADMIN = 12n;
const CAP_SYS_MODULE = 16n;

/** Looks at the running kernel; loads its modules if it can. @throws AddonError when the native addon is not built */
export async function probeKernel(): Promise<KernelProbe> {
  const { pppox, device } = loadAddon<NativeKernel>().kernelProbe();
  const running = release();
  const [netlink, modules, capabilities, l2tpV3] = await Promise.all([
    l2tpFamily().then(
      (family) => family !== undefined,
      () => false,
    ),
    moduleStates(running),
    effectiveCapabilities(),
    hasL2tpV3(running),
  ]);
  return {
    release: running,
    modules,
    pppox: pppox === 0 ? 'ok' : errnoName(pppox),
    device: device === 0 ? 'ok' : errnoName(device),
    netlink,
    l2tpV3,
    netAdmin: has(capabilities, CAP_NET_ADMIN),
    sysModule: has(capabilities, CAP_SYS_MODULE),
    looksUpByTunnelId: looksUpByTunnelId(running),
    bridging: kernelAtLeast(5, 11, running),
  };
}

const has = (capabilities: bigint, capability: bigint): boolean => ((capabilities >> capability) & 1n) === 1n;

async function effectiveCapabilities(): Promise<bigint> {
  const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(await textOf('/proc/self/status'))?.[1];
  return digits === undefined ? 0n : BigInt(`0x${digits}`);
}

async function moduleStates(running: string): Promise<Record<KernelModule, ModuleState>> {
  const folder = `/lib/modules/${running}`;
  const [loaded, builtIn, onDisk] = await Promise.all([
    textOf('/proc/modules'),
    textOf(`${folder}/modules.builtin`),
    textOf(`${folder}/modules.dep`),
  ]);
  // Kernels without modules have no lists: what works is built in.
  const symbols = loaded === '' && builtIn === '' ? await textOf('/proc/kallsyms') : '';
  const state = (name: KernelModule): ModuleState => {
    if (new RegExp(`^${name} `, 'm').test(loaded)) return 'loaded';
    const file = new RegExp(`/${name}\\.ko`);
    if (file.test(builtIn)) return 'built-in';
    if (file.test(onDisk)) return 'available';
    const probe = builtInSymbols[name];
    return new RegExp(` ${probe}$`, 'm').test(symbols) ? 'built-in' : 'missing';
  };
  const names = Object.keys(kernelModules) as KernelModule[];
  return Object.fromEntries(names.map((name) => [name, state(name)])) as Record<KernelModule, ModuleState>;
}

/** A function of each module, to find it in a kernel that has no modules. */
const builtInSymbols: Readonly<Record<KernelModule, string>> = {
  l2tp_core: 'l2tp_tunnel_create',
  l2tp_ppp: 'pppol2tp_connect',
  l2tp_netlink: 'l2tp_nl_cmd_tunnel_create',
  ppp_generic: 'ppp_register_net_channel',
  pppox: 'pppox_ioctl',
  ppp_mppe: 'mppe_compress',
};

async function hasL2tpV3(running: string): Promise<boolean | undefined> {
  const config =
    (await textOf(`/boot/config-${running}`)) || (await textOf(`/lib/modules/${running}/config`));
  return config === '' ? undefined : /^CONFIG_L2TP_V3=y$/m.test(config);
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
