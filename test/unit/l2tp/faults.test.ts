import { describe, expect, it } from 'vitest';
import { decodeMessage, errorCode, hideValue } from '../../../lib/l2tp/index.js';
import type { ReceivedMessage } from '../../../lib/l2tp/index.js';
import { fromHex, hex, utf8 } from '../../../lib/wire/index.js';

const secret = utf8('tunnel-secret');
const messageType = (type: number): string => `8008 0000 0000 ${type.toString(16).padStart(4, '0')}`;
const icrq = `${messageType(10)} 8008 0000 000e 0007 800a 0000 000f 00000001`;

function decode(octets: string, key?: Uint8Array): ReceivedMessage & { ignored: number } {
  const body = fromHex(octets);
  const tally = { ignoredAvps: 0 };
  return { ...decodeMessage(body, 0, body.length, key, tally), ignored: tally.ignoredAvps };
}

/** An AVP that is hidden, with or without the M bit. */
function hidden(type: number, value: string, options: { mandatory: boolean; key?: Uint8Array }): string {
  const vector = fromHex('00112233445566778899aabbccddeeff');
  const bytes = hideValue(type, fromHex(value), options.key ?? secret, vector, new Uint8Array(0));
  const flags = options.mandatory ? 'c0' : '40';
  const length = (6 + bytes.length).toString(16).padStart(2, '0');
  return `${flags}${length} 0000 ${type.toString(16).padStart(4, '0')} ${hex(bytes)}`;
}
const randomVector = '8016 0000 0024 00112233445566778899aabbccddeeff';

describe('AVPs at fault', () => {
  it('an ICRQ without any is accepted', () => {
    expect(decode(icrq)).toEqual({ type: 'ICRQ', assignedSessionId: 7, callSerialNumber: 1, ignored: 0 });
  });

  it.each([
    [
      'an unknown attribute',
      '8008 0000 0063 0000',
      errorCode.unknownMandatoryAvp,
      'unknown AVP 99 of vendor 0',
    ],
    [
      'an unknown attribute beyond the table',
      '8006 0000 ffff',
      errorCode.unknownMandatoryAvp,
      'AVP 65535 of vendor 0',
    ],
    ['an unknown vendor', '8008 0009 0001 0000', errorCode.unknownMandatoryAvp, 'unknown AVP 1 of vendor 9'],
    ['reserved bits', '8409 0000 0016 313233', errorCode.unknownMandatoryAvp, 'reserved bits of AVP 22'],
    ['a wrong size', '8009 0000 0012 000000', errorCode.lengthWrong, 'length of Bearer Type'],
    ['a length below its header', '8005 0000 0016', errorCode.lengthWrong, 'length 5'],
    [
      'a length beyond the message',
      '8020 0000 0016 31',
      errorCode.lengthWrong,
      'length 32 with 7 octets left',
    ],
    ['an incomplete header', '8006 0000 00', errorCode.lengthWrong, '5 octets left'],
    [
      'hiding without a secret',
      `${randomVector} c009 0000 0016 000131`,
      errorCode.unknownMandatoryAvp,
      'no secret',
    ],
    ['a hidden Random Vector', 'c009 0000 0024 000131', errorCode.valueOutOfRange, 'Random Vector is hidden'],
    ['a second Message Type', messageType(10), errorCode.valueOutOfRange, 'second Message Type'],
  ])('%s is fatal with the M bit and read over without', (_, avp, code, text) => {
    const faulty = decode(`${icrq} ${avp}`);
    expect(faulty).toMatchObject({ type: 'faulty', name: 'ICRQ', errorCode: code });
    expect(faulty.type === 'faulty' && faulty.text).toContain(text);
    // What could be read is there to address the answer by.
    expect(faulty).toMatchObject({ fields: { assignedSessionId: 7 } });
    const last = avp.includes(randomVector) ? avp.replace('c009', '4009') : avp;
    const optional = last.replace(/^8(?!016)/, '0').replace(/^c/, '4');
    expect(decode(`${icrq} ${optional}`)).toMatchObject({ type: 'ICRQ', ignored: 1 });
  });

  it('the first fault counts', () => {
    expect(decode(`${icrq} 8006 0000 0063 8009 0000 0012 000000`)).toMatchObject({ errorCode: 8 });
  });

  it('ids are read although they come after the fault', () => {
    const body = `${messageType(10)} 8006 0009 0001 8008 0000 000e 0007 800a 0000 000f 00000001`;
    expect(decode(body)).toMatchObject({ type: 'faulty', errorCode: 8, fields: { assignedSessionId: 7 } });
  });

  it.each([
    ['ICRQ', `${messageType(10)} 800a 0000 000f 00000001`, 'Assigned Session ID is missing'],
    ['ICRQ', `${messageType(10)} 8008 0000 000e 0007`, 'Call Serial Number is missing'],
    ['SCCRQ', `${messageType(1)} 8008 0000 0002 0100`, 'Framing Capabilities is missing'],
    ['ICCN', `${messageType(12)} 800a 0000 0018 00000001`, 'Framing Type is missing'],
    ['SLI', messageType(16), 'ACCM is missing'],
    ['StopCCN', `${messageType(4)} 8008 0000 0009 0001`, 'Result Code is missing'],
  ])('%s without what it must have', (name, body, text) => {
    expect(decode(body)).toMatchObject({ type: 'faulty', name, errorCode: errorCode.valueOutOfRange, text });
  });

  it.each([
    ['Assigned Session ID', `${messageType(11)} 8008 0000 000e 0000`],
    ['Assigned Tunnel ID', `${messageType(4)} 8008 0000 0001 0001 8008 0000 0009 0000`],
    ['Receive Window Size', `${messageType(2)} 8008 0000 000a 0000`],
  ])('%s of 0 is out of range', (name, body) => {
    expect(decode(body)).toMatchObject({ errorCode: errorCode.valueOutOfRange, text: `${name} is 0` });
  });

  it('an empty Host Name or Challenge is too short', () => {
    expect(decode(`${messageType(1)} 8006 0000 0007`)).toMatchObject({ errorCode: errorCode.lengthWrong });
    expect(decode(`${messageType(1)} 8006 0000 000b`)).toMatchObject({ errorCode: errorCode.lengthWrong });
  });

  it('AVPs of other messages are ignored, M bit or not', () => {
    expect(decode(`${icrq} 8008 0000 000a 0004`)).toMatchObject({ type: 'ICRQ', ignored: 0 });
  });

  it('of two alike the first counts', () => {
    expect(decode(`${icrq} 8008 0000 000e 0009`)).toMatchObject({ assignedSessionId: 7 });
  });

  it('unknown vendors are ignored without the M bit', () => {
    expect(decode(`${icrq} 0010 0de9 0001 6574682031 2f312f31`)).toMatchObject({ type: 'ICRQ', ignored: 1 });
  });

  it('the malformed Rx Connect Speed that RFC 2661 section 7.1 gives as example is as if it were absent', () => {
    const iccn = `${messageType(12)} 800a 0000 0013 00000001 800a 0000 0018 00000001`;
    const decoded = decode(`${iccn} 0008 0000 0026 1234`);
    expect(decoded).toMatchObject({ type: 'ICCN', ignored: 1 });
    expect(decoded).not.toHaveProperty('rxConnectSpeed');
  });
});

