import { describe, expect, it } from 'vitest';
import type { AuthMethod } from '../../lib/ppp/index.js';
import { hex, utf8 } from '../../lib/wire/index.js';
import { LnsWorld } from '../support/lns-world.js';
import { MemoryLog } from '../support/memory-log.js';

const secret = 'Tunnel-Geheimnis-4711';
const password = 'Pass-Wort-0815';
const wrong = 'Falsch-Wort-1234';

/** The ways in which octets get into a line. */
function forms(octets: Uint8Array): string[] {
  const plain = Buffer.from(octets);
  const spaced = (separator: string): string =>
    [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join(separator);
  return [
    plain.toString('latin1'),
    hex(octets),
    spaced(' '),
    spaced(':'),
    plain.toString('base64').replace(/=+$/, ''),
    [...octets].join(','),
  ];
}

/** UTF-16, as MS-CHAP hashes a password. */
const wide = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf16le'));

describe('at trace level', () => {
  it.each<[AuthMethod, boolean]>([
    ['pap', false],
    ['chap', false],
    ['mschapv1', true],
    ['mschapv2', true],
    ['eap', false],
  ])('a call with %s shows no secret in any line, event or error', async (method, mppe) => {
    const mode = mppe ? 'require' : 'off';
    const world = await LnsWorld.start({
      secret,
      hideAvps: true,
      pools: { main: '10.65.0.0/24' },
      ppp: { auth: [method], mppe: mode },
      users: { bob: { password }, eve: { password, routes: ['nonsense'] } },
    });
    world.log.verbose = true;
    const log = new MemoryLog();
    log.verbose = true;
    const texts: string[] = [];
    for (const event of [
      'tunnel-up',
      'session-up',
      'session-down',
      'authentication-failed',
      'tunnel-down',
    ] as const)
      world.lns.on(event, (...parameters) => texts.push(JSON.stringify(parameters)));
    const lac = world.addLac(
      { ppp: { authMethods: [method], mppe: { mode } }, profile: { hideAvps: true } },
      log,
    );
    const tunnel = await world.openTunnel(lac, secret);
    const failure = (error: unknown): undefined => void texts.push(String(error));
    // With encryption the keys reach the data plane; the rest of CCP needs a kernel.
    const session = await world
      .dial(lac, tunnel, { password, callingNumber: '0123456' })
      .catch((error: unknown) => (mppe ? failure(error) : Promise.reject(error as Error)));
    await world.run(1000);
    texts.push(JSON.stringify(await world.lns.sessions()), JSON.stringify(world.lns.tunnels()));
    await world.dial(lac, tunnel, { password: wrong }).catch(failure);
    await world.dial(lac, tunnel, { user: 'eve', password }).catch(failure);
    await world.openTunnel(world.addLac({}, log), wrong).catch(failure);
    if (session !== undefined) lac.client.hangUp(session);
    await world.run(5000);
    await world.close();

    const keys = world.dataPlane.calls
      .flatMap(({ mppe: setup }) => [setup?.send.key, setup?.receive?.key])
      .filter((key) => key !== undefined);
    const secrets = [utf8(secret), utf8(password), utf8(wrong), wide(password), ...keys];
    expect(keys.length > 0).toBe(mppe);
    const lines = [...world.log.lines, ...log.lines, ...texts];
    expect(world.log.of('trace').length).toBeGreaterThan(50);
    expect(log.of('trace').length).toBeGreaterThan(50);
    for (const line of lines) {
      for (const form of secrets.flatMap(forms)) {
        if (line.toLowerCase().includes(form.toLowerCase())) expect(line).not.toContain(form);
      }
    }
    // The net that is cast here does catch: the name is in the lines, in clear.
    expect(lines.some((line) => line.includes('bob'))).toBe(true);
  });
});
