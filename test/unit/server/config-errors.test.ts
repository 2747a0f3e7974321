import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../lib/server/config/index.js';
import { SAMPLE, sampleWith } from './sample.js';

/** The error's lines without the file's name. */
function errorsOf(text: string): string[] {
  try {
    parseConfig('lns.yaml', text, { env: {} });
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.split('\n').map((line) => line.replace(/^lns\.yaml:? ?/, ''));
  }
}

type Row = readonly [what: string, text: string, ...errors: string[]];
const rows = (table: readonly Row[]): void => {
  it.each(table)('%s', (_, text, ...errors) => {
    expect(errorsOf(text)).toEqual(errors);
  });
};

describe('the file', () => {
  rows([
    ['empty', '', 'the file is empty; write a map of options, such as listen: 0.0.0.0:1701'],
    [
      'comments only',
      '# nothing\n',
      'the file is empty; write a map of options, such as listen: 0.0.0.0:1701',
    ],
    ['a null', '~', '1:1: the file is empty; write a map of options, such as listen: 0.0.0.0:1701'],
    [
      'a text, as for want of a blank',
      'listen:0.0.0.0:1701',
      '1:1: the file holds text instead of options; write a map of options, such as listen: 0.0.0.0:1701',
    ],
    [
      'a list',
      '- listen: 0.0.0.0:1701',
      '1:1: the file holds a list instead of options; write a map of options, such as listen: 0.0.0.0:1701',
    ],
    [
      'a second document',
      `${SAMPLE}---\na: 1\n`,
      '7:1: a second document begins here; keep one, and remove the "---"',
    ],
    [
      'an old %YAML directive',
      `%YAML 1.1\n---\n${SAMPLE}`,
      '1:1: a %YAML directive changes how words are read; leave it out',
    ],
  ]);
});

