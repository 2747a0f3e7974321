import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerClient, decodeClientMessage, type Lease, MessageType } from '../../../lib/ipv6/index.js';
import { fromHex, hex, parseIpv6, WireError } from '../../../lib/wire/index.js';

const address = (text: string): bigint => parseIpv6(text) ?? 0n;
const serverId = fromHex('0004' + '00'.repeat(15) + '01');
const clientId = '0001000a' + '00030001' + '020304050607';
const server = '00020012' + hex(serverId);
const lease: Lease = {
  address: address('2001:db8:9::5'),
  delegated: { address: address('2001:db8:100:200::'), length: 56 },
  dns: [address('2001:db8::53')],
  preferredLifetime: 3600,
  validLifetime: 7200,
};
/** IA_PD with a hint of a length, IA_NA without anything. */
const iaPd =
  '00190029' + '0000000a' + '0000000000000000' + '001a0019' + '00'.repeat(8) + '38' + '00'.repeat(16);
const iaNa = '0003000c' + '0000000b' + '0000000000000000';

const message = (type: number, ...options: string[]): string =>
  `${type.toString(16).padStart(2, '0')}abcdef${options.join('')}`;
const answer = (octets: string, what = lease): string | undefined => {
  const reply = answerClient(decodeClientMessage(fromHex(octets)), serverId, what);
  return reply && hex(reply);
};
const boundPd =
  '00190029' +
  '0000000a' +
  '00000708' +
  '00000b40' +
  '001a0019' +
  '00000e10' +
  '00001c20' +
  '38' +
  '20010db8010002000000000000000000';
const boundNa =
  '00030028' +
  '0000000b' +
  '00000708' +
  '00000b40' +
  '00050018' +
  '20010db8000900000000000000000005' +
  '00000e10' +
  '00001c20';
const dns = '00170010' + '20010db8000000000000000000000053';

describe('a DHCPv6 server', () => {
  it('answers Solicit by Advertise, Request by Reply, with what the link has (RFC 8415 section 18.3)', () => {
    const rest = server + clientId + boundPd + boundNa + dns;
    expect(answer(message(MessageType.Solicit, clientId, iaPd, iaNa))).toBe('02abcdef' + rest);
    expect(answer(message(MessageType.Request, clientId, server, iaPd, iaNa))).toBe('07abcdef' + rest);
    expect(answer(message(MessageType.Renew, clientId, server, iaPd, iaNa))).toBe('07abcdef' + rest);
    expect(answer(message(MessageType.Rebind, clientId, iaPd, iaNa))).toBe('07abcdef' + rest);
  });

  it('answers Solicit with Rapid Commit by Reply', () => {
    expect(answer(message(MessageType.Solicit, clientId, '000e0000', iaPd))).toBe(
      '07abcdef' + server + clientId + '000e0000' + boundPd + dns,
    );
  });

  it('says that there is nothing, also to a second association of a kind', () => {
    const nothing = { ...lease, address: undefined, delegated: undefined, dns: [] };
    const reply = answer(message(MessageType.Solicit, clientId, iaNa), nothing) ?? '';
    expect(reply).toContain('000b' + '0000000000000000' + '000d');
    expect(reply).toContain('0002' + Buffer.from('no address').toString('hex'));
    const second = answer(message(MessageType.Solicit, clientId, iaPd, iaPd)) ?? '';
    expect(second.split('20010db80100020000').length).toBe(2);
    expect(second).toContain('0006' + Buffer.from('no prefix').toString('hex'));
  });

  it('tells a client to give up what is not its any more', () => {
    const old = '20010db8ffff00000000000000000000';
    const held = '00190029' + '0000000a' + '0000000000000000' + '001a0019' + '0000000100000001' + '38' + old;
    const reply = answer(message(MessageType.Renew, clientId, server, held)) ?? '';
    expect(reply).toContain('001a0019' + '0000000000000000' + '38' + old);
    expect(reply).toContain('20010db8010002000000000000000000');
  });

  it('confirms an address of the link, and no other', () => {
    const has = (text: string): string =>
      '00030028' + '0000000b' + '0000000000000000' + '00050018' + text + '0000000000000000';
    const confirm = (text: string) => answer(message(MessageType.Confirm, clientId, has(text)));
    expect(confirm('20010db8000900000000000000000005')).toMatch(/000d....0000/);
    expect(confirm('20010db8000900000000000000000006')).toMatch(/000d....0004/);
    expect(answer(message(MessageType.Confirm, clientId, iaNa))).toBeUndefined();
  });

  it('gives DNS servers to who only asks for information', () => {
    expect(answer(message(MessageType.InformationRequest))).toBe('07abcdef' + server + dns);
    expect(answer(message(MessageType.Release, clientId, server, iaPd))).toMatch(/000d....0000/);
  });

  it.each([
    ['Solicit to a server', message(MessageType.Solicit, clientId, server, iaPd)],
    ['Solicit of nobody', message(MessageType.Solicit, iaPd)],
    ['Request to nobody', message(MessageType.Request, clientId, iaPd)],
    ['Request to another', message(MessageType.Request, clientId, '00020003000400', iaPd)],
    ['Rebind to a server', message(MessageType.Rebind, clientId, server, iaPd)],
    ['an information request with an association', message(MessageType.InformationRequest, iaPd)],
    ['a message of a server', message(MessageType.Advertise, clientId, server)],
    ['a relay', message(12, clientId)],
  ])('does not answer %s', (_, octets) => {
    expect(answer(octets)).toBeUndefined();
  });
});

describe('DHCPv6 messages', () => {
  it.each([
    '',
    '01abcd',
    message(1, '0001'),
    message(1, '0001000200'),
    message(1, clientId, clientId),
    message(1, '00010002' + '0003'),
    message(1, clientId, '00030004' + '00000001'),
    message(1, clientId, iaPd.replace('38', '81')),
    message(1, clientId, ...Array.from({ length: 17 }, () => iaNa)),
  ])('%s is refused', (octets) => {
    expect(() => decodeClientMessage(fromHex(octets))).toThrow(WireError);
  });

  it('of any octets are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
        try {
          answerClient(decodeClientMessage(octets), serverId, lease);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});
