import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Lab } from './lab.js';
import type { Namespace } from './namespace.js';
import type { Program } from './processes.js';

/** Secret of every RADIUS exchange in tests. */
export const RADIUS_SECRET = 'testing123';

export interface FreeRadiusOptions {
  /** The `users` file: check items, then reply items in indented lines. */
  readonly users: string;
  readonly authPort?: number;
  readonly acctPort?: number;
  readonly secret?: string;
  /** Folder of an earlier instance, whose records this one goes on with. */
  readonly directory?: string;
}

let servers = 0;

/** Debian's FreeRADIUS in a namespace: PAP, CHAP, MS-CHAP and EAP against a `users` file, records into a detail file. */
export class FreeRadius {
  readonly program: Program;
  readonly directory: string;

  private constructor(program: Program, directory: string) {
    this.program = program;
    this.directory = directory;
  }

  static async start(lab: Lab, namespace: Namespace, options: FreeRadiusOptions): Promise<FreeRadius> {
    const { authPort = 1812, acctPort = 1813, secret = RADIUS_SECRET } = options;
    const directory = options.directory ?? lab.path(`radius-${++servers}`);
    if (!existsSync(directory)) mkdirSync(directory);
    const put = (name: string, text: string): void => writeFileSync(`${directory}/${name}`, text);
    put('users', options.users);
    put('dictionary', '$INCLUDE /usr/share/freeradius/dictionary\n');
    put('radiusd.conf', configuration(directory, authPort, acctPort, secret));
    chmodSync(directory, 0o700);
    const program = lab.own(
      namespace.start('freeradius', [
        '/usr/sbin/freeradius',
        '-fxx',
        '-l',
        'stdout',
        '-d',
        directory,
        '-n',
        'radiusd',
      ]),
    );
    await program.waitForLine(/Ready to process requests/);
    return new FreeRadius(program, directory);
  }

  /** Accounting records in the order of their arrival, each with its attributes. */
  records(): Record<string, string>[] {
    const file = `${this.directory}/detail`;
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n\n')
      .filter((text) => text.trim() !== '')
      .map((text) => {
        const pairs = [...text.matchAll(/^\t([\w-]+)(?::\d+)? = (.*)$/gm)].map(
          ([, name = '', value = '']): [string, string] => [name, value.replace(/^"(.*)"$/, '$1')],
        );
        return Object.fromEntries(pairs);
      });
  }

  async kill(): Promise<void> {
    this.program.signal('SIGKILL');
    await this.program.waitForExit();
  }
}

const configuration = (directory: string, authPort: number, acctPort: number, secret: string): string => `
prefix = /usr
libdir = /usr/lib/freeradius
confdir = ${directory}
raddbdir = ${directory}
logdir = ${directory}
run_dir = ${directory}
db_dir = ${directory}
pidfile = ${directory}/pid
max_requests = 16384
cleanup_delay = 0
proxy_requests = no
log {
  destination = stdout
}
security {
  reject_delay = 0
  status_server = yes
}
client lab {
  ipaddr = 0.0.0.0/0
  secret = ${secret}
}
modules {
  files {
    usersfile = ${directory}/users
  }
  pap {
  }
  chap {
  }
  mschap {
  }
  eap {
    default_eap_type = md5
    md5 {
    }
  }
  detail {
    filename = ${directory}/detail
    permissions = 0600
  }
}
server default {
  listen {
    type = auth
    ipaddr = *
    port = ${authPort}
  }
  listen {
    type = acct
    ipaddr = *
    port = ${acctPort}
  }
  authorize {
    chap
    mschap
    eap {
      ok = return
    }
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
    Auth-Type CHAP {
      chap
    }
    Auth-Type MS-CHAP {
      mschap
    }
    eap
  }
  accounting {
    detail
  }
  post-auth {
    update reply {
      Message-Authenticator := 0x00
    }
    Post-Auth-Type REJECT {
      update reply {
        Message-Authenticator := 0x00
      }
    }
  }
}
`;
