// Our own client as a program, to be run in a network namespace: `node dial.mjs OPTIONS`, JSON as in own-client.ts.
// Tells what happens on standard output, a JSON value a line; SIGTERM hangs up, closes the tunnel and ends.
import { L2tpClient } from '../../../dist/client/index.js';

const options = JSON.parse(process.argv[2]);
const say = (event) => console.log(JSON.stringify(event));
const log = Object.fromEntries(
  ['trace', 'debug', 'info', 'warn', 'error'].map((level) => [
    level,
    (fields, message) => console.error(level, message, JSON.stringify(fields)),
  ]),
);

const client = new L2tpClient(
  { local: options.local, ppp: options.ppp },
  { log: { ...log, isLevelEnabled: () => true } },
);
const closed = new Promise((resolve) => process.once('SIGTERM', resolve));
client.onDown((_session, reason) => say({ event: 'down', reason }));
try {
  const tunnel = await client.openTunnel(options.lns, options.secret);
  say({ event: 'tunnel' });
  const sessions = [];
  while (sessions.length < (options.calls ?? 1)) {
    const session = await client.dial(tunnel, { user: options.user, password: options.password });
    say({ event: 'up', ipv4: session.ipv4, device: session.kernel?.unit?.name });
    sessions.push(session);
  }
  await closed;
  for (const session of sessions) client.hangUp(session);
  await new Promise((resolve) => setTimeout(resolve, 300));
} catch (error) {
  say({ event: 'failed', message: error.message, reason: error.reason });
}
await client.close();
say({ event: 'closed' });
process.exit(0);
