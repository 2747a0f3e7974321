import { isIP } from 'node:net';
import * as z from 'zod';

/** What people are told about an option: in docs/config.md, in the JSON Schema and in errors. */
export interface OptionInfo {
  /** One or two sentences for the reference. */
  readonly description: string;
  /** A right value in words, for errors: `an IPv4 address`. */
  readonly expects: string;
  /** A right value as YAML. */
  readonly example: string;
  readonly default?: string | number | boolean | readonly (string | number)[];
  /** The default in words, where it is no fixed value. */
  readonly defaultText?: string;
  readonly unit?: string;
}

type Told = Omit<OptionInfo, 'expects' | 'example'> & Partial<Pick<OptionInfo, 'expects' | 'example'>>;

/** What is known about each option's schema. */
export const optionInfo = z.registry<OptionInfo>();

/** Says what is known about a schema that no builder of this file made. */
export function withInfo<S extends z.ZodType>(schema: S, info: OptionInfo): S {
  optionInfo.add(schema, info);
  return schema;
}

function told<S extends z.ZodType>(schema: S, expects: string, example: string, info: Told): S {
  optionInfo.add(schema, { expects, example, ...info });
  return schema;
}

/** A map with these keys and no others; those of `optional` may be absent. */
export function section<
  R extends Readonly<Record<string, z.ZodType>>,
  O extends Readonly<Record<string, z.ZodType>>,
>(required: R, optional: O, info: Told) {
  const absent = Object.fromEntries(
    Object.entries(optional).map(([key, schema]) => [key, z.exactOptional(schema)]),
  ) as { [K in keyof O]: z.ZodExactOptional<O[K]> };
  return told(z.strictObject({ ...required, ...absent }), 'a map of options', '', info);
}

/** A map from names of the user's choice. */
export function named<S extends z.ZodType>(
  isName: (name: string) => boolean,
  value: S,
  expects: string,
  example: string,
  info: Told,
) {
  const name = z.string().refine(isName);
  return told(z.record(name, value), expects, example, info);
}

/** @param example The whole list, as YAML */
export function list<S extends z.ZodType>(
  item: S,
  bounds: { readonly least?: number; readonly most?: number },
  expects: string,
  example: string,
  info: Told,
) {
  const schema = z.array(item).min(bounds.least ?? 1);
  return told(bounds.most === undefined ? schema : schema.max(bounds.most), expects, example, info);
}

export const integer = (least: number, most: number, info: Told) =>
  told(z.int().min(least).max(most), 'a whole number', String(exampleOf(info, least)), info);

export const number = (least: number, most: number, info: Told) =>
  told(z.number().min(least).max(most), 'a number', String(exampleOf(info, least)), info);

const exampleOf = (info: Told, least: number): number =>
  typeof info.default === 'number' ? info.default : Math.max(1, least);

export const flag = (info: Told) => told(z.boolean(), 'true or false', '', info);

export const choice = <const V extends readonly string[]>(values: V, info: Told) =>
  told(z.enum(values), `one of ${values.join(', ')}`, '', info);

export const text = (expects: string, example: string, info: Told) =>
  told(z.string().min(1), expects, example, info);

/** Text that `isRight` accepts. */
export const checkedText = (
  isRight: (text: string) => boolean,
  expects: string,
  example: string,
  info: Told,
) => told(z.string().refine(isRight), expects, example, info);

export const ipv4 = (info: Told) => told(z.ipv4(), 'an IPv4 address', '10.64.0.1', info);

/** A secret: its text, or where it is. */
export function secret(info: Told) {
  const file = text('the path of a file', '/etc/kernel-l2tp/secret', {
    description:
      'File that holds it, relative to this configuration. One newline at its end is not part of it.',
  });
  const env = text('the name of an environment variable', 'L2TP_SECRET', {
    description: 'Environment variable that holds it.',
  });
  const source = z
    .strictObject({ file: z.exactOptional(file), env: z.exactOptional(env) })
    .refine((value) => (value.file === undefined) !== (value.env === undefined), {
      error: 'needs one of file and env',
      params: { says: true },
    });
  optionInfo.add(source, { description: '', expects: '{ file: PATH } or { env: NAME }', example: '' });
  return told(z.union([z.string().min(1), source]), 'text, { file: PATH } or { env: NAME }', '', info);
}

/** A secret as it is written in the configuration. */
export type SecretValue = z.output<ReturnType<typeof secret>>;

/** `10.0.0.0/8`, `2001:db8::/32`: an address and a prefix length. */
export function isNetwork(value: string): boolean {
  const [address = '', length, ...more] = value.split('/');
  const version = isIP(address);
  if (version === 0 || length === undefined || more.length > 0 || !/^\d{1,3}$/.test(length)) return false;
  return Number(length) <= (version === 6 ? 128 : 32) && !address.includes('%');
}

/** `2001:db8::53`, without a zone. */
export const isIpv6 = (value: string): boolean => isIP(value) === 6 && !value.includes('%');

export const isIpv6Network = (value: string): boolean => isNetwork(value) && value.includes(':');

/** `10M`: a number with k, M or G, in powers of ten, or without. */
export const isRate = (value: string): boolean => parseRate(value) !== undefined;

const multiples = { k: 1e3, M: 1e6, G: 1e9 } as const;

/** bit/s, at least 8000; undefined for what is no rate. */
export function parseRate(value: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)([kMG])?$/.exec(value);
  if (match === null) return undefined;
  const [, digits, multiple] = match;
  const bits = Math.round(
    Number(digits) * (multiple === undefined ? 1 : multiples[multiple as 'k' | 'M' | 'G']),
  );
  return bits >= 8000 && bits <= 1e12 ? bits : undefined;
}

export const isAddressOrNetwork = (value: string): boolean =>
  (isIP(value) !== 0 && !value.includes('%')) || isNetwork(value);

/** `0.0.0.0:1701`, `192.0.2.1`, `[::]:1701`: what a socket is bound to; the port is 1701 unless given. */
export function parseListen(value: string): { address: string; port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(value);
  if (match === null) return undefined;
  const [, six, four = '', digits = '1701'] = match;
  const port = Number(digits);
  if (port < 1 || port > 65535) return undefined;
  const address = six ?? four;
  return isIP(address) === (six === undefined ? 4 : 6) && !address.includes('%')
    ? { address, port }
    : undefined;
}

/** What the kernel takes as an interface's name (dev_valid_name in net/core/dev.c), without `%` and quotes. */
export const isInterfaceName = (value: string): boolean =>
  /^[\w.+@-]{1,15}$/.test(value) && value !== '.' && value !== '..';
