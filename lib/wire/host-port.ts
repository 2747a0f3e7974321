import { parseIpv4 } from './ipv4.js';
import { parseIpv6 } from './ipv6.js';

/** `192.0.2.1:1812`, `[2001:db8::1]:1812`. */
export const formatHostPort = ({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): string => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);

/**
 * Reads `address:port`, `address`, `[v6]:port` or `[v6]`.
 * @throws RangeError naming the option `what`
 */
export function parseHostPort(
  what: string,
  text: string,
  defaultPort: number,
): { readonly address: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const [, six, four = '', digits = String(defaultPort)] = match ?? [];
  const port = Number(digits);
  const address = six ?? four;
  const isAddress = six === undefined ? parseIpv4(four) !== undefined : parseIpv6(six) !== undefined;
  if (match === null || !isAddress || port < 1 || port > 65_535) {
    throw new RangeError(
      `${what}: ${JSON.stringify(text)} is not an address and port such as 127.0.0.1:${defaultPort}`,
    );
  }
  return { address, port };
}
