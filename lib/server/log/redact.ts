/** Keys whose values never reach a log. */
const SECRET_KEYS: ReadonlySet<string> = new Set(['password', 'secret', 'credentials', 'response']);

const CENSORED = '[secret]';
/** Deeper structures have no place in a log; they are cut off, which also ends circles. */
const MAX_DEPTH = 6;

/** The same fields without the values of {@link SECRET_KEYS}, at any depth. Not copied where there is nothing to hide. */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return censor(fields, 0) as Record<string, unknown>;
}

function censor(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error || ArrayBuffer.isView(value))
    return value;
  if (depth >= MAX_DEPTH) return '[...]';
  if (Array.isArray(value)) return value.map((item) => censor(item, depth + 1));
  let copy: Record<string, unknown> | undefined;
  for (const [key, inner] of Object.entries(value)) {
    const shown = SECRET_KEYS.has(key) && inner !== undefined ? CENSORED : censor(inner, depth + 1);
    if (shown === inner) continue;
    copy ??= { ...value };
    copy[key] = shown;
  }
  return copy ?? value;
}
