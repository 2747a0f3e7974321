import type { KernelDataSession } from './data-session.js';
import { KernelSession } from './kernel-session.js';

/** A session of a tunnel, or of a data plane. */
export type Bridgeable = KernelSession | KernelDataSession;

/** Two sessions whose frames the kernel hands over from one to the other. */
export class KernelBridge implements AsyncDisposable {
  readonly #a: KernelDataSession;
  readonly #b: KernelDataSession;
  #closing: Promise<void> | undefined;

  /** @internal Bridges are made by {@link bridge}. */
  constructor(a: KernelDataSession, b: KernelDataSession) {
    this.#a = a;
    this.#b = b;
  }

  /** Parts the sessions, which can be used alone again. Closing one of them does so too. Safe to call again. */
  close(): Promise<void> {
    this.#closing ??= this.#a.unbridge(this.#b);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Joins two sessions without interfaces (PPPIOCBRIDGECHAN, kernel 5.11): every PPP frame of one peer leaves to the
 * other, LCP too, and no packet passes through the process. Each session keeps one descriptor.
 *
 * @throws KernelError EALREADY when one has an interface or is bridged; Error when one is closed
 */
export async function bridge(a: Bridgeable, b: Bridgeable): Promise<KernelBridge> {
  const [first, second] = [a, b].map((session) =>
    session instanceof KernelSession ? session.data : session,
  );
  if (first === undefined || second === undefined || first === second) {
    throw new TypeError('a bridge takes two sessions');
  }
  await first.bridge(second);
  return new KernelBridge(first, second);
}
