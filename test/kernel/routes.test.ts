import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addRoute, findLink, nextHop, removeRoute } from '../../lib/kernel/index.js';

const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });

describe('routes of the main table', () => {
  let index = 0;
  beforeAll(async () => {
    ip('link', 'add', 'routes0', 'type', 'dummy');
    ip('address', 'add', '10.77.0.2/24', 'dev', 'routes0');
    ip('address', 'add', '2001:db8:77::2/64', 'dev', 'routes0', 'nodad');
    ip('link', 'set', 'routes0', 'up');
    ip('route', 'add', '192.0.2.0/24', 'via', '10.77.0.1');
    ip('route', 'add', '2001:db8:1::/48', 'via', '2001:db8:77::1');
    ip('route', 'add', 'prohibit', '198.51.100.0/24');
    index = (await findLink('routes0'))?.index ?? 0;
  });
  afterAll(() => {
    ip('link', 'delete', 'routes0');
    ip('route', 'delete', 'prohibit', '198.51.100.0/24');
  });

  it('tell the next hop of an address', async () => {
    expect(await nextHop('192.0.2.1')).toEqual({
      type: 'unicast',
      interfaceIndex: index,
      gateway: '10.77.0.1',
    });
    expect(await nextHop('2001:db8:1::1')).toEqual({
      type: 'unicast',
      interfaceIndex: index,
      gateway: '2001:db8:77::1',
    });
    expect(await nextHop('10.77.0.9')).toEqual({ type: 'unicast', interfaceIndex: index });
    expect(await nextHop('10.77.0.2')).toMatchObject({ type: 'local' });
    expect(await nextHop('198.51.100.1')).toBeUndefined();
    expect(await nextHop('203.0.113.1')).toBeUndefined();
    await expect(nextHop('vpn.example.net')).rejects.toThrow(TypeError);
  });

  it.each([
    ['192.0.2.1', '192.0.2.1/32', '10.77.0.1'],
    ['2001:db8:1::1', '2001:db8:1::1/128', '2001:db8:77::1'],
  ])('pin %s, which is refused when the pin is gone', async (address, destination, gateway) => {
    const pin = { destination, interfaceIndex: index, gateway };
    const stop = { destination, unreachable: true, metric: 0xffff_ffff };
    await addRoute(stop);
    await addRoute(pin);
    await expect(addRoute(pin)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await nextHop(address)).toMatchObject({ type: 'unicast', gateway });
    await removeRoute(pin);
    const hop = await nextHop(address);
    expect(hop === undefined || hop.type === 'unreachable').toBe(true);
    await removeRoute(stop);
    expect(await nextHop(address)).toMatchObject({ type: 'unicast', gateway });
    await expect(removeRoute(pin)).rejects.toMatchObject({ code: 'ESRCH' });
  });

  it('stand before equal ones of another interface, which count again afterwards', async () => {
    ip('link', 'add', 'routes1', 'type', 'dummy');
    ip('link', 'set', 'routes1', 'up');
    try {
      const other = (await findLink('routes1'))?.index ?? 0;
      await addRoute({ destination: '192.0.2.0/24', interfaceIndex: other });
      expect(await nextHop('192.0.2.1')).toEqual({ type: 'unicast', interfaceIndex: other });
    } finally {
      ip('link', 'delete', 'routes1');
    }
    expect(await nextHop('192.0.2.1')).toMatchObject({ interfaceIndex: index });
  });
});
