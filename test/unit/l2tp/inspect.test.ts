import { expect, it } from 'vitest';
import {
  decodeMessage,
  describeDatagram,
  encodeMessage,
  maskDatagram,
  peekAssignedSessionId,
} from '../../../lib/l2tp/index.js';
import { fromHex, hex, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { sampleMessages } from './samples.js';

const hiding = { secret: utf8('tunnel-secret'), random: seededRandom(3) };

it('has zeros for responses, and nothing else is changed', () => {
  let changed = 0;
  for (const message of sampleMessages) {
    const plain = encodeMessage(message, 1, 2);
    const masked = maskDatagram(plain);
    expect(describeDatagram(masked)).toBe(describeDatagram(plain));
    if (masked === plain) continue;
    changed += 1;
    const { challengeResponse, proxyAuthenResponse } = decodeMessage(
      masked,
      12,
      masked.length,
    ) as unknown as Record<string, Uint8Array | undefined>;
    for (const secret of [challengeResponse, proxyAuthenResponse]) {
      if (secret !== undefined) expect(secret.every((octet) => octet === 0)).toBe(true);
    }
  }
  expect(changed).toBeGreaterThan(1);
});

it('leaves hidden values, data and malformed messages as they are', () => {
  for (const message of sampleMessages) {
    const hidden = encodeMessage(message, 1, 2, hiding);
    expect(hex(maskDatagram(hidden))).toBe(hex(hidden));
  }
  for (const digits of ['', 'c802', '0002000100020021', 'c802000e000100000000000003ff'])
    expect(hex(maskDatagram(fromHex(digits)))).toBe(digits);
});

it('tells the id that a call has at its sender', () => {
  const ids = sampleMessages.map((message) => [
    message.type,
    peekAssignedSessionId(encodeMessage(message, 1, 2)),
  ]);
  for (const [type, id] of ids) {
    const has = ['ICRQ', 'ICRP', 'OCRQ', 'OCRP', 'CDN'].includes(String(type));
    expect(id !== undefined, String(type)).toBe(has);
  }
});
