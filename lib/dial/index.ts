/** A host's own connection to an LNS: dials in, sets up routes and name servers, dials again. */
export type { DialHost, DialLink } from './dial-host.js';
export { type DialDependencies, type DialEnd, Dialer, type DialerEvents } from './dialer.js';
export type { DialFailure, DialStage } from './failure.js';
export type { DialOptions, LnsName } from './options.js';
export type { RedialOptions } from './redial-policy.js';
export { SystemHost, type SystemHostOptions } from './host/system-host.js';
