/** Watching sessions while they are set up and used: traces for people, captures for Wireshark. */
export { type CaptureFile, SessionCapture, type SessionCaptureOptions } from './session-capture.js';
export {
  type MonitoredSession,
  type MonitorEvent,
  type MonitorListener,
  SessionMonitor,
  type SessionSelector,
  TooManyWatchesError,
} from './session-monitor.js';
export { type TraceLine, traceLine } from './trace-line.js';
