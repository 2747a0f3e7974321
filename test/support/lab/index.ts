export {
  CONTROL_ONLY,
  Capture,
  type ControlMessage,
  MESSAGE,
  NO_TRAFFIC,
  type PacketFields,
} from './capture.js';
export { Daemon, type DaemonConfig, FIVE_LINES, MAIN } from './daemon.js';
export { FreeRadius, RADIUS_SECRET } from './freeradius.js';
export { Lab, labTest, type Link } from './lab.js';
export { type LinkInfo, Namespace } from './namespace.js';
export { LogFile, PATIENCE, Program, run, type RunResult, sleep, until } from './processes.js';
export { avp, controlMessage, RawPeer, type RawMessage } from './raw-peer.js';
export { access, type AccessNetwork, type ClientHost } from './topology.js';
export { iperf, type IperfResult } from './traffic.js';
export { Client, type ClientOptions, type PppdAuth, type PppdLink, Xl2tpdServer } from './xl2tpd.js';
export { programOf } from './program-of.js';
export { PppoeClient, type PppoeClientOptions } from './pppoe-client.js';
export { type Scenario, serve } from './scenario.js';
export { OwnClient, type OwnClientOptions } from './own-client.js';
export { DialClient, type DialUp } from './dial-client.js';
