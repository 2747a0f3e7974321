export { AddonError, loadAddon } from './addon.js';
export { errnoName, KernelError, type NativeFailure } from './errors.js';
export * from './io.js';
export * from './kernel.js';
export * from './kernel.js';
