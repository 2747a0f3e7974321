import { isIP } from 'node:net';
import * as z from 'zod';

const id = z.int().min(1).max(65_535);
const name = z.string().min(1).max(255);
const address = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address');

/** Which sessions or tunnels to end: all that match every given field. */
const disconnectFilter = z
  .strictObject({
    id: z.exactOptional(name),
    sessionId: z.exactOptional(id),
    tunnelId: z.exactOptional(id),
    user: z.exactOptional(name),
    address: z.exactOptional(address),
    interfaceName: z.exactOptional(name),
    callingNumber: z.exactOptional(name),
    peerAddress: z.exactOptional(address),
    all: z.exactOptional(z.literal(true)),
  })
  .refine((filter) => Object.keys(filter).length > 0, 'must name what to end, or { all: true }');

/** Body of `POST /v1/disconnect`. */
export const disconnectRequest = z.strictObject({
  filter: disconnectFilter,
  /** For logs and records. */
  reason: z.exactOptional(z.string().min(1).max(200)),
});
export type DisconnectRequest = z.output<typeof disconnectRequest>;

/** Answer to `POST /v1/disconnect`. */
export interface DisconnectAnswer {
  /** Sessions, or tunnels, that were told to end. */
  readonly disconnected: number;
}

/** Answer to `GET /v1/status`. */
export interface StatusAnswer {
  readonly version: string;
  readonly pid: number;
  readonly state: 'starting' | 'running' | 'stopping';
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly config: string;
  readonly listen: readonly string[];
  readonly tunnels: number;
  readonly sessions: number;
}

/** Body of every answer that is not 2xx. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}
