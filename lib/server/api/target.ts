import type { ManagedLns } from '../managed-lns.js';
import type { Telemetry } from '../telemetry/index.js';
import type { Status } from './resources/status.js';

/** What operations act on. */
export interface ApiTarget {
  readonly lns: ManagedLns;
  readonly telemetry: Telemetry;
  status(): Status;
}
