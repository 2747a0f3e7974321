import { describe, expect, it } from 'vitest';
import type { SessionEnd } from '../../../lib/aaa/index.js';
import { linkRejectRecord, tunnelRecord } from '../../../lib/nas/accounting-records.js';
import { tunnelTerminateCauseOf } from '../../../lib/nas/terminate-cause.js';
import { TunnelAccounting, type TunnelReport } from '../../../lib/nas/tunnel-accounting.js';
import { subscriberSession } from '../../support/subscriber-session.js';

const tunnel = {
  id: 'ab12-t3',
  tunnelId: 3,
  peerAddress: '192.0.2.7',
  peerHostName: 'lac1',
  localAddress: '192.0.2.1',
  localHostName: 'lns1',
  profile: undefined,
};
const counters = { rxPackets: 1, rxBytes: 5_000_000_000, txPackets: 2, txBytes: 20 };
const end: SessionEnd = { by: 'peer', text: '', resultCode: 6 };
const identity = { identifier: 'lns1', address: undefined, extra: [] };

describe('accounting of a tunnel', () => {
  it('ends with the last counters of its last session, summed', () => {
    const reports: TunnelReport[] = [];
    const accounting = new TunnelAccounting((report) => reports.push(report));
    const sessions = [
      subscriberSession({ counters, lostPackets: 3 }),
      subscriberSession({ id: 'ab12-2', counters, lostPackets: 4 }),
    ];
    accounting.tunnelUp(tunnel, 1000);
    for (const session of sessions) accounting.sessionUp(session);
    for (const session of sessions) {
      expect(reports.map(({ status }) => status)).toEqual([9]);
      accounting.tunnelDown(tunnel, end, 5000);
      accounting.sessionDown(session, 5000);
    }
    accounting.sessionDown(subscriberSession(), 6000);
    const summed = { rxPackets: 2, rxBytes: 10_000_000_000, txPackets: 4, txBytes: 40 };
    expect(reports).toMatchObject([{ status: 9 }, { status: 10, counters: summed, upAt: 1000 }]);
    const record = tunnelRecord(reports[1] as TunnelReport, identity, { madeAt: 0, upFor: 4000 });
    expect(Object.fromEntries(record.map(({ name, value }) => [name, value]))).toEqual({
      'Acct-Status-Type': 10,
      'Acct-Session-Id': 'ab12-t3',
      'User-Name': 'lac1',
      'NAS-Identifier': 'lns1',
      'Tunnel-Type': 3,
      'Tunnel-Medium-Type': 1,
      'Tunnel-Client-Endpoint': '192.0.2.7',
      'Tunnel-Server-Endpoint': '192.0.2.1',
      'Tunnel-Client-Auth-ID': 'lac1',
      'Tunnel-Server-Auth-ID': 'lns1',
      'Acct-Tunnel-Connection': '3',
      'Event-Timestamp': 0,
      'Acct-Session-Time': 4,
      'Acct-Input-Octets': 1_410_065_408,
      'Acct-Input-Gigawords': 2,
      'Acct-Input-Packets': 2,
      'Acct-Output-Octets': 40,
      'Acct-Output-Gigawords': 0,
      'Acct-Output-Packets': 4,
      'Acct-Tunnel-Packets-Lost': 7,
      'Acct-Terminate-Cause': 7,
    });
  });

  it('has a record of a call that was refused', () => {
    const call = { tunnel, user: 'carol', callSerialNumber: 42, callingNumber: '0123' };
    const record = linkRejectRecord(call, { by: 'local', text: '', resultCode: 4 }, identity, 0);
    expect(record).toEqual(
      expect.arrayContaining([
        { name: 'Acct-Status-Type', value: 14 },
        { name: 'User-Name', value: 'carol' },
        { name: 'Acct-Tunnel-Connection', value: '42' },
        { name: 'Calling-Station-Id', value: '0123' },
        { name: 'Acct-Terminate-Cause', value: 15 },
      ]),
    );
  });

  it.each([
    [{ by: 'lost', text: '' }, 2],
    [{ by: 'peer', text: '', resultCode: 1 }, 1],
    [{ by: 'peer', text: '', resultCode: 4 }, 15],
    [{ by: 'local', text: '' }, 10],
  ] as const)('%o is %i', (why, cause) => {
    expect(tunnelTerminateCauseOf(why)).toBe(cause);
  });
});
