import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { stringify } from 'yaml';
import {
  access,
  Client,
  FIVE_LINES,
  type Lab,
  labTest,
  type Namespace,
  type Program,
  type RunResult,
  run,
  until,
} from '../support/lab/index.js';
import { installedPackage } from './package.js';

const TREE = fileURLToPath(new URL('../..', import.meta.url));
/** CAP_NET_ADMIN and CAP_NET_RAW (linux/capability.h). */
const CAPABILITIES = (1n << 12n) | (1n << 13n);

/** A little host with systemd and our service. */
class ServiceHost {
  readonly #systemd: Program;
  readonly #log: string;

  private constructor(systemd: Program, log: string) {
    this.#systemd = systemd;
    this.#log = log;
  }

  /** Boots it; the service is not started. `config` replaces the five-line configuration. */
  static async boot(lab: Lab, network: Namespace, config: object = FIVE_LINES): Promise<ServiceHost> {
    const scratch = lab.path('systemd');
    const log = `${scratch}/service.log`;
    mkdirSync(scratch);
    writeFileSync(`${scratch}/lns.yaml`, stringify(config));
    // No other units here, no journal; and a test cannot wait for 30 s.
    const dropIn = {
      Unit: ['DefaultDependencies=no', 'Wants=', 'After='],
      Service: [
        'WatchdogSec=4',
        'TimeoutAbortSec=1',
        `StandardOutput=append:${log}`,
        'StandardError=inherit',
      ],
    };
    writeFileSync(
      `${scratch}/drop-in.conf`,
      Object.entries(dropIn)
        .map(([section, lines]) => [`[${section}]`, ...lines, ''].join('\n'))
        .join('\n'),
    );
    lab.log('the service', log);
    const script = fileURLToPath(new URL('boot.bash', import.meta.url));
    const program = network.start('systemd', [
      ...['unshare', '--pid', '--fork', '--kill-child', '--mount', '--uts', '--ipc', '--cgroup'],
      ...[script, TREE, installedPackage(), scratch],
    ]);
    const host = new ServiceHost(lab.own(program), log);
    await until('systemd answers', async () => (await host.systemctl('is-active', 'idle.target')).code === 0);
    return host;
  }

  /** Process 1 of the little host, seen from here. */
  get #pid(): number {
    const children = readFileSync(`/proc/${this.#systemd.pid}/task/${this.#systemd.pid}/children`, 'utf8');
    return Number(children.trim().split(' ')[0] ?? 0);
  }

  async #inside(...argv: readonly string[]): Promise<RunResult> {
    const enter = ['nsenter', '--target', `${this.#pid}`, '--mount', '--pid', '--net', '--cgroup'];
    return await run([...enter, ...argv], { allowFailure: true });
  }

  async systemctl(...args: readonly string[]): Promise<RunResult> {
    return await this.#inside('systemctl', ...args);
  }

  async property(name: string): Promise<string> {
    return (await this.systemctl('show', 'kernel-l2tp', '--property', name, '--value')).stdout.trim();
  }

  /** A file of /proc of the service's process. */
  async processFile(name: string): Promise<string> {
    return (await this.#inside('cat', `/proc/${await this.property('MainPID')}/${name}`)).stdout;
  }

  async signal(name: string): Promise<void> {
    await this.#inside('kill', `-${name}`, await this.property('MainPID'));
  }

  async cli(...args: readonly string[]): Promise<RunResult> {
    return await this.#inside('kernel-l2tp', ...args);
  }

  get log(): string {
    return readFileSync(this.#log, 'utf8');
  }
}

const field = (status: string, name: string): string | undefined =>
  new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1];

describe('the systemd unit', () => {
  labTest(
    'serves as a user with two capabilities, is watched, and ends cleanly',
    async (lab) => {
      const { lns, client } = await access(lab);
      const host = await ServiceHost.boot(lab, lns);
      const start = await host.systemctl('start', 'kernel-l2tp');
      expect(start).toMatchObject({ code: 0, output: '' });
      expect(await host.property('StatusText')).toBe('serving on 0.0.0.0:1701');
      const status = await host.processFile('status');
      expect(field(status, 'Uid')).not.toBe('0');
      expect(BigInt(`0x${field(status, 'CapEff')}`)).toBe(CAPABILITIES);
      expect(field(status, 'NoNewPrivs')).toBe('1');
      expect(field(status, 'Seccomp')).toBe('2');

      const caller = await Client.start(lab, client.host, {
        lns: client.lns,
        user: 'alice',
        password: 'wonder',
      });
      await caller.connect();
      expect(await client.host.ping('10.64.0.1')).toBe(3);
      expect((await host.cli('show', 'sessions')).stdout).toMatch(/alice +10\.65\.1\.1 +ppp0 +open/);

      // An event loop that stands still is found out; what the kernel had goes with the process.
      await host.signal('STOP');
      await until('it is started again', async () => (await host.property('NRestarts')) === '1');
      await until('it serves again', async () => (await host.property('ActiveState')) === 'active');
      expect(await lns.pppLinks()).toEqual([]);

      await host.systemctl('stop', 'kernel-l2tp');
      expect(await host.property('Result')).toBe('success');
      expect(host.log).toMatch(/"msg":"stopped"/);
    },
    300_000,
  );

  labTest('does not try a wrong configuration again', async (lab) => {
    const { lns } = await access(lab, 0);
    const host = await ServiceHost.boot(lab, lns, { ...FIVE_LINES, pools: { main: ['nonsense'] } });
    expect((await host.systemctl('start', 'kernel-l2tp')).code).toBe(1);
    expect(await host.property('ExecMainStatus')).toBe('4');
    expect(await host.property('NRestarts')).toBe('0');
    expect(host.log).toMatch(/lns\.yaml:\d+:\d+.*nonsense/);
  });
});
