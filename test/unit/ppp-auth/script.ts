import { expect } from 'vitest';
import {
  AUTH_PROTOCOL,
  type AuthClient,
  type AuthOutcome,
  type AuthServer,
  type AuthServerOptions,
  type Credentials,
} from '../../../lib/ppp/auth/index.js';

export const OPTIONS: Omit<AuthServerOptions, 'method'> = {
  localName: 'lns',
  retransmit: { interval: 3000, tries: 4 },
};

/** All that a machine has to say now. */
export function drain(machine: AuthServer | AuthClient): {
  packets: Uint8Array[];
  outcomes: AuthOutcome[];
} {
  const packets: Uint8Array[] = [];
  const outcomes: AuthOutcome[] = [];
  for (let out = machine.pollTransmit(); out; out = machine.pollTransmit()) packets.push(out.packet);
  for (let out = machine.pollOutcome(); out; out = machine.pollOutcome()) outcomes.push(out);
  return { packets, outcomes };
}

/** The one packet that a machine sends now. */
export function onlyPacket(machine: AuthServer | AuthClient): Uint8Array {
  const { packets } = drain(machine);
  expect(packets).toHaveLength(1);
  return packets[0] as Uint8Array;
}

/** The one outcome that a machine reports now, with nothing to send. */
export function onlyCredentials(machine: AuthServer): Credentials {
  const { packets, outcomes } = drain(machine);
  expect(packets).toHaveLength(0);
  expect(outcomes).toHaveLength(1);
  const outcome = outcomes[0];
  if (outcome?.kind !== 'credentials') throw new Error(`${outcome?.kind} instead of credentials`);
  return outcome.credentials;
}

export const expectSilence = (machine: AuthServer | AuthClient): void => {
  expect(drain(machine)).toEqual({ packets: [], outcomes: [] });
};

export const { pap: PAP, chap: CHAP, eap: EAP } = AUTH_PROTOCOL;
