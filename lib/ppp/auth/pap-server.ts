import { ServerExchange } from './exchange.js';
import { decodeName } from './name.js';
import { PAP_CODE, papReply, parsePapPacket } from './pap-packet.js';
import { AUTH_PROTOCOL } from './protocol.js';
import type { AuthFailureReason, AuthResult, AuthServerOptions, Credentials } from './types.js';

type State =
  | { readonly kind: 'idle' | 'waiting' }
  /** `body` is the request after its header, by which a repetition is known. Absent for adopted credentials. */
  | { readonly kind: 'verifying'; identifier: number; readonly user: string; readonly body?: Uint8Array }
  | { readonly kind: 'closed'; readonly accepted: boolean; readonly message: string };

/** The authenticator of PAP (RFC 1334): it waits for the peer, which drives the exchange. */
export class PapServer extends ServerExchange {
  readonly #options: AuthServerOptions;
  #state: State = { kind: 'idle' };
  #attempts = 0;
  /** The last refused request while another may follow: a copy of it is no further attempt. */
  #refused: Uint8Array | undefined;

  constructor(options: AuthServerOptions) {
    super(AUTH_PROTOCOL.pap);
    this.#options = options;
  }

  override get identifier(): number | undefined {
    return this.#state.kind === 'verifying' ? this.#state.identifier : undefined;
  }

  override start(now: number): void {
    this.clear();
    this.#attempts = 0;
    this.#refused = undefined;
    this.#wait(now);
  }

  override adopt(credentials: Credentials, identifier: number): void {
    this.clear();
    this.#attempts = 0;
    this.#state = { kind: 'verifying', identifier, user: credentials.user };
    this.report({ kind: 'credentials', credentials });
  }

  protected override receive(packet: Uint8Array, now: number): void {
    const parsed = parsePapPacket(packet);
    if (parsed.code !== PAP_CODE.request) return;
    const { identifier, peerId, password } = parsed;
    const body = packet.subarray(4, 6 + peerId.length + password.length);
    const state = this.#state;
    switch (state.kind) {
      case 'idle':
        return;
      case 'waiting':
        if (this.#refused && sameOctets(body, this.#refused)) {
          this.send(papReply(PAP_CODE.nak, identifier));
          return;
        }
        this.#verify(identifier, body.slice(), peerId, now);
        return;
      case 'verifying':
        // A peer changes the Identifier with each repetition and may know its latest only.
        if (state.body && sameOctets(body, state.body)) state.identifier = identifier;
        return;
      case 'closed':
        this.#reply(state.accepted, identifier, state.message);
        return;
    }
  }

  override handleResult(result: AuthResult, now: number): void {
    const state = this.#state;
    if (state.kind !== 'verifying') return;
    if (result.kind === 'accept') {
      this.#close(true, state.identifier, result.message ?? '');
      this.report({ kind: 'success', user: state.user, ...(result.mppe && { mppe: result.mppe }) });
      return;
    }
    const [reason, message] =
      result.kind === 'reject' ? (['rejected', result.message ?? ''] as const) : (['verifier', ''] as const);
    this.#refuse(state.identifier, message, reason, state.user, state.body, now);
  }

  protected override expire(): void {
    this.#state = { kind: 'idle' };
    this.report({ kind: 'failure', reason: 'timeout' });
  }

  #wait(now: number): void {
    const { interval, tries } = this.#options.retransmit;
    this.#state = { kind: 'waiting' };
    this.setDeadline(now + interval * tries);
  }

  /** @param body our own copy of the request after its header */
  #verify(identifier: number, body: Uint8Array, peerId: Uint8Array, now: number): void {
    const user = decodeName(peerId);
    if (user === undefined) {
      this.#refuse(identifier, '', 'bad-name', undefined, body, now);
      return;
    }
    this.setDeadline(undefined);
    this.#state = { kind: 'verifying', identifier, user, body };
    this.report({
      kind: 'credentials',
      credentials: { method: 'pap', user, password: body.subarray(2 + peerId.length) },
    });
  }

  #refuse(
    identifier: number,
    message: string,
    reason: AuthFailureReason,
    user: string | undefined,
    body: Uint8Array | undefined,
    now: number,
  ): void {
    this.#attempts++;
    if (this.#attempts < (this.#options.maxAttempts ?? 1)) {
      this.#refused = body;
      this.#reply(false, identifier, message);
      this.#wait(now);
      return;
    }
    this.#close(false, identifier, message);
    this.report({ kind: 'failure', reason, ...(user !== undefined && { user }) });
  }

  #close(accepted: boolean, identifier: number, message: string): void {
    this.setDeadline(undefined);
    this.#refused = undefined;
    this.#state = { kind: 'closed', accepted, message };
    this.#reply(accepted, identifier, message);
  }

  #reply(accepted: boolean, identifier: number, message: string): void {
    this.send(papReply(accepted ? PAP_CODE.ack : PAP_CODE.nak, identifier, message));
  }
}

const sameOctets = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
