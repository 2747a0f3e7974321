export type {
  DataPlane,
  DataPlaneSession,
  DataPlaneSessionOptions,
  DataPlaneTunnel,
  DataPlaneTunnelOptions,
  MppeDirection,
  MppeSetup,
  PppUnit,
  PppUnitOptions,
  SessionStats,
} from './data-plane.js';
export { KernelError } from '../native/index.js';
export { KernelDataPlane, type KernelDataPlaneOptions } from './kernel-data-plane.js';
export type { KernelApi } from './kernel-api.js';
export { configureKernelThreads, type KernelThreadOptions } from './operations.js';
export type { Addressing } from './unit-batch.js';
export { NullDataPlane, type NullOperation } from './null-data-plane.js';
