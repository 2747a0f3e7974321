import type {
  AuthenticationAnswer,
  AuthenticationRequest,
  Authenticator,
  CallContext,
} from '../aaa/index.js';
import {
  type AuthResult,
  type Credentials,
  type MppeKeys,
  parseMsChapFailure,
  startKeyV1,
} from '../ppp/index.js';
import {
  type Attribute,
  code,
  type Dictionary,
  encodeAttributes,
  firstOctets,
  firstText,
  RadiusError,
} from '../radius/index.js';
import { text } from '../wire/index.js';
import type { NasLog } from './nas-log.js';
import type { RadiusExchange, RadiusReply, RadiusServers } from './radius-servers.js';
import { replyPolicy } from './reply-policy.js';
import {
  callAttributes,
  credentialAttributes,
  type NasIdentity,
  nasAttributes,
} from './request-attributes.js';

/** What goes back with the answer to a challenge, and to whom. */
interface ChallengeState {
  readonly servers: RadiusServers;
  /** Index among them. */
  readonly server: number;
  readonly state: Uint8Array | undefined;
}

export interface RadiusAuthenticatorOptions {
  readonly serversFor: (profile: string | undefined) => RadiusServers;
  readonly identity: NasIdentity;
  readonly dictionary: Dictionary;
  readonly log: NasLog;
}

/** Octets of an MPPE key that the kernel takes. */
const mppeKeyLength = 16;

/** Asks RADIUS servers about subscribers (RFC 2865, RFC 2548, RFC 3579). */
export class RadiusAuthenticator implements Authenticator {
  readonly #options: RadiusAuthenticatorOptions;

  constructor(options: RadiusAuthenticatorOptions) {
    this.#options = options;
  }

  authenticate({ credentials, call, signal }: AuthenticationRequest): Promise<AuthenticationAnswer> {
    const { serversFor, dictionary, identity } = this.#options;
    const challenged = stateOf(credentials);
    const servers = challenged?.servers ?? serversFor(call.profile);
    const attributes = [
      ...credentialAttributes(credentials, challenged?.state),
      ...nasAttributes(identity),
      ...callAttributes(call),
    ];
    return new Promise((resolve) => {
      const exchange: RadiusExchange = {
        code: code.accessRequest,
        attributes: (hiding) => encodeAttributes(attributes, dictionary, hiding),
        ...(challenged !== undefined && { server: challenged.server }),
        handleReply: (reply) => resolve(this.#answer(credentials, call, servers, reply)),
        handleFailure: (reason) => resolve(refused(reason)),
      };
      signal.addEventListener('abort', () => {
        servers.cancel(exchange);
        resolve(refused('the session has ended'));
      });
      servers.send(exchange);
    });
  }

  #answer(
    credentials: Credentials,
    call: CallContext,
    servers: RadiusServers,
    reply: RadiusReply,
  ): AuthenticationAnswer {
    try {
      return answerOf(credentials, servers, reply);
    } catch (error) {
      if (!(error instanceof RadiusError)) throw error;
      this.#options.log.debug({ id: call.id }, 'an answer of a RADIUS server cannot be used');
      return refused(`the answer of the RADIUS server cannot be used: ${error.message}`);
    }
  }
}

const refused = (reason: string): AuthenticationAnswer => ({ result: { kind: 'reject' }, reason });

function stateOf(credentials: Credentials): ChallengeState | undefined {
  return credentials.method === 'eap' ? (credentials.state as ChallengeState | undefined) : undefined;
}

function answerOf(
  credentials: Credentials,
  servers: RadiusServers,
  { code: answer, attributes, server }: RadiusReply,
): AuthenticationAnswer {
  const message = firstText(attributes, 'Reply-Message');
  const packet = firstOctets(attributes, 'EAP-Message');
  if (answer === code.accessChallenge) {
    if (credentials.method !== 'eap' || packet === undefined) {
      return refused('the RADIUS server sent a challenge that this protocol cannot pass on');
    }
    const state: ChallengeState = { servers, server, state: firstOctets(attributes, 'State') };
    return { result: { kind: 'challenge', packet, state } };
  }
  if (answer === code.accessReject) {
    const failure = msChapFailure(attributes);
    return {
      result: {
        kind: 'reject',
        ...(message !== undefined && { message }),
        ...(failure !== undefined && { error: failure }),
        ...(packet !== undefined && { packet }),
      },
      reason: `refused by the RADIUS server${message === undefined ? '' : `: ${oneLine(message)}`}`,
    };
  }
  const proof = msChapSuccess(credentials, attributes);
  const mppe = mppeKeys(credentials, attributes);
  const result: AuthResult = {
    kind: 'accept',
    ...(message !== undefined && { message }),
    ...(proof !== undefined && { authenticatorResponse: proof }),
    ...(mppe !== undefined && { mppe }),
    ...(packet !== undefined && { packet }),
  };
  return { result, policy: replyPolicy(attributes) };
}

/** The code of MS-CHAP-Error: after an identifier, `E=691 R=…` (RFC 2548 section 2.1.5). */
function msChapFailure(attributes: readonly Attribute[]): number | undefined {
  const value = firstOctets(attributes, 'MS-CHAP-Error');
  return value === undefined ? undefined : parseMsChapFailure(text(value.subarray(1)))?.error;
}

/** After an identifier, `S=…` (RFC 2548 section 2.3.3). */
function msChapSuccess(credentials: Credentials, attributes: readonly Attribute[]): string | undefined {
  if (credentials.method !== 'mschapv2') return undefined;
  const value = firstOctets(attributes, 'MS-CHAP2-Success');
  if (value === undefined) throw new RadiusError('it accepts MS-CHAPv2 without MS-CHAP2-Success');
  return text(value.subarray(1, 43));
}

function mppeKeys(credentials: Credentials, attributes: readonly Attribute[]): MppeKeys | undefined {
  const send = firstOctets(attributes, 'MS-MPPE-Send-Key');
  const receive = firstOctets(attributes, 'MS-MPPE-Recv-Key');
  if (send !== undefined && receive !== undefined) {
    if (send.length < mppeKeyLength || receive.length < mppeKeyLength) {
      throw new RadiusError('an MPPE key has fewer than 16 octets');
    }
    return { send: send.slice(0, mppeKeyLength), receive: receive.slice(0, mppeKeyLength) };
  }
  // RFC 2548 section 2.4.1: LM key of 8 octets, NT key of 16, the hash of the password's hash in practice.
  const both = firstOctets(attributes, 'MS-CHAP-MPPE-Keys');
  if (both === undefined || credentials.method !== 'mschapv1') return undefined;
  if (both.length < 24) throw new RadiusError('MS-CHAP-MPPE-Keys has fewer than 24 octets');
  const lm = both.slice(0, 8);
  const key = startKeyV1(both.subarray(8, 24), credentials.challenge);
  return { send: key, receive: key, lm: lm.every((octet) => octet === 0) ? new Uint8Array(0) : lm };
}

/** What a server says must not break the line of the log. */
const oneLine = (message: string): string =>
  message.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 200);
