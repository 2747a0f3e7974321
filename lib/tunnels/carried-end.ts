import { callResult } from '../l2tp/index.js';
import type { CallCloseOptions, CallEnd } from '../l2tp/index.js';
import { Direction, type DisconnectCause, disconnectCause, disconnectReasons } from '../ppp/index.js';
import type { DisconnectReason } from '../ppp/index.js';

/** How one leg of a carried subscriber ended, in the terms in which the other one is ended. */
export interface LegEnd {
  readonly cause: DisconnectCause;
  /** Of the CDN, where it is another than the cause's own. */
  readonly result: CallCloseOptions | undefined;
}

const reasonsByCode = new Map<number, DisconnectReason>(
  Object.entries(disconnectReasons).map(([reason, { code }]) => [code, reason as DisconnectReason]),
);

const directions: ReadonlySet<number> = new Set(Object.values(Direction));

/**
 * The end of a call as its peer told it: the result of its CDN and the PPP disconnect cause (RFC 3145) go on as they
 * are. An end that concerns only the leg itself is loss of carrier to the other one.
 */
export function carriedEnd(end: CallEnd): LegEnd {
  const { result, q931Cause } = end;
  const fromPeer = end.by === 'peer';
  return {
    cause: causeOf(end),
    result: {
      resultCode: fromPeer ? result.resultCode : callResult.lossOfCarrier,
      ...(fromPeer && { errorCode: result.errorCode, q931Cause }),
      message: result.message,
    },
  };
}

function causeOf({ by, result, disconnectCause: told }: CallEnd): DisconnectCause {
  if (told === undefined) {
    const reason =
      by === 'peer' && result.resultCode === callResult.administrative ? 'administrative' : 'carrier-lost';
    return disconnectCause(reason, Direction.Global, 0, result.message);
  }
  const reason = told.code === 0 ? 'carrier-lost' : (reasonsByCode.get(told.code) ?? 'carrier-lost');
  const direction = (directions.has(told.direction) ? told.direction : Direction.Global) as Direction;
  const text = told.message ?? disconnectCause(reason).text;
  return { reason, code: told.code, protocol: told.controlProtocol, direction, text };
}
