import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { MAIN } from './daemon.js';
import type { Lab } from './lab.js';
import type { Namespace } from './namespace.js';
import { PATIENCE, type Program } from './processes.js';

let clients = 0;

/** What a log line of `link up` tells. */
export interface DialUp {
  readonly interface: string;
  readonly local?: string;
  readonly gateway?: string;
  readonly dns?: readonly string[];
  readonly method?: string;
  readonly mppe?: string;
  readonly localInterfaceId?: string;
}

/** `kernel-l2tp dial` in a namespace, worked as a user does: config file, signals, exit status. */
export class DialClient {
  readonly program: Program;
  /** The host's resolv.conf, as far as the client is concerned. */
  readonly resolvConf: string;

  private constructor(program: Program, resolvConf: string) {
    this.program = program;
    this.resolvConf = resolvConf;
  }

  /** A folder with a resolv.conf, which several clients of one host may share one after the other. */
  static host(lab: Lab, resolvConf = 'search example.net\nnameserver 192.0.2.53\n'): string {
    const directory = lab.path(`dial-${++clients}`);
    mkdirSync(directory);
    writeFileSync(`${directory}/resolv.conf`, resolvConf);
    return directory;
  }

  static start(
    lab: Lab,
    namespace: Namespace,
    config: Readonly<Record<string, unknown>>,
    directory: string = DialClient.host(lab),
  ): DialClient {
    const file = `${directory}/dial.yaml`;
    const resolvConf = `${directory}/resolv.conf`;
    const whole = {
      user: 'bob',
      password: 'pass',
      'resolv-conf': resolvConf,
      'state-directory': `${directory}/run`,
      log: { level: 'debug' },
      ...config,
    };
    writeFileSync(file, stringify(whole), { mode: 0o600 });
    const argv = [process.execPath, MAIN, 'dial', '-c', file];
    return new DialClient(lab.own(namespace.start('kernel-l2tp dial', argv)), resolvConf);
  }

  /** The next `link up` after line `since` of the output. */
  async up(since = 0, ms: number = PATIENCE): Promise<DialUp> {
    const [line] = await this.program.waitForLine(/.*"msg":"link up".*/, ms, since);
    return JSON.parse(line) as DialUp;
  }

  nameServers(): string[] {
    return readFileSync(this.resolvConf, 'utf8')
      .split('\n')
      .flatMap((line) => /^nameserver (\S+)/.exec(line)?.[1] ?? []);
  }

  /** SIGTERM; the exit status. */
  async stop(): Promise<number | undefined> {
    this.program.signal('SIGTERM');
    return (await this.program.waitForExit()).code ?? undefined;
  }
}
