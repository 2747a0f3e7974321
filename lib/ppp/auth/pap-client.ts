import { type Random, utf8 } from '../../wire/index.js';
import { ClientExchange } from './exchange.js';
import { PAP_CODE, papRequest, parsePapPacket } from './pap-packet.js';
import { AUTH_PROTOCOL } from './protocol.js';
import { type AuthClientOptions, DEFAULT_RETRANSMIT } from './types.js';

/** The peer of PAP (RFC 1334): it asks until it is answered. */
export class PapClient extends ClientExchange {
  readonly #options: AuthClientOptions;
  #identifier: number;
  /** Requests sent and not answered; 0 while none is wanted. */
  #sent = 0;

  constructor(options: AuthClientOptions, random: Random) {
    super(AUTH_PROTOCOL.pap);
    this.#options = options;
    this.#identifier = random.below(256);
  }

  override start(now: number): void {
    this.clear();
    this.#sent = 0;
    this.#request(now);
  }

  protected override receive(packet: Uint8Array): void {
    const parsed = parsePapPacket(packet);
    if (parsed.code === PAP_CODE.request) return;
    // All requests are alike but for the Identifier: the answer to an earlier one is as good.
    const age = (this.#identifier - parsed.identifier) & 0xff;
    if (age >= this.#sent) return;
    this.#sent = 0;
    this.setDeadline(undefined);
    const { user } = this.#options;
    this.report(
      parsed.code === PAP_CODE.ack
        ? { kind: 'success', user }
        : { kind: 'failure', reason: 'rejected', user },
    );
  }

  protected override expire(now: number): void {
    const { tries } = this.#options.retransmit ?? DEFAULT_RETRANSMIT;
    if (this.#sent < tries) {
      this.#request(now);
      return;
    }
    this.#sent = 0;
    this.report({ kind: 'failure', reason: 'timeout', user: this.#options.user });
  }

  #request(now: number): void {
    const { user, password, retransmit = DEFAULT_RETRANSMIT } = this.#options;
    this.#identifier = (this.#identifier + 1) & 0xff;
    this.#sent++;
    this.send(papRequest(this.#identifier, utf8(user), utf8(password)));
    this.setDeadline(now + retransmit.interval);
  }
}
