// @ts-check
// Set-up rate with FreeRADIUS on loopback, beside that with local users, in one run.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lnsConfig } from './sessions.mjs';
import { LnsProcess, LoadProcess, namespace, startInside, until } from './world.mjs';

const secret = 'testing123';

/**
 * @param {{ sizes: number[], tunnels: number, inFlight: number, nodeOptions: string[], say: (line: string) => void }} options
 */
export async function benchRadius(options) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-radius-'));
  const server = startServer(folder);
  try {
    await sleep(3000);
    const radius = { servers: [{ host: '127.0.0.1', secret }], queue: { directory: join(folder, 'queue') } };
    const { users: _, ...common } = lnsConfig;
    const results = [];
    for (const size of options.sizes) {
      const local = await rate(options, size, lnsConfig);
      const remote = await rate(options, size, { ...common, radius });
      const ratio = remote.callsPerSecond / local.callsPerSecond;
      results.push({ size, local: local.callsPerSecond, radius: remote.callsPerSecond, failed: remote.failed, ratio });
      options.say(
        `${size} sessions: ${local.callsPerSecond.toFixed(0)} calls/s with local users, ` +
          `${remote.callsPerSecond.toFixed(0)} with RADIUS: ${ratio.toFixed(2)}`,
      );
    }
    return results;
  } finally {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {{ tunnels: number, inFlight: number, nodeOptions: string[] }} options
 * @param {number} size
 * @param {object} config
 */
async function rate(options, size, config) {
  const lns = await LnsProcess.start(config, options.nodeOptions);
  await sleep(1000);
  const load = new LoadProcess([
    ...['--sessions', String(size), '--tunnels', String(options.tunnels)],
    ...['--in-flight', String(options.inFlight)],
  ]);
  const up = await load.report('up');
  load.hangUp();
  await load.report('down');
  await load.ended();
  await until('interfaces are gone', () => lns.interfaces() === 0, 600_000, 200);
  await lns.stop();
  return up;
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
  detail {
    filename = ${folder}/detail
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
    detail
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
    ['/usr/sbin/freeradius', '-f', '-l', 'stdout', '-d', folder, '-n', 'radiusd'],
    ['ignore', 'ignore', 'inherit'],
  );
}
