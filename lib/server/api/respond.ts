import type { ServerResponse } from 'node:http';
import type { HttpError } from './http-error.js';
import type { Answer, ListAnswer } from './operation.js';
import { Pacer } from './paging.js';

/** Entries of a list that are gathered before they are written. */
const listPiece = 128;
/** A stream whose client leaves so many octets unread is behind. */
const streamBacklog = 1 << 20;

const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Writes an answer of 200. Resolves when it is written, or its client is gone; a stream's when it has begun. */
export async function respond(response: ServerResponse, answer: Answer): Promise<void> {
  if ('list' in answer) await writeList(response, answer.list);
  else if ('stream' in answer) openStream(response, answer);
  else if ('json' in answer) writeWhole(response, 'application/json', JSON.stringify(answer.json));
  else writeWhole(response, answer.type, answer.text);
}

export function respondError(response: ServerResponse, error: HttpError, requestComplete: boolean): void {
  if (response.headersSent) {
    // The list is cut short; an unfinished chunked body tells the client so.
    response.destroy();
    return;
  }
  const body = JSON.stringify({ error: { code: error.code, message: error.message } });
  response.writeHead(error.status, {
    ...common,
    ...error.headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // What of the body was not read would be taken for the next request.
    ...(!requestComplete && { connection: 'close' }),
  });
  response.end(body);
}

function writeWhole(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, {
    ...common,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

async function writeList(response: ServerResponse, { name, size, at, rest }: ListAnswer): Promise<void> {
  response.writeHead(200, { ...common, 'content-type': 'application/json' });
  const pacer = new Pacer();
  let piece = `{${JSON.stringify(name)}:[`;
  for (let index = 0; index < size; index++) {
    piece += `${index === 0 ? '' : ','}${JSON.stringify(at(index))}`;
    if (pacer.due) await pacer.rest();
    if ((index + 1) % listPiece !== 0) continue;
    const more = response.write(piece);
    piece = '';
    if (!more) await drained(response);
    if (response.destroyed) return;
  }
  const members = JSON.stringify(rest).slice(1);
  response.end(`${piece}]${members === '}' ? '' : ','}${members}`);
}

function openStream(
  response: ServerResponse,
  { stream, type }: Extract<Answer, { readonly stream: unknown }>,
): void {
  const controller = new AbortController();
  response.writeHead(200, { ...common, 'content-type': type, 'x-accel-buffering': 'no' });
  response.flushHeaders();
  response.on('close', () => controller.abort());
  if (response.destroyed) controller.abort();
  let corked = false;
  stream({
    signal: controller.signal,
    write: (chunk) => {
      if (response.destroyed || response.writableEnded) return false;
      if (!corked) {
        // What is told in one turn leaves in one packet.
        corked = true;
        response.cork();
        setImmediate(() => {
          corked = false;
          response.uncork();
        });
      }
      response.write(chunk);
      return response.writableLength < streamBacklog;
    },
    end: () => void response.end(),
    get waiting() {
      return response.writableLength;
    },
  });
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
