import { describe, expect, it } from 'vitest';
import { eventually, footprint, sh, tunnelPair } from './support.js';

/** A set's elements, as nft prints them. */
const elements = async (set: string): Promise<string> => {
  const text = await sh('nft', 'list', 'set', 'inet', 'kernel-l2tp', set);
  return /elements = \{([^}]*)\}/.exec(text)?.[1]?.trim() ?? '';
};

describe('sets of nftables', () => {
  it('have the interface or the address of a session for as long as it asks', async () => {
    await sh('nft', 'add', 'table', 'inet', 'kernel-l2tp');
    try {
      await sh('nft', 'add', 'set', 'inet', 'kernel-l2tp', 'walled', '{ type ifname; }');
      await sh('nft', 'add', 'set', 'inet', 'kernel-l2tp', 'no-mail', '{ type ipv4_addr; }');
      await sh('nft', 'add', 'set', 'inet', 'kernel-l2tp', 'ports', '{ type inet_service; }');
      await using pair = await tunnelPair();
      const before = await footprint();
      const session = await pair.a.addSession({ sessionId: 1, peerSessionId: 1, lnsMode: true });
      const unit = { local: '10.64.0.1', peer: '10.65.0.1', name: 'filtered0' };
      await expect(session.attachPpp({ ...unit, filters: ['walled', 'missing'] })).rejects.toThrow(/missing/);
      expect(session.unit).toBeUndefined();
      await session.attachPpp({ ...unit, filters: ['walled', 'no-mail'] });
      expect(await elements('walled')).toBe('"filtered0"');
      expect(await elements('no-mail')).toBe('10.65.0.1');

      await expect(session.update({ filters: ['missing'] })).rejects.toThrow(
        /set missing in table inet kernel-l2tp: ENOENT/,
      );
      await expect(session.update({ filters: ['walled', 'ports'] })).rejects.toThrow(
        /neither ifname nor ipv4/,
      );
      expect(await elements('walled')).toBe('"filtered0"');
      await session.update({ filters: ['walled'] });
      expect(await elements('no-mail')).toBe('');
      await session.close();
      await eventually(async () => expect(await elements('walled')).toBe(''));
      await eventually(async () => expect(await footprint()).toEqual(before));
    } finally {
      await sh('nft', 'delete', 'table', 'inet', 'kernel-l2tp');
    }
  });
});
