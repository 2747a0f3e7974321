/** `local-address` as `localAddress`. */
export type CamelKey<K> = K extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelKey<Tail>>}`
  : K;

/** The same value with keys in camel case, all the way down. */
export type Camelized<T> = T extends readonly (infer Item)[]
  ? readonly Camelized<Item>[]
  : T extends object
    ? { [K in keyof T as CamelKey<K>]: Camelized<T[K]> }
    : T;

/** Renames the keys of options; not for maps whose keys are names. */
export function camelize<T>(value: T): Camelized<T> {
  if (Array.isArray(value)) return value.map(camelize) as Camelized<T>;
  if (typeof value !== 'object' || value === null) return value as Camelized<T>;
  const renamed: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) renamed[camelKey(key)] = camelize(inner);
  return renamed as Camelized<T>;
}

const camelKey = (key: string): string => key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
