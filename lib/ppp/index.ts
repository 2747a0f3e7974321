/**
 * PPP for both ends of a link: LCP, authentication, IPCP, IPV6CP and CCP with MPPE. Pure: octets, answers and time
 * in, octets, events and deadlines out.
 */
export {
  formatInterfaceId,
  interfaceIdBytes,
  interfaceIdOf,
  parseInterfaceId,
} from './interface-id.js';
export * from './auth/index.js';
export type { LocalCredentials } from './authentication.js';
export {
  Direction,
  type DisconnectCause,
  type DisconnectReason,
  disconnectCause,
  disconnectReasons,
} from './causes.js';
export { MppeBits as MppeOptionBits, describeMppe } from './ccp-negotiation.js';
export { describeFrame } from './describe.js';
export type {
  AttachRequest,
  CcpParameters,
  IpcpParameters,
  Ipv6cpParameters,
  LcpParameters,
  MppeDirection,
  MppeSetup,
  PppEvent,
} from './events.js';
export { type Frame, decodeFrame, withoutAddressAndControl } from './frame.js';
export { maskFrame } from './mask.js';
export { PppDecodeError } from './packet.js';
export {
  type MppeOptions,
  type NetworkParameters,
  type PppOptions,
  type PppOverride,
  type ResolvedPppOptions,
  overridePppOptions,
  resolvePppOptions,
} from './parameters.js';
export { codeName, Protocol, protocolName } from './protocols.js';
export { type ProxyAuth, ProxyAuthType, type ProxyLcp, requestsCompression } from './proxy.js';
export type { NetworkState } from './network.js';
export { PppSession } from './session.js';
export type { PppPhase, PppSessionOptions, PppStart } from './session-options.js';
