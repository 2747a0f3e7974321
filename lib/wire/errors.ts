/** Received octets break the format that they claim to be in. Codecs derive their own from it. */
export class WireError extends Error {
  override name = 'WireError';
}

/** A field reaches beyond the end of what was received. */
export class TruncatedError extends WireError {
  override name = 'TruncatedError';
}
