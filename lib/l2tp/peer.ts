import type { ProtocolVersion } from './avp-formats.js';
import type { Sccrp, Sccrq } from './message.js';

/** An IP address in text form and a UDP port. */
export interface PeerAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Where a datagram came from and which of our addresses it was sent to; the answer goes the same way back. Only
 * `remote` is read here, `local` is carried for the driver.
 */
export interface Path {
  readonly local: PeerAddress;
  readonly remote: PeerAddress;
}

export const sameRemote = (a: Path, b: Path): boolean =>
  a === b || (a.remote.port === b.remote.port && a.remote.address === b.remote.address);

/** What a peer says of itself in SCCRQ or SCCRP. */
export interface PeerInfo {
  readonly hostName: string;
  readonly vendorName: string | undefined;
  readonly firmwareRevision: number | undefined;
  readonly protocolVersion: ProtocolVersion;
  readonly framingCapabilities: number;
  /** Absent where the peer places no outgoing calls. */
  readonly bearerCapabilities: number | undefined;
  /** Absent where the peer leaves it at 4 messages. */
  readonly receiveWindow: number | undefined;
}

export const peerInfo = (message: Sccrq | Sccrp): PeerInfo => ({
  hostName: message.hostName,
  vendorName: message.vendorName,
  firmwareRevision: message.firmwareRevision,
  protocolVersion: message.protocolVersion,
  framingCapabilities: message.framingCapabilities,
  bearerCapabilities: message.bearerCapabilities,
  receiveWindow: message.receiveWindowSize,
});
