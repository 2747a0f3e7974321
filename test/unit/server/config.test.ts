import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, formatProblem, loadConfig, parseConfig } from '../../../lib/server/config/index.js';
import { DEFAULT_SOCKET } from '../../../lib/server/default-socket.js';
import { EVERYTHING, SAMPLE, sampleWith } from './sample.js';

describe('a configuration', () => {
  it('of five lines works as it stands', () => {
    expect(parseConfig('lns.yaml', SAMPLE)).toEqual({
      file: 'lns.yaml',
      lns: {
        listen: '0.0.0.0:1701',
        secret: 'tunnel-secret',
        ppp: {
          localAddress: '10.64.0.1',
          dns: ['10.9.0.2', '10.9.0.3'],
          auth: ['mschapv2', 'chap', 'pap'],
        },
        pools: { main: { ranges: ['10.65.0.0/18'], exclude: [] } },
        users: { alice: { password: 'wonder', address: '10.65.1.1' }, '*': { password: 'pass' } },
      },
      log: { level: 'info', format: 'auto' },
      control: { socket: DEFAULT_SOCKET },
      warnings: [],
    });
  });

  it('may be as short as pools and users', () => {
    const { lns } = parseConfig('lns.yaml', 'pools: { a: 10.0.0.0/24 }\nusers: { u: { password: p } }\n');
    expect(lns).toEqual({
      pools: { a: { ranges: ['10.0.0.0/24'], exclude: [] } },
      users: { u: { password: 'p' } },
    });
  });

  it('with every option becomes options of the LNS', () => {
    const loaded = parseConfig('lns.yaml', EVERYTHING);
    expect(loaded.control).toEqual({ socket: '/tmp/k.sock' });
    expect(loaded.log).toEqual({ level: 'trace', format: 'json', syslog: 'local3' });
    expect(loaded.lns).toEqual({
      listen: ['192.0.2.1:1701', '[2001:db8::1]:1702', '192.0.2.2'],
      secret: 'tunnel-secret',
      hideAvps: true,
      hostName: 'lns1',
      receiveWindow: 64,
      helloInterval: 30.5,
      retransmit: { first: 0.5, cap: 4, tries: 7 },
      maxSessions: 1000,
      maxTunnels: 100,
      maxSessionsPerTunnel: 500,
      maxHalfOpenTunnels: 8,
      callRate: { perSecond: 50, burst: 200 },
      maxCallsInProgress: 256,
      sequencing: true,
      reorderTimeout: 50,
      ppp: {
        localAddress: '10.64.0.1',
        dns: ['10.9.0.2'],
        nbns: ['10.9.0.4', '10.9.0.5'],
        auth: ['mschapv2', 'eap'],
        mru: 1400,
        mtu: 1410,
        echoInterval: 10,
        echoFailures: 3,
        restartTimer: 2,
        maxConfigure: 5,
        authTimeout: 20,
        ipv4: true,
        ipv6: true,
        mppe: 'allow',
        mppeKeyLengths: [40, 128],
        mppeStateful: true,
        proxy: false,
      },
      pools: {
        main: { ranges: ['10.65.0.0/18'], exclude: [] },
        guests: { ranges: ['10.66.0.0/24', '10.66.1.5-10.66.1.9'], exclude: [] },
        fixed: { ranges: ['10.67.0.0/24'], exclude: ['10.67.0.1', '10.67.0.8/29'] },
      },
      defaultPool: 'guests',
      users: {
        alice: {
          password: 'wonder',
          address: '10.65.1.1',
          dns: [],
          nbns: ['10.9.0.6'],
          mtu: 1300,
          maxSessions: 1,
          idleTimeout: 600,
          sessionTimeout: 86_400,
          routes: ['192.168.7.0/24'],
          interfaceName: 'alice0',
          ppp: {
            echoInterval: 0,
            echoFailures: 9,
            ipv4: true,
            ipv6: false,
            mppe: 'off',
            localAddress: '10.64.0.2',
          },
        },
        '007': { password: '1234', pool: 'fixed' },
      },
      profiles: [
        {
          name: 'wholesale',
          addresses: ['198.51.100.0/24', '2001:db8:7::/48', '203.0.113.9'],
          hostName: 'lac-*',
          secret: 'other',
          hideAvps: false,
          receiveWindow: 16,
          announceHostName: 'lns-w',
          maxSessionsPerTunnel: 10,
          maxSessions: 20,
          callRate: { perSecond: 0.5 },
          auth: ['mschapv1'],
          pool: 'guests',
          ppp: { mppe: 'require' },
          refuse: true,
        },
      ],
    });
  });

  it('names users as they are written', () => {
    const names = [
      '007',
      '0x1f',
      '1e3',
      'on',
      'null',
      'true',
      'a b',
      'x@y.example',
      'BIGCO\\bob',
      'constructor',
    ];
    const users = names.map((name) => `  ${name}: { password: p }`).join('\n');
    const { lns } = parseConfig('lns.yaml', `pools: { a: 10.0.0.0/24 }\nusers:\n${users}\n`);
    expect(Object.keys(lns.users ?? {}).sort()).toEqual([...names].sort());
  });

  it('may share values by aliases', () => {
    const text = `pools: { a: 10.0.0.0/24 }
users:
  one: &guest { password: p, idle-timeout: 60, ppp: &ppp { echo-interval: 5 } }
  two: *guest
  three: { password: q, ppp: *ppp }
`;
    const { lns } = parseConfig('lns.yaml', text);
    expect(lns.users).toMatchObject({
      two: { password: 'p', idleTimeout: 60, ppp: { echoInterval: 5 } },
      three: { password: 'q', ppp: { echoInterval: 5 } },
    });
    // An error in a shared value is reported where the value is.
    expect(() => parseConfig('f', text.replace('echo-interval: 5', 'echo-interval: -1'))).toThrow(
      /^f:3:75: /,
    );
  });
});

