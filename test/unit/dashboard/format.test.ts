import { expect, it } from 'vitest';

interface Format {
  readonly rate: (bits: number) => string;
  readonly octets: (count: number) => string;
  readonly decimal: (value: number) => string;
  readonly duration: (ms: number) => string;
}
// The page's own module, which no compiler touches.
const { rate, octets, decimal, duration } = (await import(
  new URL('../../../dashboard/format.js', import.meta.url).href
)) as Format;

it.each([
  [rate(0), '0 bit/s'],
  [rate(999), '999 bit/s'],
  [rate(1540), '1.54 kbit/s'],
  [rate(15_400_000), '15.4 Mbit/s'],
  [rate(2.5e12), '2.50 Tbit/s'],
  [octets(1023), '1023 B'],
  [octets(1536), '1.50 KiB'],
  [octets(9e18), '7994 PiB'],
  [decimal(0), '0'],
  [decimal(0.256), '0.26'],
  [decimal(12.34), '12.3'],
  [decimal(12_345), '12,345'],
  [duration(-5), '0 ms'],
  [duration(840.4), '840 ms'],
  [duration(59_999), '59s'],
  [duration(307_000), '5m07s'],
  [duration(3_600_000), '1h00m'],
  [duration(273_600_000), '3d04h'],
])('%s', (text, wanted) => expect(text).toBe(wanted));
