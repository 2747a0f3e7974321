import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import {
  type Attribute,
  attributes as known,
  code,
  decodeAttributes,
  Dictionary,
  digestedRequest,
  digestedRequestProblem,
  encodeAttributes,
  parsePacket,
  RadiusError,
  response,
} from '../../../lib/radius/index.js';
import { hidePassword, hideSalted, revealPassword, revealSalted } from '../../../lib/radius/hiding.js';
import { accessRequest, responseProblem } from '../../../lib/radius/packet.js';
import { concat, fromHex, utf8 } from '../../../lib/wire/index.js';
import { seededRandom } from '../../support/random.js';

const dictionary = new Dictionary();
const secret = utf8('xyzzy5461');

describe('RFC 2865 section 7.1', () => {
  const request = fromHex(`
    01 00 00 38 0f 40 3f 94 73 97 80 57 bd 83 d5 cb 98 f4 22 7a 01 06 6e 65 6d 6f 02 12 0d be 70 8d
    93 d4 13 ce 31 96 e4 3f 78 2a 0a ee 04 06 c0 a8 01 10 05 06 00 00 00 03`);
  const accept = fromHex(`
    02 00 00 26 86 fe 22 0e 76 24 ba 2a 10 05 f6 bf 9b 55 e0 b2 06 06 00 00 00 01 0f 06 00 00 00 00
    0e 06 c0 a8 01 03`);

  it('is decoded, the password included', () => {
    const packet = parsePacket(request);
    const hiding = { secret, authenticator: packet.authenticator };
    const [user, password, address, port] = decodeAttributes(packet.attributes, dictionary, hiding);
    expect(user).toEqual({ name: 'User-Name', value: 'nemo' });
    expect(Buffer.from(password?.value as Uint8Array).toString('latin1')).toMatch(/^arctangent\0+$/);
    expect(address).toEqual({ name: 'NAS-IP-Address', value: '192.168.1.16' });
    expect(port).toEqual({ name: 'NAS-Port', value: 3 });
    expect(hidePassword(utf8('arctangent'), secret, packet.authenticator)).toEqual(request.slice(28, 44));
  });

  it('has an answer whose authenticator is right, and no other is', () => {
    const authenticator = parsePacket(request).authenticator;
    expect(responseProblem(parsePacket(accept), authenticator, secret, false)).toBeUndefined();
    expect(responseProblem(parsePacket(accept), authenticator, secret, true)).toBe(
      'no-message-authenticator',
    );
    expect(responseProblem(parsePacket(accept), authenticator, utf8('other'), false)).toBe('authenticator');
    const changed = accept.slice();
    changed[25] = 2;
    expect(responseProblem(parsePacket(changed), authenticator, secret, false)).toBe('authenticator');
  });
});

describe('a Message-Authenticator', () => {
  const attributes = encodeAttributes([{ name: 'User-Name', value: 'alice' }], dictionary);

  it('comes first in requests and answers, and is checked', () => {
    const authenticator = seededRandom(1).bytes(16);
    const request = parsePacket(accessRequest(code.accessRequest, 7, authenticator, attributes, secret));
    expect([...request.attributes.subarray(0, 2)]).toEqual([80, 18]);
    const answer = response(code.accessAccept, request, attributes, secret);
    expect([...answer.subarray(20, 22)]).toEqual([80, 18]);
    expect(responseProblem(parsePacket(answer), authenticator, secret, true)).toBeUndefined();
  });

  it('makes an answer void when it is wrong or there are two', () => {
    const authenticator = seededRandom(2).bytes(16);
    const request = { identifier: 1, authenticator };
    const good = response(code.accessAccept, request, attributes, secret);
    const twice = response(code.accessAccept, request, good.slice(20), secret);
    expect(responseProblem(parsePacket(twice), authenticator, secret, false)).toBe('message-authenticator');
    const other = response(code.accessAccept, { identifier: 1, authenticator }, attributes, utf8('other'));
    expect(responseProblem(parsePacket(other), authenticator, secret, true)).toBe('authenticator');
  });

  it('is checked in requests to us', () => {
    const packet = parsePacket(digestedRequest(code.coaRequest, 3, attributes, secret));
    expect(digestedRequestProblem(packet, secret, true)).toBeUndefined();
    expect(digestedRequestProblem(packet, utf8('other'), true)).toBe('authenticator');
  });
});

