import { describe, expect, it } from 'vitest';
import { networkIo } from '../../lib/io/index.js';
import { concat, fromHex, hex } from '../../lib/wire/index.js';
import { echoRequest, ends, eventually, ip, once, tunnelPair } from './support.js';
import { KernelTunnel } from '../../lib/kernel/index.js';

const ids = [
  { sessionId: 1, peerSessionId: 2, lnsMode: true },
  { sessionId: 2, peerSessionId: 1 },
] as const;

describe('PPP control frames', () => {
  it('cross a session without interfaces, both ways', async () => {
    await using pair = await tunnelPair();
    const a = await pair.a.addSession(ids[0]);
    const b = await pair.b.addSession(ids[1]);
    const received: string[] = [];
    b.on('frame', (frame) => received.push(hex(frame)));
    const answer = once<Uint8Array>((take) => a.on('frame', (frame) => take(frame.slice())));
    const sent = [1, 2, 3].map((identifier) => echoRequest(identifier));
    for (const frame of sent) a.writeFrame(frame);
    await eventually(() => expect(received).toEqual(sent.map(hex)));
    // Without an interface even IP comes up to us.
    b.writeFrame(concat(fromHex('0021'), new Uint8Array(40).fill(0x45)));
    expect(hex((await answer).subarray(0, 4))).toBe('00214545');
  });

  it('reach a session that the kernel finds too short to look at', async () => {
    await using pair = await tunnelPair();
    const b = await pair.b.addSession(ids[1]);
    const frame = once<Uint8Array>((take) => b.on('frame', (octets) => take(octets.slice())));
    // 12 octets of L2TP: no length, no sequence numbers, no address and control, a bare Terminate-Request.
    pair.a.sendControl(fromHex('0002 0014 0002 c021 0501 0004'));
    expect(hex(await frame)).toBe('c02105010004');
  });

  it('pass the interface where they are network control, and the channel where they are the link’s', async () => {
    await using pair = await tunnelPair();
    const a = await pair.a.addSession(ids[0]);
    const b = await pair.b.addSession(ids[1]);
    await a.attachPpp({ name: 'near0' });
    await b.attachPpp({ name: 'far0' });
    const received: string[] = [];
    b.on('frame', (frame) => received.push(hex(frame.subarray(0, 2))));
    const ipcp = concat(fromHex('8021 01 01 000a 0306 00000000'), new Uint8Array(12));
    const before = networkIo().statistics();
    a.writeFrame(ipcp);
    a.writeFrame(echoRequest(1));
    await eventually(() => expect(received.sort()).toEqual(['8021', 'c021']));
    expect(networkIo().statistics().sent - before.sent).toBe(2);
    const stats = JSON.parse(await ip('-s', '-json', 'link', 'show', 'far0')) as {
      readonly stats64: { readonly rx: { readonly packets: number } };
    }[];
    // The interface counts what passes through it, so not LCP.
    expect(stats[0]?.stats64.rx.packets).toBe(1);
  });

  it('are told apart from control messages of the tunnel', async () => {
    await using pair = await tunnelPair();
    const message = once<Uint8Array>((take) => pair.b.on('control', (octets) => take(octets.slice())));
    pair.a.sendControl(fromHex('c802 000c 0014 0000 0000 0000'));
    expect(hex(await message)).toBe('c802000c0014000000000000');
  });

  it('end with a hang-up when somebody else removes the interface', async () => {
    await using pair = await tunnelPair();
    const a = await pair.a.addSession(ids[0]);
    await a.attachPpp({ name: 'near0' });
    const hangup = once<string>((take) => a.on('hangup', () => take('gone')));
    await ip('link', 'del', 'near0');
    expect(await hangup).toBe('gone');
    await a.close();
  });

  it('that are none are refused', async () => {
    await using pair = await tunnelPair();
    const a = await pair.a.addSession(ids[0]);
    expect(() => a.writeFrame([0xc0, 0x21] as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => a.writeFrame(Uint8Array.of(0xc0))).toThrow(RangeError);
    expect(() => a.writeFrame(new Uint8Array(70_000))).toThrow(RangeError);
    expect(() => pair.a.sendControl('hello' as unknown as Uint8Array)).toThrow(TypeError);
  });

  it('of a peer that is not there come back as an error event', async () => {
    await using tunnel = await KernelTunnel.open({
      local: ends.a,
      peer: { address: '127.0.0.9', port: 1801 },
      tunnelId: 1,
      peerTunnelId: 2,
    });
    const error = once<Error>((take) => tunnel.on('error', take));
    tunnel.sendControl(fromHex('c802 000c 0002 0000 0000 0000'));
    expect(await error).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
