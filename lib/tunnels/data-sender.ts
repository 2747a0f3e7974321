import type { ControlIo, DatagramSource, Descriptor } from '../io/index.js';
import { maxDataHeaderLength, writeDataHeader } from '../l2tp/index.js';

/** Address and control octets of a PPP frame (RFC 1661 section 6.6), which L2TP carries unless compressed. */
const addressAndControl = [0xff, 0x03] as const;
const longestFrame = 2048;

/** Wraps PPP frames into L2TP data messages, in one buffer that all tunnels share. */
export class DataSender {
  readonly #io: ControlIo;
  readonly #buffer = new Uint8Array(maxDataHeaderLength + addressAndControl.length + longestFrame);

  constructor(io: ControlIo) {
    this.#io = io;
  }

  /**
   * @param frame from its protocol field on; frames longer than a control protocol's largest are not sent
   * @param to on a listener: where to
   */
  send(
    socket: Descriptor,
    to: DatagramSource | undefined,
    tunnelId: number,
    sessionId: number,
    frame: Uint8Array,
  ): void {
    if (frame.length > longestFrame) return;
    let at = writeDataHeader(this.#buffer, 0, tunnelId, sessionId);
    for (const octet of addressAndControl) this.#buffer[at++] = octet;
    this.#buffer.set(frame, at);
    this.#io.send(socket, this.#buffer.subarray(0, at + frame.length), to);
  }
}
