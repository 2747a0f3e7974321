import * as z from 'zod';
import { parseListen } from '../../config/index.js';
import { HttpError } from '../http-error.js';
import { operation } from '../operation.js';
import { name, sessionSchema } from '../schemas.js';

const bitsPerSecond = z.int().min(1).max(0xffff_ffff).meta({ description: 'bit/s' });

const callRequest = z.strictObject({
  lac: z
    .string()
    .max(64)
    .refine((text) => parseListen(text) !== undefined, 'must be an address, or ADDRESS:PORT')
    .meta({ description: 'address of the LAC, with its port where that is not 1701' }),
  calledNumber: name.meta({ description: 'Called Number AVP' }),
  subAddress: z.exactOptional(name),
  minimumBps: z.exactOptional(bitsPerSecond),
  maximumBps: z.exactOptional(bitsPerSecond),
  bearer: z.exactOptional(z.enum(['digital', 'analog'])),
  timeout: z.exactOptional(
    z.number().min(1).max(600).meta({ description: 'seconds until the session must be up; 60 if absent' }),
  ),
});
export type CallRequest = z.output<typeof callRequest>;

const defaultTimeout = 60;

export const callOperations = [
  operation({
    method: 'POST',
    path: '/api/v1/calls',
    id: 'placeCall',
    tag: 'sessions',
    summary: 'Places a call through a LAC (OCRQ) and waits until its session is up',
    role: 'operator',
    body: callRequest,
    answer: {
      description: 'The session. A call that does not come up is 409 with busy, no-answer and so on as code.',
      schema: z.object({ session: sessionSchema }),
    },
    handle: async ({ lns }, { body: { timeout = defaultTimeout, ...call } }) => {
      try {
        return {
          json: { session: await lns.call({ ...call, signal: AbortSignal.timeout(timeout * 1000) }) },
        };
      } catch (error) {
        // Commands load this file too, and have no use for the LNS.
        const { OutgoingCallError } = await import('../../../lns/index.js');
        if (error instanceof OutgoingCallError) throw new HttpError(409, error.outcome, error.message);
        throw error;
      }
    },
  }),
];
