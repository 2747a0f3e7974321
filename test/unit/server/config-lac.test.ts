import { describe, expect, it } from 'vitest';
import { Lac } from '../../../lib/lac/index.js';
import { ConfigError, parseConfig } from '../../../lib/server/config/index.js';

const parse = (text: string) => parseConfig('lac.yaml', text, { env: { S: 'from-env' } });

function errorsOf(text: string): string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message.split('\n').map((line) => line.replace(/^lac\.yaml:? ?/, ''));
  }
}

const groups = 'groups: { isp: { lns: [{ address: 10.1.0.1 }] } }';

describe('lac', () => {
  it('is read with its groups and routes', () => {
    const { lac, lns } = parse(`
lac:
  groups:
    isp: { lns: [{ address: 10.1.0.1, secret: s1, weight: 2 }, { address: 10.1.0.2, secret: { env: S }, priority: 1 }] }
    corp: { lns: [{ address: "2001:db8::1", port: 1702 }], secret: s2, max-sessions-per-tunnel: 100, hide-avps: true }
  routes:
    - { domain: isp.example, group: isp, rewrite: { calling-number: "dsl-{calling-number}" } }
    - { default: local }
  setup-timeout: 10
`);
    expect(lac).toEqual({
      groups: {
        isp: {
          lns: [
            { address: '10.1.0.1', secret: 's1', weight: 2 },
            { address: '10.1.0.2', secret: 'from-env', priority: 1 },
          ],
        },
        corp: {
          lns: [{ address: '2001:db8::1', port: 1702 }],
          secret: 's2',
          maxSessionsPerTunnel: 100,
          hideAvps: true,
        },
      },
      routes: [
        { domain: 'isp.example', group: 'isp', rewrite: { callingNumber: 'dsl-{calling-number}' } },
        { default: 'local' },
      ],
      setupTimeout: 10,
    });
    expect(lns).not.toHaveProperty('lac');
  });

  it('is not there unless it is written', () => {
    expect(
      parse('ppp: { local-address: 10.64.0.1 }\nusers: { a: { password: bb, address: 10.65.0.9 } }').lac,
    ).toBeUndefined();
  });

  it('warns of routes that nobody reaches', () => {
    const { warnings } = parse(`lac: { ${groups}, routes: [{ group: isp }, { default: local }] }`);
    expect(warnings.map(({ message }) => message)).toEqual([
      'is never used: routes[0] before it takes every subscriber',
    ]);
  });

  it.each([
    ['an unknown group', `${groups}, routes: [{ group: ips }]`, /there is no group "ips"; did you mean isp/],
    ['no target', `${groups}, routes: [{ domain: x }]`, /leads nowhere; add group/],
    ['two targets', `${groups}, routes: [{ group: isp, default: isp }]`, /leads to one place/],
    [
      'a default with conditions',
      `${groups}, routes: [{ domain: x, default: isp }]`,
      /no conditions such as domain/,
    ],
    [
      'an unknown fact',
      `${groups}, routes: [{ group: isp, rewrite: { user: "{nmae}" } }]`,
      /did you mean \{name\}/,
    ],
    [
      'an LNS by name',
      'groups: { isp: { lns: [{ address: lns.example }] } }',
      /"lns.example" is not right; write an IP address/,
    ],
    [
      'an LNS twice',
      'groups: { isp: { lns: [{ address: 10.1.0.1 }, { address: 10.1.0.1 }] } }',
      /is here twice/,
    ],
    [
      'hiding without a secret',
      'groups: { isp: { hide-avps: true, lns: [{ address: 10.1.0.1 }] } }',
      /add secret/,
    ],
    ['a group named local', 'groups: { local: { lns: [{ address: 10.1.0.1 }] } }', /is not a right name/],
    ['a weight of nothing', 'groups: { isp: { lns: [{ address: 10.1.0.1, weight: 0 }] } }', /0 is too small/],
  ])('says what is wrong with %s', (_, text, message) => {
    expect(errorsOf(`lac: { ${text} }`)).toEqual([expect.stringMatching(message)]);
  });

  it('makes a LAC, which opens nothing yet', () => {
    const { lns, lac } = parse(`lac: { ${groups} }`);
    expect(new Lac({ ...lns, ...lac }).servers()).toMatchObject([
      { group: 'isp', address: '10.1.0.1', port: 1701, state: 'up', tunnels: 0, sessions: 0 },
    ]);
  });
});
