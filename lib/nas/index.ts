/** A network access server as RADIUS knows it: authentication, accounting, and changes to live sessions. */
export { Nas, type NasDependencies, type ProfileServers, type RadiusStatus } from './nas.js';
export type {
  AccountingQueueOptions,
  CoaClient,
  CoaOptions,
  RadiusOptions,
  RadiusServer,
} from './options.js';
