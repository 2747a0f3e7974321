import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ConfigError,
  dialJsonSchema,
  dialReference,
  loadDialConfig,
  parseDialConfig,
} from '../../../lib/server/config/index.js';

const PAGE = new URL('../../../docs/dial.md', import.meta.url);
const BEGIN = '<!-- options: written by the unit test with UPDATE_DOCS=1 -->\n\n';
const END = '\n\n<!-- end of options -->';

const small = 'lns: vpn.example.net\nuser: alice\npassword: wonder\n';

const problems = (text: string): string[] => {
  try {
    parseDialConfig('dial.yaml', text, { env: {} });
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
};

describe('a dial configuration', () => {
  it('needs little', () => {
    const { dial, host, log, warnings } = parseDialConfig('dial.yaml', small);
    expect(dial).toMatchObject({
      lns: [{ host: 'vpn.example.net', port: 1701 }],
      user: 'alice',
      password: 'wonder',
      redial: { persist: true, first: 1000, cap: 60_000, maxTries: 0 },
      ppp: { mppe: { mode: 'off' } },
    });
    expect(dial).not.toHaveProperty('answer');
    expect(host).toEqual({});
    expect(log).toEqual({ level: 'info', format: 'auto' });
    expect(warnings).toEqual([]);
  });

  it('says everything in the units of the library', () => {
    const text = `
lns: [vpn1.example.net:1702, "[2001:db8::1]", 192.0.2.1]
user: alice
password: { env: PASSWORD }
secret: s
hide-avps: true
local: 192.0.2.7:1701
auth: [mschapv2]
mppe: require
mppe-key-lengths: [40, 128]
ipv6: true
hello-interval: 1.5
retransmit: { first: 0.1, cap: 0.2, tries: 3 }
echo-interval: 5
default-route: true
routes: [10.0.0.0/8, "2001:db8::/32"]
route-metric: 50
dns: true
persist: false
redial: { first: 0.5, cap: 3, max-tries: 4 }
`;
    const { dial, host } = parseDialConfig('dial.yaml', text, { env: { PASSWORD: 'from env' } });
    expect(dial).toMatchObject({
      lns: [
        { host: 'vpn1.example.net', port: 1702 },
        { host: '2001:db8::1', port: 1701 },
        { host: '192.0.2.1', port: 1701 },
      ],
      password: 'from env',
      secret: 's',
      hideAvps: true,
      local: { address: '192.0.2.7', port: 1701 },
      helloInterval: 1500,
      retransmit: { first: 100, cap: 200, tries: 3 },
      ppp: {
        authMethods: ['mschapv2'],
        ipv6: true,
        echoInterval: 5000,
        mppe: { mode: 'require', keyLengths: [40, 128] },
      },
      redial: { persist: false, first: 500, cap: 3000, maxTries: 4 },
    });
    expect(host).toEqual({
      defaultRoute: true,
      routes: ['10.0.0.0/8', '2001:db8::/32'],
      metric: 50,
      dns: true,
    });
  });

  it.each([
    ['usr: alice\n', /^dial.yaml:4:1: usr: .* did you mean user\?/],
    ['mppe: requir\n', /^dial.yaml:4:7: mppe: .* did you mean require\?/],
    ['redial: { first: 10, cap: 2 }\n', /redial.cap: cap \(2 s\) must be at least first \(10 s\)/],
    ['retransmit: { cap: 0.5 }\n', /retransmit.cap: cap/],
    ['ipv4: false\n', /neither IPv4 nor IPv6/],
    ['mppe: require\nauth: [chap]\n', /mppe: MPPE takes its keys from MS-CHAP/],
    ['hide-avps: true\n', /hide-avps: .* add secret/],
    ['routes: ["2001:db8::/32"]\n', /routes\[0\]: the link does not carry ipv6/],
    ['routes: [10.0.0.1]\n', /routes\[0\]: .* is not right/],
    ['local: 1.2.3\n', /local: .* is not right/],
    ['hook: relative\n', /hook: .* an absolute path/],
    ['hook: /nowhere/hook\n', /hook: .* cannot be run: there is no such file/],
    ['ipv6: true\nmtu: 1000\n', /mtu: IPv6 needs at least 1280/],
  ])('with %j says what is wrong', (line, expected) => {
    expect(problems(small + line)).toEqual([expect.stringMatching(expected)]);
  });

  it.each(['lns: ""', 'lns: "[::1"', 'lns: vpn:0', 'lns: vpn:70000', 'lns: "a b"', 'lns: []', 'lns: 7'])(
    'refuses %s',
    (line) => {
      expect(problems(`${line}\nuser: alice\npassword: x\n`)).toHaveLength(1);
    },
  );

  it('never shows a password in an error', () => {
    expect(problems('lns: x\nuser: a\npassword: [hidden-thing]\n').join()).not.toContain('hidden-thing');
  });

  it('has a JSON Schema', () => {
    expect(dialJsonSchema()).toMatchObject({
      title: 'kernel-l2tp dial configuration',
      required: ['lns', 'user', 'password'],
      additionalProperties: false,
    });
  });
});

describe('files', () => {
  let directory = '';
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'dial-config-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('with secrets that everybody can read are warned of', () => {
    const file = join(directory, 'dial.yaml');
    writeFileSync(file, small, { mode: 0o644 });
    chmodSync(file, 0o644);
    expect(loadDialConfig(file).warnings).toMatchObject([
      { message: expect.stringMatching(/chmod 600/) as string },
    ]);
    chmodSync(file, 0o600);
    expect(loadDialConfig(file).warnings).toEqual([]);
  });

  it('of docs/dial.md are right', () => {
    const text = readFileSync(PAGE, 'utf8');
    const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    expect(blocks).toHaveLength(2);
    const password = join(directory, 'password');
    writeFileSync(password, 'wonder\n', { mode: 0o600 });
    for (const block of blocks) {
      const here = block.replace(/file: [^ }]+/, `file: ${password}`);
      expect(parseDialConfig('dial.yaml', here).dial.password).toBe('wonder');
    }
  });
});

describe('docs/dial.md', () => {
  it('lists every option as the schema has it', () => {
    const text = readFileSync(PAGE, 'utf8');
    const [before, rest = ''] = text.split(BEGIN);
    const [listed, after = ''] = rest.split(END);
    const reference = dialReference();
    if (process.env['UPDATE_DOCS'] === '1')
      writeFileSync(PAGE, `${before}${BEGIN}${reference}${END}${after}`);
    else expect(listed).toBe(reference);
  });
});
