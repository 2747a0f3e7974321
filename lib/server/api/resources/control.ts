import * as z from 'zod';
import { ReloadError } from '../../reload.js';
import { HttpError } from '../http-error.js';
import { operation } from '../operation.js';
import { logLevels } from '../schemas.js';

const progress = z.object({
  state: z.enum(['off', 'draining', 'drained']),
  since: z.optional(z.number()),
  deadline: z.optional(z.number()),
  sessionsAtStart: z.int(),
  sessionsLeft: z.int(),
});

const drainRequest = z.strictObject({
  enabled: z.boolean(),
  timeout: z.exactOptional(
    z
      .number()
      .min(0)
      .max(604_800)
      .meta({ description: 'seconds until the sessions that are left are ended' }),
  ),
  rate: z.exactOptional(
    z.int().min(1).max(10_000).meta({ description: 'sessions that are ended a second then' }),
  ),
});

const reloadAnswer = z.object({
  applied: z.array(z.string()),
  needsRestart: z.array(z.string()),
  warnings: z.array(z.string()),
});

const logLevel = z.strictObject({ level: logLevels });

/** What steers the server itself. */
export const serverControlOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/drain',
    id: 'getDrain',
    tag: 'server',
    summary: 'How far the server is with letting its sessions go',
    role: 'viewer',
    answer: { description: 'The progress', schema: progress },
    handle: ({ drain }) => ({ json: drain.progress() }),
  }),
  operation({
    method: 'PUT',
    path: '/api/v1/drain',
    id: 'setDrain',
    tag: 'server',
    summary: 'Takes no new tunnels (StopCCN 2/7) and calls (CDN 2/4), or takes them again',
    role: 'operator',
    body: drainRequest,
    answer: { description: 'The progress', schema: progress },
    handle: ({ drain }, { body: { enabled, timeout, rate } }) => {
      if (enabled) drain.start({ timeout, rate });
      else drain.stop();
      return { json: drain.progress() };
    },
  }),
  operation({
    method: 'POST',
    path: '/api/v1/reload',
    id: 'reload',
    tag: 'server',
    summary: 'Reads the configuration again; a wrong one changes nothing',
    role: 'admin',
    body: z.strictObject({
      dryRun: z.exactOptional(z.boolean().meta({ description: 'only say what would change' })),
    }),
    answer: { description: 'What has changed, and what needs a restart', schema: reloadAnswer },
    handle: ({ reload }, { body: { dryRun } }) => {
      try {
        return { json: reload.run(dryRun) };
      } catch (error) {
        if (error instanceof ReloadError) throw new HttpError(409, 'wrong-config', error.message);
        throw error;
      }
    },
  }),
  operation({
    method: 'GET',
    path: '/api/v1/log',
    id: 'getLogLevel',
    tag: 'server',
    summary: 'Least severe lines that are logged',
    role: 'viewer',
    answer: { description: 'The level', schema: logLevel },
    handle: ({ log }) => ({ json: { level: log.level } }),
  }),
  operation({
    method: 'PUT',
    path: '/api/v1/log',
    id: 'setLogLevel',
    tag: 'server',
    summary: 'Sets the level of the log, until the next start or reload that changes it',
    role: 'operator',
    body: logLevel,
    answer: { description: 'The level', schema: logLevel },
    handle: ({ log }, { body: { level } }) => {
      log.level = level;
      return { json: { level } };
    },
  }),
];
