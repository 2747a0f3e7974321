import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './lab.js';
import type { Namespace } from './namespace.js';
import { type LogFile, PATIENCE, type Program, until } from './processes.js';
import type { PppdLink } from './xl2tpd.js';

export interface PppoeClientOptions {
  /** The Ethernet interface that it dials by. */
  readonly device: string;
  readonly user: string;
  readonly password: string;
  /** By pppd's plug-in, whose PPPoE is in the kernel, or by Debian's `pppoe` program. Default `kernel`. */
  readonly mode?: 'kernel' | 'user';
  /** Options of `pppoe` (user mode), or of the plug-in. */
  readonly pppoe?: readonly string[];
  /** Further options of pppd. */
  readonly ppp?: readonly string[];
}

let instances = 0;

/** A subscriber by PPPoE: pppd with the rp-pppoe plug-in or with Debian's `pppoe`. */
export class PppoeClient {
  readonly namespace: Namespace;
  readonly program: Program;
  /** pppd's debug log. */
  readonly ppp: LogFile;

  private constructor(namespace: Namespace, program: Program, ppp: LogFile) {
    this.namespace = namespace;
    this.program = program;
    this.ppp = ppp;
  }

  /** Dials; returns when pppd has begun. */
  static start(lab: Lab, namespace: Namespace, options: PppoeClientOptions): PppoeClient {
    const { device, user, password, mode = 'kernel' } = options;
    const directory = lab.path(`pppoe-${namespace.name}-${++instances}`);
    mkdirSync(directory);
    const secrets = `"${user}" * "${password}" *\n`;
    namespace.writeEtc('ppp/chap-secrets', secrets);
    namespace.writeEtc('ppp/pap-secrets', secrets);
    const pppLog = join(directory, 'pppd.log');
    const own = options.pppoe ?? [];
    const link =
      mode === 'kernel'
        ? ['plugin', 'rp-pppoe.so', device, ...own]
        : // What PPPoE does not carry (RFC 2516 section 7), and rp-pppoe's own script leaves out too.
          ['default-asyncmap', 'noaccomp', 'nopcomp', 'pty', ['pppoe', '-I', device, ...own].join(' ')];
    const argv = [
      ...['pppd', 'nodetach', 'debug', 'logfile', pppLog, 'noauth', 'name', user],
      ...['nodefaultroute', 'ipcp-accept-local', 'ipcp-accept-remote', 'usepeerdns', 'maxfail', '3'],
      ...['noipv6', 'lcp-max-terminate', '1', ...(options.ppp ?? []), ...link],
    ];
    const ppp = lab.log(`pppd (PPPoE) in ${namespace.name}`, pppLog);
    const program = lab.own(namespace.start('pppd', argv));
    return new PppoeClient(namespace, program, ppp);
  }

  /** Waits until pppd has its addresses. */
  async up(ms: number = PATIENCE): Promise<PppdLink> {
    const local = await this.ppp.waitForLine(/local {2}IP address (\S+)/, ms);
    const remote = await this.ppp.waitForLine(/remote IP address (\S+)/, ms);
    const device = await this.ppp.waitForLine(/Using interface (\S+)/, ms);
    return { device: device[1] ?? '', local: local[1] ?? '', remote: remote[1] ?? '' };
  }

  /** pppd says goodbye; waits until it has ended. */
  async hangUp(): Promise<void> {
    const pids = this.namespace.processes().filter(({ argv }) => argv[0]?.endsWith('pppd') === true);
    for (const { pid } of pids) process.kill(pid, 'SIGTERM');
    await this.program.waitForExit();
    await until('the interface is gone', async () => (await this.namespace.pppLinks()).length === 0);
  }
}
