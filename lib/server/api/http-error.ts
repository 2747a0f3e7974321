/** An answer that is not 2xx. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly status: number;
  /** For programs; `message` is for people. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
