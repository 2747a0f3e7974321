import { decodeTr101 } from '../../../lib/access-line/index.js';
import { answerClient, decodeClientMessage, isRouterSolicitation } from '../../../lib/ipv6/index.js';
import { payloadOf } from '../../../lib/kernel/data-header.js';
import { formatAddress, sessionInfo, tunnelInfo } from '../../../lib/kernel/l2tp-attributes.js';
import { parseL2tpMessages } from '../../../lib/kernel/netlink.js';
import { peekHostName, peekMessageType } from '../../../lib/l2tp/codec.js';
import {
  decodeHeader,
  decodeMessage,
  describeDatagram,
  encodeDataMessage,
  encodeMessage,
  encodeZlb,
  maskDatagram,
  peekAssignedSessionId,
  unhideValue,
} from '../../../lib/l2tp/index.js';
import { parseChapPacket } from '../../../lib/ppp/auth/chap-packet.js';
import { parseEapMd5Data, parseEapPacket } from '../../../lib/ppp/auth/eap-packet.js';
import { parseMsChapFailure, parseMsChapSuccess } from '../../../lib/ppp/auth/mschap-message.js';
import { parsePapPacket } from '../../../lib/ppp/auth/pap-packet.js';
import {
  decodeFrame,
  decodeName,
  describeAuthPacket,
  describeFrame,
  maskFrame,
  Protocol,
} from '../../../lib/ppp/index.js';
import { checkOptions, decodeOptions, decodePacket, encodeOptions } from '../../../lib/ppp/packet.js';
import {
  broadcast,
  decodeFrame as decodePppoe,
  decodeTags,
  encodeFrame as encodePppoe,
  encodeTags,
} from '../../../lib/pppoe/index.js';
import { concat, fromHex, Reader, utf8 } from '../../../lib/wire/index.js';
import { decodeEntries, encodeEntry } from '../../../lib/accounting/journal-format.js';
import { decodeRecord } from '../../../lib/accounting/record-queue.js';
import type { CoaRules } from '../../../lib/nas/coa-rules.js';
import { DynamicAuthorization } from '../../../lib/nas/dynamic-authorization.js';
import { replyPolicy } from '../../../lib/nas/reply-policy.js';
import { SessionIndex } from '../../../lib/nas/session-index.js';
import {
  attributes as knownAttributes,
  code,
  decodeAttributes,
  describeAttributes,
  Dictionary,
  digestedRequest,
  encodeAttributes,
  parsePacket,
  response,
} from '../../../lib/radius/index.js';
import { PppPair } from '../../support/ppp-pair.js';
import { seededRandom } from '../../support/random.js';
import { sampleMessages } from '../l2tp/samples.js';
import type { Target } from './campaign.js';

const dhcpClientId = '0001000a00030001020304050607';
const dhcpAssociations =
  '0019002900000001000000000000000000' +
  '1a0019000000000000000038' +
  '00'.repeat(16) +
  '0003002800000002000000000000000000' +
  '050018' +
  '20010db8000900000000000000000005' +
  '0000000000000000';
/** Solicit with Rapid Commit, Request, Renew, Rebind, Release, information request. */
const dhcpMessages = [
  `01abcdef${dhcpClientId}000e0000${dhcpAssociations}`,
  ...['03', '05', '08'].map((type) => `${type}abcdef${dhcpClientId}00020003000401${dhcpAssociations}`),
  `06abcdef${dhcpClientId}${dhcpAssociations}`,
  '0babcdef000600020017',
].map(fromHex);
const dhcpLease = {
  address: 0x2001_0db8n << 96n,
  delegated: { address: 0x2001_0db8_0001n << 80n, length: 56 },
  dns: [1n],
  preferredLifetime: 60,
  validLifetime: 120,
};

