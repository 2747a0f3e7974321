import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { HttpError } from './http-error.js';
import type { Role } from './operation.js';

/** Decides which role a request has. @throws HttpError 401 when it has none */
export type Access = (request: IncomingMessage) => Role;

/** The file permissions of the unix socket have decided already. */
export const socketAccess: Access = () => 'admin';

export interface AccessToken {
  readonly token: string;
  readonly role: Role;
}

export interface TcpAccessOptions {
  readonly tokens: readonly AccessToken[];
  /** Role of a client whose TLS certificate was verified; none, when absent. */
  readonly certificateRole?: Role | undefined;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Access over TCP: by a bearer token (RFC 6750) or a client certificate. */
export function tcpAccess({ tokens, certificateRole }: TcpAccessOptions): Access {
  const known = tokens.map(({ token, role }) => ({ hash: digest(token), role }));
  return (request) => {
    const { socket } = request;
    if (certificateRole !== undefined && socket instanceof TLSSocket && socket.authorized) {
      return certificateRole;
    }
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    // Every token is compared, each in constant time.
    const hash = digest(token ?? '');
    const matching = known.filter((one) => timingSafeEqual(one.hash, hash));
    const role = token === undefined ? undefined : matching[0]?.role;
    if (role !== undefined) return role;
    throw new HttpError(401, 'unauthorized', 'this needs a token: Authorization: Bearer TOKEN', {
      'www-authenticate': 'Bearer',
    });
  };
}
