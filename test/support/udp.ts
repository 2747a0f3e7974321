import type { DatagramSink, DatagramSource } from '../../lib/io/index.js';

export interface ReceivedDatagram {
  readonly bytes: Buffer;
  readonly source: DatagramSource | undefined;
}

/** A sink that keeps everything, and lets a test wait for it. */
export class RecordingSink implements DatagramSink {
  readonly received: ReceivedDatagram[] = [];
  readonly errors: { readonly code: string; readonly to: DatagramSource | undefined }[] = [];

  handleDatagram(bytes: Uint8Array, source: DatagramSource | undefined): void {
    this.received.push({ bytes: Buffer.from(bytes), source });
  }

  handleSocketError(code: string, to?: DatagramSource): void {
    this.errors.push({ code, to });
  }
}

/** Waits until `condition` holds. @throws Error after `limit` ms */
export async function waitFor(condition: () => boolean, what: string, limit = 10_000): Promise<void> {
  const end = performance.now() + limit;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${limit} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
