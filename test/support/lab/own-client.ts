import { fileURLToPath } from 'node:url';
import type { PppOptions } from '../../../lib/ppp/index.js';
import type { Lab } from './lab.js';
import type { Namespace } from './namespace.js';
import { PATIENCE, type Program, until } from './processes.js';

export interface OwnClientOptions {
  readonly local: { readonly address: string; readonly port: number };
  readonly lns: { readonly address: string; readonly port: number };
  readonly user: string;
  readonly password: string;
  readonly secret?: string;
  readonly ppp?: PppOptions;
  /** Calls in the one tunnel; 1 unless given. */
  readonly calls?: number;
}

interface ClientEvent {
  readonly event: 'tunnel' | 'up' | 'down' | 'failed' | 'closed';
  readonly ipv4?: { readonly local: string; readonly peer: string; readonly dns: readonly string[] };
  readonly device?: string;
  readonly message?: string;
  readonly reason?: { readonly by: string; readonly text: string; readonly resultCode?: number };
}

/** Our own client in a namespace. */
export class OwnClient {
  readonly program: Program;

  private constructor(program: Program) {
    this.program = program;
  }

  static start(lab: Lab, namespace: Namespace, options: OwnClientOptions): OwnClient {
    const script = fileURLToPath(new URL('dial.mjs', import.meta.url));
    const argv = [process.execPath, script, JSON.stringify(options)];
    return new OwnClient(lab.own(namespace.start('our client', argv)));
  }

  #all(wanted: ClientEvent['event']): ClientEvent[] {
    const events = this.program.stdout.lines().flatMap((line) => {
      return line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as ClientEvent] : [];
    });
    return events.filter(({ event }) => event === wanted);
  }

  #find(wanted: ClientEvent['event']): ClientEvent | undefined {
    return this.#all(wanted)[0];
  }

  /** The events of so many calls that came up. */
  async waitForCalls(count: number): Promise<ClientEvent[]> {
    return await until(`${count} calls are up`, () => {
      const up = this.#all('up');
      return up.length >= count && up;
    });
  }

  /** The first event of this kind. @throws Error when the call failed instead, or nothing came */
  async wait(wanted: ClientEvent['event'], ms: number = PATIENCE): Promise<ClientEvent> {
    return await until(
      `our client says "${wanted}"`,
      () => {
        const found = this.#find(wanted);
        const failed = this.#find('failed');
        if (found === undefined && failed !== undefined)
          throw new Error(`the call failed: ${failed.message}`);
        if (found === undefined && !this.program.running) throw new Error('our client ended');
        return found;
      },
      ms,
    );
  }

  /** Hangs up and ends. */
  async close(): Promise<void> {
    this.program.signal('SIGTERM');
    await this.wait('closed');
    const { code } = await this.program.waitForExit();
    if (code !== 0) throw new Error(`our client ended with status ${code}`);
  }
}
