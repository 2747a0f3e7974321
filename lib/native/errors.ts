import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';

/** How the addon reports a system call that failed. */
export interface NativeFailure {
  /** What was tried, such as `bind` or `L2TP_CMD_SESSION_CREATE`. */
  readonly operation: string;
  readonly errno: number;
  /** The kernel's extended acknowledgement, where netlink gave one. */
  readonly extack?: string | undefined;
}

/** Names as Linux has them, where libuv's differ. */
const names = new Map<number, string>([
  [constants.errno.EOPNOTSUPP, 'EOPNOTSUPP'],
  [524, 'ENOTSUPP'], // inside the kernel only, but netlink lets it out
]);

/** The name of an errno, such as `EEXIST`; `E<number>` where libuv knows none. */
export function errnoName(errno: number): string {
  let name = names.get(errno);
  if (name === undefined) {
    const known = errno > 0 && errno < 1000 ? getSystemErrorName(-errno) : '';
    name = /^E[A-Z0-9]+$/.test(known) ? known : `E${errno}`;
    names.set(errno, name);
  }
  return name;
}

/** What people know an errno by, for those that operators meet; the name alone says enough elsewhere. */
const texts: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'this host has no such address',
  EAFNOSUPPORT: 'address family not supported',
  EAGAIN: 'try again',
  EBADF: 'descriptor is closed',
  EBUSY: 'device or resource busy',
  ECONNREFUSED: 'nothing listens on the other side',
  EEXIST: 'already exists',
  EHOSTUNREACH: 'host is unreachable',
  EINVAL: 'invalid argument',
  EMFILE: 'too many open files (raise LimitNOFILE)',
  EMSGSIZE: 'message too long',
  ENETUNREACH: 'network is unreachable',
  ENFILE: 'too many open files in the system',
  ENOBUFS: 'no buffer space',
  ENODEV: 'no such device',
  ENOENT: 'no such object',
  ENOMEM: 'out of memory',
  ENOTCONN: 'not connected',
  ENXIO: 'no such device or address',
  EOPNOTSUPP: 'not supported by this kernel',
  EPERM: 'operation not permitted (needs CAP_NET_ADMIN)',
  EPROTONOSUPPORT: 'protocol not supported (is the kernel module loaded?)',
  ETIMEDOUT: 'timed out',
};

/**
 * A system call or netlink request that the kernel refused. The message reads
 * `operation: CODE: text [kernel: extended acknowledgement]`.
 */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  /** What was tried, such as `bind 10.0.0.1:1701`. */
  readonly operation: string;
  /** The positive errno. */
  readonly errno: number;
  /** Its name, such as `EEXIST`. */
  readonly code: string;

  constructor(failure: NativeFailure) {
    const code = errnoName(failure.errno);
    const text = texts[code];
    const kernel = failure.extack ? ` [kernel: ${failure.extack}]` : '';
    super(`${failure.operation}: ${code}${text ? `: ${text}` : ''}${kernel}`);
    this.operation = failure.operation;
    this.errno = failure.errno;
    this.code = code;
  }
}
