import { describe, expect } from 'vitest';
import { FreeRadius, labTest, type PppdAuth, RADIUS_SECRET, serve, until } from '../support/lab/index.js';

const users = `
carol Cleartext-Password := "opera"
	Framed-IP-Address = 10.66.0.7, Framed-MTU = 1300, Class = 0x676f6c64, Acct-Interim-Interval = 2,
	MS-Primary-DNS-Server = 10.9.0.2, Session-Timeout = 3600, Reply-Message = "welcome"

dave Cleartext-Password := "pass"
	Framed-Pool = "second"
`;

const radius = {
  servers: [{ host: '127.0.0.1', secret: RADIUS_SECRET }],
  'nas-identifier': 'lns1',
  coa: { listen: '127.0.0.1:3799', clients: [{ address: '127.0.0.1', secret: RADIUS_SECRET }] },
};

const config = {
  users: {},
  pools: { main: ['10.65.0.0/18'], second: ['10.67.0.0/24'] },
};

describe('FreeRADIUS decides', () => {
  const methods: readonly { pppd: PppdAuth; ours: string; auth: string[] }[] = [
    { pppd: 'pap', ours: 'pap', auth: ['pap'] },
    { pppd: 'chap', ours: 'chap', auth: ['chap'] },
    { pppd: 'mschap', ours: 'mschapv1', auth: ['mschapv1'] },
    { pppd: 'mschap-v2', ours: 'mschapv2', auth: ['mschapv2'] },
    { pppd: 'eap', ours: 'eap', auth: ['eap'] },
  ];
  for (const { pppd, ours, auth } of methods) {
    labTest(
      `with ${ours}: the right password, its attributes, its records, and the wrong one`,
      async (lab) => {
        const { daemon, subscriber, lns, clients } = await serve(
          lab,
          {
            ...config,
            ppp: { auth },
            radius: { ...radius, queue: { directory: lab.path('queue') } },
          },
          { clients: 2 },
        );
        const server = await FreeRadius.start(lab, lns, { users });
        const caller = await subscriber({ auth: pppd, user: 'carol', password: 'opera' });
        const link = await caller.connect();
        expect(link.local).toBe('10.66.0.7');
        const [session] = await daemon.waitForSessions(1);
        expect(session).toMatchObject({ user: 'carol', authMethod: ours, mtu: 1300 });

        const wrong = await subscriber({ auth: pppd, user: 'dave', password: 'wrong' }, clients[1]);
        await wrong.dial();
        await wrong.waitForPpp(/authentication failed|LCP terminated/i);

        await until('a start and an interim record', () => server.records().length >= 3);
        await caller.hangUp();
        const stop = await until('a stop record', () => {
          return server.records().find((record) => record['Acct-Status-Type'] === 'Stop');
        });
        expect(stop).toMatchObject({
          'User-Name': 'carol',
          'NAS-Identifier': 'lns1',
          'Framed-IP-Address': '10.66.0.7',
          'Acct-Session-Id': session?.id,
          'Acct-Terminate-Cause': 'User-Request',
          Class: '0x676f6c64',
        });
        const kinds = server.records().map((record) => record['Acct-Status-Type']);
        // FreeRADIUS' threads write the file: near the start, not in the order of sending.
        expect(kinds).toContain('Accounting-On');
        const ofSession = kinds.filter((kind) => kind !== 'Accounting-On');
        expect(ofSession.slice(0, 2)).toEqual(['Start', 'Interim-Update']);
        expect(daemon.program.output.text).not.toMatch(/opera|testing123/);
        await daemon.stop();
        expect(server.records().at(-1)?.['Acct-Status-Type']).toBe('Accounting-Off');
      },
    );
  }
});
