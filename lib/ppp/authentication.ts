import type { Random } from '../wire/index.js';
import {
  AuthClient,
  type AuthFailureReason,
  type AuthMethod,
  type AuthOutcome,
  type AuthResult,
  AuthServer,
  type AuthTransmit,
  type Credentials,
  type MppeKeys,
} from './auth/index.js';
import { earliest } from './deadline.js';
import type { PppEvent } from './events.js';

import type { ResolvedPppOptions } from './parameters.js';

/** Who this end is, for peers that ask. */
export interface LocalCredentials {
  readonly user: string;
  readonly password: string;
  /** The name that the server's CHAP challenge must bear; any unless given. */
  readonly serverName?: string;
}

/** What authentication needs of its session. */
export interface AuthenticationOwner {
  readonly options: ResolvedPppOptions;
  readonly random: Random;
  readonly credentials: LocalCredentials | undefined;
  transmit(frame: Uint8Array): void;
  emit(event: PppEvent): void;
  /** Credentials of the peer are to be verified. */
  verify(credentials: Credentials): void;
  /** Every authentication that LCP agreed on has succeeded. */
  authenticated(keys: MppeKeys | undefined, now: number): void;
  authenticationFailed(reason: AuthFailureReason, now: number): void;
}

/** One authentication phase of a session, in either direction or both (RFC 1661 section 3.5). Starts once. */
export class AuthenticationPhase {
  readonly #owner: AuthenticationOwner;
  #server: AuthServer | undefined;
  #client: AuthClient | undefined;
  #method: AuthMethod | undefined;
  #clientMethod: AuthMethod | undefined;
  #serverDone = true;
  #clientDone = true;
  #keys: MppeKeys | undefined;

  constructor(owner: AuthenticationOwner) {
    this.#owner = owner;
  }

  /**
   * Begins.
   * @param method what the peer has to prove itself by
   * @param clientMethod what this end has to prove itself by
   * @param proxied credentials of the peer that somebody else has collected
   */
  start(
    method: AuthMethod | undefined,
    clientMethod: AuthMethod | undefined,
    proxied: { readonly credentials: Credentials; readonly identifier: number } | undefined,
    now: number,
  ): void {
    const { options, random, credentials } = this.#owner;
    this.#method = method;
    this.#clientMethod = clientMethod;
    if (method) {
      this.#serverDone = false;
      this.#server = new AuthServer(options.authServerOptions[method], random);
      if (proxied) this.#server.adopt(proxied.credentials, proxied.identifier);
      else this.#server.start(now);
    }
    if (clientMethod && credentials) {
      this.#clientDone = false;
      this.#client = new AuthClient({ method: clientMethod, ...credentials }, random);
      this.#client.start(now);
    }
    this.#drain(now);
  }

  /** The identifier under which the peer awaits its answer; undefined where the method has none of its own. */
  get identifier(): number | undefined {
    return this.#server?.identifier;
  }

  /**
   * The peer has gone on, so it needs no answer again.
   * @returns whether this is of no more use; an end that proves who it is may be challenged again (RFC 1994 section 1)
   */
  settle(): boolean {
    this.#server = undefined;
    this.#keys = undefined;
    return this.#client === undefined;
  }

  receive(protocol: number, packet: Uint8Array, now: number): void {
    this.#server?.handlePacket(protocol, packet, now);
    this.#client?.handlePacket(protocol, packet, now);
    this.#drain(now);
  }

  /** The peer speaks a network control protocol, which it does only once it has accepted this end. */
  noteNetworkPhase(now: number): void {
    this.#server?.handlePeerProgress();
    if (this.#clientDone || !this.#client) return;
    this.#client.handleLowerLayerSuccess();
    this.#drain(now);
  }

  handleResult(result: AuthResult, now: number): void {
    this.#server?.handleResult(result, now);
    this.#drain(now);
  }

  handleTimeout(now: number): void {
    this.#server?.handleTimeout(now);
    this.#client?.handleTimeout(now);
    this.#drain(now);
  }

  pollTimeout(): number | undefined {
    return earliest(this.#server?.pollTimeout(), this.#client?.pollTimeout());
  }

  #drain(now: number): void {
    const done = this.#serverDone && this.#clientDone;
    for (const machine of [this.#server, this.#client]) {
      if (!machine) continue;
      for (let out = machine.pollTransmit(); out; out = machine.pollTransmit())
        this.#owner.transmit(frameOf(out));
      for (let outcome = machine.pollOutcome(); outcome; outcome = machine.pollOutcome()) {
        if (!this.#take(outcome, machine === this.#server, now)) return;
      }
    }
    if (!done && this.#serverDone && this.#clientDone) this.#owner.authenticated(this.#keys, now);
  }

  /** @returns false when the phase is over */
  #take(outcome: AuthOutcome, isServer: boolean, now: number): boolean {
    const method = isServer ? this.#method : this.#clientMethod;
    switch (outcome.kind) {
      case 'credentials':
        this.#owner.verify(outcome.credentials);
        return true;
      case 'success':
        if (isServer) this.#serverDone = true;
        else this.#clientDone = true;
        this.#keys = outcome.mppe ?? this.#keys;
        this.#owner.emit({
          kind: 'authenticated',
          user: outcome.user,
          method,
          mppe: outcome.mppe !== undefined,
        });
        return true;
      case 'failure':
        if (method) {
          this.#owner.emit({
            kind: 'authentication-failed',
            user: outcome.user,
            method,
            reason: outcome.reason,
          });
        }
        this.#owner.authenticationFailed(outcome.reason, now);
        return false;
    }
  }
}

function frameOf({ protocol, packet }: AuthTransmit): Uint8Array {
  const frame = new Uint8Array(2 + packet.length);
  frame[0] = protocol >>> 8;
  frame[1] = protocol;
  frame.set(packet, 2);
  return frame;
}
