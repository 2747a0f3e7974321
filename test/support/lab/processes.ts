import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** How much longer everything may take on an emulated processor. */
export const SLOWNESS = process.env['KERNEL_L2TP_LAB']?.startsWith('6.') === true ? 4 : 1;

/** Waits in tests are bounded by this unless a test says otherwise, in ms: generous, since labs share processors. */
export const PATIENCE = 45_000 * SLOWNESS;

/** Lines kept of one program. */
const MAX_LINES = 50_000;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Calls `probe` until it returns something other than `undefined` or `false`.
 * @throws Error naming `what` when that did not happen within `ms`
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  ms: number = PATIENCE,
  every = 100,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() >= deadline) throw new Error(`did not happen within ${ms / 1000} s: ${what}`);
    await sleep(every);
  }
}

/** Text that grows, as lines; the base of a program's output and of log files. */
export class Lines {
  readonly name: string;
  readonly #lines: string[] = [];
  #partial = '';
  #ended = false;
  readonly #watchers = new Set<() => void>();

  constructor(name: string) {
    this.name = name;
  }

  append(text: string): void {
    const parts = (this.#partial + text).split('\n');
    this.#partial = parts.pop() ?? '';
    for (const line of parts) if (this.#lines.length < MAX_LINES) this.#lines.push(line);
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** No more text will come: those who wait need not wait on. */
  end(): void {
    if (this.#partial !== '') this.append('\n');
    this.#ended = true;
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** All lines, or those after a {@link mark}. */
  lines(since = 0): readonly string[] {
    const lines = this.#lines.slice(since);
    if (this.#partial !== '') lines.push(this.#partial);
    return lines;
  }

  get text(): string {
    return this.lines().join('\n');
  }

  /** The place that has been reached: lines that come later are `lines(mark)`. */
  mark(): number {
    return this.#lines.length;
  }

  find(pattern: RegExp, since = 0): RegExpExecArray | undefined {
    for (const line of this.lines(since)) {
      const match = pattern.exec(line);
      if (match !== null) return match;
    }
    return undefined;
  }

  /**
   * The first line that matches, of those after `since` (default: all).
   * @throws Error when none came within `ms` or the text ended without one
   */
  waitForLine(pattern: RegExp, ms: number = PATIENCE, since = 0): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        action();
      };
      const look = (): void => {
        const match = this.find(pattern, since);
        if (match !== undefined) settle(() => resolve(match));
        else if (this.#ended) {
          settle(() =>
            reject(new Error(`${this.name} ended without a line that matches ${String(pattern)}`)),
          );
        }
      };
      const timer = setTimeout(() => {
        settle(() =>
          reject(new Error(`${this.name} wrote no line that matches ${String(pattern)} in ${ms / 1000} s`)),
        );
      }, ms);
      this.#watchers.add(look);
      look();
    });
  }

  /** The last lines, for a failure message. */
  tail(count = 150): string {
    const lines = this.lines();
    const left = lines.length - count;
    return [...(left > 0 ? [`… ${left} lines before`] : []), ...lines.slice(-count)].join('\n');
  }
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Keep standard input open for {@link Program.write}. */
  readonly input?: boolean;
}

/** A running program with its output. */
export class Program {
  readonly name: string;
  readonly output: Lines;
  readonly stdout: Lines;
  readonly exited: Promise<ExitStatus>;
  readonly #child: ChildProcess;
  #status: ExitStatus | undefined;

  constructor(name: string, argv: readonly string[], options: StartOptions = {}) {
    this.name = name;
    this.output = new Lines(name);
    this.stdout = new Lines(`${name} (stdout)`);
    const [file = '', ...rest] = argv;
    this.#child = spawn(file, rest, {
      stdio: [options.input === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout.append(text);
      this.output.append(text);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.output.append(text));
    this.#child.stdin?.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      const finish = (status: ExitStatus): void => {
        if (this.#status !== undefined) return;
        this.#status = status;
        this.stdout.end();
        this.output.end();
        resolve(status);
      };
      this.#child.once('error', (error) => {
        this.output.append(`could not be started: ${error.message}\n`);
        finish({ code: 127, signal: null });
      });
      // A grandchild (pppd under a killed xl2tpd) may hold the pipe open: do not wait for `close` for ever.
      this.#child.once('close', (code, signal) => finish({ code, signal }));
      this.#child.once('exit', (code, signal) => setTimeout(() => finish({ code, signal }), 500));
    });
  }

  /** Process id; the program itself, since `ip netns exec` replaces itself by it. */
  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get status(): ExitStatus | undefined {
    return this.#status;
  }

  get running(): boolean {
    return this.#status === undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  waitForLine(pattern: RegExp, ms: number = PATIENCE, since = 0): Promise<RegExpExecArray> {
    return this.output.waitForLine(pattern, ms, since);
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  closeInput(): void {
    this.#child.stdin?.end();
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  /** @throws Error when the program is still there after `ms` */
  async waitForExit(ms: number = PATIENCE): Promise<ExitStatus> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${this.name} did not end within ${ms / 1000} s`)), ms);
    });
    try {
      return await Promise.race([this.exited, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** SIGTERM (or another), and SIGKILL for one that does not go within `grace` ms. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', grace = 5000): Promise<ExitStatus> {
    this.signal(signal);
    try {
      return await this.waitForExit(grace);
    } catch {
      this.signal('SIGKILL');
      return await this.waitForExit(grace);
    }
  }

  /**
   * How often the process's event loop has waited for something and gone on. Processor time is charged at random on
   * emulated processors; this is not.
   */
  wakeUps(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
  }

  /** CPU time that the process has used, user and system, in ms (proc(5), fields 14 and 15 of stat). */
  cpuMilliseconds(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }
}

export interface RunOptions extends StartOptions {
  /** In ms. */
  readonly timeout?: number;
  /** Text for standard input. */
  readonly stdin?: string;
  /** Do not throw for an exit status other than 0. */
  readonly allowFailure?: boolean;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

/** Runs a program to its end. @throws Error with its output when it fails or takes too long */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const program = new Program(argv.join(' '), argv, { ...options, input: options.stdin !== undefined });
  if (options.stdin !== undefined) {
    program.write(options.stdin);
    program.closeInput();
  }
  let status: ExitStatus;
  try {
    status = await program.waitForExit(options.timeout ?? PATIENCE);
  } catch (error) {
    await program.stop('SIGKILL');
    throw new Error(`${(error as Error).message}\n${program.output.tail()}`, { cause: error });
  }
  const code = status.code ?? 128;
  if (code !== 0 && options.allowFailure !== true) {
    throw new Error(`${program.name}: exit status ${status.signal ?? code}\n${program.output.tail()}`);
  }
  return { code, stdout: program.stdout.text, output: program.output.text };
}

/** A log file that another program writes, read as it grows. */
export class LogFile extends Lines {
  readonly path: string;
  #position = 0;
  #timer: NodeJS.Timeout | undefined;
  #reading = false;

  constructor(name: string, path: string) {
    super(name);
    this.path = path;
    this.#timer = setInterval(() => void this.#read(), 50);
  }

  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      const size = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
      if (size <= this.#position) return;
      const file = await open(this.path);
      try {
        const buffer = Buffer.alloc(size - this.#position);
        const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#position);
        this.#position += bytesRead;
        this.append(buffer.toString('utf8', 0, bytesRead));
      } finally {
        await file.close();
      }
    } finally {
      this.#reading = false;
    }
  }

  /** Reads what is there and stops watching. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#read();
    this.end();
  }
}
