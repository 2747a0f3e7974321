import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { access, Client, Daemon, labTest } from '../support/lab/index.js';

const file = (name: string): string => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url));
const settings = readFileSync(file('sysctl.d/60-kernel-l2tp.conf'), 'utf8')
  .split('\n')
  .flatMap((line) => /^([a-z0-9_.]+) = (\S+)$/.exec(line)?.slice(1, 3) ?? []);
const names = settings.filter((_, index) => index % 2 === 0);

describe('the files for the host', () => {
  labTest('name settings that the kernel has, and make a server of a namespace', async (lab) => {
    const { lns, client, serverAddress } = await access(lab);
    const missing = names.filter((name) => !existsSync(`/proc/sys/${name.replaceAll('.', '/')}`));
    expect(missing).toEqual([]);
    expect(names.length).toBeGreaterThan(10);
    // Those of the network; the rest are the whole machine's.
    for (const [index, name] of names.entries()) {
      if (/^net\.ipv[46]\./.test(name) && !name.includes('.neigh.')) {
        await lns.run(['sysctl', '-qw', `${name}=${settings[2 * index + 1]}`]);
      }
    }
    // The example's LACs are others: calls are dropped until the client's network is among them.
    await lns.run(['nft', '-f', file('nftables/kernel-l2tp.nft')]);
    const daemon = await Daemon.start(lab, lns);
    const set = (action: string): Promise<unknown> =>
      lns.run(['nft', action, 'element', 'inet', 'kernel_l2tp', 'lacs4', `{ ${client.address}/32 }`]);
    await set('add');
    const caller = await Client.start(lab, client.host, { lns: client.lns, user: 'bob', password: 'pass' });
    await caller.connect();
    expect(await client.host.ping('10.64.0.1')).toBe(3);
    await client.host.run(['ip', 'route', 'add', '10.9.0.0/24', 'via', '10.64.0.1']);
    expect(await client.host.ping(serverAddress)).toBe(3);
    const ruleset = (await lns.run(['nft', 'list', 'chain', 'inet', 'kernel_l2tp', 'input'])).stdout;
    expect(ruleset).toMatch(/udp dport 1701 counter packets 0 bytes 0 drop/);
    await set('delete');
    await client.host.ping('10.64.0.1', { count: 1 });
    const after = (await lns.run(['nft', 'list', 'chain', 'inet', 'kernel_l2tp', 'input'])).stdout;
    expect(after).toMatch(/udp dport 1701 counter packets [1-9]\d* bytes \d+ drop/);
    // Loading it again replaces it.
    await lns.run(['nft', '-f', file('nftables/kernel-l2tp.nft')]);
    await daemon.stop();
  });
});
