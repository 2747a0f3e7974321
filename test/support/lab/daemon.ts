import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { SessionInfo, TunnelInfo } from '../../../lib/lns/index.js';
import { ApiClient } from '../../../lib/server/api/client.js';
import type { Lab } from './lab.js';
import type { Namespace } from './namespace.js';
import { type ExitStatus, PATIENCE, type Program, type RunResult, until } from './processes.js';

/** The command as users have it. */
export const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** A configuration with the file's own keys. */
export interface DaemonConfig {
  readonly [key: string]: unknown;
}

/** The five-line configuration of the README, without a tunnel secret. */
export const FIVE_LINES: DaemonConfig = {
  listen: '0.0.0.0:1701',
  ppp: {
    'local-address': '10.64.0.1',
    dns: ['10.9.0.2', '10.9.0.3'],
    auth: ['mschapv2', 'chap', 'pap'],
  },
  pools: { main: ['10.65.0.0/18'] },
  users: { alice: { password: 'wonder', address: '10.65.1.1' }, '*': { password: 'pass' } },
};

let daemons = 0;

/** Our daemon in a namespace, worked as an operator does: config file, signals, command line. */
export class Daemon {
  readonly namespace: Namespace;
  readonly program: Program;
  readonly socket: string;
  /** What the command line uses, too; much quicker than starting a program for each look. */
  readonly #control: ApiClient;

  private constructor(namespace: Namespace, program: Program, socket: string) {
    this.namespace = namespace;
    this.program = program;
    this.socket = socket;
    this.#control = new ApiClient(socket);
  }

  /**
   * `kernel-l2tp serve -c FILE`, with `config` over {@link FIVE_LINES} and `config.ppp` over its `ppp`. Returns when
   * it serves.
   */
  static async start(lab: Lab, namespace: Namespace, config: DaemonConfig = {}): Promise<Daemon> {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run \`npm run build\` first`);
    const directory = lab.path(`daemon-${++daemons}`);
    mkdirSync(directory);
    const socket = `${directory}/api.sock`;
    const file = `${directory}/lns.yaml`;
    const whole = {
      ...FIVE_LINES,
      control: { socket },
      log: { level: 'trace' },
      ...config,
      ppp: { ...(FIVE_LINES['ppp'] as object), ...(config['ppp'] as object | undefined) },
    };
    writeFileSync(file, stringify(whole), { mode: 0o600 });
    const program = lab.own(
      namespace.start('kernel-l2tp serve', [process.execPath, MAIN, 'serve', '-c', file]),
    );
    const daemon = new Daemon(namespace, program, socket);
    await program.waitForLine(/is ready/);
    return daemon;
  }

  /** Runs a command of ours against this daemon. */
  async cli(...args: string[]): Promise<RunResult> {
    return await this.namespace.run([process.execPath, MAIN, ...args, '--socket', this.socket], {
      allowFailure: true,
    });
  }

  async tunnels(): Promise<readonly TunnelInfo[]> {
    return await this.#control.tunnels();
  }

  async sessions(): Promise<readonly SessionInfo[]> {
    return await this.#control.sessions();
  }

  /** The sessions that are open, once there are `count` of them. */
  async waitForSessions(count: number, ms: number = PATIENCE): Promise<SessionInfo[]> {
    return await until(
      `the daemon has ${count} open sessions`,
      async () => {
        const open = (await this.sessions()).filter(({ state }) => state === 'open');
        return open.length === count && open;
      },
      ms,
      250,
    );
  }

  /** Waits until neither the daemon nor the kernel has any tunnel, session or interface. */
  async waitUntilIdle(ms: number = PATIENCE): Promise<void> {
    await until(
      'the daemon has no sessions and tunnels',
      async () => (await this.sessions()).length === 0 && (await this.tunnels()).length === 0,
      ms,
      250,
    );
    await this.expectNothingLeft();
  }

  /** Lines of the log, parsed; lines that are not JSON are left out. */
  log(): Record<string, unknown>[] {
    return this.program.output.lines().flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
  }

  /** Open descriptors of the process, but for netlink sockets: those are kept from their first use on. */
  #descriptors(): string[] {
    const process = `/proc/${this.program.pid}`;
    const netlink = readFileSync(`${process}/net/netlink`, 'utf8').split('\n');
    const kept = new Set(netlink.map((line) => `socket:[${line.trim().split(/\s+/).at(-1)}]`));
    return readdirSync(`${process}/fd`).flatMap((fd) => {
      try {
        const target = readlinkSync(`${process}/fd/${fd}`);
        return kept.has(target) ? [] : [target];
      } catch {
        return []; // It was closed meanwhile.
      }
    });
  }

  /** How many descriptors are open. */
  descriptors(): number {
    return this.#descriptors().length;
  }

  /**
   * Waits until no more descriptors are open than `idle`, counted before the first call.
   * @throws Error with what is open when that takes too long
   */
  async expectDescriptors(idle: number): Promise<void> {
    await until('all descriptors of tunnels and sessions are closed', () => {
      return this.descriptors() <= idle;
    }).catch((error: unknown) => {
      const open = this.#descriptors();
      throw new Error(`${String(error)}: ${idle} before, now ${open.length}: ${open.join(', ')}`);
    });
  }

  /** @throws Error when the kernel still has interfaces, tunnels or sessions in the daemon's namespace */
  async expectNothingLeft(ms = 5000): Promise<void> {
    let left = '';
    await until(
      'the kernel lets go of everything',
      async () => {
        const links = (await this.namespace.pppLinks()).map(({ ifname }) => ifname);
        const { tunnels, sessions } = await this.namespace.kernelObjects();
        left = `interfaces [${links.join(', ')}], ${tunnels} kernel tunnels, ${sessions} kernel sessions`;
        return links.length + tunnels + sessions === 0;
      },
      ms,
    ).catch(() => {
      throw new Error(`still there after ${ms / 1000} s: ${left}`);
    });
  }

  /** SIGTERM; checks that the end is clean: status 0, and nothing left in the kernel. */
  async stop(ms: number = PATIENCE): Promise<ExitStatus> {
    this.program.signal('SIGTERM');
    const status = await this.program.waitForExit(ms);
    if (status.code !== 0) {
      throw new Error(`the daemon ended with ${status.signal ?? `status ${status.code}`} after SIGTERM`);
    }
    await this.expectNothingLeft();
    return status;
  }
}
