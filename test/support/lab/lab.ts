import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { Namespace } from './namespace.js';
import { LogFile, type Program, run, SLOWNESS } from './processes.js';

/** An address on each end of a link; IPv4 with a `/24`, IPv6 with a `/64`. */
export interface Link {
  readonly v4: { readonly a: string; readonly b: string };
  readonly v6: { readonly a: string; readonly b: string };
  /** Names of the devices. */
  readonly device: { readonly a: string; readonly b: string };
}

interface Shown {
  readonly name: string;
  tail(lines?: number): string;
}

let labs = 0;

/**
 * Everything that one test makes: namespaces, links, programs, files. {@link Lab.close} removes all of it, whatever
 * happened, and says what did not go.
 */
export class Lab {
  readonly directory: string;
  readonly #prefix = `kl${process.pid}-${++labs}-`;
  readonly #namespaces: Namespace[] = [];
  readonly #programs: Program[] = [];
  readonly #logs: LogFile[] = [];
  readonly #shown: Shown[] = [];
  readonly #atEnd: (() => void | Promise<void>)[] = [];
  #links = 0;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'kernel-l2tp-'));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  async namespace(name: string): Promise<Namespace> {
    const namespace = await Namespace.create(name, this.#prefix + name);
    this.#namespaces.push(namespace);
    return namespace;
  }

  /** Joins two namespaces by a veth pair. Each link has its own networks: 10.1.N.0/24 and fd00:1:N::/64. */
  async link(a: Namespace, b: Namespace, network?: { v4: string }): Promise<Link> {
    const n = ++this.#links;
    const prefix = network?.v4 ?? `10.1.${n}`;
    const link: Link = {
      v4: { a: `${prefix}.1`, b: `${prefix}.2` },
      v6: { a: `fd00:1:${n}::1`, b: `fd00:1:${n}::2` },
      device: { a: `to-${b.name}`.slice(0, 15), b: `to-${a.name}`.slice(0, 15) },
    };
    // Created inside, so that nothing of the host (udev, a network manager) ever sees the devices.
    await run([
      'ip',
      '-n',
      a.id,
      'link',
      'add',
      link.device.a,
      'type',
      'veth',
      'peer',
      link.device.b,
      'netns',
      b.id,
    ]);
    for (const [namespace, end] of [
      [a, 'a'],
      [b, 'b'],
    ] as const) {
      const commands = [
        `addr add ${link.v4[end]}/24 dev ${link.device[end]}`,
        `addr add ${link.v6[end]}/64 dev ${link.device[end]} nodad`,
        `link set ${link.device[end]} up`,
      ];
      await run(['ip', '-n', namespace.id, '-batch', '-'], { stdin: `${commands.join('\n')}\n` });
    }
    return link;
  }

  /** Takes charge of a program: it is stopped at the end, and its output is shown when the test fails. */
  own(program: Program): Program {
    this.#programs.push(program);
    this.#shown.push(program.output);
    return program;
  }

  /** Watches a file that a program of the lab writes. */
  log(name: string, path: string): LogFile {
    const log = new LogFile(name, path);
    this.#logs.push(log);
    this.#shown.push(log);
    return log;
  }

  /** Adds something to what a failure message shows. */
  show(shown: Shown): void {
    this.#shown.push(shown);
  }

  /** Runs when the test is over, before the programs are ended; last added first. */
  atEnd(action: () => void | Promise<void>): void {
    this.#atEnd.unshift(action);
  }

  /** Outputs of all programs and logs. */
  report(): string {
    return this.#shown
      .map((lines) => `───── ${lines.name} ─────\n${lines.tail(this.#shown.length > 12 ? 25 : 120)}`)
      .join('\n');
  }

  /** Ends and removes everything. @throws AggregateError of all that did not work */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    const attempt = async (action: () => void | Promise<unknown>): Promise<void> => {
      try {
        await action();
      } catch (error) {
        errors.push(error);
      }
    };
    for (const action of this.#atEnd) await attempt(action);
    for (const program of this.#programs) program.signal('SIGKILL');
    await Promise.all(this.#namespaces.map((namespace) => attempt(() => namespace.killAll())));
    await Promise.all(this.#programs.map((program) => attempt(() => program.waitForExit(5000))));
    await Promise.all(this.#logs.map((log) => attempt(() => log.stop())));
    for (const namespace of this.#namespaces) await attempt(() => namespace.remove());
    await attempt(() => rmSync(this.directory, { recursive: true, force: true }));
    if (errors.length > 0)
      throw new AggregateError(errors, `the lab did not close: ${errors.map(String).join('; ')}`);
  }
}

/** @throws Error that says how to run these tests when this machine cannot */
function requireLab(): void {
  const advice = 'run it with `npm run test:peer` or `scripts/lab -- npx vitest run --project peer`';
  if (process.getuid?.() !== 0) throw new Error(`this test needs root: ${advice}`);
  if (!existsSync('/dev/ppp') || !existsSync('/proc/net/pppol2tp')) {
    throw new Error(`this test needs a kernel with PPPoL2TP (module l2tp_ppp): ${advice}`);
  }
}

/**
 * A test with a {@link Lab}. The body is bounded in time, the lab is closed whatever happens, and a failure carries
 * the outputs of all programs. `patience` is in ms, and longer on emulated processors.
 */
export function labTest(name: string, body: (lab: Lab) => Promise<void>, patience = 150_000): void {
  const timeout = patience * SLOWNESS;
  test(
    name,
    async () => {
      requireLab();
      const lab = new Lab();
      let timer: NodeJS.Timeout | undefined;
      let failure: Error | undefined;
      try {
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(
            () => reject(new Error(`the test took longer than ${timeout / 1000} s`)),
            timeout,
          );
        });
        await Promise.race([body(lab), late]);
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        failure.message += `\n\n${lab.report()}`;
      } finally {
        clearTimeout(timer);
      }
      try {
        await lab.close();
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
      }
      if (failure !== undefined) throw failure;
    },
    timeout + 60_000,
  );
}
