import { isDeepStrictEqual } from 'node:util';
import type { PreparedOptions } from '../lns/index.js';
import { formatProblem, type LoadedConfig } from './config/index.js';
import type { Logger, LogOutput } from './log/index.js';
import type { ManagedLns } from './managed-lns.js';
import { optionName } from './option-name.js';
import type { EventFeed } from './telemetry/index.js';

export interface ReloadResult {
  /** Names of options that have changed, or would. */
  readonly applied: readonly string[];
  /** Names of options that differ and need a restart; they stay as they were. */
  readonly needsRestart: readonly string[];
  readonly warnings: readonly string[];
}

/** The new configuration is wrong. The old one goes on, and the message says why. */
export class ReloadError extends Error {
  override name = 'ReloadError';
}

export interface ReloadDependencies {
  readonly lns: ManagedLns;
  readonly log: Logger;
  readonly logOutput: LogOutput;
  readonly feed: EventFeed;
  /** Reads the file again. @throws ConfigError */
  readonly load: () => LoadedConfig;
  /** A level from the command line goes before the configuration's. */
  readonly keepsLogLevel: boolean;
}

/** What a configuration says beside the options of the LNS. */
const daemonParts = (config: LoadedConfig): Readonly<Record<string, unknown>> => {
  const parts: Record<string, unknown> = { ...config };
  for (const name of ['file', 'lns', 'log', 'warnings']) delete parts[name];
  return parts;
};

/** Takes a changed configuration file without dropping a session: it is checked whole, then applied. */
export class Reload {
  readonly #dependencies: ReloadDependencies;
  #config: LoadedConfig;

  /** @param config the one in force */
  constructor(config: LoadedConfig, dependencies: ReloadDependencies) {
    this.#config = config;
    this.#dependencies = dependencies;
  }

  /**
   * @param dryRun only says what would change
   * @throws ReloadError naming everything that is wrong; then nothing has changed
   */
  run(dryRun = false): ReloadResult {
    const { log, logOutput, feed, keepsLogLevel } = this.#dependencies;
    const { next, prepared } = this.#prepare();
    const before = daemonParts(this.#config);
    const after = daemonParts(next);
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const otherParts = names.filter((name) => !isDeepStrictEqual(before[name], after[name]));
    const otherLog = (['level', 'format', 'syslog'] as const).filter(
      (name) => this.#config.log[name] !== next.log[name],
    );
    const result = {
      applied: [...prepared.live.map(optionName), ...otherLog.map((name) => `log.${name}`)],
      needsRestart: [...prepared.restart.map(optionName), ...otherParts],
      warnings: next.warnings.map(formatProblem),
    };
    if (dryRun) return result;
    prepared.commit();
    if (otherLog.includes('level') && !keepsLogLevel) log.level = next.log.level;
    logOutput.configure(next.log);
    // What needs a restart stays as it was, and is told again at the next reload.
    this.#config = { ...this.#config, lns: next.lns, log: next.log };
    log.info({ ...result }, 'configuration reloaded');
    feed.publish({ type: 'server-state', state: 'reloaded', text: 'the configuration was read again' });
    return result;
  }

  #prepare(): { readonly next: LoadedConfig; readonly prepared: PreparedOptions } {
    try {
      const next = this.#dependencies.load();
      return { next, prepared: this.#dependencies.lns.prepare(next.lns) };
    } catch (error) {
      throw new ReloadError(error instanceof Error ? error.message : String(error));
    }
  }
}