describe('the Message Type AVP', () => {
  it.each([
    ['nothing', '', errorCode.lengthWrong],
    ['half a header', '8008 00', errorCode.lengthWrong],
    ['another AVP first', '8008 0000 000e 0007', errorCode.valueOutOfRange],
    ["another vendor's AVP 0", '8008 0009 0000 0001', errorCode.valueOutOfRange],
    ['reserved bits', '8408 0000 0000 0001', errorCode.unknownMandatoryAvp],
    ['hiding', 'c008 0000 0000 0001', errorCode.valueOutOfRange],
    ['a short value', '8007 0000 0000 01', errorCode.lengthWrong],
    ['a long value', '8009 0000 0000 000100', errorCode.lengthWrong],
    ['a length beyond the message', '8009 0000 0000 0001', errorCode.lengthWrong],
  ])('%s is a fault', (_, body, code) => {
    expect(decode(body)).toMatchObject({ type: 'faulty', name: undefined, errorCode: code });
  });

  it.each([0, 5, 13, 17, 28, 65535])('type %i is unknown', (type) => {
    expect(decode(messageType(type))).toMatchObject({ type: 'unknown', messageType: type, mandatory: true });
    const optional = messageType(type).replace(/^8/, '0');
    expect(decode(optional)).toMatchObject({ type: 'unknown', mandatory: false });
  });
});

describe('hidden AVPs at fault', () => {
  const number = hex(utf8('5551234'));

  it('are read with the secret', () => {
    const avp = hidden(22, number, { mandatory: true });
    expect(decode(`${icrq} ${randomVector} ${avp}`, secret)).toMatchObject({
      type: 'ICRQ',
      callingNumber: '5551234',
    });
  });

  it('use the Random Vector that is closest before them', () => {
    const other = '8016 0000 0024 ffffffffffffffffffffffffffffffff';
    const avp = hidden(22, number, { mandatory: true });
    const decoded = decode(`${icrq} ${other} ${randomVector} ${avp}`, secret);
    expect(decoded).toMatchObject({ type: 'ICRQ', callingNumber: '5551234' });
  });

  it('need a Random Vector before them', () => {
    const avp = hidden(22, number, { mandatory: true });
    expect(decode(`${icrq} ${avp} ${randomVector}`, secret)).toMatchObject({
      type: 'faulty',
      errorCode: errorCode.valueOutOfRange,
      text: 'Calling Number is hidden without a Random Vector',
    });
  });

  it('with another secret have a wrong length', () => {
    const avp = hidden(22, number, { mandatory: true, key: utf8('other') });
    expect(decode(`${icrq} ${randomVector} ${avp}`, secret)).toMatchObject({
      type: 'faulty',
      errorCode: errorCode.lengthWrong,
    });
    const optional = hidden(25, '00000001', { mandatory: false, key: utf8('other') });
    expect(decode(`${icrq} ${randomVector} ${optional}`, secret)).toMatchObject({ type: 'ICRQ', ignored: 1 });
  });

  it('must be ones that may be hidden', () => {
    const sccrq = messageType(1);
    const avp = hidden(7, hex(utf8('lac')), { mandatory: true });
    expect(decode(`${sccrq} ${randomVector} ${avp}`, secret)).toMatchObject({
      type: 'faulty',
      errorCode: errorCode.valueOutOfRange,
      text: 'Host Name must not be hidden',
    });
  });

  it('are checked for their size like others', () => {
    const avp = hidden(18, '000001', { mandatory: true });
    expect(decode(`${icrq} ${randomVector} ${avp}`, secret)).toMatchObject({
      type: 'faulty',
      errorCode: errorCode.lengthWrong,
      text: 'length of Bearer Type',
    });
  });
});