describe('warnings', () => {
  const warningsOf = (text: string) => parseConfig('lns.yaml', text).warnings.map(formatProblem);
  it.each([
    [
      'encryption that nobody can get',
      sampleWith('auth: [mschapv2, chap, pap]', 'auth: [chap], mppe: allow'),
      'lns.yaml:3:81: ppp.mppe: MPPE takes its keys from MS-CHAP; add mschapv2 to auth, or nobody will get encryption',
    ],
    [
      'encryption that some cannot get',
      sampleWith('dns:', 'mppe: require, dns:'),
      'lns.yaml:3:40: ppp.mppe: who authenticates by chap or pap will be refused for lack of keys',
    ],
    [
      'one address of two users',
      sampleWith('"*"', 'bob: { password: p, address: 10.65.1.1 }, "*"'),
      'lns.yaml:5:88: users.bob.address: is also that of users.alice.address: only one of the two can be connected at a time',
    ],
    [
      'several sessions with one address',
      sampleWith('password: wonder', 'password: wonder, max-sessions: 2'),
      'lns.yaml:5:51: users.alice.max-sessions: with an address of its own the user can have one session only',
    ],
    [
      'a pool beside an address',
      sampleWith('password: wonder', 'password: wonder, pool: main'),
      'lns.yaml:5:43: users.alice.pool: is not used, since the user has an address of its own',
    ],
    [
      'a profile that no LAC reaches',
      `${SAMPLE}profiles: [{ name: all }, { name: some, host-name: x }]\n`,
      'lns.yaml:6:27: profiles[1]: is never used: the profile "all" before it matches every LAC',
    ],
  ])('%s', (_, text, warning) => {
    expect(warningsOf(text)).toContain(warning);
  });
});

