const TOKEN = 'kernel-l2tp-token';

/** The server refused. `status` is HTTP's, `code` the API's own. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** The control API of the server that this page came from. */
export class Api {
  /** The token lives as long as the tab. */
  #token = sessionStorage.getItem(TOKEN) ?? '';

  #paths = new Set();

  /** Learns from the server's own document what it has. @throws as {@link get} */
  async learn() {
    const { paths } = await this.get('openapi.json');
    this.#paths = new Set(Object.keys(paths));
  }

  /** Whether this server has such a path: `/radius`. */
  has(path) {
    return this.#paths.has(`/api/v1${path}`);
  }

  useToken(token) {
    this.#token = token;
    sessionStorage.setItem(TOKEN, token);
  }

  /** @throws ApiError, TypeError when the server cannot be reached */
  async get(path, query = {}, signal = undefined) {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
    const tail = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
    const response = await this.#fetch(`${path}${tail}`, { signal });
    return await response.json();
  }

  /** @throws ApiError, TypeError when the server cannot be reached */
  post(path, body) {
    return this.#send('POST', path, body);
  }

  /** @throws ApiError, TypeError when the server cannot be reached */
  put(path, body) {
    return this.#send('PUT', path, body);
  }

  /** Server-sent events from after `last`, until the stream breaks off. EventSource cannot send a token. */
  async *events(last, signal) {
    const headers = {
      accept: 'text/event-stream',
      ...(last !== undefined && { 'last-event-id': String(last) }),
    };
    const response = await this.#fetch('events', { headers, signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop();
      for (const block of blocks) {
        const data = block.split('\n').find((line) => line.startsWith('data: '));
        if (data !== undefined) yield JSON.parse(data.slice(6));
      }
    }
  }

  async #send(method, path, body) {
    const headers = { 'content-type': 'application/json' };
    const response = await this.#fetch(path, { method, headers, body: JSON.stringify(body) });
    return await response.json();
  }

  async #fetch(path, { headers, ...options }) {
    const authorization = this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await fetch(`api/v1/${path}`, {
      ...options,
      headers: { ...headers, ...authorization },
      cache: 'no-store',
    });
    if (response.ok) return response;
    const body = await response.json().catch(() => undefined);
    const { code = 'unknown', message = `status ${response.status}` } = body?.error ?? {};
    throw new ApiError(response.status, code, message);
  }
}
