import { type ApiClient, exitCode } from '../server/remote.js';
import { CliError } from './io.js';

/** The id of a session by the number that `show sessions` has, or by the id itself. @throws CliError */
export async function sessionIdOf(client: ApiClient, key: string): Promise<string> {
  if (!/^\d{1,5}$/.test(key)) return key;
  const { sessions } = (await client.get('/api/v1/sessions', { sessionId: key })) as {
    readonly sessions: readonly { readonly id: string }[];
  };
  const [session] = sessions;
  if (session === undefined) throw new CliError(exitCode.failed, 'there is no such session');
  return session.id;
}
