import type { Operation } from '../operation.js';
import { callOperations } from './calls.js';
import { serverControlOperations } from './control.js';
import { eventOperations } from './events.js';
import { lacOperations } from './lac.js';
import { limitOperations } from './limits.js';
import { logOperations } from './logs.js';
import { monitorOperations } from './monitor.js';
import { metricsOperations } from './metrics.js';
import { poolOperations } from './pools.js';
import { radiusOperations } from './radius.js';
import { sessionOperations } from './sessions.js';
import { statsOperations } from './stats.js';
import { statusOperations } from './status.js';
import { tunnelOperations } from './tunnels.js';

/** Every operation, a file for each resource. What a version answers only grows. */
export const resources: readonly Operation[] = [
  ...statusOperations,
  ...sessionOperations,
  ...monitorOperations,
  ...callOperations,
  ...tunnelOperations,
  ...poolOperations,
  ...limitOperations,
  ...lacOperations,
  ...radiusOperations,
  ...statsOperations,
  ...eventOperations,
  ...logOperations,
  ...metricsOperations,
  ...serverControlOperations,
];
