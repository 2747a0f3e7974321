import {
  ConfigError,
  configJsonSchema,
  dialJsonSchema,
  formatProblem,
  loadConfig,
  type LoadedConfig,
} from '../server/index.js';
import { exitCode } from '../server/remote.js';
import { CliError, type CliIo } from './io.js';

/** Reads a configuration for a command. @throws CliError that names everything that is wrong with it */
export function loadFor(io: CliIo, file: string): LoadedConfig {
  try {
    return loadConfig(file, { env: io.env });
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(exitCode.config, error.message);
    throw error;
  }
}

/** `config check` and `serve --check`. @param json tells what is wrong as JSON, too */
export function checkConfig(io: CliIo, file: string, json = false): void {
  if (json) {
    checkAsJson(io, file);
    return;
  }
  const { warnings } = loadFor(io, file);
  for (const warning of warnings) io.stderr.write(`warning: ${formatProblem(warning)}\n`);
  io.stdout.write(`${file}: right\n`);
}

/** `config schema`. */
export function printSchema(io: CliIo, of: 'serve' | 'dial'): void {
  const schema = of === 'dial' ? dialJsonSchema() : configJsonSchema();
  io.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
}

function checkAsJson(io: CliIo, file: string): void {
  const print = (errors: ConfigError['problems'], warnings: LoadedConfig['warnings']): void =>
    void io.stdout.write(
      `${JSON.stringify({ file, right: errors.length === 0, errors, warnings }, null, 2)}\n`,
    );
  try {
    print([], loadConfig(file, { env: io.env }).warnings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    print(error.problems, []);
    throw new CliError(exitCode.config, '');
  }
}
