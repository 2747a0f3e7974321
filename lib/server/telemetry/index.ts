/** What the daemon knows of its LNS over time: events, failures, samples. */
export { EventFeed } from './event-feed.js';
export { type RecordedEvent, type ServerEvent, type ServerEventType, serverEventTypes } from './events.js';
export type { Failure } from './failures.js';
export { type HistoryColumns, type SampleField, sampleFields } from './history.js';
export { type PastSession, Telemetry } from './telemetry.js';