const pppoeFrames = (['PADI', 'PADR', 'PADT', 'session'] as const).map((kind) =>
  encodePppoe({
    destination: broadcast,
    source: 0x0200_0000_0001,
    kind,
    sessionId: 7,
    payload: encodeTags({
      serviceNames: ['', 'internet'],
      acName: 'lac1',
      hostUniq: fromHex('01020304'),
      acCookie: fromHex('aabbccdd'),
      relaySessionId: fromHex('0102'),
      maxPayload: 1500,
      accessLine: { agentCircuitId: 'node 1', actualRateUp: 1_024_000 },
      genericError: 'bye',
    }),
  }),
);
const secret = utf8('tunnel-secret');
const plain = sampleMessages.map((message) => encodeMessage(message, 0x1234, 0x5678));
const hidden = sampleMessages.map((message) =>
  encodeMessage(message, 0x1234, 0x5678, { secret, random: seededRandom(7) }),
);
const frame = fromHex('ff03 c021 01 01 0004');
const data = [
  encodeDataMessage(1, 2, frame),
  encodeDataMessage(1, 2, frame, { ns: 5, priority: true }),
  fromHex('4b02 0019 1111 2222 0033 0000 0003 ffffff ff03c0210101 0004'),
  fromHex('0002 0001 0002 ff03 0021 4500'),
];
const datagrams = [...plain, ...hidden, ...data, encodeZlb(1, 2, 3)];

/** Frames of whole conversations of each method, with what they do not hold. */
function frames(): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (const method of ['pap', 'chap', 'mschapv1', 'mschapv2', 'eap'] as const) {
    const options = { authMethods: [method], ipv6: true, mppe: { mode: 'allow' } } as const;
    const pair = new PppPair({ server: options, client: options }).start();
    pair.run(5_000, () => pair.open);
    for (const end of pair.ends) all.push(...end.sentFrames);
  }
  const others = [
    'ff03 c021 0101 0018 0104 05b4 0206 00000000 0305 c22305 0506 01020304 0702 0802',
    'c021 0401 000a 1104 0640 0d03 06',
    'c021 0801 000a 8021 0101 0004',
    'c021 0c01 000a 01020304 4142',
    '8021 0301 0010 0306 0a410101 8106 0a090002',
    '80fd 0e01 0004',
    '00fd 9001 aabbcc',
    '21 4500',
  ];
  return [...all, ...others.map(fromHex)];
}

const conversation = frames();

/** Information fields of the frames of some protocols. */
function packets(...protocols: readonly number[]): Uint8Array[] {
  const found = conversation.map(decodeFrame).filter(({ protocol }) => protocols.includes(protocol));
  return found.map(({ information }) => information);
}

const control = packets(Protocol.LCP, Protocol.IPCP, Protocol.IPV6CP, Protocol.CCP);
const pap = packets(Protocol.PAP);
const chap = packets(Protocol.CHAP);
const eap = packets(Protocol.EAP);

/** A generic netlink message of the family `l2tp` in this machine's order, with attributes of all kinds. */
function netlinkMessage(): Uint8Array {
  const u16 = (value: number): Uint8Array => new Uint8Array(Uint16Array.of(value).buffer);
  const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
  const attribute = (type: number, value: Uint8Array): Uint8Array =>
    concat(u16(4 + value.length), u16(type), value, new Uint8Array(-value.length & 3));
  const stats = concat(...[1, 2, 3, 4].map((type) => attribute(type, new Uint8Array(8).fill(type))));
  const attributes = [1, 2, 7, 9, 10, 11, 12, 13, 18, 19, 20, 22, 23, 24, 25].map((type) =>
    attribute(type, u32(type)),
  );
  const ipv6 = [31, 32].map((type) => attribute(type, fromHex('20010db8000000000000000000000001')));
  const body = concat(
    fromHex('05 01 0000'),
    ...attributes,
    ...ipv6,
    attribute(8, utf8('ppp0\0')),
    attribute(30, stats),
  );
  return concat(u32(16 + body.length), u16(0x20), u16(2), u32(1), u32(0), body);
}

const dictionary = new Dictionary();
const radiusHiding = { secret, authenticator: new Uint8Array(16), random: seededRandom(9) };

/** One packet with an attribute of every format that is read, and one with each attribute alone. */
const radiusPackets = ((): Uint8Array[] => {
  const values = {
    text: '192.0.2.1/24 0.0.0.0 1',
    octets: new Uint8Array(32).fill(3),
    integer: 3,
    date: 1_700_000_000,
    ipv4: '255.255.255.0',
    ipv6: '2001:db8::1',
    'ipv6-prefix': '2001:db8::/56',
    'interface-id': '0:0:0:1',
  };
  const all = knownAttributes.map(({ name, format }) => ({ name, value: values[format], tag: 1 }));
  const encode = (list: typeof all): Uint8Array =>
    response(
      2,
      { identifier: 1, authenticator: new Uint8Array(16) },
      encodeAttributes(list, dictionary, radiusHiding),
      secret,
    );
  return [encode(all), ...all.map((one) => encode([one]))];
})();