describe('files', () => {
  let folder: string;
  const file = (name: string, content: string | Uint8Array, mode = 0o600): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-'));
    mkdirSync(join(folder, 'sub'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const failure = (path: string): string => {
    try {
      loadConfig(path);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as Error).message;
    }
    return 'none';
  };

  it('that cannot be read are named', () => {
    expect(failure(join(folder, 'none.yaml'))).toBe(
      `${folder}/none.yaml: cannot read the file: there is no such file`,
    );
    expect(failure(folder)).toBe(`${folder}: cannot read the file: it is a directory`);
    expect(failure('/etc/hostname/x')).toMatch(/a part of its path is not a directory$/);
    expect(failure('')).toMatch(/there is no such file/);
  });

  it('must be UTF-8, with or without a byte order mark', () => {
    const latin1 = file('latin1.yaml', Buffer.from('# a\nhost-name: l\u00e4b\n', 'latin1'));
    expect(failure(latin1)).toBe(`${latin1}:2:13: this is not UTF-8; save the file as UTF-8`);
    const utf16 = file('utf16.yaml', Buffer.from(`\ufeff${SAMPLE}`, 'utf16le'));
    expect(failure(utf16)).toBe(`${utf16}:1:1: this is not UTF-8; save the file as UTF-8`);
    const cut = file('cut.yaml', Buffer.from('host-name: l\u00e4', 'utf8').subarray(0, -1));
    expect(failure(cut)).toMatch(/not UTF-8/);
    expect(loadConfig(file('bom.yaml', `\ufeff${SAMPLE}`)).lns.secret).toBe('tunnel-secret');
    expect(loadConfig(file('dos.yaml', SAMPLE.replaceAll('\n', '\r\n'))).lns.secret).toBe('tunnel-secret');
  });

  it('must not be endless', () => {
    expect(failure(file('large.yaml', `# ${'x'.repeat(17 * 1024 * 1024)}`))).toMatch(/over 16777216 octets/);
  });

  it('hold secrets, without the newline at their end', () => {
    const load = (content: string): string | undefined => {
      file('sub/secret', content);
      return loadConfig(file('c.yaml', sampleWith('tunnel-secret', '{ file: sub/secret }'))).lns.secret;
    };
    expect(load('s3cret')).toBe('s3cret');
    expect(load('s3cret\n')).toBe('s3cret');
    expect(load('s3cret\r\n')).toBe('s3cret');
    expect(load('s3cret\n\n')).toBe('s3cret\n');
    expect(load(' s3cret ')).toBe(' s3cret ');
    expect(load('s\u00e4cret')).toBe('s\u00e4cret');
  });

  it('that hold no secret are named', () => {
    const config = (name: string): string =>
      failure(file('c.yaml', sampleWith('wonder', `{ file: ${name} }`))).replaceAll(folder, '.');
    expect(config('none')).toBe(
      './c.yaml:5:37: users.alice.password.file: cannot read "./none": there is no such file',
    );
    expect(config('sub')).toMatch(/cannot read "\.\/sub": it is a directory$/);
    file('empty', '\n');
    expect(config('empty')).toMatch(/"\.\/empty" is empty; write the secret into it$/);
    file('binary', Uint8Array.of(0xff, 0xfe));
    expect(config('binary')).toMatch(/"\.\/binary" is not UTF-8 text$/);
    file('big', 'x'.repeat(70_000));
    expect(config('big')).toMatch(/has 70000 octets, which is too much for a secret$/);
  });

  it('that everybody can read are warned of', () => {
    const warnings = (path: string): string =>
      loadConfig(path).warnings.map(formatProblem).join('\n').replaceAll(folder, '.');
    file('open', 's3cret', 0o644);
    const withFile = SAMPLE.replace('tunnel-secret', '{ file: open }');
    expect(warnings(file('c.yaml', withFile))).toBe(
      './c.yaml:2:17: secret.file: every user of this machine can read "./open"; chmod 600 mends it',
    );
    expect(warnings(file('c.yaml', SAMPLE, 0o644))).toBe(
      './c.yaml: every user of this machine can read the secrets in this file; chmod 600 mends it',
    );
    expect(warnings(file('c.yaml', SAMPLE, 0o640))).toBe('');
    file('closed', 's3cret');
    const outside = 'pools: { a: 10.0.0.0/24 }\nusers: { u: { password: { file: closed } } }\n';
    expect(warnings(file('c.yaml', outside, 0o644))).toBe('');
  });

  it('and the environment give each secret', () => {
    file('s', 'from-file\n');
    const text = `pools: { a: 10.0.0.0/24 }
secret: { env: TUNNEL }
users: { u: { password: { file: s } }, v: { password: { env: V } } }
profiles: [{ name: p, secret: { file: s } }, { name: q, addresses: [10.1.1.1], secret: { env: TUNNEL } }]
`;
    const { lns } = loadConfig(file('c.yaml', text), { env: { TUNNEL: 't\n', V: 'v' } });
    expect(lns.secret).toBe('t\n');
    expect(lns.users).toEqual({ u: { password: 'from-file' }, v: { password: 'v' } });
    expect(lns.profiles?.map(({ secret }) => secret)).toEqual(['from-file', 't\n']);
  });
});

describe('size', () => {
  it('of 10,000 users is no trouble', { timeout: 60_000 }, () => {
    const users = Array.from(
      { length: 10_000 },
      (_, i) => `  user${i}: { password: p${i}, idle-timeout: 60 }`,
    );
    const started = process.cpuUsage();
    const { lns } = parseConfig('lns.yaml', `pools: { a: 10.0.0.0/8 }\nusers:\n${users.join('\n')}\n`);
    expect(Object.keys(lns.users ?? {})).toHaveLength(10_000);
    // 1 s; quadratic work would be a hundred times that.
    expect(process.cpuUsage(started).user).toBeLessThan(20_000_000);
  });
});
