export { monotonicNow, turnDate, turnTime } from './clock.js';
export type {
  ConnectOptions,
  ControlIo,
  DatagramSink,
  DatagramSource,
  Descriptor,
  FrameSink,
  ListenOptions,
  SocketAddress,
  SocketFilter,
  Timed,
  Timers,
} from './control-io.js';
export type { EthernetFilter, EthernetInterface, EthernetIo, EthernetSink } from './ethernet-io.js';
export { type IoStatistics, NetworkIo, networkIo, type NetworkIoOptions } from './network-io.js';
export { systemRandom } from './random.js';
export { TimerWheel } from './timer-wheel.js';
export { sendUnixDatagram } from './unix-datagram.js';
