import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { access, FIVE_LINES, labTest, MAIN, until } from '../support/lab/index.js';

/** RFC 5424 section 6.2.1. */
const severity = { warning: '4', informational: '6' };
const facilityLocal3 = '19';

interface Entry {
  readonly MESSAGE: string;
  readonly PRIORITY: string;
  readonly SYSLOG_FACILITY?: string;
  readonly SYSLOG_IDENTIFIER?: string;
  readonly _TRANSPORT: string;
}

labTest(
  'systemd’s journal has each line with its priority, from standard output and by syslog',
  async (lab) => {
    const { lns } = await access(lab, 0);
    const socket = lab.path('api.sock');
    const file = lab.path('lns.yaml');
    const config = {
      ...FIVE_LINES,
      control: { socket },
      log: { level: 'info', syslog: 'local3' },
      // Not much of a secret, which the daemon warns of.
      users: { alice: { password: 'wonder' } },
    };
    writeFileSync(file, stringify(config), { mode: 0o644 });
    const script = fileURLToPath(new URL('journal.bash', import.meta.url));
    const program = lab.own(
      lns.start('journal', ['unshare', '--mount', script, process.execPath, MAIN, 'serve', '-c', file]),
    );
    const show = ['show', 'stats', '--socket', socket];
    await until(
      'the server answers',
      async () => (await lns.run([process.execPath, MAIN, ...show], { allowFailure: true })).code === 0,
    );
    program.signal('SIGTERM');
    expect((await program.waitForExit()).code).toBe(0);

    const entries = program.stdout.lines().map((line) => JSON.parse(line) as Entry);
    const find = (transport: string, message: RegExp): Entry | undefined =>
      entries.find(({ MESSAGE, _TRANSPORT }) => _TRANSPORT === transport && message.test(MESSAGE));
    const ready = find('stdout', /is ready/);
    expect(ready?.PRIORITY).toBe(severity.informational);
    expect(JSON.parse(ready?.MESSAGE ?? '')).toMatchObject({ level: 'info' });
    expect(find('stdout', /"level":"warn"/)?.PRIORITY).toBe(severity.warning);
    expect(find('syslog', /is ready/)).toMatchObject({
      PRIORITY: severity.informational,
      SYSLOG_FACILITY: facilityLocal3,
      SYSLOG_IDENTIFIER: 'kernel-l2tp',
    });
  },
);