describe('syntax', () => {
  rows([
    ['a tab', 'ppp:\n\tmru: 1460\n', '2:1: a tab cannot indent; use spaces'],
    [
      'an open bracket',
      'listen: [0.0.0.0:1701\n',
      '2:1: wrong indentation or a missing bracket; align keys of one map, and close every [ and {',
    ],
    [
      'an open quote',
      'secret: "abc\n',
      '2:1: something is missing here: a closing quote, a comma, or a ":" with a space after it',
    ],
    [
      'a colon in a value',
      'secret: abc: def\n',
      '1:9: a second ": " in one line, or a line indented too far; put a value that holds ": " in quotes',
    ],
    [
      'a reserved character',
      'secret: @abc\n',
      '1:9: a value cannot begin with this character; put the value in quotes',
    ],
    [
      'a tag',
      'secret: !abc def\n',
      '1:9: this tag ("!...") does not fit its value; put text that begins with "!" in quotes',
    ],
    [
      'a plain star for any user',
      sampleWith('"*"', '*'),
      '5:60: this alias has no right name; a plain "*" needs quotes',
      '5:62: something is missing here: a closing quote, a comma, or a ":" with a space after it',
    ],
    [
      'an alias of nothing',
      sampleWith('wonder', '*wonder'),
      '5:29: users.alice.password: no value before this is named &wonder; a "*" in a name needs quotes',
    ],
    [
      'an alias in itself',
      'pools: &p [*p]\n',
      '1:12: pools[0]: this alias stands for a value that holds the alias itself',
    ],
    [
      'a key twice',
      `${SAMPLE}secret: other\n`,
      '6:1: secret: "secret" is here twice, first in line 2; keep one of them',
    ],
    [
      'a user twice',
      sampleWith('"*"', 'alice'),
      '5:59: users.alice: "alice" is here twice, first in line 5; keep one of them',
    ],
    ['a merge key', `${SAMPLE}<<: { mru: 1460 }\n`, '6:1: "<<" cannot be a key here; write the options out'],
    [
      'a prototype',
      `${SAMPLE}__proto__: { mru: 1460 }\n`,
      '6:1: "__proto__" cannot be a key here; write the options out',
    ],
    [
      'a list as a key',
      `${SAMPLE}? [a]\n: b\n`,
      '6:3: a key must be plain text; write "*" and other special names in quotes',
    ],
  ]);

  it('refuses depth before it can hurt', () => {
    const deep = 'lists and maps are nested too deeply';
    for (const piece of ['[', '{a: ', '- ', '? ']) {
      expect(errorsOf(piece.repeat(50_000)).join()).toContain(deep);
    }
    expect(errorsOf(`a: ${'[1, '.repeat(150)}`)[0]).toContain(deep);
  });

  it('refuses aliases that multiply', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(10)}]`);
    const started = process.cpuUsage();
    expect(errorsOf(lines.join('\n'))).toContainEqual(
      expect.stringContaining('aliases repeat too many values'),
    );
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });
});

describe('options', () => {
  rows([
    ['a misspelt option', `${SAMPLE}secrt: x\n`, '6:1: secrt: is not an option here; did you mean secret?'],
    [
      'letters swapped',
      sampleWith('listen', 'lisetn'),
      '1:1: lisetn: is not an option here; did you mean listen?',
    ],
    [
      'camel case',
      sampleWith('local-address', 'localAddress'),
      '3:8: ppp.localAddress: is not an option here; did you mean local-address?',
    ],
    [
      'snake case',
      `${SAMPLE}hello_interval: 9\n`,
      '6:1: hello_interval: is not an option here; did you mean hello-interval?',
    ],
    [
      'an option in the wrong place',
      `${SAMPLE}local-address: 10.64.0.1\n`,
      '6:1: local-address: is not an option here, but ppp.local-address is; move it there',
    ],
    [
      'an unknown option of a user',
      sampleWith('address: 10.65.1.1', 'adress: 10.65.1.1'),
      '5:37: users.alice.adress: is not an option here; did you mean address?',
    ],
    [
      'nothing like it',
      `${SAMPLE}log: { zzzzzzzz: 1 }\n`,
      '6:8: log.zzzzzzzz: is not an option here; there are level, format, syslog',
    ],
    [
      'two at once, and a value',
      `${SAMPLE}foo-bar-baz: 1\nmax-tunnels: 0\nsequencing: "yes"\n`,
      '6:1: foo-bar-baz: is not an option here; there are listen, secret, hide-avps, host-name, receive-window, ' +
        'hello-interval, retransmit, max-sessions, session-limit, max-tunnels, max-sessions-per-tunnel, max-half-open-tunnels, ' +
        'call-rate, max-calls-in-progress, max-starting-calls, sequencing, reorder-timeout, ppp, pools, ipv6, ' +
        'dscp, copy-dscp, shape-upstream, filter-table, default-pool, users, profiles, ' +
        'lac, radius, control, http, log',
      '7:14: max-tunnels: 0 is too small, the least is 1; write a whole number, such as max-tunnels: 65535',
      '8:13: sequencing: is text; write true or false',
    ],
  ]);
});

describe('values', () => {
  rows([
    [
      'text for a number',
      `${SAMPLE}hello-interval: "60"\n`,
      '6:17: hello-interval: is text; write a number, such as hello-interval: 60',
    ],
    [
      'a part of a whole',
      `${SAMPLE}receive-window: 1.5\n`,
      '6:17: receive-window: is not a whole number; write a whole number, such as receive-window: 128',
    ],
    [
      'too much',
      `${SAMPLE}hello-interval: 1e9\n`,
      '6:17: hello-interval: 1000000000 is too large, the most is 86400 s; write a number, such as hello-interval: 60',
    ],
    [
      'infinity',
      `${SAMPLE}hello-interval: .inf\n`,
      '6:17: hello-interval: is a number; write a number, such as hello-interval: 60',
    ],
    ['an old YAML word', `${SAMPLE}hide-avps: on\n`, '6:12: hide-avps: is text; write true or false'],
    [
      'a bad address',
      sampleWith('10.9.0.2', '10.9.0.300'),
      '3:40: ppp.dns[0]: "10.9.0.300" is not right; write an IPv4 address, such as 10.64.0.1',
    ],
    [
      'an octal address',
      sampleWith('local-address: 10.64.0.1', 'local-address: 010.64.0.1'),
      '3:23: ppp.local-address: "010.64.0.1" is not right; write an IPv4 address, such as local-address: 10.64.0.1',
    ],
    [
      'three name servers',
      sampleWith('10.9.0.3', '10.9.0.3, 10.9.0.4'),
      '3:39: ppp.dns: has 3 entries, the most is 2; write a list of at most two IPv4 addresses, such as dns: [10.9.0.2, 10.9.0.3]',
    ],
    [
      'one authentication protocol',
      sampleWith('[mschapv2, chap, pap]', 'chap'),
      '3:67: ppp.auth: is text; write a list of pap, chap, mschapv1, mschapv2, eap, such as auth: [mschapv2, chap, pap]',
    ],
    [
      'an unknown one',
      sampleWith('mschapv2', 'mschap2'),
      '3:68: ppp.auth[0]: "mschap2" is not right; did you mean mschapv2? Write one of pap, chap, mschapv1, mschapv2, eap',
    ],
    [
      'none',
      sampleWith('[mschapv2, chap, pap]', '[]'),
      '3:67: ppp.auth: is an empty list; write a list of pap, chap, mschapv1, mschapv2, eap, such as auth: [mschapv2, chap, pap]',
    ],
    ['one twice', sampleWith('mschapv2', 'pap'), '3:79: ppp.auth[2]: pap is here twice'],
    [
      'a port too high',
      sampleWith('1701', '71701'),
      '1:9: listen: "0.0.0.0:71701" is not right; write ADDRESS:PORT or a list of them, such as listen: 0.0.0.0:1701',
    ],
    [
      'a host name',
      sampleWith('0.0.0.0:1701', 'lns.example:1701'),
      '1:9: listen: "lns.example:1701" is not right; write ADDRESS:PORT or a list of them, such as listen: 0.0.0.0:1701',
    ],
    [
      'IPv6 without brackets',
      sampleWith('0.0.0.0:1701', '[0.0.0.0:1701, "::1:1701"]'),
      '1:24: listen[1]: "::1:1701" is not right; write ADDRESS:PORT, such as 0.0.0.0:1701',
    ],
    [
      'IPv6 without quotes',
      sampleWith('0.0.0.0:1701', '[::]:1701'),
      '1:13: this does not belong here; put the whole value in quotes, or begin a new line',
    ],
    [
      'a listener twice',
      sampleWith('0.0.0.0:1701', '[0.0.0.0, 0.0.0.0:1701]'),
      '1:19: listen[1]: 0.0.0.0:1701 is here twice; keep one of them',
    ],
    [
      'nothing',
      sampleWith('[10.65.0.0/18]', ''),
      '4:17: pools.main: has no value; write a CIDR, a list of CIDRs and ranges, or a map with ranges, such as main: [10.65.0.0/18]',
    ],
    [
      'a mode',
      sampleWith('dns:', 'mppe: yes, dns:'),
      '3:40: ppp.mppe: "yes" is not right; write one of off, allow, require',
    ],
    [
      'a relative socket',
      `${SAMPLE}control: { socket: api.sock }\n`,
      '6:20: control.socket: "api.sock" is not right; write an absolute path of at most 107 octets, such as socket: /run/kernel-l2tp/api.sock',
    ],
    [
      'a level',
      `${SAMPLE}log: { level: verbose }\n`,
      '6:15: log.level: "verbose" is not right; write one of trace, debug, info, warn, error, silent',
    ],
    [
      'a section that is text',
      `${SAMPLE}log: debug\n`,
      '6:6: log: is text; write a map of options, such as log: { level: debug }',
    ],
  ]);
});

describe('secrets and passwords', () => {
  rows([
    [
      'an empty secret',
      sampleWith('tunnel-secret', '""'),
      '2:9: secret: is empty; write text, { file: PATH } or { env: NAME }',
    ],
    [
      'no value',
      sampleWith('tunnel-secret', ''),
      '2:19: secret: has no value; write text, { file: PATH } or { env: NAME }',
    ],
    [
      'a number',
      sampleWith('wonder', '4711'),
      '5:29: users.alice.password: is a number; put it in quotes, since it is text: "..."',
    ],
    [
      'a list',
      sampleWith('tunnel-secret', '[a]'),
      '2:9: secret: is a list; write text, { file: PATH } or { env: NAME }',
    ],
    [
      'a misspelt source',
      sampleWith('tunnel-secret', '{ fil: /x }'),
      '2:11: secret.fil: is not an option here; did you mean file?',
    ],
    [
      'both sources',
      sampleWith('tunnel-secret', '{ file: /x, env: X }'),
      '2:9: secret: needs one of file and env; write text, { file: PATH } or { env: NAME }',
    ],
    [
      'no source',
      sampleWith('tunnel-secret', '{}'),
      '2:9: secret: needs one of file and env; write text, { file: PATH } or { env: NAME }',
    ],
    [
      'an empty path',
      sampleWith('tunnel-secret', '{ file: "" }'),
      '2:17: secret.file: is empty; write the path of a file, such as file: /etc/kernel-l2tp/secret',
    ],
    [
      'no password',
      sampleWith('password: wonder, ', ''),
      '5:17: users.alice.password: is missing; add text, { file: PATH } or { env: NAME }',
    ],
    [
      'an unset variable',
      sampleWith('wonder', '{ env: ALICE }'),
      '5:36: users.alice.password.env: the environment variable "ALICE" is not set; set it',
    ],
  ]);

  it('are never in an error', () => {
    const hidden = 'hunter2-s3cret';
    const texts = [
      `secret: ${hidden}: x`,
      `secret: "${hidden}`,
      `secret: @${hidden}`,
      `secret: ${hidden} &x !y`,
      `secret: [${hidden}]`,
      `secret: {${hidden}: 1`,
      `secret: |${hidden}\n x`,
      `secret: '${hidden}' x`,
      `users: { a: { password: [${hidden}] } }`,
      `users: { a: { password: ${hidden}, password: ${hidden} } }`,
      `users: { a: { password: !!int ${hidden} } }`,
      `profiles: [{ name: x, secret: [${hidden}] }]`,
      `secret: "${hidden}\\q"`,
    ];
    for (const text of texts) {
      const errors = errorsOf(text);
      expect(errors.length, text).toBeGreaterThan(0);
      // A secret in the place of a key is the one that a parser cannot know to be one.
      if (!text.includes('{hunter')) expect(errors.join('\n'), text).not.toContain(hidden);
    }
  });
});

