import type { IncomingMessage } from 'node:http';
import type * as z from 'zod';
import { HttpError } from './http-error.js';
import { problemsOf } from './problems.js';

/** Octets. */
const MAX_BODY = 65_536;

/**
 * Reads and checks a JSON body.
 *
 * @throws HttpError 413, 415 or 400, saying what is wrong with it
 */
export async function readJson<S extends z.ZodType>(
  request: IncomingMessage,
  schema: S,
): Promise<z.output<S>> {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HttpError(415, 'unsupported-media-type', 'the body must be application/json');
  }
  const parsed = schema.safeParse(parse(await readBody(request)));
  if (parsed.success) return parsed.data;
  throw new HttpError(400, 'bad-request', problemsOf(parsed.error));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = new HttpError(413, 'too-large', `the body may have ${MAX_BODY} octets`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new HttpError(400, 'bad-request', 'the body is not JSON');
  }
}
