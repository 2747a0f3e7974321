/**
 * L2TPv2 (RFC 2661) without sockets and clocks: both ends of every exchange of the control connection, as LAC and
 * LNS.
 */
export { maxAvpValue } from './avp-formats.js';
export type {
  Accm,
  CallErrors,
  DisconnectCause,
  ProtocolVersion,
  Q931Cause,
} from './avp-formats.js';
export { accessLineOf } from './avp-table-access-line.js';
export { avps, messageTypes } from './avp-table.js';
export type { AvpDefinition, AvpField, AvpValue, MessageName } from './avp-table.js';
export type { Call, CallCloseOptions, CallConnectFields } from './call.js';
export { callStates } from './call-states.js';
export type { CallRole, CallState } from './call-states.js';
export { PlacementError } from './calls.js';
export type { IncomingCallFields, OutgoingCallFields } from './calls.js';
export { challengeResponse, verifyChallengeResponse } from './challenge.js';
export { AvpValueError, decodeMessage, encodeMessage } from './codec.js';
export type { Hiding } from './codec.js';
export { Counters, type MessageCounts } from './counters.js';
export { describeDatagram } from './describe.js';
export { Endpoint } from './endpoint.js';
export type { EndpointOptions, StatelessAnswer } from './endpoint.js';
export type { CallEnd, CallEndCause, TunnelDownCause, TunnelEvent } from './events.js';
export {
  controlHeaderLength,
  decodeHeader,
  encodeDataMessage,
  encodeZlb,
  isControl,
  maxDataHeaderLength,
  patchSequence,
  writeDataHeader,
} from './header.js';
export type { ControlHeader, DataHeader, DataHeaderOptions, HeaderFault } from './header.js';
export { hideValue, unhideValue } from './hiding.js';
export { maskDatagram, peekAssignedSessionId } from './inspect.js';
export type {
  CallMessage,
  Cdn,
  ControlMessage,
  FaultyMessage,
  Hello,
  Iccn,
  Icrp,
  Icrq,
  Message,
  MessageFields,
  Occn,
  Ocrp,
  Ocrq,
  ReceivedMessage,
  Scccn,
  Sccrp,
  Sccrq,
  Sli,
  StopCcn,
  TunnelMessage,
  UnknownMessage,
  Wen,
} from './message.js';
export type { Path, PeerAddress, PeerInfo } from './peer.js';
export { bearer, endpointLimits, framing, tunnelProfile } from './profile.js';
export type { EndpointLimits, Refusal, TunnelProfile, TunnelRequest } from './profile.js';
export { fullRetransmissionInterval } from './reliable.js';
export type { RetransmitOptions } from './reliable.js';
export { callResult, describeResult, errorCode, stopResult } from './result-codes.js';
export type { Result } from './result-codes.js';
export { DataSequencing } from './sequencing.js';
export type { Tunnel } from './tunnel.js';
export { tunnelStates } from './tunnel-states.js';
export type { TunnelState } from './tunnel-states.js';
