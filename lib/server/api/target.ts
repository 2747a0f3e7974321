import type { Drain } from '../drain.js';
import type { ManagedLns } from '../managed-lns.js';
import type { Reload } from '../reload.js';
import type { Log } from '../../tunnels/index.js';
import type { Telemetry } from '../telemetry/index.js';
import type { Status } from './resources/status.js';

/** What operations act on. */
export interface ApiTarget {
  readonly lns: ManagedLns;
  readonly telemetry: Telemetry;
  readonly drain: Drain;
  readonly reload: Pick<Reload, 'run'>;
  /** The daemon's log. */
  readonly log: Log & { level: string };
  /** Its last lines, as JSON, the oldest first. */
  readonly logLines: Iterable<string>;
  status(): Status;
}
