/** Readers of the kernel's text files. Pure; lines that they do not know are skipped. */

/** A row of /proc/net/udp or udp6. */
export interface ProcSocket {
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/** Rows of /proc/net/udp and /proc/net/udp6. */
export function parseProcUdp(text: string): ProcSocket[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(fields[1] ?? '');
    const inode = fields[9];
    if (match === null || inode === undefined) return [];
    const [, address = '', port = ''] = match;
    return [{ address: parseAddress(address), port: Number.parseInt(port, 16), inode }];
  });
}

/** Addresses stand there as 32-bit words of the host's byte order, which is little endian wherever Node runs. */
function parseAddress(digits: string): string {
  const octets: number[] = [];
  for (let word = 0; word < digits.length; word += 8) {
    for (let octet = 6; octet >= 0; octet -= 2) {
      octets.push(Number.parseInt(digits.slice(word + octet, word + octet + 2), 16));
    }
  }
  if (octets.length === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((octets[i * 2] ?? 0) << 8) | (octets[i * 2 + 1] ?? 0)).toString(16),
  );
  // The URL parser writes IPv6 addresses in their short form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** The soft limit of a line of /proc/self/limits. */
export function parseLimit(limits: string, name: string): number {
  const value = limits
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length)
    .trim()
    .split(/\s+/)[0];
  return value === undefined || value === 'unlimited' ? Infinity : Number(value);
}

/** Interface of the default route with the least metric in /proc/net/route. */
export function parseDefaultInterface(routes: string): string | undefined {
  return routes
    .split('\n')
    .map((line) => line.split('\t'))
    .filter((fields) => fields[1] === '00000000' && fields[7] === '00000000')
    .toSorted((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0];
}

/** `ID` and `ID_LIKE` of os-release. */
export const parseDistribution = (release: string): string[] =>
  [...release.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, value = '']) =>
    value.split(' ').filter((id) => id !== ''),
  );
