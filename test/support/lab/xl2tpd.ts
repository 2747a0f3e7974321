import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.js';
import type { LinkInfo, Namespace } from './namespace.js';
import { type LogFile, PATIENCE, type Program, until } from './processes.js';

/** What the client lets the LNS authenticate it with; pppd calls MS-CHAPv1 `mschap`. */
export type PppdAuth = 'pap' | 'chap' | 'mschap' | 'mschap-v2' | 'eap';

const AUTH_METHODS: readonly PppdAuth[] = ['eap', 'mschap-v2', 'mschap', 'chap', 'pap'];

export interface ClientOptions {
  /** Address of the LNS. */
  readonly lns: string;
  /** Our own address, for hosts with several. */
  readonly local?: string;
  readonly user: string;
  readonly password: string;
  /** Refuse everything but this; pppd takes what it is offered otherwise. */
  readonly auth?: PppdAuth;
  /** Tunnel secret; none sends no challenge and cannot answer one. */
  readonly secret?: string;
  /** Challenge the LNS, too. Default: when there is a secret. */
  readonly challenge?: boolean;
  readonly hiddenAvps?: boolean;
  readonly hostName?: string;
  /** Further lines of the `[lac …]` section. */
  readonly lac?: readonly string[];
  /** Further options of pppd, a line each. */
  readonly ppp?: readonly string[];
}

/** A pppd of ours that has its address. */
export interface PppdLink {
  readonly device: string;
  readonly local: string;
  readonly remote: string;
}

/** Writes /etc/ppp of a namespace, as pppd of each host has it. */
function writePppFiles(namespace: Namespace, secrets: string): void {
  namespace.writeEtc('ppp/chap-secrets', secrets);
  namespace.writeEtc('ppp/pap-secrets', secrets);
  namespace.writeEtc('ppp/options', '');
}

const LOGGING = ['debug network', 'debug tunnel', 'debug state', 'debug avp'].map(
  (option) => `${option} = yes`,
);

/** An xl2tpd process, as client or as server. */
class Xl2tpd {
  readonly lab: Lab;
  readonly namespace: Namespace;
  readonly directory: string;
  readonly program: Program;

  constructor(lab: Lab, namespace: Namespace, config: string, secrets: string, directory: string) {
    this.lab = lab;
    this.namespace = namespace;
    this.directory = directory;
    writeFileSync(join(directory, 'xl2tpd.conf'), config);
    writeFileSync(join(directory, 'l2tp-secrets'), secrets, { mode: 0o600 });
    this.program = lab.own(
      namespace.start('xl2tpd', [
        ...['xl2tpd', '-D', '-c', join(directory, 'xl2tpd.conf'), '-s', join(directory, 'l2tp-secrets')],
        ...['-p', join(directory, 'pid'), '-C', join(directory, 'control')],
      ]),
    );
  }

  async ready(): Promise<void> {
    await this.program.waitForLine(/Listening on IP address/);
  }

  /** A line for the control file, such as `c NAME`. */
  async control(line: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const fifo = createWriteStream(join(this.directory, 'control'), { flags: 'a' });
      fifo.on('error', reject);
      fifo.end(`${line}\n`, () => resolve());
    });
  }
}

let instances = 0;

/** One subscriber: a host with xl2tpd as LAC and pppd, with its own address (xl2tpd shares no 4-tuple). */
export class Client {
  readonly options: ClientOptions;
  /** pppd's debug log: every control packet decoded by pppd. */
  readonly ppp: LogFile;
  readonly #daemon: Xl2tpd;
  #mark = 0;

  private constructor(daemon: Xl2tpd, options: ClientOptions, ppp: LogFile) {
    this.#daemon = daemon;
    this.options = options;
    this.ppp = ppp;
  }

