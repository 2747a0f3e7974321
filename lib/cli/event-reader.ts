/** One server-sent event. */
export interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
}

/** Takes server-sent events out of a stream of octets (WHATWG HTML section 9.2.6). */
export class EventReader {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** @returns the events that are whole by now */
  push(chunk: Uint8Array): ServerSentEvent[] {
    const blocks = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => {
      const fields = block.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line));
      const value = (name: string): string | undefined => fields.find((field) => field?.[1] === name)?.[2];
      const data = value('data');
      return data === undefined ? [] : [{ type: value('event') ?? 'message', data }];
    });
  }
}
