import { afterEach, describe, expect, it } from 'vitest';
import { type Descriptor, networkIo, type SocketFilter } from '../../lib/io/index.js';
import { concat, fromHex } from '../../lib/wire/index.js';
import { Flooder } from '../support/flooder.js';
import { seededRandom } from '../support/random.js';
import { RecordingSink, sleep, waitFor } from '../support/udp.js';

const io = networkIo();
const open: Descriptor[] = [];

afterEach(() => {
  for (const socket of open.splice(0)) io.close(socket);
});

/** A tunnel's socket as the LNS has it, and the peer's other end. */
function tunnel(options: { filter?: SocketFilter; receiveBuffer?: number } = {}) {
  const sink = new RecordingSink();
  const peerSink = new RecordingSink();
  const peer = io.listen({ local: { address: '127.0.0.2', port: 0 }, sink: peerSink, filter: 'none' });
  const remote = io.localAddress(peer);
  const socket = io.connect({ local: { address: '127.0.0.1', port: 0 }, remote, sink, ...options });
  open.push(peer, socket);
  const to = { remote: io.localAddress(socket), local: remote };
  return { sink, peerSink, socket, send: (bytes: Uint8Array) => io.send(peer, bytes, to) };
}

const control = (number: number): Uint8Array => {
  const message = Buffer.from('c802000c000100000000000000000000', 'hex');
  message.writeUInt32BE(number, 12);
  return message;
};

/** Comes after all else on the same socket: what was not there before it was dropped. */
const last = fromHex('c802 000c 0001 0000 0000 0000 ffff ffff');

const pppProtocols = {
  pass: ['c021', 'c023', 'c223', 'c227', '8021', '8057', '80fd', 'c025', '8053', 'fe01'],
  drop: ['0021', '0057', '003d', '00fd', '002d', '4021', '7ffe', 'fffe'],
};
const headers: Record<string, string> = {
  'ids only': '0002 0001 0002',
  length: '4002 0040 0001 0002',
  sequence: '0802 0001 0002 0005 0006',
  'length and sequence': '4802 0040 0001 0002 0005 0006',
  'empty offset': '0202 0001 0002 0000',
  'length and offset of 3': '4202 0040 0001 0002 0003 c021ff',
  'everything, with priority, and an offset of 16': `4b02 0040 0001 0002 0005 0006 0010 ${'00'.repeat(16)}`,
};

