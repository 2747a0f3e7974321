export type {
  ConnectOptions,
  ControlIo,
  DatagramSink,
  DatagramSource,
  Descriptor,
  FrameSink,
  ListenOptions,
  SocketAddress,
  Timed,
  Timers,
} from './control-io.js';
