import {
  type Attribute,
  code,
  decodeAttributes,
  Dictionary,
  digestedRequest,
  encodeAttributes,
  firstText,
  firstOctets,
  parsePacket,
  response,
} from '../../lib/radius/index.js';
import { text, utf8 } from '../../lib/wire/index.js';
import type { SimHost } from './sim-host.js';

export const simSecret = 'radius-secret';
const secret = utf8(simSecret);

/** A RADIUS server on a host of the simulated network: PAP against a table, and every record kept. */
export class SimRadius {
  readonly users = new Map<string, { readonly password: string; readonly reply: readonly Attribute[] }>();
  /** Accounting records as they came. */
  readonly records: Attribute[][] = [];
  /** Codes and attributes of the answers to our CoA- and Disconnect-Requests. */
  readonly answers: { readonly code: number; readonly attributes: Attribute[] }[] = [];
  /** Octets of every request. */
  readonly requests: Uint8Array[] = [];
  readonly #host: SimHost;
  readonly #dictionary = new Dictionary();
  #identifier = 0;

  constructor(host: SimHost, address: string) {
    this.#host = host;
    for (const port of [1812, 1813]) {
      const socket = host.listen({
        local: { address, port },
        sink: {
          handleDatagram: (bytes, source) => {
            this.requests.push(bytes.slice());
            const answer = this.#answer(bytes.slice());
            if (answer !== undefined) host.send(socket, answer, source);
          },
        },
      });
    }
  }

  /** Sends a CoA- or Disconnect-Request; its answer comes to {@link answers}. */
  authorize(
    to: { address: string; port: number },
    packetCode: number,
    attributes: readonly Attribute[],
  ): void {
    const socket = this.#host.connect({
      local: { address: '0.0.0.0', port: 0 },
      remote: to,
      sink: {
        handleDatagram: (bytes) => {
          const packet = parsePacket(bytes);
          this.answers.push({
            code: packet.code,
            attributes: decodeAttributes(packet.attributes, this.#dictionary),
          });
        },
      },
    });
    const octets = encodeAttributes(attributes, this.#dictionary);
    this.#identifier = (this.#identifier + 1) & 0xff;
    this.#host.turn(() =>
      this.#host.send(socket, digestedRequest(packetCode, this.#identifier, octets, secret)),
    );
  }

  #answer(bytes: Uint8Array): Uint8Array | undefined {
    const packet = parsePacket(bytes);
    const hiding = { secret, authenticator: packet.authenticator };
    const attributes = decodeAttributes(packet.attributes, this.#dictionary, hiding);
    if (packet.code === code.statusServer) {
      return response(code.accessAccept, packet, new Uint8Array(0), secret);
    }
    if (packet.code === code.accountingRequest) {
      this.records.push(attributes);
      return response(code.accountingResponse, packet, new Uint8Array(0), secret);
    }
    const user = this.users.get(firstText(attributes, 'User-Name') ?? '');
    const password = text(firstOctets(attributes, 'User-Password') ?? new Uint8Array(0)).replace(/\0+$/, '');
    const accepted = user !== undefined && user.password === password;
    const reply = encodeAttributes(accepted ? user.reply : [], this.#dictionary);
    return response(accepted ? code.accessAccept : code.accessReject, packet, reply, secret);
  }
}
