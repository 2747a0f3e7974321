import type { Hiding } from './attributes.js';
import { type AuthenticityProblem, code, type RadiusPacket } from './packet.js';
import type { Server, ServerStatus } from './server.js';

/** A question to whichever server of a group answers. */
export interface GroupRequest {
  readonly code: typeof code.accessRequest | typeof code.accountingRequest;
  /** The encoded attributes, hidden for the server that is asked. @throws RadiusError */
  attributes(hiding: Hiding): Uint8Array;
  /** Only this server may be asked: the one that has said the State that goes back to it. */
  readonly server?: number;
}

/** What a group tells. Each request ends with one `reply` or `failed`, unless it is cancelled. */
export type GroupEvent<R extends GroupRequest> =
  | {
      readonly kind: 'reply';
      readonly request: R;
      readonly packet: RadiusPacket;
      /** Reveals what the answer hides. */
      readonly hiding: Hiding;
      /** Index of the server. */
      readonly server: number;
    }
  /** @property reason for the log */
  | { readonly kind: 'failed'; readonly request: R; readonly reason: string }
  | { readonly kind: 'server-up' | 'server-dead'; readonly server: ServerStatus }
  /** The server with this index has left the group, and nothing comes from it or goes to it any more. */
  | { readonly kind: 'server-gone'; readonly server: number }
  | { readonly kind: 'forged'; readonly server: ServerStatus; readonly problem: AuthenticityProblem };

/** A datagram to send to server `server` from its source port number `slot`. */
export interface GroupTransmit {
  readonly server: number;
  readonly slot: number;
  readonly bytes: Uint8Array;
}

/** A request on its way, at one server after the other. */
export interface PendingRequest<R> {
  /** `undefined` for a Status-Server. */
  readonly request: R | undefined;
  readonly tried: Set<number>;
  server: Server<PendingRequest<R>>;
  slot: number;
  identifier: number;
  authenticator: Uint8Array;
  bytes: Uint8Array;
  sentAt: number;
  /** Transmissions to this server. */
  sent: number;
  deadline: number | undefined;
  problem: string | undefined;
}

/** A request to `server` that has no place there yet; see `ServerGroup`. */
export const newPending = <R>(
  request: R | undefined,
  server: Server<PendingRequest<R>>,
  now: number,
): PendingRequest<R> => ({
  request,
  tried: new Set(),
  server,
  slot: 0,
  identifier: 0,
  authenticator: new Uint8Array(0),
  bytes: new Uint8Array(0),
  sentAt: now,
  sent: 0,
  deadline: undefined,
  problem: undefined,
});

/** What is wrong with an answer, for people. */
export const problemTexts: Record<AuthenticityProblem, string> = {
  authenticator: 'its Response Authenticator is wrong (another secret?)',
  'message-authenticator': 'its Message-Authenticator is wrong',
  'no-message-authenticator':
    'it has no Message-Authenticator (require-message-authenticator: false takes it, and CVE-2024-3596 with it)',
};

/** Whether a packet of code `answer` can be the answer; to a Status-Server any can (RFC 5997 section 4.1). */
export function answers(request: GroupRequest['code'] | undefined, answer: number): boolean {
  const access: readonly number[] = [code.accessAccept, code.accessReject, code.accessChallenge];
  if (request === code.accessRequest) return access.includes(answer);
  if (request === code.accountingRequest) return answer === code.accountingResponse;
  return access.includes(answer) || answer === code.accountingResponse;
}
