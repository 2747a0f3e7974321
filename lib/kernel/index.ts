export { KernelError } from '../native/index.js';
export { bridge, type Bridgeable, KernelBridge } from './bridge.js';
export type {
  CapturedPacket,
  DataPlane,
  DataPlanePppoeOptions,
  DataPlaneSession,
  DataPlaneSessionOptions,
  DataPlaneTunnel,
  DataPlaneTunnelOptions,
  MppeDirection,
  MppeSetup,
  PacketCapture,
  PppUnit,
  PppUnitOptions,
  FinalStats,
  Ipv6Stats,
  SessionStats,
  StatsTable,
  UnitChange,
  UnitRate,
  UnitRoute,
} from './data-plane.js';
export { type IdleTime, KernelDataSession } from './data-session.js';
export { KernelDataTunnel } from './data-tunnel.js';
export {
  deleteKernelSession,
  deleteKernelTunnel,
  getKernelSession,
  getKernelTunnel,
  modifyKernelSession,
  modifyKernelTunnel,
  type SequencingOptions,
} from './genl.js';
export { type KernelApi, kernelAtLeast } from './kernel-api.js';
export { KernelDataPlane, type KernelDataPlaneOptions } from './kernel-data-plane.js';
export type { KernelIo } from './kernel-io.js';
export { type AttachOptions, KernelSession, type KernelSessionEvents } from './kernel-session.js';
export {
  type AddSessionOptions,
  KernelTunnel,
  type KernelTunnelEvents,
  type KernelTunnelOptions,
  type TunnelEnd,
} from './kernel-tunnel.js';
export type { KernelSessionInfo, KernelTunnelInfo } from './l2tp-attributes.js';
export { findLink, type LinkInfo, listKernelSessions, listKernelTunnels } from './netlink.js';
export type { KernelNotification } from './notifications.js';
export {
  type NullCall,
  NullDataPlane,
  type NullDataPlaneOptions,
  NullSession,
  NullTunnel,
} from './null-data-plane.js';
export { configureKernelThreads, type KernelThreadOptions, observeKernelOperations } from './operations.js';
export {
  type KernelModule,
  kernelModules,
  type KernelProbe,
  type ModuleState,
  probeKernel,
} from './probe.js';
export { addRoute, type NextHop, nextHop, removeRoute, type Route } from './routes.js';
export { noStats } from './stats.js';
export type { Addressing } from './unit-batch.js';
