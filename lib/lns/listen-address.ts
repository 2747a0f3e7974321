import { isIP } from 'node:net';
import type { SocketAddress } from '../io/index.js';

/** The port of L2TP (RFC 2661 section 8.1). */
export const L2TP_PORT = 1701;

/**
 * Reads `address:port`, `address`, `[v6]:port` or `[v6]`; the port is 1701 unless given.
 * @throws RangeError naming what is wrong
 */
export function parseListenAddress(text: string): SocketAddress {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const plain = /^([^:[\]]*)(?::(\d{1,5}))?$/.exec(text);
  const [, address = '', port = String(L2TP_PORT)] = bracketed ?? plain ?? [];
  const family = bracketed === null ? 4 : 6;
  if (isIP(address) !== family || Number(port) > 65_535 || Number(port) < 1) {
    throw new RangeError(
      `${JSON.stringify(text)} is not an address to listen on, such as 0.0.0.0:1701, 192.0.2.1 or [::]:1701`,
    );
  }
  return { address, port: Number(port) };
}
