import { describe, expect, it } from 'vitest';
import { fromHex } from '../../lib/wire/index.js';
import { eventually, moveTo, namespace, ping, tunnelPair } from './support.js';
import { KernelTunnel, type KernelSession, type MppeSetup } from '../../lib/kernel/index.js';

const stateless128 = 0x0100_0040;
const stateful40 = 0x0000_0020;

/** A CCP Configure-Ack of the MPPE option. */
const configureAck = (bits: number): Uint8Array =>
  fromHex(`80fd 02 01 000a 1206 ${bits.toString(16).padStart(8, '0')}`);

async function encrypt(
  a: KernelSession,
  b: KernelSession,
  bits: number,
  keys: { readonly ab: Uint8Array; readonly ba: Uint8Array; readonly wrong?: Uint8Array },
): Promise<void> {
  const { ab, ba, wrong = ba } = keys;
  const setups: [KernelSession, MppeSetup][] = [
    [a, { send: { key: ab, bits }, receive: { key: ba, bits } }],
    [b, { send: { key: wrong, bits }, receive: { key: ab, bits } }],
  ];
  for (const [session, setup] of setups) await session.data.prepareMppe(setup);
  const seen = new Set<KernelSession>();
  for (const session of [a, b]) session.on('frame', (frame) => frame[1] === 0xfd && seen.add(session));
  a.writeFrame(configureAck(bits));
  b.writeFrame(configureAck(bits));
  await eventually(() => expect(seen.size).toBe(2));
  await Promise.all([a.data.openMppe(true), b.data.openMppe(true)]);
}

const key = (fill: number): Uint8Array => new Uint8Array(16).fill(fill);

describe('MPPE in the kernel', () => {
  it.each([
    ['128 bits, stateless', stateless128],
    ['40 bits, stateful', stateful40],
  ])('encrypts with %s', async (_name, bits) => {
    await using far = await namespace('far');
    await using pair = await tunnelPair();
    const a = await pair.a.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true });
    const b = await pair.b.addSession({ sessionId: 2, peerSessionId: 1 });
    await a.attachPpp({ name: 'near0', mtu: 1400, local: '10.64.0.1', peer: '10.65.0.2' });
    await b.attachPpp({ name: 'far0', mtu: 1400 });
    await encrypt(a, b, bits, { ab: key(1), ba: key(2) });
    await moveTo(far.name, 'far0', '10.65.0.2', '10.64.0.1', 1396);
    expect(await ping('10.65.0.2', { count: 20 })).toBe(20);
    expect((await a.stats()).rxErrors).toBe(0);
  });

  it('does not deliver what another key encrypted, nor send in clear what cannot be encrypted', async () => {
    await using far = await namespace('far');
    await using pair = await tunnelPair();
    const a = await pair.a.addSession({ sessionId: 1, peerSessionId: 2, lnsMode: true });
    const b = await pair.b.addSession({ sessionId: 2, peerSessionId: 1 });
    await a.attachPpp({ name: 'near0', mtu: 1400, local: '10.64.0.1', peer: '10.65.0.2' });
    await b.attachPpp({ name: 'far0', mtu: 1400 });
    await encrypt(a, b, stateless128, { ab: key(1), ba: key(2), wrong: key(3) });
    await moveTo(far.name, 'far0', '10.65.0.2', '10.64.0.1', 1396);
    expect(await ping('10.65.0.2', { count: 2 })).toBe(0);
  });

  it('is refused where it cannot be', async () => {
    await using tunnel = await KernelTunnel.open({
      local: { address: '127.0.0.1' },
      peer: { address: '127.0.0.2' },
      tunnelId: 1,
      peerTunnelId: 2,
    });
    const session = await tunnel.addSession({ sessionId: 1, peerSessionId: 2 });
    const setup = { send: { key: key(1), bits: 0 }, receive: { key: key(2), bits: 0 } };
    await expect(session.data.prepareMppe(setup)).rejects.toThrow('has no interface');
    await expect(session.data.openMppe(true)).rejects.toThrow('has no interface');
    await session.attachPpp();
    const short = { ...setup, send: { key: key(1).subarray(8), bits: 0 } };
    await expect(session.data.prepareMppe(short)).rejects.toThrow(RangeError);
  });
});
