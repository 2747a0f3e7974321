import { describe, expect, it } from 'vitest';
import {
  decodeHeader,
  decodeMessage,
  describeDatagram,
  encodeDataMessage,
  encodeMessage,
  unhideValue,
} from '../../../lib/l2tp/index.js';
import { fromHex, utf8 } from '../../../lib/wire/index.js';
import { fuzz, fuzzTimeout } from '../../support/fuzz.js';
import { seededRandom } from '../../support/random.js';
import { sampleMessages } from './samples.js';

const secret = utf8('tunnel-secret');
const hiding = { secret, random: seededRandom(7) };
const plain = sampleMessages.map((message) => encodeMessage(message, 0x1234, 0x5678));
const hidden = sampleMessages.map((message) => encodeMessage(message, 0x1234, 0x5678, hiding));

describe('mutated datagrams', { timeout: fuzzTimeout }, () => {
  it('decode to a message, a fault or a malformed header, and can be described', () => {
    const seen = new Map<string, number>();
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    fuzz([...plain, ...hidden], (bytes) => {
      const header = decodeHeader(bytes);
      expect(describeDatagram(bytes).length).toBeLessThan(2100);
      if (typeof header === 'string' || header.kind === 'data') {
        count(typeof header === 'string' ? header : header.kind);
        return;
      }
      if (header.bodyStart < 12 || header.end > bytes.length) throw new Error('out of range');
      const message = decodeMessage(bytes, header.bodyStart, header.end, secret);
      count(message.type === 'faulty' || message.type === 'unknown' ? message.type : 'message');
      // What is accepted has fields of the right kind, so that it can be encoded again.
      if (message.type !== 'faulty' && message.type !== 'unknown') encodeMessage(message, 1, 2);
    });
    for (const kind of ['message', 'faulty', 'unknown', 'truncated', 'version', 'length', 'flags', 'data']) {
      expect(seen.get(kind), kind).toBeGreaterThan(0);
    }
  });

  it('are all read in a length that is proportional', () => {
    // The worst that fits into a datagram: nothing but empty AVPs.
    const avps = '0006 0009 0001'.repeat(10_000);
    const length = (20 + 60_000).toString(16);
    const bytes = fromHex(`c802 ${length} 0001 0000 0000 0000 8008 0000 0000 0006 ${avps}`);
    const started = process.hrtime.bigint();
    for (let i = 0; i < 10; i++) expect(decodeMessage(bytes, 12, bytes.length).type).toBe('HELLO');
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1000);
    expect(describeDatagram(bytes).length).toBeLessThan(2100);
  });

  it('data headers never point outside', () => {
    const frame = fromHex('ff03 c021 01 01 0004');
    const corpus = [
      encodeDataMessage(1, 2, frame),
      encodeDataMessage(1, 2, frame, { ns: 5, priority: true }),
      fromHex('4b02 0019 1111 2222 0033 0000 0003 ffffff ff03c0210101 0004'),
    ];
    fuzz(corpus, (bytes) => {
      const header = decodeHeader(bytes);
      if (typeof header === 'string' || header.kind !== 'data') return;
      if (header.payloadStart > header.end || header.end > bytes.length) throw new Error('out of range');
    });
  });

  it('hidden values unhide to something within their length or to nothing', () => {
    fuzz(
      [fromHex('945b938e318db0fcf8'), fromHex('7c2efd10115d085ce2d9ad6290e174009247afa841714f')],
      (bytes) => {
        const value = unhideValue(22, bytes, secret, bytes);
        if (value !== undefined && value.length > bytes.length - 2) throw new Error('out of range');
      },
    );
  });
});
