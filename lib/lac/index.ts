/** The LAC: carries subscribers on to groups of LNSs. */
export { Lac, type LacOptions } from './lac.js';
export type {
  ForwardingOptions,
  LnsGroupOptions,
  LnsTarget,
  Rewrite,
  RouteOptions,
} from './options.js';
