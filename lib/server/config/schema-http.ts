import { isAbsolute } from 'node:path';
import { isIP } from 'node:net';
import { checkedText, choice, list, secret, section, text } from './fields.js';

const socketPath = checkedText(
  (path) => isAbsolute(path) && Buffer.byteLength(path) <= 107,
  'an absolute path of at most 107 octets',
  '/run/kernel-l2tp/api.sock',
  {
    description: 'Unix socket of the control API, which the commands use. Mode 0660.',
    default: '/run/kernel-l2tp/api.sock',
  },
);

export const controlSection = section(
  {},
  { socket: socketPath },
  { description: 'Control API on a unix socket.', example: '{ socket: /run/kernel-l2tp/api.sock }' },
);

/** `127.0.0.1:8080`, `[::1]:8080`. */
export function parseHttpListen(value: string): { address: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(value);
  const [, six, four = '', digits = ''] = match ?? [];
  const address = six ?? four;
  const port = Number(digits);
  if (match === null || port > 65_535 || isIP(address) !== (six === undefined ? 4 : 6)) return undefined;
  return address.includes('%') ? undefined : { address, port };
}

const role = choice(['viewer', 'operator', 'admin'], {
  description: '`viewer` reads; `operator` also disconnects and drains; `admin` may do all.',
  default: 'viewer',
});

const path = (what: string, example: string) =>
  text('the path of a PEM file', example, { description: `${what}, relative to this configuration.` });

/** The control API, metrics and dashboard on TCP. */
export const httpSection = section(
  {
    listen: checkedText((value) => parseHttpListen(value) !== undefined, 'ADDRESS:PORT', '127.0.0.1:8080', {
      description: 'TCP address and port; IPv6 in brackets. Port 0 takes any.',
    }),
  },
  {
    token: secret({
      description: 'Token with the role `admin`: `Authorization: Bearer TOKEN`.',
      defaultText: 'none',
    }),
    tokens: list(
      section(
        { token: secret({ description: 'The token; or `{ file: PATH }` or `{ env: NAME }`.' }) },
        { role },
        { description: '', example: '{ token: TOKEN, role: viewer }' },
      ),
      {},
      'a list of tokens with their roles',
      '[{ token: TOKEN, role: viewer }]',
      { description: 'Further tokens, each with a role.', defaultText: 'none' },
    ),
    tls: section(
      {
        cert: path("The server's certificate and its chain", 'server.pem'),
        key: path('Its private key', 'server.key'),
      },
      {
        'client-ca': text('the path of a PEM file', 'clients.pem', {
          description: 'Authority of client certificates (mutual TLS): who has one needs no token.',
          defaultText: 'tokens only',
        }),
        'client-role': choice(['viewer', 'operator', 'admin'], {
          description: 'Role of those who come with a client certificate.',
          default: 'viewer',
        }),
      },
      { description: 'HTTPS instead of HTTP.', example: '{ cert: server.pem, key: server.key }' },
    ),
  },
  {
    description:
      'Control API, `/metrics` and dashboard on TCP. Needs a token, or client certificates (`tls.client-ca`).',
    defaultText: 'none',
    example: '{ listen: 127.0.0.1:8080, token: TOKEN }',
  },
);
