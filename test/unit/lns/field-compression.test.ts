import { expect, it } from 'vitest';
import { withoutUnaskedCompression } from '../../../lib/lns/field-compression.js';
import { resolvePppOptions } from '../../../lib/ppp/index.js';
import { fromHex } from '../../../lib/wire/index.js';

const options = resolvePppOptions({});

it.each([
  ['of a LAC with both', '0104 05b4 0702 0802', true, true],
  ['of a LAC on PPPoE', '0104 05d4 0506 00112233', false, false],
  ['of a LAC with one of them', '0702', true, false],
  ['that make no sense', '0702 08', false, false],
] as const)('leaves field compressions as in the options %s', (_, lastSent, pfc, acfc) => {
  const proxy = { lastSent: fromHex(lastSent) };
  const limited = withoutUnaskedCompression(options, proxy);
  expect(limited).toEqual({ ...options, pfc, acfc });
  expect(withoutUnaskedCompression(options, proxy)).toBe(limited);
});

it('leaves them alone where no LAC has told of LCP, and asks for none that is switched off', () => {
  expect(withoutUnaskedCompression(options, {})).toBe(options);
  const off = resolvePppOptions({ pfc: false, acfc: false });
  expect(withoutUnaskedCompression(off, { lastSent: fromHex('0702 0802') })).toBe(off);
});
