import type { EndReason } from '../tunnels/index.js';

/** A tunnel or call could not be set up. */
export class ClientError extends Error {
  override name = 'ClientError';
  readonly reason: EndReason;

  constructor(what: string, reason: EndReason) {
    super(`${what}: ${reason.text}`);
    this.reason = reason;
  }
}
