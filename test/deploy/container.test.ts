import { writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { stringify } from 'yaml';
import { access, Client, FIVE_LINES, labTest, until } from '../support/lab/index.js';
import { Podman } from './podman.js';

/** The options of docs/operate.md. */
const options = (config: string): string[] => [
  ...['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN', '--security-opt', 'no-new-privileges'],
  ...['--read-only', '--tmpfs', '/run/kernel-l2tp', '--volume', `${config}:/etc/kernel-l2tp/lns.yaml:ro`],
];
/** Bit 12 of a capability set: CAP_NET_ADMIN (linux/capability.h). */
const NET_ADMIN = 1n << 12n;

describe('the image of the Dockerfile', () => {
  labTest(
    'lets a client dial in with one capability and one device, and ends cleanly when it is stopped',
    async (lab) => {
      const { lns, client, serverAddress } = await access(lab);
      const config = lab.path('lns.yaml');
      writeFileSync(config, stringify(FIVE_LINES), { mode: 0o600 });
      const container = await new Podman(lab).start('lns', lns, [...options(config), '--device', '/dev/ppp']);
      await container.waitForLog(/is ready/);
      await until('the health check passes', () => container.isHealthy(), 120_000, 1000);

      const status = (await container.exec('cat', '/proc/1/status')).stdout;
      expect(BigInt(`0x${/^CapEff:\s+(\w+)/m.exec(status)?.[1]}`)).toBe(NET_ADMIN);
      expect((await container.exec('cat', '/proc/1/comm')).stdout.trim()).toBe('tini');
      for (const tool of ['g++', 'cc', 'make', 'python3', 'tsc']) {
        expect((await container.exec('sh', '-c', `command -v ${tool}`)).stdout, tool).toBe('');
      }

      const caller = await Client.start(lab, client.host, {
        lns: client.lns,
        user: 'alice',
        password: 'wonder',
      });
      expect((await caller.connect()).local).toBe('10.65.1.1');
      await client.host.run(['ip', 'route', 'add', '10.9.0.0/24', 'via', '10.64.0.1']);
      expect(await client.host.ping(serverAddress)).toBe(3);
      expect((await container.exec('kernel-l2tp', 'show', 'sessions')).stdout).toMatch(
        /alice +10\.65\.1\.1 +ppp0 +open/,
      );

      expect(await container.stop(20)).toBe(0);
      expect(await container.log()).toMatch(/"signal":"SIGTERM"[^]*"msg":"stopped"/);
      await until('the client has lost its link', async () => (await client.host.pppLinks()).length === 0);
      expect(await lns.pppLinks()).toEqual([]);
      expect(await lns.kernelObjects()).toEqual({ tunnels: 0, sessions: 0 });
    },
    300_000,
  );

  labTest(
    'says what it was not given',
    async (lab) => {
      const { lns } = await access(lab, 0);
      const config = lab.path('lns.yaml');
      writeFileSync(config, stringify(FIVE_LINES));
      const container = await new Podman(lab).start('bare', lns, options(config));
      expect(await container.exitCode()).toBe(5);
      expect(await container.log()).toMatch(/FAIL +\/dev\/ppp [^]*--device \/dev\/ppp/);
    },
    300_000,
  );
});
