import type { Descriptor } from './control-io.js';

/** An Ethernet interface of this host. */
export interface EthernetInterface {
  /** The kernel's index. */
  readonly index: number;
  readonly name: string;
  /** 48 bits as a number. */
  readonly mac: number;
  /** Octets of a frame's payload. */
  readonly mtu: number;
}

/**
 * What a packet socket lets in; the kernel drops all else. `padi`: PPPoE's PADI. `discovery`: PADR and PADT.
 * `session`: PPP control frames of PPPoE's session stage, not its data.
 */
export type EthernetFilter = 'padi' | 'discovery' | 'session';

/** Takes Ethernet frames. The octets belong to the call: copy what has to outlive it. */
export interface EthernetSink {
  /** A whole frame, from its destination address on, and the index of the interface that it came by. */
  handleEthernetFrame(octets: Uint8Array, interfaceIndex: number): void;
}

/** Ethernet frames of PPPoE on all interfaces, by one socket for each filter: interfaces may come and go. */
export interface EthernetIo {
  /** @throws KernelError */
  openEthernet(filter: EthernetFilter, sink: EthernetSink): Descriptor;
  /** Queues a whole frame (the octets are copied). One that cannot be sent is counted and not reported. */
  sendEthernet(socket: Descriptor, interfaceIndex: number, frame: Uint8Array): void;
  /** Looks an interface up by its name or index; `undefined` where there is none, or it is no Ethernet. */
  ethernetInterface(which: string | number): EthernetInterface | undefined;
  close(socket: Descriptor): void;
}
