import { describe, expect, it } from 'vitest';
import { AuthClient, AuthServer, describeAuthPacket } from '../../../lib/ppp/auth/index.js';
import type { Random } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';
import { METHODS, Pair } from './pair.js';
import { CHAP, EAP, OPTIONS, PAP } from './script.js';

/** Mutated packets for each method and end. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1500);

const PROTOCOL = { pap: PAP, chap: CHAP, mschapv1: CHAP, mschapv2: CHAP, eap: EAP } as const;

/** A real packet with some of it changed, or rubbish. */
function mutate(samples: readonly Uint8Array[], recent: number, random: Random): Uint8Array {
  const sample = (samples[random.below(samples.length)] as Uint8Array).slice();
  // Most of what is under a wrong Identifier is dropped at once.
  if (sample.length > 1 && random.below(2) === 0) sample[1] = recent;
  switch (random.below(6)) {
    case 0:
      return random.bytes(random.below(80));
    case 1:
      return sample.subarray(0, random.below(sample.length + 1));
    case 2: {
      const longer = new Uint8Array(sample.length + random.below(40));
      longer.set(sample);
      return longer;
    }
    case 3: {
      // A right header around rubbish goes deeper than rubbish alone.
      const packet = random.bytes(4 + random.below(80));
      packet.set([1 + random.below(7), sample[1] as number, 0, packet.length]);
      return packet;
    }
    default: {
      const copy = sample.slice();
      for (let i = random.below(4); i >= 0; i--) copy[random.below(copy.length)] = random.below(256);
      return copy;
    }
  }
}

describe.each(METHODS)('mutated %s packets', (method) => {
  const samples = new Pair({ method })
    .start()
    .run()
    .sent.map((entry) => entry.packet);

  it(
    'never throw, never prove anything, never pile up',
    () => {
      const random = seededRandom(2026);
      let server = new AuthServer({ method, ...OPTIONS }, random);
      let client = new AuthClient({ method, user: 'alice', password: 'wonder' }, random);
      let malformed = 0;
      let failures = 0;
      let recent = 0;
      for (let run = 0; run < RUNS; run++) {
        if (run % 20 === 0) {
          malformed += server.malformed + client.malformed;
          server = new AuthServer({ method, ...OPTIONS, maxAttempts: 1 + random.below(3) }, random);
          client = new AuthClient({ method, user: 'alice', password: 'wonder' }, random);
          server.start(run);
          client.start(run);
        }
        const packet = mutate(samples, recent, random);
        const protocol = random.below(50) === 0 ? random.below(65536) : PROTOCOL[method];
        describeAuthPacket(protocol, packet);
        for (const machine of [server, client]) {
          machine.handlePacket(protocol, packet, run);
          let sent = 0;
          for (let out = machine.pollTransmit(); out; out = machine.pollTransmit()) {
            samples.push(out.packet);
            recent = out.packet[1] as number;
            sent++;
          }
          if (samples.length > 200) samples.splice(random.below(100), 50);
          for (let out = machine.pollOutcome(); out; out = machine.pollOutcome()) {
            if (out.kind === 'failure') failures++;
            if (out.kind === 'credentials') server.handleResult({ kind: 'reject' }, run);
            // PAP's Ack and CHAP's Success carry no proof: a lucky mutation is one.
            if (method === 'mschapv2') expect(out.kind).not.toBe('success');
            if (machine === server) expect(out.kind).not.toBe('success');
          }
          for (let out = machine.pollTransmit(); out; out = machine.pollTransmit()) sent++;
          expect(sent).toBeLessThanOrEqual(2);
        }
      }
      expect(malformed).toBeGreaterThan(0);
      expect(failures).toBeGreaterThan(0);
    },
    5000 + RUNS,
  );
});
