/** Where a value or key stands in the configuration: names of keys and indexes of lists, outermost first. */
export type ConfigPath = readonly (string | number)[];

/** One thing that is wrong with a configuration, or (as a warning) that its author should know. */
export interface ConfigProblem {
  readonly file: string;
  /** From 1; absent when it is about the file as a whole. */
  readonly line?: number;
  readonly column?: number;
  readonly path: ConfigPath;
  /** What is wrong, and what would be right. Never holds a secret. */
  readonly message: string;
}

/** `ppp.dns[0]`, `users."a b".password`; empty for the whole document. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${/^[\w*@-]+$/.test(part) ? part : quote(part)}`;
  }
  return text;
}

/** `file:line:column: path: message`, on one line. */
export function formatProblem(problem: ConfigProblem): string {
  const at = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  const path = problem.path.length === 0 ? '' : `${formatPath(problem.path)}: `;
  return `${problem.file}${at}: ${path}${problem.message}`;
}

/** Text in quotation marks for messages: one line, at most 60 characters of it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}

/** The configuration cannot be used. Names everything that is wrong with it, a line each. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}
