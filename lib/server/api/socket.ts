import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { errnoOf } from '../errno.js';

/** Owner and group, nobody else. */
const SOCKET_MODE = 0o660;

/** The control socket cannot be had. The message says why, and what to do. */
export class SocketError extends Error {
  override name = 'SocketError';
}

/**
 * Binds a server to a unix socket that only this process answers at.
 *
 * @throws SocketError when another process answers there, or the path cannot be used
 */
export async function claimSocket(server: Server, path: string): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    if (await listenOnce(server, path)) return;
    await removeStale(path);
    if (await listenOnce(server, path)) return;
  } catch (error) {
    if (error instanceof SocketError) throw error;
    throw new SocketError(`control socket ${path}: ${explain(error)}`);
  }
  throw new SocketError(`control socket ${path}: another kernel-l2tp has just taken it`);
}

/** False when something is at the path already. */
function listenOnce(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      server.off('listening', listening);
      if (errnoOf(error) === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    const listening = (): void => {
      server.off('error', failed);
      chmodSync(path, SOCKET_MODE);
      resolve(true);
    };
    server.once('error', failed).once('listening', listening);
    // bind() happens within listen(), so that nobody can connect before the mode is right.
    const umask = process.umask(0o777 & ~SOCKET_MODE);
    try {
      server.listen(path);
    } finally {
      process.umask(umask);
    }
  });
}

/** @throws SocketError unless it is the socket of a process that is gone */
async function removeStale(path: string): Promise<void> {
  if (!lstatSync(path).isSocket()) {
    throw new SocketError(
      `control socket ${path}: a file that is no socket is there; remove it, or set control.socket`,
    );
  }
  if (await answers(path)) {
    throw new SocketError(
      `control socket ${path}: another kernel-l2tp is running there; stop it, or give this one another control.socket`,
    );
  }
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      if (['ECONNREFUSED', 'ENOENT'].includes(errnoOf(error))) resolve(false);
      else reject(error);
    });
  });
}

function explain(error: unknown): string {
  const code = errnoOf(error);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `this user may not create it (${code}); create its directory for the user, or set control.socket`;
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a part of its path is not a directory; set control.socket';
    case 'ENAMETOOLONG':
      return 'its path is too long; set control.socket';
    default:
      return error instanceof Error ? error.message : code;
  }
}
