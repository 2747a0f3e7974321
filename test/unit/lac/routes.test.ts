import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RouteOptions } from '../../../lib/lac/index.js';
import { fillTemplate, RouteTable, splitUser } from '../../../lib/lac/routes.js';

const groups = new Set(['isp', 'corp']);
const table = (...routes: RouteOptions[]): RouteTable => new RouteTable(routes, groups);

describe('the domain of a user', () => {
  it.each([
    ['alice@isp.example', 'alice', 'isp.example'],
    ['alice@home@isp', 'alice@home', 'isp'],
    ['ISP\\alice', 'alice', 'ISP'],
    ['alice', 'alice', ''],
    ['', '', ''],
    ['@isp', '', 'isp'],
  ])('%s', (user, name, domain) => {
    expect(splitUser(user)).toEqual({ name, domain });
  });
});

describe('a route', () => {
  it('is the first of which every condition holds', () => {
    const routes = table(
      { domain: 'isp.example', callingNumber: '0711*', group: 'corp' },
      { domain: '*.example', group: 'isp' },
      { user: 'root', group: 'refuse' },
      { default: 'local' },
    );
    const to = (user: string, callingNumber?: string): string => routes.find({ user, callingNumber }).group;
    expect(to('a@isp.example', '0711-1')).toBe('corp');
    expect(to('a@ISP.Example', '0712')).toBe('isp');
    expect(to('a@isp.example')).toBe('isp');
    expect(to('root')).toBe('refuse');
    expect(to('b')).toBe('local');
  });

  it('without any leads nowhere but here', () => {
    expect(table().find({ user: 'a@isp' })).toEqual({ group: 'local', rewrite: undefined });
  });

  it('goes by interface, called number and host name', () => {
    const routes = table(
      { interface: 'eth0.*', group: 'isp' },
      { calledNumber: 'internet', hostName: 'lac-*', group: 'corp' },
    );
    expect(routes.find({ user: '', interface: 'eth0.7' }).group).toBe('isp');
    expect(routes.find({ user: '', calledNumber: 'internet', hostName: 'lac-7' }).group).toBe('corp');
    expect(routes.find({ user: '', calledNumber: 'internet' }).group).toBe('local');
  });

  it.each<[RouteOptions, RegExp]>([
    [{}, /needs one of group and default/],
    [{ group: 'isp', default: 'local' }, /needs one of/],
    [{ domain: 'x', default: 'isp' }, /a default has no conditions/],
    [{ group: 'ips' }, /there is no group "ips"/],
    [{ group: 'isp', rewrite: { user: '{nmae}' } }, /there is no \{nmae\}/],
  ])('%j is refused', (route, message) => {
    expect(() => table(route)).toThrow(message);
  });

  it('takes any name that a peer may send, quickly', () => {
    const routes = table({ domain: '*a*a*a*', group: 'isp' }, { user: '*@*', group: 'corp' });
    fc.assert(
      fc.property(fc.string({ maxLength: 253 }), (user) => {
        expect(['isp', 'corp', 'local']).toContain(routes.find({ user }).group);
      }),
    );
  });
});

describe('a template', () => {
  const subject = { user: 'alice@isp', callingNumber: '0711', interface: 'eth0' };

  it('is filled with what is known', () => {
    expect(fillTemplate('{name}/{domain}/{calling-number}/{called-number}/{interface}', subject)).toBe(
      'alice/isp/0711//eth0',
    );
  });

  it('takes facts as they are, whatever is in them', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), (user) => {
        expect(fillTemplate('<{user}>', { user })).toBe(`<${user}>`);
      }),
    );
  });
});
