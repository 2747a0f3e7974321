export { concat, equalConstantTime, fromHex, hex, isShortAscii, text, utf8 } from './bytes.js';
export { TruncatedError, WireError } from './errors.js';
export { matchesGlob } from './glob.js';
export { formatHostPort, parseHostPort } from './host-port.js';
export { formatIpv4, parseIpv4 } from './ipv4.js';
export {
  formatIpv6,
  formatIpv6Prefix,
  ipv6Octets,
  type Ipv6Prefix,
  maskIpv6,
  parseIpv6,
  parseIpv6Prefix,
} from './ipv6.js';
export type { Random } from './random.js';
export { Reader } from './reader.js';
export { Writer } from './writer.js';
