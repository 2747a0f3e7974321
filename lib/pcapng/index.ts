/** Capture files (draft-ietf-opsawg-pcapng), as octets: writing them, and cutting a stream of them. Pure. */
export {
  type CapturedOctets,
  type CaptureInterface,
  enhancedPacket,
  interfaceDescription,
  interfaceStatistics,
  linkType,
  type PacketDirection,
  sectionHeader,
} from './blocks.js';
export { BlockError, BlockSplitter } from './split.js';
export { type UdpEnd, udpPacket } from './udp.js';
