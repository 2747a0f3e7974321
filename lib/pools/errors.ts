/**
 * What is wrong with a pool or an address in it.
 *
 * - `syntax`: a text is no address, CIDR or range
 * - `not-unicast`: a range reaches into addresses that no host can have
 * - `empty`: nothing is left of a pool
 * - `overlap`: two pools hold the same address
 * - `duplicate-name`: two pools have the same name
 * - `unknown-pool`: there is no pool by that name
 */
export type PoolErrorCode =
  | 'syntax'
  | 'not-unicast'
  | 'empty'
  | 'overlap'
  | 'duplicate-name'
  | 'unknown-pool';

/** A pool cannot be made, or be found. The message says what is wrong and, where it can, what would be right. */
export class PoolError extends Error {
  override name = 'PoolError';
  readonly code: PoolErrorCode;

  constructor(code: PoolErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
