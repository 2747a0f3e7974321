import { describe, expect, it } from 'vitest';
import { noTraffic } from '../../../lib/aaa/index.js';
import { accessLineEntries } from '../../../lib/access-line/index.js';
import { nasRecord, sessionRecord, statusType } from '../../../lib/nas/accounting-records.js';
import type { CoaRules } from '../../../lib/nas/coa-rules.js';
import { DynamicAuthorization } from '../../../lib/nas/dynamic-authorization.js';
import { callAttributes, credentialAttributes, nasAttributes } from '../../../lib/nas/request-attributes.js';
import { SessionIndex } from '../../../lib/nas/session-index.js';
import {
  type Attribute,
  type AttributeDefinition,
  attributes as known,
  code,
  decodeAttributes,
  Dictionary,
  digestedRequest,
  firstNumber,
  parsePacket,
} from '../../../lib/radius/index.js';
import { utf8 } from '../../../lib/wire/index.js';
import { subscriberSession } from '../../support/subscriber-session.js';

const table: readonly AttributeDefinition[] = known;
const marked = (column: 'sent' | 'read', mark: string): string[] =>
  table.filter((one) => one[column]?.includes(mark)).map(({ name }) => name);
const namesOf = (...lists: readonly (readonly Attribute[])[]): Set<string> =>
  new Set(lists.flat().map(({ name }) => name));

const accessLine = Object.fromEntries(
  accessLineEntries.map(({ field, format }) => [
    field,
    format === 'text'
      ? 'x'
      : format === 'encapsulation'
        ? { dataLink: 1, encapsulation1: 2, encapsulation2: 3 }
        : 7,
  ]),
);
const session = subscriberSession({
  ipv6: {
    interfaceId: '0:0:0:1',
    prefix: '2001:db8::/64',
    address: '2001:db8::1',
    delegatedPrefix: '2001:db8:1::/56',
  },
  ipv6Counters: noTraffic,
  policy: { netmask: 29, accounting: { class: [Uint8Array.of(1)] } },
  callContext: { accessLine },
});
const identity = (address: string) => ({ identifier: 'lns1', address, extra: [] });
const identities = [identity('192.0.2.1'), identity('2001:db8::1')];
const sixteen = new Uint8Array(16);

describe('the table of attributes says', () => {
  it('what an Access-Request carries', () => {
    const secret = { identifier: 1, challenge: sixteen, response: new Uint8Array(49) };
    const credentials = [
      { method: 'pap', user: 'u', password: sixteen },
      { method: 'chap', user: 'u', ...secret },
      { method: 'mschapv1', user: 'u', ...secret },
      { method: 'mschapv2', user: 'u', ...secret },
      { method: 'eap', user: 'u', packet: sixteen, state: undefined },
    ] as const;
    const sent = namesOf(
      ...credentials.map((one) => credentialAttributes(one, sixteen)),
      ...identities.map(nasAttributes),
      callAttributes(session.callContext),
    );
    sent.add('Message-Authenticator');
    expect([...sent].toSorted()).toEqual(marked('sent', 'A').toSorted());
  });

  it('what an Accounting-Request carries', () => {
    const end = { by: 'peer', text: '' } as const;
    const time = { madeAt: 0, upFor: 0 };
    const sent = namesOf(
      ...identities.map((one) => nasRecord(statusType.accountingOn, one, 'id', 0)),
      ...identities.flatMap((one) =>
        [statusType.stop, statusType.tunnelLinkStop].map((status) =>
          sessionRecord(status, session, session.callContext, one, time, end),
        ),
      ),
    );
    for (const late of ['Message-Authenticator', 'Acct-Delay-Time']) sent.add(late);
    expect([...sent].toSorted()).toEqual(marked('sent', 'C').toSorted());
  });

  it('the tunnel that a subscriber by PPPoE is carried on in', () => {
    const session = subscriberSession({
      callContext: { bearer: 'pppoe', callSerialNumber: undefined },
      onwardTunnel: {
        clientAddress: '10.1.0.254',
        clientHostName: 'lac1',
        serverAddress: '10.1.0.2',
        serverHostName: 'lns2',
        callSerialNumber: 7,
      },
    });
    const record = sessionRecord(statusType.start, session, session.callContext, identity('192.0.2.1'), {
      madeAt: 0,
      upFor: 0,
    });
    expect(record).toEqual(
      expect.arrayContaining([
        { name: 'Tunnel-Client-Endpoint', value: '10.1.0.254' },
        { name: 'Tunnel-Client-Auth-ID', value: 'lac1' },
        { name: 'Tunnel-Server-Endpoint', value: '10.1.0.2' },
        { name: 'Tunnel-Server-Auth-ID', value: 'lns2' },
        { name: 'Acct-Tunnel-Connection', value: '7' },
      ]),
    );
  });

  it('what a CoA- and a Disconnect-Request may carry', () => {
    const dictionary = new Dictionary();
    const secret = utf8('secret');
    const rules: CoaRules = {
      clientAt: () => ({ secret }),
      requireMessageAuthenticator: false,
      requireEventTimestamp: false,
      window: 1e15,
    };
    const authorization = new DynamicAuthorization({
      dictionary,
      identity: identity('192.0.2.1'),
      sessions: new SessionIndex(),
      rules: () => rules,
      wallClock: () => 0,
      disconnect: () => undefined,
    });
    let identifier = 0;
    const takes = (kind: number, { type, vendor, format }: AttributeDefinition): boolean => {
      const value =
        format === 'ipv6-prefix'
          ? [0, 0]
          : new Uint8Array(format === 'ipv6' ? 16 : format === 'interface-id' ? 8 : 4);
      const inner = [type, 2 + value.length, ...value];
      const octets =
        vendor === 0
          ? inner
          : [26, 6 + inner.length, 0, vendor >>> 16, (vendor >>> 8) & 0xff, vendor & 0xff, ...inner];
      identifier = (identifier + 1) & 0xff;
      const request = digestedRequest(kind, identifier, Uint8Array.from(octets), secret);
      const { answer } = authorization.handleDatagram(request, '192.0.2.9', identifier);
      if (!(answer instanceof Uint8Array)) throw new Error('no answer');
      const attributes = decodeAttributes(parsePacket(answer).attributes, dictionary);
      return firstNumber(attributes, 'Error-Cause') !== 401;
    };
    const own = new Set(['Message-Authenticator', 'Reply-Message', 'Class', 'Acct-Terminate-Cause']);
    const others = table.filter(({ name }) => !own.has(name));
    const changing = others.filter((one) => takes(code.coaRequest, one)).map(({ name }) => name);
    const naming = others.filter((one) => takes(code.disconnectRequest, one)).map(({ name }) => name);
    const expected = new Set([...marked('read', 'C'), ...marked('read', 'D')]);
    expect(changing.toSorted()).toEqual([...expected].filter((name) => !own.has(name)).toSorted());
    const neverChanged = marked('read', 'D').filter((name) => !own.has(name));
    expect(naming).toEqual(expect.arrayContaining(neverChanged));
  });
});
