/** The PPPoE access concentrator in operation: subscribers on Ethernet interfaces, given on as bearers. */
export { type ConcentratorOptions, PppoeConcentrator, type SubscriberHost } from './concentrator.js';
export type { AccessConcentratorCounters as ConcentratorCounters } from '../pppoe/index.js';
