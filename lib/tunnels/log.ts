/** Fields that every line about a tunnel or session carries where they are known. */
export interface LogFields {
  readonly tunnel?: number;
  readonly session?: number;
  readonly user?: string;
  readonly peer?: string;
  readonly [field: string]: unknown;
}

/** A structured log; pino's logger satisfies it. `isLevelEnabled` saves building lines that nobody reads. */
export interface Log {
  isLevelEnabled(level: string): boolean;
  trace(fields: LogFields, message: string): void;
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const nothing = (): void => undefined;

/** For library users who did not ask for logs. */
export const silentLog: Log = {
  isLevelEnabled: () => false,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
