/** Where the pure core takes its random numbers from: the system's in production, a seed in tests. */
export interface Random {
  /** `length` octets. */
  bytes(length: number): Uint8Array;
  /** An integer from 0 to `limit - 1`; `limit` is at most 2^32. */
  below(limit: number): number;
}
