import { describe, expect } from 'vitest';
import { iperf, type IperfResult, labTest, NO_TRAFFIC, serve } from '../support/lab/index.js';

const LIMIT = 10e6;
/** IP and TCP headers with timestamps, in a packet of 1400 octets: the limit counts them, iperf3 does not. */
const onTheWire = ({ bitsPerSecond }: IperfResult): number => bitsPerSecond * (1400 / (1400 - 52));

describe('a rate limit', () => {
  labTest('holds within 5 % in both directions', async (lab) => {
    const { daemon, subscriber, server, serverAddress, client } = await serve(
      lab,
      { users: { bob: { password: 'pass', rate: { down: '10M', up: '10M' } } } },
      { filter: NO_TRAFFIC },
    );
    const caller = await subscriber();
    const link = await caller.connect();
    await caller.route('10.9.0.0/24', link.device);
    const down = await iperf(lab, client.host, server, serverAddress, { seconds: 8, reverse: true });
    const up = await iperf(lab, client.host, server, serverAddress, { seconds: 8 });
    console.log(`of 10 Mbit/s: ${onTheWire(down) / 1e6} down, ${onTheWire(up) / 1e6} up`);
    for (const rate of [onTheWire(down), onTheWire(up)]) {
      expect(rate).toBeGreaterThan(LIMIT * 0.95);
      expect(rate).toBeLessThan(LIMIT * 1.05);
    }
    await daemon.stop();
  });
});
