import { sendUnixDatagram } from '../io/index.js';

/** The variables that a service manager sets for its services: sd_notify(3), sd_watchdog_enabled(3). */
export interface ServiceEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

/**
 * Tells the service manager (systemd) how the daemon is: readiness, its end, a line of status, and that the event loop
 * still turns. Where no manager asks for it, every method does nothing.
 */
export class ServiceManager {
  readonly #socket: string | undefined;
  readonly #watchdog: number | undefined;
  readonly #onError: (error: unknown) => void;
  readonly #send: typeof sendUnixDatagram;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param onError gets what a manager that is not there any more causes, once for each message; nothing else suffers
   */
  constructor(
    environment: ServiceEnvironment,
    onError: (error: unknown) => void,
    pid = process.pid,
    send = sendUnixDatagram,
  ) {
    this.#socket = environment.NOTIFY_SOCKET || undefined;
    this.#watchdog = watchdogInterval(environment, pid);
    this.#onError = onError;
    this.#send = send;
  }

  /** The daemon serves. From now on the manager's watchdog is fed, twice in each of its intervals. */
  ready(status: string): void {
    this.#notify(`READY=1\n${statusLine(status)}`);
    if (this.#watchdog === undefined || this.#socket === undefined || this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.#notify('WATCHDOG=1'), this.#watchdog / 2);
    this.#timer.unref();
  }

  /** What `systemctl status` shows. */
  status(status: string): void {
    this.#notify(statusLine(status));
  }

  /** The daemon ends. `timeout` in ms: how long that may take, whatever the unit allows. */
  stopping(status: string, timeout: number): void {
    this.#notify(`STOPPING=1\nEXTEND_TIMEOUT_USEC=${timeout * 1000}\n${statusLine(status)}`);
  }

  /** Feeds the watchdog no more. */
  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #notify(message: string): void {
    if (this.#socket === undefined) return;
    try {
      this.#send(this.#socket, message);
    } catch (error) {
      this.#onError(error);
    }
  }
}

/** One line: a line feed would begin another assignment. */
const statusLine = (status: string): string => `STATUS=${status.replace(/[\r\n]+/g, ' ')}`;

/** Milliseconds within which the manager wants to hear of this process; undefined where it does not. */
function watchdogInterval(environment: ServiceEnvironment, pid: number): number | undefined {
  const { WATCHDOG_USEC: microseconds, WATCHDOG_PID: owner } = environment;
  if (microseconds === undefined || !/^[1-9]\d{0,14}$/.test(microseconds)) return undefined;
  if (owner !== undefined && owner !== String(pid)) return undefined;
  // Node's timers end at 2^31 - 1 ms; below a millisecond nothing can be kept.
  return Math.min(Math.max(Number(microseconds) / 1000, 2), 2_000_000_000);
}
