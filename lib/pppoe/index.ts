/** PPPoE (RFC 2516) without sockets and clocks: packets, and discovery as an access concentrator. */
export {
  AccessConcentrator,
  type AccessConcentratorCounters,
  type AccessConcentratorEvent,
  type AccessConcentratorOptions,
  type AccessInterface,
  type Outgoing,
  plainMaxPayload,
  type PppoeSession,
  type SessionRequest,
} from './access-concentrator.js';
export { describeDiscovery } from './describe.js';
export {
  decodeFrame,
  discoveryCode,
  type DiscoveryName,
  encodeFrame,
  etherType,
  headerLength,
  type PppoeFrame,
  writeHeader,
} from './frame.js';
export { broadcast, formatMac, type MacAddress, macOctets } from './mac-address.js';
export { decodeTags, encodeTags, type Tags, tagType } from './tags.js';