  /** Starts xl2tpd; nothing is dialled yet. */
  static async start(lab: Lab, namespace: Namespace, options: ClientOptions): Promise<Client> {
    const directory = lab.path(`xl2tpd-${namespace.name}-${++instances}`);
    mkdirSync(directory);
    const pppLog = join(directory, 'pppd.log');
    const pppOptions = [
      ...['noauth', `name ${options.user}`, 'ipcp-accept-local', 'ipcp-accept-remote', 'usepeerdns'],
      ...[
        'nodefaultroute',
        'noproxyarp',
        'debug',
        `logfile ${pppLog}`,
        'mtu 1400',
        'mru 1400',
        'lcp-max-terminate 1',
      ],
      ...AUTH_METHODS.filter((method) => options.auth !== undefined && method !== options.auth).map(
        (method) => `refuse-${method}`,
      ),
      ...(options.ppp ?? []),
    ];
    writeFileSync(join(directory, 'ppp-options'), `${pppOptions.join('\n')}\n`);
    writePppFiles(namespace, `"${options.user}" * "${options.password}" *\n`);
    const config = [
      '[global]',
      'port = 1701',
      ...(options.local === undefined ? [] : [`listen-addr = ${options.local}`]),
      ...LOGGING,
      '',
      '[lac lns]',
      `lns = ${options.lns}`,
      `pppoptfile = ${join(directory, 'ppp-options')}`,
      `challenge = ${(options.challenge ?? options.secret !== undefined) ? 'yes' : 'no'}`,
      ...(options.hiddenAvps === true ? ['hidden bit = yes'] : []),
      ...(options.hostName === undefined ? [] : [`hostname = ${options.hostName}`]),
      'autodial = no',
      'redial = no',
      'length bit = yes',
      ...(options.lac ?? []),
      '',
    ].join('\n');
    const secrets = options.secret === undefined ? '' : `* * ${options.secret}\n`;
    const ppp = lab.log(`pppd in ${namespace.name}`, pppLog);
    const daemon = new Xl2tpd(lab, namespace, config, secrets, directory);
    await daemon.ready();
    return new Client(daemon, options, ppp);
  }

  get namespace(): Namespace {
    return this.#daemon.namespace;
  }

  /** The xl2tpd process. */
  get program(): Program {
    return this.#daemon.program;
  }

  /** Starts the call, and the tunnel where there is none; returns when xl2tpd has begun. */
  async dial(): Promise<void> {
    this.#mark = this.ppp.mark();
    await until('xl2tpd has forgotten the last call', async () => {
      const mark = this.program.output.mark();
      await this.#daemon.control('c lns');
      const begun = /already active|Connecting to host|Calling on tunnel/;
      const [said] = await this.program.waitForLine(begun, PATIENCE, mark);
      return said !== 'already active';
    });
  }

