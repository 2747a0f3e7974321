// @ts-check
// Set-up rate with FreeRADIUS on loopback, beside that with local users, in one run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lnsConfig, startPair, takeDown } from './sessions.mjs';
import { namespace, startInside, usageEach, usageOf } from './world.mjs';

const secret = 'testing123';

/**
 * @typedef {object} RadiusBench
 * @property {number[]} sizes
 * @property {number} tunnels
 * @property {number} inFlight
 * @property {number} warmUp calls that each LNS has before those that count
 * @property {string[]} nodeOptions of the LNS process
 * @property {(line: string) => void} say
 */

/** @param {RadiusBench} options */
export async function benchRadius(options) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-radius-'));
  const server = startServer(folder);
  try {
    await sleep(3000);
    const radius = { servers: [{ host: '127.0.0.1', secret }], queue: { directory: join(folder, 'queue') } };
    const { users: _, ...common } = lnsConfig;
    const results = [];
    for (const size of options.sizes) {
      const local = await rate(options, size, lnsConfig, server);
      const remote = await rate(options, size, { ...common, radius }, server);
      const ratio = remote.callsPerSecond / local.callsPerSecond;
      results.push({ size, local, radius: remote, ratio });
      options.say(
        `${size} sessions: ${describe(local)} with local users, ${describe(remote)} with RADIUS, ` +
          `${remote.serverMs.toFixed(2)} ms of its server: ${ratio.toFixed(2)}`,
      );
    }
    return results;
  } finally {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {{ callsPerSecond: number, lnsMs: number }} rate */
const describe = ({ callsPerSecond, lnsMs }) =>
  `${callsPerSecond.toFixed(0)} calls/s (${lnsMs.toFixed(2)} ms of the LNS each)`;

/**
 * @param {RadiusBench} options
 * @param {number} size
 * @param {object} config
 * @param {import('node:child_process').ChildProcess} server
 */
async function rate(options, size, config, server) {
  const { lns, generator } = await startPair(config, options);
  const usage = () => ({ lns: lns.usage(), server: usageOf(/** @type {number} */ (server.pid)) });
  const before = usage();
  const { callsPerSecond, failed } = await generator.up(size);
  const after = usage();
  const [lnsMs, serverMs] = [usageEach(before.lns, after.lns, size), usageEach(before.server, after.server, size)].map(
    ({ userMs, systemMs }) => userMs + systemMs,
  );
  await takeDown(lns, generator);
  await generator.stop();
  await lns.stop();
  return { callsPerSecond, failed, lnsMs, serverMs };
}

/** @param {string} folder */
function startServer(folder) {
  mkdirSync(folder, { recursive: true });
  const put = (/** @type {string} */ name, /** @type {string} */ text) => writeFileSync(join(folder, name), text);
  put('users', 'DEFAULT Cleartext-Password := "pass"\n');
  put('dictionary', '$INCLUDE /usr/share/freeradius/dictionary\n');
  put(
    'radiusd.conf',
    `prefix = /usr
libdir = /usr/lib/freeradius
${['confdir', 'raddbdir', 'logdir', 'run_dir', 'db_dir'].map((name) => `${name} = ${folder}`).join('\n')}
pidfile = ${folder}/pid
max_requests = 16384
proxy_requests = no
log {
  destination = stdout
}
security {
  reject_delay = 0
  status_server = yes
}
client bench {
  ipaddr = 127.0.0.1
  secret = ${secret}
}
modules {
  files {
    usersfile = ${folder}/users
  }
  chap {
  }
  always ok {
    rcode = ok
  }
}
server default {
  listen {
    type = auth
    ipaddr = 127.0.0.1
    port = 1812
  }
  listen {
    type = acct
    ipaddr = 127.0.0.1
    port = 1813
  }
  authorize {
    chap
    files
  }
  authenticate {
    Auth-Type CHAP {
      chap
    }
  }
  accounting {
    ok
  }
  post-auth {
    update reply {
      Message-Authenticator := 0x00
    }
  }
}
`,
  );
  execFileSync('/usr/sbin/freeradius', ['-C', '-d', folder, '-n', 'radiusd', '-l', 'stdout'], { stdio: 'ignore' });
  return startInside(
    namespace.lns,
    // Without threads: it does little for a packet, and to change threads costs more than that.
    ['/usr/sbin/freeradius', '-f', '-s', '-l', 'stdout', '-d', folder, '-n', 'radiusd'],
    ['ignore', 'ignore', 'inherit'],
  );
}
