import { describe, expect, it } from 'vitest';
import { KernelTunnel, type KernelTunnelOptions } from '../../../lib/kernel/index.js';
import {
  checkAddressing,
  checkEnds,
  checkId,
  checkInterfaceName,
  checkSequencing,
  checkUnitOptions,
} from '../../../lib/kernel/validate.js';

const open: KernelTunnelOptions = {
  local: { address: '10.0.0.1', port: 1701 },
  peer: { address: '10.0.0.2', port: 1701 },
  tunnelId: 10,
  peerTunnelId: 20,
};

describe('KernelTunnel.open', () => {
  it.each<[string, object, new () => Error, RegExp]>([
    ['tunnel id 0', { tunnelId: 0 }, RangeError, /^tunnelId must be an integer from 1 to 65535, not 0$/],
    ['tunnel id beyond 16 bits', { tunnelId: 65_536 }, RangeError, /tunnelId .* not 65536/],
    ['a broken tunnel id', { peerTunnelId: 1.5 }, RangeError, /peerTunnelId .* not 1\.5/],
    ['no number', { peerTunnelId: Number.NaN }, RangeError, /peerTunnelId .* not NaN/],
    ['a text as id', { tunnelId: '10' }, TypeError, /tunnelId must be a number, not "10"/],
    ['no local end', { local: undefined }, TypeError, /local must be an object, not undefined/],
    ['an address alone', { local: '10.0.0.1' }, TypeError, /local must be an object, not "10\.0\.0\.1"/],
    [
      'a name',
      { peer: { address: 'lac.example' } },
      TypeError,
      /peer\.address must be an IPv4 or IPv6 address/,
    ],
    ['an octal address', { peer: { address: '010.0.0.1' } }, TypeError, /peer\.address/],
    [
      'port 0',
      { peer: { address: '10.0.0.2', port: 0 } },
      RangeError,
      /peer\.port must be an integer from 1/,
    ],
    ['a port beyond 16 bits', { local: { address: '10.0.0.1', port: 70_000 } }, RangeError, /local\.port/],
    ['two families', { peer: { address: '::1' } }, TypeError, /one address family, not 10\.0\.0\.1 and ::1/],
    ['an unknown api', { api: 'ioctl' }, TypeError, /api must be 'auto', 'netlink' or 'pppox', not "ioctl"/],
    ['unknown addressing', { addressing: 'both' }, TypeError, /addressing must be 'ptp' or 'unnumbered'/],
    ['a number as flag', { sendSequence: 1 }, TypeError, /sendSequence must be true or false, not 1/],
    ['a negative time', { reorderTimeout: -1 }, RangeError, /reorderTimeout/],
  ])('refuses %s', async (_name, change, kind, message) => {
    const error: unknown = await KernelTunnel.open({ ...open, ...change }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(message);
  });

  it('refuses what are no options at all', async () => {
    await expect(KernelTunnel.open(null as unknown as KernelTunnelOptions)).rejects.toThrow(TypeError);
    await expect(KernelTunnel.open(7 as unknown as KernelTunnelOptions)).rejects.toThrow(
      'options must be an object',
    );
  });
});

describe('checks', () => {
  it('take what is right', () => {
    expect(() => checkId(1, 'id')).not.toThrow();
    expect(() => checkId(65_535, 'id')).not.toThrow();
    for (const name of ['ppp0', 'l2tp0', 'a', 'fifteen-octets-', 'wan.100', 'x@y']) {
      expect(() => checkInterfaceName(name, 'name')).not.toThrow();
    }
    expect(checkEnds({ address: '::1' }, { address: 'fe80::1', port: 5 })).toEqual({
      local: { address: '::1', port: 1701 },
      peer: { address: 'fe80::1', port: 5 },
    });
    expect(() => checkSequencing({ sendSequence: true, reorderTimeout: 0 })).not.toThrow();
    expect(() => checkUnitOptions({ mtu: 1460, routes: ['10.0.0.0/8', '::/0', '10.1.1.1'] })).not.toThrow();
  });

  it.each([
    '',
    'sixteen-octets--',
    'a b',
    'a/b',
    'a:b',
    'ppp%d',
    '.',
    '..',
    'all',
    'default',
    'naïve',
    'tab\t',
    'a\0b',
  ])('refuse %j as an interface name', (name) =>
    expect(() => checkInterfaceName(name, 'name')).toThrow(/name must/),
  );

  it.each<[string, object]>([
    ['an MTU of nothing', { mtu: 0 }],
    ['an MTU below IPv4’s', { mtu: 67 }],
    ['an MTU below IPv6’s, with IPv6', { mtu: 1279, addresses: [{ local: '::1', peer: '::2' }] }],
    ['an MTU beyond 16 bits', { mtu: 65_536 }],
    ['an MRU of nothing', { mtu: 1460, mru: 0 }],
    ['an address of another family', { mtu: 1460, ipv4: { local: '::1', peer: '::2' } }],
    ['a pair of two families', { mtu: 1460, addresses: [{ local: '::1', peer: '10.0.0.1' }] }],
    [
      'half an interface identifier',
      { mtu: 1460, ipv6: { localInterfaceId: new Uint8Array(4), peerInterfaceId: new Uint8Array(8) } },
    ],
    ['a prefix too long', { mtu: 1460, routes: ['10.0.0.0/33'] }],
    ['a prefix without number', { mtu: 1460, routes: ['10.0.0.0/'] }],
    ['a route to nowhere', { mtu: 1460, routes: ['somewhere'] }],
    ['an unknown protocol', { mtu: 1460, protocols: ['ipx'] }],
    ['a table of nothing', { mtu: 1460, table: 0 }],
    ['a group below nothing', { mtu: 1460, group: -1 }],
    ['a master of nothing', { mtu: 1460, master: 0 }],
  ])('refuse %s', (_name, options) => {
    expect(() => checkUnitOptions(options as never)).toThrow();
  });

  it('refuse changes as they refuse options', () => {
    expect(() => checkAddressing({ ipv4: { local: '10.0.0.1', peer: 'x' } })).toThrow(
      /peer must be an IPv4 address/,
    );
  });
});
