import { expect, it } from 'vitest';
import { describeDiscovery, encodeTags, type PppoeFrame } from '../../../lib/pppoe/index.js';
import { fromHex } from '../../../lib/wire/index.js';

const frame = (change: Partial<PppoeFrame>): PppoeFrame => ({
  destination: 1,
  source: 2,
  kind: 'PADI',
  sessionId: 0,
  payload: new Uint8Array(),
  ...change,
});

it('describes discovery packets with their tags, one line each', () => {
  const payload = encodeTags({
    serviceNames: [''],
    hostUniq: fromHex('0102'),
    relaySessionId: fromHex('03'),
    maxPayload: 1500,
    accessLine: { agentCircuitId: 'node 7\n' },
  });
  expect(describeDiscovery(frame({ payload }))).toBe(
    'PADI <Service-Name ""> <Host-Uniq 2 octets> <Relay-Session-Id 1 octets> <PPP-Max-Payload 1500> <Access-Line "node 7\\n">',
  );
  expect(describeDiscovery(frame({ kind: 'PADT', sessionId: 9, payload: fromHex('0203') }))).toBe(
    'PADT session=9 <malformed tags>',
  );
});
