import type { AnswerStream } from './operation.js';

/** Silence after which a comment is sent, so that proxies and clients know that the stream is alive; ms. */
const heartbeat = 15_000;

/** Begins a stream of server-sent events, and shows as long as it is open that it is alive. */
export function beginEventStream(stream: AnswerStream): void {
  stream.write(': kernel-l2tp\n\n');
  const timer = setInterval(() => void stream.write(': alive\n\n'), heartbeat);
  whenGone(stream, () => clearInterval(timer));
}

/** Has `done` called once when the stream is over, for whatever reason. */
export function whenGone({ signal }: AnswerStream, done: () => void): void {
  if (signal.aborted) done();
  else signal.addEventListener('abort', done, { once: true });
}
