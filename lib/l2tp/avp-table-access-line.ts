import {
  type AccessLine,
  type AccessLineField,
  accessLineFields,
  type AccessLineFormat,
  accessLineVendor,
} from '../access-line/index.js';
import type { Icrq } from './message.js';

/** The AVP of RFC 5515 for each field of an access line, which an ICRQ may carry. */
export type AccessLineAvps = {
  readonly [F in AccessLineField]: {
    readonly type: (typeof accessLineFields)[F]['type'];
    readonly vendor: typeof accessLineVendor;
    readonly name: string;
    readonly format: (typeof accessLineFields)[F]['format'];
    readonly mandatory: false;
    readonly hidable: true;
    readonly in: { readonly ICRQ: 'may' };
    readonly source: string;
  };
};

const define = ({ type, name, format }: { type: number; name: string; format: AccessLineFormat }) => ({
  type,
  vendor: accessLineVendor,
  name,
  format,
  mandatory: false,
  hidable: true,
  in: { ICRQ: 'may' },
  source: 'RFC 5515 section 7',
});

export const accessLineAvps = Object.fromEntries(
  Object.entries(accessLineFields).map(([field, definition]) => [field, define(definition)]),
) as unknown as AccessLineAvps;

/** The access line that an ICRQ tells of; `undefined` where it tells of none. */
export function accessLineOf(request: Icrq): AccessLine | undefined {
  let line: Record<string, unknown> | undefined;
  for (const field of Object.keys(accessLineFields) as AccessLineField[]) {
    const value = request[field];
    if (value !== undefined) (line ??= {})[field] = value;
  }
  return line;
}
