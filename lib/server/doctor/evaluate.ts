import type { Check, HostFacts, HostNeeds } from './facts.js';
import { checkKernel, checkKernelVersion } from './kernel-checks.js';
import {
  checkConntrack,
  checkForwarding,
  checkListenAddresses,
  checkMtu,
  checkOpenFiles,
  checkPorts,
  checkReceiveBuffer,
  checkReversePath,
} from './network-checks.js';

/** Judges a host: what is there, what is missing, and how each is mended. Pure. */
export function evaluate(facts: HostFacts, needs: HostNeeds): Check[] {
  return [
    checkKernelVersion(facts),
    ...checkKernel(facts, needs),
    ...checkPorts(facts, needs),
    ...checkListenAddresses(facts, needs),
    checkOpenFiles(facts, needs),
    ...checkForwarding(facts, needs),
    checkReversePath(facts),
    checkReceiveBuffer(facts),
    checkConntrack(facts),
    checkMtu(facts, needs),
  ].filter((check) => check !== undefined);
}
