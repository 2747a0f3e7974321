import type { CapturedPacket, PacketCapture } from '../kernel/index.js';
import { maskDatagram } from '../l2tp/index.js';
import {
  enhancedPacket,
  interfaceDescription,
  interfaceStatistics,
  linkType,
  sectionHeader,
  udpPacket,
} from '../pcapng/index.js';
import { maskFrame } from '../ppp/index.js';
import { concat } from '../wire/index.js';
import type { MonitoredSession, MonitorEvent } from './session-monitor.js';

export interface SessionCaptureOptions {
  /** Octets of an IP packet that are kept. */
  readonly snapLength: number;
  /** Whether IP packets are captured, beside what sets the session up and ends it. */
  readonly data: boolean;
  /** The file ends when it has so many octets. */
  readonly maxOctets: number;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

/** Where a capture file is written to. */
export interface CaptureFile {
  /** Takes the next octets, whole blocks. */
  readonly write: (octets: Uint8Array) => void;
  /** Whether there is room for more: what comes while there is none is counted as lost. */
  readonly ready: () => boolean;
}

const interfaces = { ppp: 0, control: 1 } as const;

/** PPP protocol numbers of EtherTypes; other packets never pass a PPP interface. */
const pppProtocols: ReadonlyMap<number, readonly [number, number]> = new Map([
  [0x0800, [0x00, 0x21]],
  [0x86dd, [0x00, 0x57]],
]);

/**
 * Writes what a session says, and its IP packets, as a capture file with two interfaces: PPP frames, and the control
 * messages of its tunnel as UDP. Passwords and responses in them are zeros.
 */
export class SessionCapture {
  readonly #session: MonitoredSession;
  readonly #options: SessionCaptureOptions;
  readonly #clock: () => number;
  #packets: PacketCapture | undefined;
  #packetsLost = 0;
  readonly #received = [0, 0];
  readonly #dropped = [0, 0];
  #file: CaptureFile | undefined;
  #octets = 0;
  #ended = false;

  /** @throws KernelError where the interface is there and its packets cannot be captured */
  constructor(session: MonitoredSession, options: SessionCaptureOptions) {
    this.#session = session;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.timeOrigin + performance.now());
    this.#openPackets();
  }

  /** Writes the head of the file. */
  begin(file: CaptureFile): void {
    const { id, interfaceName = 'ppp', peerAddress } = this.#session;
    this.#file = file;
    this.#write(
      concat(
        sectionHeader('kernel-l2tp'),
        interfaceDescription({
          linkType: linkType.ppp,
          name: interfaceName,
          description: `PPP of session ${id}`,
        }),
        interfaceDescription({
          linkType: linkType.raw,
          name: 'control',
          description: `control messages with ${peerAddress}`,
        }),
      ),
    );
  }

  /** Whether the file is finished. */
  get ended(): boolean {
    return this.#ended;
  }

  handle(event: MonitorEvent): void {
    if (this.#ended) return;
    switch (event.kind) {
      case 'control': {
        const { remote, local } = event.path;
        const [from, to] = event.direction === 'sent' ? [local, remote] : [remote, local];
        this.#packet(interfaces.control, event, udpPacket(from, to, maskDatagram(event.bytes)));
        this.#checkSize();
        return;
      }
      case 'ppp':
        // What is said about the link stays in its order among the packets.
        this.poll();
        this.#packet(interfaces.ppp, event, maskFrame(event.bytes));
        this.#checkSize();
        return;
      case 'end':
        this.end();
    }
  }

  /** To be called several times a second: writes the packets that have come. @throws KernelError when they cannot be had */
  poll(): void {
    if (this.#ended) return;
    this.#openPackets();
    this.#packets?.read((packet) => this.#ipPacket(packet));
    this.#checkSize();
  }

  /** Finishes the file. Safe to call again. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#packets?.read((packet) => this.#ipPacket(packet));
    this.#packets?.close();
    this.#packetsLost += this.#packets?.dropped ?? 0;
    const time = this.#clock();
    const lost = [(this.#dropped[0] ?? 0) + this.#packetsLost, this.#dropped[1] ?? 0];
    for (const index of [interfaces.ppp, interfaces.control]) {
      const dropped = lost[index] ?? 0;
      const received = (this.#received[index] ?? 0) + dropped;
      this.#write(interfaceStatistics({ interface: index, time, received, dropped }));
    }
  }

  /** As soon as there is an interface. */
  #openPackets(): void {
    if (!this.#options.data || this.#packets !== undefined || this.#session.interfaceName === undefined)
      return;
    this.#packets = this.#session.capture(this.#options.snapLength);
  }

  #ipPacket({ time, direction, protocol, octets, length }: CapturedPacket): void {
    const number = pppProtocols.get(protocol);
    if (number === undefined) return;
    const frame = new Uint8Array(2 + octets.length);
    frame.set(number);
    frame.set(octets, 2);
    this.#packet(interfaces.ppp, { time, direction }, frame, length + 2);
  }

  #packet(
    index: number,
    { time, direction }: Pick<CapturedPacket, 'time' | 'direction'>,
    octets: Uint8Array,
    length = octets.length,
  ): void {
    if (this.#file?.ready() !== true) {
      this.#dropped[index] = (this.#dropped[index] ?? 0) + 1;
      return;
    }
    this.#received[index] = (this.#received[index] ?? 0) + 1;
    this.#write(enhancedPacket({ interface: index, time, direction, octets, length }));
  }

  #checkSize(): void {
    if (this.#octets > this.#options.maxOctets) this.end();
  }

  #write(octets: Uint8Array): void {
    this.#octets += octets.length;
    this.#file?.write(octets);
  }
}
