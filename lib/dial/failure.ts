import { ClientError } from '../client/index.js';
import { disconnectReasons } from '../ppp/index.js';
import type { EndReason } from '../tunnels/index.js';

/** How far a try came. */
export type DialStage =
  /** The LNS's name is not resolved. */
  | 'name'
  /** This host: no route to the LNS, or routes, name servers or the interface cannot be set. */
  | 'host'
  /** The LNS does not answer. */
  | 'unreachable'
  /** The LNS refuses the tunnel, or the shared secrets differ. */
  | 'tunnel'
  /** The LNS does not accept the user, or does not prove itself. */
  | 'authentication'
  /** The call, or PPP in it, did not come up. */
  | 'call'
  /** The link was up and has ended. */
  | 'link';

/** Why a try ended. */
export interface DialFailure {
  readonly stage: DialStage;
  readonly text: string;
  readonly reason?: EndReason;
}

/** A failure of this host's own. */
export const hostFailure = (error: unknown): DialFailure => ({
  stage: 'host',
  text: error instanceof Error ? error.message : String(error),
});

export function tunnelFailure(error: unknown): DialFailure {
  if (!(error instanceof ClientError)) return hostFailure(error);
  const { reason } = error;
  return { stage: reason.by === 'lost' ? 'unreachable' : 'tunnel', text: reason.text, reason };
}

export function callFailure(error: unknown): DialFailure {
  if (!(error instanceof ClientError)) return hostFailure(error);
  const { reason } = error;
  const denied = reason.disconnectCode === disconnectReasons['auth-failed'].code;
  return { stage: denied ? 'authentication' : 'call', text: reason.text, reason };
}

export const linkFailure = (reason: EndReason): DialFailure => ({ stage: 'link', text: reason.text, reason });
