import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  PATIENCE,
  Program,
  type RunOptions,
  type RunResult,
  run,
  type StartOptions,
  until,
} from './processes.js';

/** What `ip -j addr` tells of an interface. */
export interface LinkInfo {
  readonly ifname: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info: readonly {
    readonly family: 'inet' | 'inet6';
    readonly local: string;
    /** The other end of a point-to-point link. */
    readonly address?: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

/**
 * A network namespace: a host of its own as far as the network is concerned. It also has its own `/etc/ppp`
 * (`ip netns exec` binds `/etc/netns/NAME/*` over `/etc/*`), so that each pppd has its own secrets and options.
 */
export class Namespace {
  /** Short name, as in tests. */
  readonly name: string;
  /** Name for `ip netns`. */
  readonly id: string;

  private constructor(name: string, id: string) {
    this.name = name;
    this.id = id;
  }

  static async create(name: string, id: string): Promise<Namespace> {
    await run(['ip', 'netns', 'add', id]);
    const namespace = new Namespace(name, id);
    mkdirSync(join(namespace.#etc, 'ppp'), { recursive: true });
    namespace.writeEtc('ppp/options', '');
    await namespace.run(['ip', 'link', 'set', 'lo', 'up']);
    return namespace;
  }

  get #etc(): string {
    return `/etc/netns/${this.id}`;
  }

  /** Writes a file that programs in this namespace see below /etc. Only below directories that /etc has. */
  writeEtc(path: string, content: string): void {
    const file = join(this.#etc, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o600 });
  }

  /** Where the host sees the namespace's file of /etc. */
  etcPath(path: string): string {
    return join(this.#etc, path);
  }

  #argv(argv: readonly string[]): readonly string[] {
    return ['ip', 'netns', 'exec', this.id, ...argv];
  }

  run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return run(this.#argv(argv), options);
  }

  start(name: string, argv: readonly string[], options: StartOptions = {}): Program {
    return new Program(`${name} in ${this.name}`, this.#argv(argv), options);
  }

  /** Processes of the namespace, from /proc: `ip netns pids` gives up when one ends under its eyes. */
  pids(): number[] {
    const namespace = `net:[${statSync(`/run/netns/${this.id}`).ino}]`;
    return readdirSync('/proc').flatMap((name) => {
      try {
        return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/ns/net`) === namespace ? [Number(name)] : [];
      } catch {
        return []; // It ended meanwhile.
      }
    });
  }

  /** Programs that run in the namespace. */
  processes(): { pid: number; argv: string[] }[] {
    return this.pids().flatMap((pid) => {
      try {
        return [{ pid, argv: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') }];
      } catch {
        return []; // It ended meanwhile.
      }
    });
  }

  /** The host loses power: everything in it is gone without a word. */
  async killAll(): Promise<void> {
    await until(`processes of ${this.name} end`, () => {
      const pids = this.pids();
      for (const pid of pids) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // It ended meanwhile.
        }
      }
      return pids.length === 0;
    });
  }

  async links(): Promise<LinkInfo[]> {
    const { stdout } = await this.run(['ip', '-j', 'addr']);
    return JSON.parse(stdout) as LinkInfo[];
  }

  /** The ppp interfaces of the namespace. */
  async pppLinks(): Promise<LinkInfo[]> {
    return (await this.links()).filter((link) => link.flags.includes('POINTOPOINT'));
  }

  /** Kernel tunnels and sessions as `ip l2tp` shows them. */
  async kernelObjects(): Promise<{ tunnels: number; sessions: number }> {
    const count = async (kind: string): Promise<number> => {
      const { stdout } = await this.run(['ip', 'l2tp', 'show', kind]);
      return stdout.split('\n').filter((line) => /^(Tunnel|Session) /.test(line)).length;
    };
    return { tunnels: await count('tunnel'), sessions: await count('session') };
  }

  /** Loses packets that leave by `device`, of 100. @returns false where the kernel has no netem */
  async loss(device: string, percent: number): Promise<boolean> {
    const { code } = await this.run(
      ['tc', 'qdisc', 'replace', 'dev', device, 'root', 'netem', 'loss', `${percent}%`],
      { allowFailure: true },
    );
    return code === 0;
  }

  /**
   * Sends `count` echo requests.
   * @returns how many were answered
   */
  async ping(address: string, options: { count?: number; args?: readonly string[] } = {}): Promise<number> {
    const count = options.count ?? 3;
    const argv = ['ping', '-n', '-c', `${count}`, '-i', '0.2', '-W', '3', ...(options.args ?? []), address];
    const { output } = await this.run(argv, { allowFailure: true, timeout: PATIENCE + count * 500 });
    return Number(/(\d+) received/.exec(output)?.[1] ?? 0);
  }

  async remove(): Promise<void> {
    await run(['ip', 'netns', 'del', this.id], { allowFailure: true });
    rmSync(this.#etc, { recursive: true, force: true });
    if (existsSync(`/run/netns/${this.id}`)) throw new Error(`namespace ${this.id} could not be removed`);
  }
}