describe('the filter of a tunnel socket', () => {
  it('passes PPP control protocols behind every form of header, and drops data', async () => {
    const { sink, send } = tunnel();
    const expected: string[] = [];
    for (const header of Object.values(headers)) {
      for (const acfc of ['', 'ff03']) {
        for (const protocol of pppProtocols.pass) {
          const frame = fromHex(`${header}${acfc}${protocol}0101000a`);
          expected.push(Buffer.from(frame).toString('hex'));
          send(frame);
        }
        for (const protocol of pppProtocols.drop) send(fromHex(`${header}${acfc}${protocol}45000054`));
        // Compressed protocol fields: one octet (RFC 1661 section 6.5).
        for (const protocol of ['21', '57', '3d', 'fd']) send(fromHex(`${header}${acfc}${protocol}45000054`));
      }
    }
    send(last);
    expected.push(Buffer.from(last).toString('hex'));
    await waitFor(() => sink.received.at(-1)?.bytes.equals(last) === true, 'the last message');
    expect(sink.received.map(({ bytes }) => bytes.toString('hex'))).toEqual(expected);
  });

  it('passes every control message, and drops truncated data and other versions of it', async () => {
    const { sink, send } = tunnel();
    const pass = ['c802', 'c802 000c 0001 0000 0000 0000', 'c803 0014', '8002 0001', 'ffff'];
    const drop = [
      '',
      '00',
      '40',
      '4802',
      '0002 0001 0002',
      '0002 0001 0002 c0',
      '0002 0001 0002 ff03',
      '0002 0001 0002 ff03 c0',
    ];
    drop.push(
      '4b02 0040 0001 0002 0005 0006 0010 0000 c021',
      '0202 0001 0002 ffff c021 c021',
      '0003 0001 0002 c021 0101',
    );
    for (const bytes of [...pass, ...drop]) send(fromHex(bytes));
    send(last);
    await waitFor(() => sink.received.at(-1)?.bytes.equals(last) === true, 'the last message');
    const received = sink.received.map(({ bytes }) => bytes.toString('hex'));
    expect(received.slice(0, -1)).toEqual(pass.map((bytes) => bytes.replaceAll(' ', '')));
  });

  it('agrees with a decoder about random datagrams', async () => {
    const random = seededRandom(2661);
    const { sink, send } = tunnel();
    const expected: string[] = [];
    for (let i = 0; i < 4000; i++) {
      const bytes = randomDatagram();
      if (passes(bytes)) expected.push(Buffer.from(bytes).toString('hex'));
      send(bytes);
    }
    send(last);
    await waitFor(() => sink.received.at(-1)?.bytes.equals(last) === true, 'the last message');
    expect(sink.received.slice(0, -1).map(({ bytes }) => bytes.toString('hex'))).toEqual(expected);
    // Both happen often enough to mean something.
    expect(expected.length).toBeGreaterThan(900);
    expect(expected.length).toBeLessThan(3000);

    function randomDatagram(): Uint8Array {
      const bytes = random.bytes(random.below(28));
      if (bytes.length > 1 && random.below(4) > 0) {
        bytes[0] = (bytes[0] as number) & 0x7f;
        bytes[1] = 2;
      }
      const offset = bytes.length > 8 && random.below(2) > 0;
      const frame = fromHex(['', 'ff03', 'c021', 'ff03c021', '8021', 'ff0321'][random.below(6)] as string);
      if (!offset) return concat(bytes.subarray(0, 6), frame, bytes.subarray(6));
      return concat(
        fromHex('0202 0001 0002 00'),
        Uint8Array.of(random.below(4)),
        random.bytes(random.below(4)),
        frame,
      );
    }

    function passes(bytes: Uint8Array): boolean {
      const u16 = (at: number) => (at + 2 <= bytes.length ? Buffer.from(bytes).readUInt16BE(at) : undefined);
      const flags = u16(0);
      if (flags === undefined) return false;
      if (flags & 0x8000) return true;
      if ((flags & 0xf) !== 2) return false;
      let at = 6;
      if (flags & 0x4000) at += 2;
      if (flags & 0x0800) at += 4;
      if (flags & 0x0200) {
        const size = u16(at);
        if (size === undefined) return false;
        at += 2 + size;
      }
      if (u16(at) === 0xff03) at += 2;
      const protocol = u16(at);
      return protocol !== undefined && (protocol & 0x0100) === 0 && protocol >= 0x8000;
    }
  });

  const stray = fromHex(`4002 0040 0001 0002 ff03 0021 ${'45'.repeat(40)}`);

  /** 20,000 stray data messages in one go, before anyone can read, and then control: gives what control came. */
  async function starve(options: Parameters<typeof tunnel>[0]): Promise<number[]> {
    const { sink, send } = tunnel(options);
    for (let i = 0; i < 20_000; i++) send(stray);
    for (let i = 0; i < 100; i++) send(control(i));
    await sleep(200);
    return sink.received
      .filter(({ bytes }) => bytes.length === 16)
      .map(({ bytes }) => bytes.readUInt32BE(12));
  }

  it('keeps stray data from taking the room of control messages', async () => {
    expect(await starve({})).toEqual(Array.from({ length: 100 }, (_, i) => i));
    // Without it the same flood fills the buffer, and control is lost: so the test means something.
    expect((await starve({ filter: 'none' })).length).toBeLessThan(100);
  });

  it('lets control through while the peer floods data at full speed', async () => {
    const sink = new RecordingSink();
    const answers = new RecordingSink();
    // The flood and the control messages come from the same address and port, as from one LAC.
    const listener = io.listen({ local: { address: '127.0.0.1', port: 0 }, sink: new RecordingSink() });
    const flooder = await Flooder.start({
      local: { address: '127.0.0.2', port: 0 },
      remote: io.localAddress(listener),
      payload: stray,
    });
    const socket = io.connect({
      local: io.localAddress(listener),
      remote: flooder.local,
      sink,
      receiveBuffer: 64 * 1024,
    });
    const peer = io.listen({ local: flooder.local, sink: answers, filter: 'none' });
    open.push(listener, socket, peer);
    const to = { remote: io.localAddress(socket), local: flooder.local };
    const before = io.statistics();
    const rounds = 200;
    const from = flooder.sent;
    for (let i = 0; i < rounds; i++) {
      io.send(peer, control(i), to);
      await waitFor(() => sink.received.length > i, `control message ${i}`);
    }
    const during = flooder.sent - from;
    const total = await flooder.stop();
    expect(sink.received.map(({ bytes }) => bytes.readUInt32BE(12))).toEqual(
      Array.from({ length: rounds }, (_, i) => i),
    );
    // The flood was there, and none of it came up.
    expect(during).toBeGreaterThan(900);
    expect(io.statistics().rows - before.rows).toBe(rounds);
    expect(total).toBeGreaterThan(during);
  });
});