describe('what has to fit', () => {
  rows([
    [
      'hiding without a secret',
      sampleWith('secret: tunnel-secret ', 'hide-avps: true'),
      '2:12: hide-avps: AVPs are hidden with the secret, and there is none; add secret',
    ],
    [
      'hiding without a secret in a profile',
      `${sampleWith('secret: tunnel-secret ', '')}profiles: [{ name: a, hide-avps: true }]\n`,
      '6:34: profiles[0].hide-avps: AVPs are hidden with the secret, and there is none; add secret',
    ],
    [
      'a cap below the first repeat',
      `${SAMPLE}retransmit: { first: 9 }\n`,
      '6:22: retransmit.first: cap (8 s) must be at least first (9 s)',
    ],
    [
      'a cap below the first repeat',
      `${SAMPLE}retransmit: { cap: 0.5 }\n`,
      '6:20: retransmit.cap: cap (0.5 s) must be at least first (1 s)',
    ],
    [
      'neither family',
      sampleWith('dns:', 'ipv4: false, dns:'),
      '3:40: ppp.ipv4: subscribers would get neither IPv4 nor IPv6; set one of them to true',
    ],
    [
      'IPv6 in too small packets',
      sampleWith('dns:', 'ipv6: true, mtu: 1200, dns:'),
      '3:51: ppp.mtu: IPv6 needs at least 1280 octets (RFC 8200)',
    ],
    [
      'neither family for a user',
      sampleWith('password: wonder', 'password: wonder, ppp: { ipv4: false }'),
      '5:50: users.alice.ppp.ipv4: leaves neither IPv4 nor IPv6',
    ],
    [
      'encryption without MS-CHAP',
      sampleWith('auth: [mschapv2, chap, pap]', 'auth: [chap], mppe: require'),
      '3:81: ppp.mppe: MPPE takes its keys from MS-CHAP; add mschapv2 to auth',
    ],
    [
      'encryption for a user without MS-CHAP',
      sampleWith('mschapv2, chap, pap] }', 'eap] }').replace('wonder', 'wonder, ppp: { mppe: require }'),
      '5:50: users.alice.ppp.mppe: MPPE takes its keys from MS-CHAP; add mschapv2 to auth',
    ],
    [
      'nobody',
      SAMPLE.split('\n').slice(0, 4).join('\n'),
      '1:1: users: nobody could log in; add users: { alice: { password: wonder } }',
    ],
    [
      'nobody',
      sampleWith('{ alice: { password: wonder, address: 10.65.1.1 }, "*": { password: pass } }', '{}'),
      '5:8: users: nobody could log in; add users: { alice: { password: wonder } }',
    ],
    [
      'no address for a user',
      sampleWith('pools: { main: [10.65.0.0/18] }', ''),
      '1:1: pools: are missing: users.* has no address to get; add pools: { main: [10.65.0.0/18] }',
    ],
    [
      'no address of its own',
      'users: { a: { password: p, address: 10.65.1.1 } }\n',
      "1:1: ppp.local-address: is missing: the LNS's own address on every session, where no pool has one for it; add ppp: { local-address: 10.64.0.1 }",
    ],
    [
      'the address of the LNS',
      sampleWith('10.65.1.1', '10.64.0.1'),
      "5:46: users.alice.address: 10.64.0.1 is the LNS's own local-address; give the user another",
    ],
    [
      'an address of no host',
      sampleWith('10.65.1.1', '224.0.0.1'),
      '5:46: users.alice.address: 224.0.0.1 cannot be the address of a subscriber',
    ],
    [
      'one address for everybody',
      sampleWith('password: pass', 'password: pass, address: 10.65.1.2'),
      '5:91: users.*.address: one address cannot serve every user without an entry; name a pool instead',
    ],
    [
      'one interface for everybody',
      sampleWith('password: pass', 'password: pass, interface-name: ppp9'),
      '5:98: users.*.interface-name: one name cannot serve every user without an entry; leave it out',
    ],
    [
      'one interface for two',
      `${SAMPLE.replace('users: {', 'users: { a: { password: p, interface-name: x0 }, b: { password: p, interface-name: x0 },')}`,
      '5:84: users.b.interface-name: is also that of users.a.interface-name; interface names are unique',
    ],
    [
      'an unknown pool of a user',
      sampleWith('password: pass', 'password: pass, pool: mian'),
      '5:88: users.*.pool: there is no pool "mian"; did you mean main?',
    ],
    [
      'an unknown default pool',
      `${SAMPLE}default-pool: other\n`,
      '6:15: default-pool: there is no pool "other"; the pools are main',
    ],
    [
      'an unknown pool of a profile',
      `${SAMPLE}profiles: [{ name: a, pool: Main }]\n`,
      '6:29: profiles[0].pool: there is no pool "Main"; did you mean main?',
    ],
    [
      'a profile twice',
      `${SAMPLE}profiles: [{ name: a, host-name: x }, { name: a }]\n`,
      '6:47: profiles[1].name: there is a profile "a" before; names are unique',
    ],
    [
      'a profile without a name',
      `${SAMPLE}profiles: [{ host-name: x }]\n`,
      '6:12: profiles[0].name: is missing; add a name, such as name: wholesale',
    ],
  ]);
});

