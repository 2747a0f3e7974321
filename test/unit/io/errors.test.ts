import { describe, expect, it } from 'vitest';
import { errnoName, KernelError } from '../../../lib/native/index.js';

describe('KernelError', () => {
  it('says what failed, how the kernel calls it, and what the kernel said beside', () => {
    const error = new KernelError({
      operation: 'L2TP_CMD_SESSION_CREATE',
      errno: 17,
      extack: 'Session already exists',
    });
    expect(error.message).toBe(
      'L2TP_CMD_SESSION_CREATE: EEXIST: already exists [kernel: Session already exists]',
    );
    expect(error).toMatchObject({
      name: 'KernelError',
      operation: 'L2TP_CMD_SESSION_CREATE',
      errno: 17,
      code: 'EEXIST',
    });
    expect(error).toBeInstanceOf(Error);
    expect(new KernelError({ operation: 'bind', errno: 71 }).message).toBe('bind: EPROTO');
  });

  it('names errnos as Linux does', () => {
    expect([1, 11, 95, 98, 112, 113, 524, 4095].map(errnoName)).toEqual([
      'EPERM',
      'EAGAIN',
      'EOPNOTSUPP',
      'EADDRINUSE',
      'EHOSTDOWN',
      'EHOSTUNREACH',
      'ENOTSUPP',
      'E4095',
    ]);
  });
});
