import type { LnsOptions } from '../../lns/index.js';
import { ApiClient } from '../api/index.js';
import type { PppOptions } from '../../ppp/index.js';
import { evaluate } from './evaluate.js';
import type { Check } from './facts.js';
import { checkKernel, checkKernelVersion } from './kernel-checks.js';
import { needsOf } from './needs.js';
import { probeHost } from './probe.js';

export interface ExamineOptions {
  readonly lns?: LnsOptions;
  /** A control socket at which a daemon of ours may run already, whose port is then in good hands. */
  readonly socket?: string;
}

/** Looks at this host and judges it for a configuration. */
export async function examineHost({ lns, socket }: ExamineOptions): Promise<Check[]> {
  const needs = needsOf(lns);
  const runningDaemon = socket === undefined ? undefined : await pidAt(socket);
  const facts = await probeHost({
    ports: needs.listen.map(({ port }) => port),
    ...(runningDaemon !== undefined && { runningDaemon }),
  });
  return evaluate(facts, needs);
}

/** What a host needs that only dials in: the kernel's part. */
export async function examineDialHost({ ipv6, mppe }: PppOptions): Promise<Check[]> {
  const facts = await probeHost({ ports: [] });
  const needs = { ...needsOf(), ipv6: ipv6 ?? false, mppe: mppe?.mode ?? 'off' };
  return [checkKernelVersion(facts), ...checkKernel(facts, needs)].filter((check) => check !== undefined);
}

async function pidAt(socket: string): Promise<number | undefined> {
  try {
    return (await new ApiClient(socket, 1000).status()).pid;
  } catch {
    return undefined;
  }
}