describe('pools', () => {
  rows([
    [
      'host bits',
      sampleWith('10.65.0.0/18', '10.65.1.0/18'),
      '4:17: pools.main[0]: "10.65.1.0/18" is not right; the network is 10.65.0.0/18',
    ],
    [
      'a range backwards',
      sampleWith('[10.65.0.0/18]', '10.65.0.9-10.65.0.1'),
      '4:16: pools.main: "10.65.0.9-10.65.0.1" is not right; its ends are the wrong way round; write 10.65.0.1-10.65.0.9',
    ],
    [
      'a name',
      sampleWith('[10.65.0.0/18]', '{ ranges: [10.65.0.0/18], exclude: [lan] }'),
      '4:52: pools.main.exclude[0]: "lan" is not right; write a network (10.65.0.0/18), a range (10.65.0.10-10.65.0.99) or an address',
    ],
    [
      'a number',
      sampleWith('10.65.0.0/18', '10'),
      '4:17: pools.main[0]: is a number; write a CIDR or a range, such as 10.65.0.0/18',
    ],
    [
      'no ranges',
      sampleWith('[10.65.0.0/18]', '{ exclude: [10.65.0.1] }'),
      '4:16: pools.main.ranges: is missing; add a CIDR or a list of CIDRs and ranges, such as ranges: [10.65.0.0/18]',
    ],
    [
      'nothing left',
      sampleWith('[10.65.0.0/18]', '{ ranges: 10.65.0.0/30, exclude: [10.65.0.0/16] }'),
      '4:10: pools.main: pool main has no address; add a range, or exclude less',
    ],
    [
      'only the own address left',
      sampleWith('[10.65.0.0/18]', '10.64.0.1'),
      '4:10: pools.main: pool main has no address; add a range, or exclude less',
    ],
    [
      'addresses of two pools',
      sampleWith('main: [10.65.0.0/18]', 'main: [10.65.0.0/18], other: [10.1.0.0/24, 10.65.3.0/24]'),
      '4:53: pools.other[1]: 10.65.3.1 is also in pools.main[0]; an address belongs to one pool',
    ],
    [
      'addresses that no host has',
      sampleWith('10.65.0.0/18', '224.0.0.0/24'),
      '4:10: pools.main: pool main: no host can have 224.0.0.0-224.0.0.255, which is in 224.0.0.0/24',
    ],
    [
      'a name that is a number',
      sampleWith('main:', '7:'),
      '4:10: pools.7: is not a right name; write a map from pool names (which begin with a letter) to addresses, such as { main: [10.65.0.0/18] }',
    ],
  ]);
});
