/** What LNS, LAC and client share: L2TP's and PPP's machines joined to sockets, timers and the kernel. */
export type { Bearer, BearerFacts, BearerSequencing } from './bearer.js';
export { carriedEnd, type LegEnd } from './carried-end.js';
export { type EndReason, pppEndReason } from './end-reason.js';
export { L2tpBearer } from './l2tp-bearer.js';
export { type Log, type LogFields, silentLog } from './log.js';
export type { MessageDirection, MessageTap } from './message-tap.js';
export { PppCall } from './ppp-call.js';
export type { TunnelLink } from './tunnel-link.js';
export {
  type ConnectTunnelOptions,
  type TunnelRole,
  TunnelService,
  type TunnelServiceOptions,
} from './tunnel-service.js';
