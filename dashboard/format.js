/** Numbers and times as people read them. */

const scaled = (value, base, units) => {
  let at = 0;
  let size = value;
  while (size >= base && at < units.length - 1) {
    size /= base;
    at += 1;
  }
  const digits = at === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return [size.toFixed(digits), units[at]];
};

/** `[number, unit]` of a rate in bit/s. */
export const rateParts = (bits) => scaled(bits, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);

export const rate = (bits) => rateParts(bits).join(' ');

export const octets = (count) => scaled(count, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']).join(' ');

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export const count = (value) => grouped.format(value);

/** A number that may be small: `0.4`, `12.5`, `1,204`. */
export const decimal = (value) =>
  value === 0
    ? '0'
    : value < 10
      ? value.toFixed(value < 1 ? 2 : 1)
      : value < 100
        ? value.toFixed(1)
        : count(value);

/** Milliseconds as the two greatest units: `3d04h`, `5m07s`, `840 ms`. */
export function duration(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.floor(ms / 1000);
  const two = (value) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m`;
  return `${Math.floor(seconds / 86_400)}d${two(Math.floor((seconds % 86_400) / 3600))}h`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** `14:05:09`. */
export const timeOfDay = (ms) => clock.format(ms);

export const dateTime = (ms) => full.format(ms);

/** `auth-failed` as `auth failed`. */
export const words = (name) => name.replaceAll('-', ' ');