const rules: CoaRules = {
  clientAt: () => ({ secret }),
  requireMessageAuthenticator: false,
  requireEventTimestamp: false,
  window: 300_000,
};
const authorization = new DynamicAuthorization({
  dictionary,
  identity: { identifier: 'lns1', address: '192.0.2.9', extra: [] },
  sessions: new SessionIndex(),
  rules: () => rules,
  wallClock: () => 0,
  disconnect: () => undefined,
});

const end = (bytes: Uint8Array): number => bytes.length;

function inside(bytes: Uint8Array, from: number, to: number): void {
  if (!(from >= 0 && from <= to && to <= bytes.length)) throw new Error(`${from} to ${to} is out of range`);
}

function sameLength(bytes: Uint8Array, masked: Uint8Array): Uint8Array {
  if (masked.length !== bytes.length) throw new Error('octets are lost');
  return masked;
}

/** Every decoder of octets that come from outside. */
export const targets: readonly Target[] = [
  {
    name: 'L2TP header',
    corpus: datagrams,
    decode: (bytes) => {
      const header = decodeHeader(bytes);
      if (typeof header === 'string') return header;
      inside(bytes, header.kind === 'data' ? header.payloadStart : header.bodyStart, header.end);
      return header;
    },
  },
  {
    name: 'L2TP message',
    corpus: plain,
    decode: (bytes) => {
      const message = decodeMessage(bytes, Math.min(12, end(bytes)), end(bytes));
      // What is accepted has fields of the right kind, so that it can be encoded again.
      if (message.type !== 'faulty' && message.type !== 'unknown') encodeMessage(message, 1, 2);
      return message;
    },
    weight: 2,
  },
  {
    name: 'L2TP message with hidden AVPs',
    corpus: hidden,
    decode: (bytes) => decodeMessage(bytes, Math.min(12, end(bytes)), end(bytes), secret),
    weight: 2,
  },
  {
    name: 'L2TP message with hidden AVPs and no secret',
    corpus: hidden,
    decode: (bytes) => decodeMessage(bytes, Math.min(12, end(bytes)), end(bytes)),
  },
  {
    name: 'hidden value',
    corpus: ['945b938e318db0fcf8', '7c2efd10115d085ce2d9ad6290e174009247afa841714f'].map(fromHex),
    decode: (bytes) => {
      const value = unhideValue(22, bytes, secret, bytes);
      if (value !== undefined && value.length > bytes.length - 2) throw new Error('out of range');
      return value;
    },
  },
  {
    name: 'first glance at an SCCRQ',
    corpus: [...plain, ...hidden],
    decode: (bytes) => [peekMessageType(bytes), peekHostName(bytes, Math.min(12, end(bytes)), end(bytes))],
  },
  {
    name: 'text of a datagram',
    corpus: datagrams,
    decode: (bytes) => line(describeDatagram(bytes)),
    weight: 2,
  },
  {
    name: 'what a capture shows of a datagram',
    corpus: datagrams,
    decode: (bytes) => [sameLength(bytes, maskDatagram(bytes)), peekAssignedSessionId(bytes)],
  },
  {
    name: 'what a capture shows of a PPP frame',
    corpus: conversation,
    decode: (bytes) => sameLength(bytes, maskFrame(bytes)),
  },
  {
    name: 'data header',
    corpus: [...data, encodeZlb(1, 2, 3)],
    decode: (bytes) => {
      const payload = payloadOf(bytes);
      if (typeof payload === 'object' && payload.frame.length > bytes.length) throw new Error('out of range');
      return payload;
    },
  },
  { name: 'PPP frame', corpus: conversation, decode: decodeFrame },
  {
    name: 'text of a PPP frame',
    corpus: conversation,
    decode: (bytes) => line(describeFrame(bytes)),
    weight: 2,
  },
  {
    name: 'LCP, IPCP, IPV6CP and CCP packets',
    corpus: control,
    decode: (bytes) => {
      const packet = decodePacket(bytes);
      checkOptions(packet.data);
      const options = decodeOptions(packet.data);
      if (encodeOptions(options).length !== packet.data.length) throw new Error('octets are lost');
      return [packet, options];
    },
    weight: 2,
  },
  { name: 'PAP', corpus: pap, decode: parsePapPacket },
  { name: 'CHAP', corpus: chap, decode: parseChapPacket },
  {
    name: 'EAP',
    corpus: eap,
    decode: (bytes) => {
      const packet = parseEapPacket(bytes);
      return 'data' in packet && packet.data.length > 0 ? [packet, parseEapMd5Data(packet.data)] : packet;
    },
  },
  {
    name: 'MS-CHAP messages',
    corpus: [
      'E=691 R=1 C=00112233445566778899aabbccddeeff V=3 M=wrong',
      'S=407A5589115FD0D6209F510FE9C04566932CDA56 M=Welcome',
    ].map(utf8),
    decode: (bytes) => {
      const message = Buffer.from(bytes).toString('latin1');
      return [parseMsChapFailure(message), parseMsChapSuccess(message)];
    },
  },
  {
    name: 'text of an authentication packet',
    corpus: [...pap, ...chap, ...eap],
    decode: (bytes) =>
      [Protocol.PAP, Protocol.CHAP, Protocol.EAP].map((protocol) =>
        line(describeAuthPacket(protocol, bytes)),
      ),
  },
  { name: 'user name', corpus: ['alice', 'DOMAIN\\zoë', '名前'].map(utf8), decode: decodeName },
  {
    name: 'PPPoE frame and its tags',
    corpus: pppoeFrames,
    decode: (bytes) => {
      const frame = decodePppoe(bytes);
      return frame && frame.kind !== 'session' ? [frame, decodeTags(frame.payload)] : frame;
    },
  },
  {
    name: 'TR-101 sub-options',
    corpus: [fromHex('0106 6e6f64652031 0203 64736c 8104 00000400 8c04 00000008 9003 010200')],
    decode: (bytes) => decodeTr101(new Reader(bytes)),
  },
  {
    name: 'netlink messages',
    corpus: [netlinkMessage(), concat(netlinkMessage(), netlinkMessage())],
    decode: (bytes) =>
      parseL2tpMessages(bytes).map(({ attributes }) => [
        tunnelInfo(attributes, () => attributes),
        sessionInfo(attributes, () => attributes),
        [...attributes.values()].map(formatAddress),
      ]),
  },
  {
    name: 'RADIUS packet',
    corpus: radiusPackets,
    decode: (bytes) => {
      const packet = parsePacket(bytes);
      const attributes = decodeAttributes(packet.attributes, dictionary, radiusHiding);
      line(describeAttributes(attributes, dictionary), 16 * bytes.length);
      return attributes;
    },
    weight: 2,
  },
  {
    name: 'what a RADIUS server gives',
    corpus: radiusPackets,
    decode: (bytes) => replyPolicy(decodeAttributes(parsePacket(bytes).attributes, dictionary, radiusHiding)),
    weight: 2,
  },
  {
    name: 'CoA-Request with the right secret',
    corpus: radiusPackets,
    decode: (bytes) => {
      const request = digestedRequest(
        code.coaRequest,
        1,
        bytes.subarray(Math.min(20, end(bytes)), 4000),
        secret,
      );
      const { answer } = authorization.handleDatagram(request, '192.0.2.1', 1);
      return answer instanceof Promise ? undefined : answer;
    },
  },
  {
    name: 'DHCPv6 message of a client',
    corpus: dhcpMessages,
    decode: (bytes) => answerClient(decodeClientMessage(bytes), Uint8Array.of(0, 4, 1), dhcpLease),
    weight: 2,
  },
  {
    name: 'router solicitation',
    corpus: [fromHex('8500000000000000'), fromHex('85000000000000000101020304050607')],
    decode: (bytes) => isRouterSolicitation(bytes),
  },
  {
    name: 'accounting journal',
    corpus: [1, 2, 3].map((count) =>
      concat(
        ...Array.from({ length: count }, (_, i) =>
          encodeEntry({ kind: 'record', sequence: i + 1, payload: utf8(`record ${i}`) }),
        ),
        encodeEntry({ kind: 'done', sequence: 1 }),
      ),
    ),
    decode: (bytes) => {
      const { entries, length } = decodeEntries(bytes);
      inside(bytes, 0, length);
      for (const entry of entries) if (entry.kind === 'record') decodeRecord(entry.payload);
      return entries;
    },
  },
];

/** One line of the log: bounded, and without what would break it. */
function line(description: string, longest = 4096): string {
  if (description.length > longest) throw new Error(`a line of ${description.length} characters`);
  if (/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(description))
    throw new Error('control characters in a line');
  return description;
}
