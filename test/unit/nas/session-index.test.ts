import { describe, expect, it } from 'vitest';
import { type SessionIdentity, SessionIndex } from '../../../lib/nas/session-index.js';
import { subscriberSession } from '../../support/subscriber-session.js';

const ipv6 = {
  interfaceId: '0:0:0:1',
  prefix: '2001:db8::/64',
  address: '2001:db8::1',
  delegatedPrefix: '2001:db8:1::/56',
};
const carol = subscriberSession({ ipv6, policy: { accounting: { user: 'carol@isp' } } });
const again = subscriberSession({
  id: 'ab12-2',
  address: '10.1.2.4',
  callContext: { id: 'ab12-2', sessionId: 10, callingNumber: '0999' },
});
const dave = subscriberSession({
  id: 'ab12-3',
  user: 'dave',
  address: '10.1.2.5',
  callContext: {
    id: 'ab12-3',
    tunnelId: 4,
    tunnelKey: 'ab12-t4',
    callingNumber: '0999',
    calledNumber: '556',
  },
});

function indexOf(...sessions: (typeof carol)[]): SessionIndex {
  const index = new SessionIndex();
  for (const session of sessions) index.sessionUp(session);
  return index;
}

describe('a session is found', () => {
  const all: Required<SessionIdentity> = {
    id: 'ab12-1',
    user: 'carol',
    address: '10.1.2.3',
    callingNumber: '0123',
    calledNumber: '555',
    multiSessionId: 'ab12-t3',
    port: 0x0003_0009,
    portId: 'l2tp 192.0.2.7 3/9',
    interfaceId: '0:0:0:1',
    ipv6Prefix: '2001:db8::/64',
    ipv6Address: '2001:db8::1',
    delegatedPrefix: '2001:db8:1::/56',
  };

  it.each(Object.entries(all))('by %s', (key, value) => {
    const index = indexOf(carol, again, dave);
    expect(index.find({ [key]: value })).toContain(carol);
    expect(index.find({ [key]: value })).not.toContain(dave);
    expect(index.find({ [key]: typeof value === 'number' ? 1 : 'none' })).toEqual([]);
  });

  it('by any two together, and not when one of them is of another', () => {
    const index = indexOf(carol, again, dave);
    const keys = Object.keys(all) as (keyof SessionIdentity)[];
    for (const one of keys) {
      for (const other of keys) {
        if (one === other) continue;
        expect(index.find({ [one]: all[one], [other]: all[other] })).toContain(carol);
        expect(index.find({ [one]: all[one], [other]: other === 'port' ? 1 : 'none' })).toEqual([]);
      }
    }
  });

  it('with all others that fit, by the name in records too, until it is over', () => {
    const index = indexOf(carol, again, dave);
    expect(index.find({ user: 'carol' })).toEqual([carol, again]);
    expect(index.find({ user: 'carol@isp' })).toEqual([carol]);
    expect(index.find({ callingNumber: '0999' })).toEqual([again, dave]);
    for (const session of [carol, again, dave]) index.sessionDown(session);
    expect(index.find({ user: 'carol' })).toEqual([]);
    expect(index.find({ callingNumber: '0999' })).toEqual([]);
    expect(index.size).toBe(0);
  });
});