describe('hidden values', () => {
  it('come back, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 128 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        (value, authenticator, key) => {
          const password = revealPassword(hidePassword(value, key, authenticator), key, authenticator);
          expect(password.slice(0, value.length)).toEqual(value);
          expect(password.slice(value.length).every((octet) => octet === 0)).toBe(true);
          const salted = hideSalted(value, key, authenticator, Uint8Array.of(0x81, 7));
          expect(new Uint8Array(revealSalted(salted, key, authenticator))).toEqual(value);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('of odd length, or longer than they say, are refused', () => {
    const authenticator = new Uint8Array(16);
    expect(() => revealPassword(new Uint8Array(15), secret, authenticator)).toThrow(RadiusError);
    expect(() => revealSalted(new Uint8Array(19), secret, authenticator)).toThrow(RadiusError);
    expect(() => hidePassword(new Uint8Array(129), secret, authenticator)).toThrow(/128/);
  });
});

const samples: Record<string, readonly (string | number | Uint8Array)[]> = {
  text: ['x', 'a text with ü', 'y'.repeat(240)],
  octets: [Uint8Array.of(1, 2, 3), new Uint8Array(100).fill(7)],
  integer: [0, 1, 0xff_ffff],
  date: [1_700_000_000],
  ipv4: ['0.0.0.0', '192.0.2.1', '255.255.255.254'],
  ipv6: ['::', '2001:db8::1', '2001:db8:0:1::'],
  'ipv6-prefix': ['::/0', '2001:db8:1::/48', '2001:db8:0:100::/56', '2001:db8::1/128'],
  'interface-id': ['0:0:0:1', 'a:b:c:d'],
};

describe('every attribute of the table', () => {
  it.each(known.map((definition) => [definition.name, definition] as const))(
    '%s comes back',
    (name, definition) => {
      const hiding = { secret, authenticator: seededRandom(3).bytes(16), random: seededRandom(4) };
      for (const value of samples[definition.format] ?? []) {
        const extra = 'tagged' in definition ? { tag: 3 } : {};
        const attribute: Attribute = { name, value, ...extra };
        if ('hidden' in definition && value.toString().length > 120) continue;
        const [decoded] = decodeAttributes(
          encodeAttributes([attribute], dictionary, hiding),
          dictionary,
          hiding,
        );
        if ('hidden' in definition && definition.hidden === 'password') {
          const octets = value as Uint8Array;
          expect((decoded?.value as Uint8Array).slice(0, octets.length)).toEqual(octets);
        } else if (value instanceof Uint8Array) {
          expect(new Uint8Array(decoded?.value as Uint8Array)).toEqual(value);
        } else expect(decoded).toEqual(attribute);
      }
    },
  );
});

describe('long values', () => {
  it('of EAP go on in further attributes', () => {
    const value = seededRandom(5).bytes(700);
    const octets = encodeAttributes([{ name: 'EAP-Message', value }], dictionary);
    expect(octets.length).toBe(700 + 3 * 2);
    const [decoded, ...more] = decodeAttributes(octets, dictionary);
    expect(more).toEqual([]);
    expect(new Uint8Array(decoded?.value as Uint8Array)).toEqual(value);
  });

  it('of others are refused by name', () => {
    expect(() => encodeAttributes([{ name: 'User-Name', value: 'x'.repeat(254) }], dictionary)).toThrow(
      /User-Name: .*254/,
    );
  });
});

describe('malformed packets', () => {
  it.each([
    ['shorter than the header', '02 01 00 14'],
    ['a length beyond the datagram', `0201 0020 ${'00'.repeat(16)}`],
    ['a length below the header', `0201 0013 ${'00'.repeat(16)}`],
  ])('%s', (_, octets) => {
    expect(() => parsePacket(fromHex(octets))).toThrow(RadiusError);
  });

  it.each([
    ['an attribute of no length', '0100'],
    ['an attribute beyond the end', '010561'],
    ['a lone octet', '01'],
    ['an address of three octets', '0805 010203'],
    ['a vendor without a number', '1a04 0001'],
    ['a prefix longer than 128', '6104 0081'],
    ['a prefix with stray bits', '6105 0007 ff'],
  ])('%s', (_, octets) => {
    expect(() => decodeAttributes(fromHex(octets), dictionary)).toThrow(RadiusError);
  });

  it('of a vendor with another form are kept whole', () => {
    const [attribute] = decodeAttributes(fromHex('1a0a 000004d2 01ff 0203'), dictionary);
    expect(attribute?.name).toBe('Attr-26.1234');
  });

  it('never bring anything but a value or a RadiusError', () => {
    const hiding = { secret, authenticator: new Uint8Array(16) };
    const all = concat(
      encodeAttributes(
        [
          { name: 'User-Name', value: 'a' },
          { name: 'Framed-IPv6-Prefix', value: '2001:db8::/56' },
          { name: 'MS-CHAP2-Success', value: new Uint8Array(43) },
          { name: 'Tunnel-Server-Endpoint', value: '192.0.2.1', tag: 1 },
        ],
        dictionary,
      ),
    );
    fc.assert(
      fc.property(fc.nat(all.length - 1), fc.nat(255), fc.nat(all.length), (at, octet, end) => {
        const changed = all.slice();
        changed[at] = octet;
        try {
          decodeAttributes(changed.slice(0, end), dictionary, hiding);
        } catch (error) {
          if (!(error instanceof RadiusError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the dictionary', () => {
  it('takes attributes of the user, once', () => {
    const own = { name: 'Acme-Tariff', vendor: 4711, type: 1, format: 'text' } as const;
    const extended = new Dictionary([own]);
    const octets = encodeAttributes([{ name: 'Acme-Tariff', value: 'gold' }], extended);
    expect(decodeAttributes(octets, extended)).toEqual([{ name: 'Acme-Tariff', value: 'gold' }]);
    expect(() => new Dictionary([own, own])).toThrow(/defined already/);
    expect(() => new Dictionary([{ ...own, name: 'Other', vendor: 0 }])).toThrow(/User-Name/);
  });
});
