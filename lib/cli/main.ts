#!/usr/bin/env node
import './heap.js';
import { runCli } from './program.js';

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  now: Date.now,
  interruption: () => {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    process.once('SIGINT', abort).once('SIGTERM', abort);
    return controller.signal;
  },
});
// Everything is written and closed by now: what still keeps the event loop alive was left behind by a failure.
setTimeout(() => process.exit(), 1000).unref();
