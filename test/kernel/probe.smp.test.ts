import { release } from 'node:os';
import { describe, expect, it } from 'vitest';
import { findLink, kernelAtLeast, probeKernel } from '../../lib/kernel/index.js';
import { renameSync } from 'node:fs';
import { ip } from './support.js';

describe('the probe of the kernel', () => {
  it('finds what the data plane needs', async () => {
    const probe = await probeKernel();
    expect(probe).toMatchObject({
      release: release(),
      pppox: 'ok',
      device: 'ok',
      netlink: true,
      netAdmin: true,
      looksUpByTunnelId: kernelAtLeast(6, 11),
      bridging: true,
    });
    expect(probe.l2tpV3).not.toBe(false);
    for (const [name, state] of Object.entries(probe.modules)) {
      if (name === 'ppp_mppe') expect(state).not.toBe('missing');
      else expect([name, state]).toEqual([name, expect.stringMatching(/^(loaded|built-in)$/)]);
    }
  });

  it('says what is missing', async () => {
    renameSync('/dev/ppp', '/dev/ppp.away');
    try {
      expect((await probeKernel()).device).toBe('ENOENT');
    } finally {
      renameSync('/dev/ppp.away', '/dev/ppp');
    }
  });

  it('finds interfaces by name', async () => {
    await ip('link', 'add', 'found0', 'mtu', '1234', 'type', 'dummy');
    expect(await findLink('found0')).toMatchObject({ name: 'found0', mtu: 1234, up: false, kind: 'dummy' });
    await ip('link', 'del', 'found0');
    expect(await findLink('found0')).toBeUndefined();
    expect(await findLink('lo')).toMatchObject({ index: 1, up: true, kind: undefined });
  });
});
