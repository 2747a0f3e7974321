import type { AuthenticationAnswer, Authenticator } from '../../../lib/aaa/index.js';
import { AuthClient, type AuthMethod, type AuthOutcome, AuthServer } from '../../../lib/ppp/index.js';
import { seededRandom } from '../../support/random.js';

export const METHODS: readonly AuthMethod[] = ['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'];

export interface LogIn {
  readonly method: AuthMethod;
  readonly user: string;
  readonly password: string;
}

export interface LogInResult {
  /** What the server's and the client's PPP came to. */
  readonly server: AuthOutcome | undefined;
  readonly client: AuthOutcome | undefined;
  /** Answers of the authenticator, in order. */
  readonly answers: readonly AuthenticationAnswer[];
  /** Whether every answer was at hand at once. */
  readonly synchronous: boolean;
}

/** Lets a real PPP client log in at a PPP server whose verifier is `authenticator`. */
export async function logIn(
  authenticator: Authenticator,
  { method, user, password }: LogIn,
): Promise<LogInResult> {
  const random = seededRandom(7);
  const server = new AuthServer(
    { method, localName: 'lns', retransmit: { interval: 3000, tries: 3 } },
    random,
  );
  const client = new AuthClient({ method, user, password }, random);
  const answers: AuthenticationAnswer[] = [];
  let synchronous = true;
  let serverOutcome: AuthOutcome | undefined;
  let clientOutcome: AuthOutcome | undefined;
  server.start(0);
  client.start(0);
  for (let turn = 0; turn < 50; turn++) {
    for (let sent = server.pollTransmit(); sent; sent = server.pollTransmit()) {
      client.handlePacket(sent.protocol, sent.packet, turn);
    }
    for (let sent = client.pollTransmit(); sent; sent = client.pollTransmit()) {
      server.handlePacket(sent.protocol, sent.packet, turn);
    }
    clientOutcome = client.pollOutcome() ?? clientOutcome;
    for (let outcome = server.pollOutcome(); outcome; outcome = server.pollOutcome()) {
      if (outcome.kind !== 'credentials') {
        serverOutcome = outcome;
        continue;
      }
      const { credentials } = outcome;
      const answer = authenticator.authenticate({
        user: credentials.user,
        method,
        credentials,
        call: CALL,
        signal: new AbortController().signal,
      });
      if (answer instanceof Promise) synchronous = false;
      const settled = await answer;
      answers.push(settled);
      server.handleResult(settled.result, turn);
    }
  }
  return { server: serverOutcome, client: clientOutcome, answers, synchronous };
}

export const CALL = {
  id: 'a1',
  bearer: 'l2tp',
  peerAddress: '192.0.2.7',
  peerPort: 1701,
  peerHostName: 'lac.example.net',
  tunnelId: 12,
  sessionId: 34,
  callingNumber: '4930123',
} as const;
