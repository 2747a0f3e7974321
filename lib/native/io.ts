import type { NativeFailure } from './errors.js';

/** What a row of the receive table tells. */
export const rowKind = { datagram: 0, frame: 1, hangup: 2, error: 3, packet: 4 } as const;

/** What a packet socket lets in: see `PacketFilter` in native/packet_socket.h. */
export const packetFilter = { padi: 0, discovery: 1, session: 2 } as const;

/**
 * Columns of a row of the receive table. `length` is the errno in a row of kind `error`; `source` is the index of the
 * interface in one of kind `packet`.
 */
export const receiveColumn = { kind: 0, tag: 1, handle: 2, offset: 3, length: 4, source: 5 } as const;

/**
 * Columns of a row of the send table; the addon fills in `status` and, where that is not 0, `tag`. `address` is the
 * index of the interface where `handle` is a packet socket.
 */
export const sendColumn = { handle: 0, offset: 1, length: 2, address: 3, status: 4, tag: 5 } as const;

/** Both tables have rows of as many columns. */
export const rowLength = 6;

/** In the columns `source` and `address`: none. */
export const noAddress = 0xffff_ffff;

/** Bit of `status` beside the errno: an error of an earlier datagram was found; this one was sent all the same. */
export const sentDespite = 0x1_0000;

/**
 * Where a source record's fields are: two ports of 16 bits, high octet first, then the lengths of the two
 * addresses' texts, which follow the record, the remote one first.
 */
export const sourceField = { remotePort: 0, localPort: 2, remoteLength: 4, localLength: 5 } as const;
export const sourceRecordLength = 6;

/** Memory that the addon and JavaScript share. */
export interface SharedBatch {
  readonly buffer: Uint8Array;
  readonly table: Uint32Array;
}

export interface NativeSocketOptions {
  readonly localAddress: string;
  readonly localPort: number;
  /** Given on a connected socket. */
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly tag: number;
  /** Who gets the datagrams of other peers; 0 for nobody. */
  readonly listener: number;
  readonly receiveBuffer: number;
  readonly filter: boolean;
  readonly device: string;
  /** Network namespace by its name; '' is ours. */
  readonly netns: string;
  /** IP_TOS or IPV6_TCLASS of what is sent. */
  readonly trafficClass: number;
  /** A raw ICMPv6 socket for Router Solicitations instead of a UDP socket. */
  readonly solicitations: boolean;
  /** Zones of link-local addresses are indices, also those of multicast groups. */
  readonly zoneIndices: boolean;
}

export interface NativeIoStatistics {
  /** Open descriptors of the environment: sockets, channels, units. */
  readonly descriptors: number;
  /** Datagrams of other peers that a connected socket received and its listener was given. */
  readonly redirected: number;
  /** The same, where there was no listener. */
  readonly foreignDropped: number;
  readonly truncated: number;
}

/** The part of the addon that moves octets between descriptors and JavaScript: native/io_init.cc. */
export interface NativeIo {
  /** Begins to read; once in an environment. `deliver` gets the number of rows in the receive table. */
  ioStart(deliver: (rows: number) => void): { readonly receive: SharedBatch; readonly send: SharedBatch };
  /** @returns the handle */
  ioOpen(options: NativeSocketOptions): number | NativeFailure;
  /** A packet socket. @returns the handle */
  ioOpenPacket(filter: number, receiveBuffer: number, tag: number): number | NativeFailure;
  /** An Ethernet interface by its name or index; undefined where there is none. */
  ioInterface(
    which: string | number,
  ):
    | { readonly index: number; readonly name: string; readonly mac: number; readonly mtu: number }
    | undefined;
  /** @returns false when it was not an open socket */
  ioClose(handle: number): boolean;
  ioLocalAddress(handle: number): { readonly address: string; readonly port: number } | NativeFailure;
  /** Sends the first `rows` rows. @returns how many have a status other than 0 */
  ioSend(rows: number): number;
  ioStatistics(): NativeIoStatistics;
}

/** The part that Node's own sockets lack. */
export interface NativeUnixSockets {
  /** One datagram of text to a unix socket, without waiting. @returns 0, or errno */
  ioSendUnix(path: string, text: string): number;
}

/** Columns of a record of {@link NativeCapture.captureRead}, in 32 bits each: `CaptureRecord` in native/packet_capture.h. */
export const captureColumn = { kept: 0, length: 1, protocol: 2, seconds: 3, nanoseconds: 4 } as const;
/** Octets of a record before its packet, which is padded to 32 bits. */
export const captureRecordLength = 20;

/** The part that captures packets of an interface: native/packet_capture.h. */
export interface NativeCapture {
  /** @returns the handle */
  captureOpen(
    interfaceIndex: number,
    netns: string,
    snapLength: number,
    receiveBuffer: number,
  ): number | NativeFailure;
  /** Reads at most `limit` packets into `buffer`. @returns octets */
  captureRead(handle: number, buffer: Uint8Array, limit: number): number;
  /** Packets that were lost since the last call. */
  captureDrops(handle: number): number;
  captureClose(handle: number): void;
}
