import { describe, expect, it } from 'vitest';
import { callStates, tunnelStates } from '../../../lib/l2tp/index.js';

/** RFC 2661 section 7.2.1, by state: what each message does there. */
const controlConnection = {
  idle: { SCCRQ: 'answer', SCCRP: 'stop', SCCCN: 'ignore', StopCCN: 'ignore' },
  // An SCCRQ that breaks a tie has Tunnel ID 0, and so comes before the tunnel's table.
  'wait-ctl-reply': { SCCRP: 'connect', SCCCN: 'stop', StopCCN: 'down' },
  'wait-ctl-conn': { SCCCN: 'establish', SCCRP: 'stop', SCCRQ: 'stop', StopCCN: 'down' },
  established: { SCCRQ: 'stop', SCCRP: 'stop', SCCCN: 'stop', StopCCN: 'down' },
} as const;

/** RFC 2661 sections 7.4.1 to 7.5.2; "Send CDN, Clean up" is `disconnect`. */
const calls = {
  'lac-incoming': {
    'wait-reply': { ICRP: 'accepted', ICRQ: 'disconnect', CDN: 'ended' },
    established: { CDN: 'ended', ICRQ: 'disconnect', ICRP: 'disconnect', ICCN: 'disconnect' },
  },
  'lns-incoming': {
    'wait-connect': { ICCN: 'established', ICRQ: 'disconnect', ICRP: 'disconnect', CDN: 'ended' },
    established: { CDN: 'ended', ICRQ: 'disconnect', ICRP: 'disconnect', ICCN: 'disconnect' },
  },
  'lac-outgoing': {
    'wait-cs-answer': { OCRQ: 'disconnect', OCRP: 'disconnect', OCCN: 'disconnect', CDN: 'ended' },
    established: { OCRQ: 'disconnect', OCRP: 'disconnect', OCCN: 'disconnect', CDN: 'ended' },
  },
  'lns-outgoing': {
    'wait-reply': { OCRP: 'placed', OCCN: 'disconnect', OCRQ: 'disconnect', CDN: 'ended' },
    'wait-connect': { OCCN: 'established', OCRQ: 'disconnect', OCRP: 'disconnect', CDN: 'ended' },
    established: { OCRQ: 'disconnect', OCRP: 'disconnect', OCCN: 'disconnect', CDN: 'ended' },
  },
} as const;

type Rows = Record<string, { readonly action: string; readonly why: string }>;

function allCallRows(): Rows[] {
  const tables: Record<string, Record<string, Rows>> = callStates;
  return Object.values(tables).flatMap((states) => Object.values(states));
}

describe('state tables', () => {
  it.each(Object.entries(controlConnection))(
    'the control connection in %s does as the RFC says',
    (state, expected) => {
      const rows: Rows = tunnelStates[state as keyof typeof tunnelStates];
      for (const [message, action] of Object.entries(expected))
        expect(rows[message]?.action, message).toBe(action);
    },
  );

  it.each(
    Object.entries<Record<string, Record<string, string>>>(calls).flatMap(([role, states]) =>
      Object.entries(states).map(([state, expected]) => [role, state, expected] as const),
    ),
  )('a %s call in %s does as the RFC says', (role, state, expected) => {
    const tables: Record<string, Record<string, Rows>> = callStates;
    for (const [message, action] of Object.entries(expected)) {
      expect(tables[role]?.[state]?.[message]?.action, message).toBe(action);
    }
  });

  it('give a reason in every cell', () => {
    const all: Rows[] = [...Object.values(tunnelStates), ...allCallRows()];
    for (const rows of all) {
      for (const [message, { why }] of Object.entries(rows)) expect(why.length, message).toBeGreaterThan(10);
    }
  });

  it('have no cell in which CDN or StopCCN is answered, or WEN or SLI ends a call', () => {
    for (const rows of allCallRows()) {
      expect(['ended', 'ignore']).toContain(rows.CDN?.action);
      expect(['errors', 'ignore']).toContain(rows.WEN?.action);
      expect(['link-info', 'ignore']).toContain(rows.SLI?.action);
    }
    for (const rows of Object.values(tunnelStates)) expect(['down', 'ignore']).toContain(rows.StopCCN.action);
  });
});