  /** Waits until pppd has its addresses. Looks only at what came after the last {@link dial}. */
  async up(ms: number = PATIENCE): Promise<PppdLink> {
    const local = await this.ppp.waitForLine(/local {2}IP address (\S+)/, ms, this.#mark);
    const remote = await this.ppp.waitForLine(/remote IP address (\S+)/, ms, this.#mark);
    const interfaces = this.ppp
      .lines(this.#mark)
      .flatMap((line) => /Using interface (\S+)/.exec(line)?.[1] ?? []);
    return { device: interfaces.at(-1) ?? '', local: local[1] ?? '', remote: remote[1] ?? '' };
  }

  /** {@link dial} and {@link up}. */
  async connect(ms: number = PATIENCE): Promise<PppdLink> {
    await this.dial();
    return await this.up(ms);
  }

  /** The name servers that the LNS gave. */
  dns(): string[] {
    const lines = this.ppp.lines(this.#mark);
    return lines.flatMap((line) => /(?:primary|secondary) +DNS address (\S+)/.exec(line)?.[1] ?? []);
  }

  /** Waits for a line of pppd's log since the last {@link dial}. */
  waitForPpp(pattern: RegExp, ms: number = PATIENCE): Promise<RegExpExecArray> {
    return this.ppp.waitForLine(pattern, ms, this.#mark);
  }

  /** The ppp interface as the kernel has it. @throws Error when there is none */
  async link(): Promise<LinkInfo> {
    const [link] = await this.namespace.pppLinks();
    if (link === undefined) throw new Error(`${this.namespace.name} has no ppp interface`);
    return link;
  }

  /** pppd says goodbye (LCP Terminate-Request), then xl2tpd (CDN); waits until the interface is gone. */
  async hangUp(ms: number = PATIENCE): Promise<void> {
    await until('pppd is told to end', () => {
      const pids = this.#pppds();
      for (const pid of pids) process.kill(pid, 'SIGTERM');
      return pids.length > 0;
    });
    await this.waitForNoInterface(ms);
  }

  /** xl2tpd ends the tunnel at once (StopCCN), whatever pppd has to say; waits until the interface is gone. */
  async closeTunnel(ms: number = PATIENCE): Promise<void> {
    await this.#daemon.control('d lns');
    await this.waitForNoInterface(ms);
  }

  #pppds(): number[] {
    const commands = this.namespace.processes();
    return commands.filter(({ argv }) => argv[0]?.endsWith('pppd') === true).map(({ pid }) => pid);
  }

  async waitForNoInterface(ms: number = PATIENCE): Promise<void> {
    await until(
      `${this.namespace.name} loses its ppp interface`,
      async () => (await this.namespace.pppLinks()).length === 0,
      ms,
    );
  }

  /** Traffic for `network` goes through the session. */
  async route(network: string, device: string): Promise<void> {
    await this.namespace.run(['ip', 'route', 'replace', network, 'dev', device]);
  }

  /** No more of this xl2tpd and its pppds; nobody is told. */
  async kill(): Promise<void> {
    await this.namespace.killAll();
    await this.program.waitForExit();
  }

  /** The options that pppd was started with, as the kernel tells them. */
  pppdArguments(): string[] {
    const commands = this.namespace.processes();
    return commands.map(({ argv }) => argv).find(([name]) => name?.endsWith('pppd')) ?? [];
  }
}

export interface ServerOptions {
  readonly local: string;
  readonly localIp: string;
  readonly range: string;
  readonly users: Readonly<Record<string, string>>;
  readonly secret?: string;
  readonly hiddenAvps?: boolean;
  /** Options of pppd, a line each, such as `require-mschap-v2`. */
  readonly ppp?: readonly string[];
}

/** xl2tpd + pppd as LNS: the other side for our client, and the measure for this harness. */
export class Xl2tpdServer {
  readonly ppp: LogFile;
  readonly #daemon: Xl2tpd;

  private constructor(daemon: Xl2tpd, ppp: LogFile) {
    this.#daemon = daemon;
    this.ppp = ppp;
  }

  static async start(lab: Lab, namespace: Namespace, options: ServerOptions): Promise<Xl2tpdServer> {
    const directory = lab.path(`xl2tpd-lns-${++instances}`);
    mkdirSync(directory);
    const pppLog = join(directory, 'pppd.log');
    const pppOptions = [
      ...[
        'auth',
        'name lns',
        'debug',
        `logfile ${pppLog}`,
        'mtu 1400',
        'mru 1400',
        'noproxyarp',
        'nodefaultroute',
      ],
      ...(options.ppp ?? ['require-chap']),
    ];
    writeFileSync(join(directory, 'ppp-options'), `${pppOptions.join('\n')}\n`);
    const secrets = Object.entries(options.users).map(([user, password]) => `"${user}" * "${password}" *\n`);
    writePppFiles(namespace, secrets.join(''));
    const config = [
      '[global]',
      'port = 1701',
      `listen-addr = ${options.local}`,
      ...LOGGING,
      '',
      '[lns default]',
      `ip range = ${options.range}`,
      `local ip = ${options.localIp}`,
      `pppoptfile = ${join(directory, 'ppp-options')}`,
      `challenge = ${options.secret === undefined ? 'no' : 'yes'}`,
      ...(options.hiddenAvps === true ? ['hidden bit = yes'] : []),
      'length bit = yes',
      'hostname = xl2tpd-lns',
      '',
    ].join('\n');
    const ppp = lab.log(`pppd in ${namespace.name}`, pppLog);
    const tunnelSecrets = options.secret === undefined ? '' : `* * ${options.secret}\n`;
    const daemon = new Xl2tpd(lab, namespace, config, tunnelSecrets, directory);
    await daemon.ready();
    return new Xl2tpdServer(daemon, ppp);
  }

  /** Has xl2tpd place a call (OCRQ) in the tunnel that a LAC has opened; pppd's options are `ppp`. */
  async call(number: string, ppp: readonly string[]): Promise<void> {
    this.namespace.writeEtc(`ppp/${number}.options`, `${ppp.join('\n')}\n`);
    const [, tunnel = ''] = await this.program.waitForLine(/Connection established .* Local: (\d+)/);
    await this.#daemon.control(`o ${tunnel} ${number}`);
  }

  get program(): Program {
    return this.#daemon.program;
  }

  get namespace(): Namespace {
    return this.#daemon.namespace;
  }
}
