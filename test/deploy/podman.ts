import { mkdtempSync, rmSync } from 'node:fs';
import type { Lab, Namespace } from '../support/lab/index.js';
import { type RunResult, run, until } from '../support/lab/index.js';

const IMAGE = 'localhost/kernel-l2tp:latest';
/** Emulated processors start a container slowly. */
const PATIENCE = 120_000;

/** Where `scripts/container` put the image. @throws Error that says how to get there */
function imageStore(): string {
  const store = process.env['KERNEL_L2TP_IMAGES'];
  if (store === undefined) throw new Error('this test needs the container image: run `scripts/test deploy`');
  return store;
}

/** Containers of our image, as podman runs them: the same options as Docker's. */
export class Podman {
  readonly #lab: Lab;
  readonly #argv: readonly string[];

  constructor(lab: Lab) {
    this.#lab = lab;
    // Layers of a container cannot lie on the lab's own root, which is an overlay itself.
    const folder = mkdtempSync('/dev/shm/kernel-l2tp-');
    this.#argv = [
      'podman',
      ...['--root', `${folder}/store`, '--runroot', `${folder}/run`, '--tmpdir', `${folder}/tmp`],
      ...['--storage-driver', 'overlay', '--storage-opt', `additionalimagestore=${imageStore()}`],
      ...[
        '--cgroup-manager',
        'cgroupfs',
        '--events-backend',
        'none',
        '--runtime',
        'crun',
        '--log-level',
        'fatal',
      ],
    ];
    lab.atEnd(async () => {
      await this.#podman('rm', '--all', '--force', '--time', '0');
      await run(['umount', `${folder}/store/overlay`], { allowFailure: true });
      rmSync(folder, { recursive: true, force: true });
    });
  }

  async #podman(...args: readonly string[]): Promise<RunResult> {
    return await run([...this.#argv, ...args], { allowFailure: true, timeout: PATIENCE });
  }

  /** Starts a container in a network namespace, which is its host's network as far as it can see. */
  async start(name: string, network: Namespace, options: readonly string[]): Promise<Container> {
    const where = ['--network', `ns:/run/netns/${network.id}`, '--name', name];
    const { code, output } = await this.#podman('run', '--detach', ...where, ...options, IMAGE);
    if (code !== 0) throw new Error(`podman run: ${output}`);
    const container = new Container(name, (...args) => this.#podman(...args));
    this.#lab.show({ name: `container ${name}`, tail: () => container.lastLog });
    return container;
  }
}

export class Container {
  readonly #name: string;
  readonly #podman: (...args: readonly string[]) => Promise<RunResult>;
  lastLog = '';

  constructor(name: string, podman: (...args: readonly string[]) => Promise<RunResult>) {
    this.#name = name;
    this.#podman = podman;
  }

  async exec(...argv: readonly string[]): Promise<RunResult> {
    return await this.#podman('exec', this.#name, ...argv);
  }

  async log(): Promise<string> {
    this.lastLog = (await this.#podman('logs', this.#name)).output;
    return this.lastLog;
  }

  async waitForLog(pattern: RegExp): Promise<void> {
    await until(
      `the container logs ${String(pattern)}`,
      async () => pattern.test(await this.log()),
      PATIENCE,
      500,
    );
  }

  /** Runs the image's own health check. */
  async isHealthy(): Promise<boolean> {
    return (await this.#podman('healthcheck', 'run', this.#name)).code === 0;
  }

  /** As `docker stop`: SIGTERM to process 1, and SIGKILL after `grace` seconds. @returns its exit code */
  async stop(grace: number): Promise<number> {
    await this.#podman('stop', '--time', `${grace}`, this.#name);
    return await this.exitCode();
  }

  /** Waits for its end. */
  async exitCode(): Promise<number> {
    return Number((await this.#podman('wait', this.#name)).stdout.trim());
  }
}
