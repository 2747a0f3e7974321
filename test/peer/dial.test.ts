import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect } from 'vitest';
import {
  access,
  Capture,
  Daemon,
  DialClient,
  type Lab,
  labTest,
  type Namespace,
  NO_TRAFFIC,
  programOf,
  serve,
  until,
  Xl2tpdServer,
} from '../support/lab/index.js';

/** All routes of the main table, without what the kernel counts. */
const routes = async (host: Namespace): Promise<string> => {
  const [four, six] = await Promise.all([
    host.run(['ip', '-4', 'route', 'show']),
    host.run(['ip', '-6', 'route', 'show']),
  ]);
  return `${four.stdout}${six.stdout.replace(/ expires \S+/g, '')}`;
};

describe("dialling xl2tpd's LNS", () => {
  const dialled = async (lab: Lab, ppp: readonly string[], config: Readonly<Record<string, unknown>>) => {
    const network = await access(lab);
    const capture = await Capture.start(lab, network.lns, { filter: NO_TRAFFIC });
    const peer = await Xl2tpdServer.start(lab, network.lns, {
      local: network.client.lns,
      localIp: '10.64.0.1',
      range: '10.65.0.10-10.65.0.99',
      users: { bob: 'pass' },
      secret: 'tunnel-secret',
      ppp: [...ppp, 'ms-dns 10.9.0.2', 'ms-dns 10.9.0.3'],
    });
    const client = DialClient.start(lab, network.client.host, {
      lns: network.client.lns,
      secret: 'tunnel-secret',
      ...config,
    });
    return { ...network, capture, peer, dial: client };
  };

  for (const { method, ppp, mppe } of [
    { method: 'pap', ppp: ['require-pap'], mppe: 'off' },
    { method: 'chap', ppp: ['require-chap'], mppe: 'off' },
    { method: 'eap', ppp: ['require-eap'], mppe: 'off' },
    { method: 'mschapv2', ppp: ['require-mschap-v2', 'require-mppe-128'], mppe: 'require' },
  ]) {
    labTest(`with ${method}, MPPE ${mppe}: address, name servers, routes, hang-up`, async (lab) => {
      const { dial, client, peer, capture, serverAddress } = await dialled(lab, ppp, {
        mppe,
        dns: true,
        routes: ['10.9.0.0/24'],
        'interface-name': 'vpn0',
      });
      const before = await routes(client.host);
      const up = await dial.up();
      expect(up).toMatchObject({
        interface: 'vpn0',
        local: '10.65.0.10',
        gateway: '10.64.0.1',
        dns: ['10.9.0.2', '10.9.0.3'],
        method,
      });
      expect(up.mppe ?? 'off').toMatch(mppe === 'require' ? /128/ : /off/);
      await until('the name servers are used', () => dial.nameServers().includes('10.9.0.2'));
      expect(readFileSync(dial.resolvConf, 'utf8')).toContain('search example.net');
      await until(
        'the server answers through the link',
        async () => (await client.host.ping(serverAddress)) === 3,
      );
      expect(await dial.stop()).toBe(0);
      await peer.ppp.waitForLine(/LCP terminated by peer/);
      expect(dial.nameServers()).toEqual(['192.0.2.53']);
      expect(await routes(client.host)).toBe(before);
      expect(await client.host.kernelObjects()).toEqual({ tunnels: 0, sessions: 0 });
      expect(dial.program.output.text).not.toMatch(/"pass"|tunnel-secret/);
      await capture.check();
    });
  }

  labTest('IPv6: addresses by router advertisement, the default route too', async (lab) => {
    const { dial, client, lns } = await dialled(lab, ['require-chap', '+ipv6'], {
      ipv6: true,
      'default-route': true,
    });
    const up = await dial.up();
    await dial.program.waitForLine(/localInterfaceId.*"msg":"link up"/);
    const [unit] = await lns.pppLinks();
    const config = lab.path('radvd.conf');
    writeFileSync(
      config,
      `interface ${unit?.ifname} { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;
         prefix 2001:db8:64::/64 { AdvOnLink on; AdvAutonomous on; }; };\n`,
    );
    lab.own(lns.start('radvd', ['radvd', '-n', '-C', config, '-p', lab.path('radvd.pid'), '-m', 'stderr']));
    await lns.run(['ip', 'addr', 'add', '2001:db8:9::1/128', 'dev', 'lo']);
    await lns.run(['ip', 'route', 'add', '2001:db8:64::/64', 'dev', unit?.ifname ?? '']);
    await until('an address has come', async () => {
      const link = (await client.host.pppLinks()).find(({ ifname }) => ifname === up.interface);
      return link?.addr_info.some(({ local }) => local.startsWith('2001:db8:64:'));
    });
    const { stdout } = await client.host.run(['ip', '-6', 'route', 'get', '2001:db8:9::1']);
    expect(stdout).toContain(`dev ${up.interface}`);
    await until('IPv6 passes', async () => (await client.host.ping('2001:db8:9::1', { count: 1 })) === 1);
    expect(await dial.stop()).toBe(0);
    expect((await client.host.run(['ip', '-6', 'route', 'show', 'default'])).stdout).toBe('');
  });

  labTest('a wrong password ends it at once, with a status of its own', async (lab) => {
    const { dial, client } = await dialled(lab, ['require-chap'], { password: 'wrong' });
    expect((await dial.program.waitForExit()).code).toBe(8);
    await dial.program.waitForLine(/the log-in is refused/);
    expect(await client.host.kernelObjects()).toEqual({ tunnels: 0, sessions: 0 });
  });
});

describe('the default route and the name servers', () => {
  /** The LNS is 192.0.2.1, which the client reaches by its default route only. */
  const behindDefaultRoute = async (lab: Lab, config: Readonly<Record<string, unknown>> = {}) => {
    const scene = await serve(lab, { secret: 'tunnel-secret' });
    await scene.lns.run(['ip', 'addr', 'add', '192.0.2.1/32', 'dev', 'lo']);
    await scene.client.host.run(['ip', 'route', 'add', 'default', 'via', scene.client.lns]);
    const directory = DialClient.host(lab);
    const start = (extra: Readonly<Record<string, unknown>> = {}) =>
      DialClient.start(
        lab,
        scene.client.host,
        {
          lns: '192.0.2.1',
          secret: 'tunnel-secret',
          'default-route': true,
          dns: true,
          ...config,
          ...extra,
        },
        directory,
      );
    return { ...scene, host: scene.client.host, directory, start };
  };

  const get = async (host: Namespace, address: string): Promise<string> =>
    (await host.run(['ip', 'route', 'get', address])).stdout;

  labTest('are set without cutting off the LNS, and restored at the end', async (lab) => {
    const { host, start, client, serverAddress, directory, daemon } = await behindDefaultRoute(lab);
    // As systems with a resolver of their own have it: the file is a link.
    renameSync(`${directory}/resolv.conf`, `${directory}/stub.conf`);
    symlinkSync('stub.conf', `${directory}/resolv.conf`);
    const before = await routes(host);
    const dial = start();
    const up = await dial.up();
    await until('the name servers are used', () => dial.nameServers().includes('10.9.0.2'));
    expect(await get(host, serverAddress)).toContain(`dev ${up.interface}`);
    expect(await get(host, '192.0.2.1')).toContain(`via ${client.lns}`);
    expect(await host.ping(serverAddress)).toBe(3);
    // The way to the LNS goes: its packets must not be sent into their own tunnel.
    await host.run(['ip', 'route', 'del', '192.0.2.1/32', 'via', client.lns]);
    const refused = await host.run(['ip', 'route', 'get', '192.0.2.1'], { allowFailure: true });
    expect(refused.output).toMatch(/unreachable|No route/i);
    await host.run(['ip', 'route', 'add', '192.0.2.1/32', 'via', client.lns, 'proto', 'static']);
    expect(await dial.stop()).toBe(0);
    expect(await routes(host)).toBe(before);
    expect(readlinkSync(`${directory}/resolv.conf`)).toBe('stub.conf');
    expect(dial.nameServers()).toEqual(['192.0.2.53']);
    expect(existsSync(`${directory}/resolv.conf.kernel-l2tp`)).toBe(false);
    await daemon.waitUntilIdle();
  });

  labTest('are restored by the next start after kill -9, and so is what the hook did', async (lab) => {
    const { host, start, directory } = await behindDefaultRoute(lab);
    const hook = `${directory}/hook`;
    const told = `${directory}/told`;
    writeFileSync(
      hook,
      `#!/bin/sh\necho "$1 $INTERFACE $LNS $L2TP_USER $LOCAL_ADDRESS $PEER_ADDRESS $DNS_SERVERS" >>${told}\n`,
    );
    chmodSync(hook, 0o755);
    const before = await routes(host);
    const first = start({ hook });
    const up = await first.up();
    await until('the hook was run', () => existsSync(told));
    first.program.signal('SIGKILL');
    await first.program.waitForExit();
    // The interface and its routes went with the process; the rest is left.
    await until('the interface is gone', async () => (await host.pppLinks()).length === 0);
    expect(await routes(host)).not.toBe(before);
    expect(first.nameServers()).toEqual(['10.9.0.2', '10.9.0.3']);

    // The next one does not even come up.
    const second = start({ hook, lns: '192.0.2.77', persist: false });
    expect((await second.program.waitForExit()).code).toBe(6);
    expect(await routes(host)).toBe(before);
    expect(second.nameServers()).toEqual(['192.0.2.53']);
    expect(lstatSync(`${directory}/resolv.conf`).isFile()).toBe(true);
    const line = `${up.interface} 192.0.2.1 bob ${up.local} 10.64.0.1 10.9.0.2 10.9.0.3`;
    expect(readFileSync(told, 'utf8')).toBe(`ipv4-up ${line}\ndown ${line}\n`);
  });

  labTest('are set by the program of docs/dial.md too', async (lab) => {
    const { host, serverAddress, daemon } = await behindDefaultRoute(lab);
    const before = await routes(host);
    const example = programOf('docs/dial.md', 0);
    const program = lab.own(host.start('the example', [process.execPath, example]));
    const [, device] = await program.waitForLine(/^up (\S+) 10\.65\.\d+\.\d+$/);
    expect(await get(host, serverAddress)).toContain(`dev ${device}`);
    expect(await host.ping(serverAddress)).toBe(3);
    program.signal('SIGTERM');
    expect((await program.waitForExit()).code).toBe(0);
    expect(program.output.text).toMatch(/down hung up[\s\S]*kind: 'stopped'/);
    expect(await routes(host)).toBe(before);
    rmSync(dirname(example), { recursive: true });
    await daemon.waitUntilIdle();
  });

  labTest('the LNS is killed: noticed, dialled again until it is back', async (lab) => {
    const { host, lns, start, daemon, serverAddress } = await behindDefaultRoute(lab, {
      'hello-interval': 1,
      retransmit: { first: 0.3, cap: 0.6, tries: 3 },
      redial: { first: 0.5, cap: 2 },
    });
    const before = await routes(host);
    const dial = start();
    await dial.up();
    daemon.program.signal('SIGKILL');
    await dial.program.waitForLine(/"msg":"dials again"/);
    await until('routes are as before', async () => (await routes(host)).includes('ppp') === false);
    await until('name servers are as before', () => dial.nameServers()[0] === '192.0.2.53');
    const mark = dial.program.output.mark();
    const again = await Daemon.start(lab, lns, { secret: 'tunnel-secret' });
    await dial.up(mark);
    await until('traffic passes again', async () => (await host.ping(serverAddress)) === 3);
    expect(await dial.stop()).toBe(0);
    expect(await routes(host)).toBe(before);
    await again.waitUntilIdle();
  });
});

describe('calls that an LNS places', () => {
  labTest('by our daemon, through the dialler: up, busy, hung up, again', async (lab) => {
    const { daemon, client, serverAddress } = await serve(lab, { secret: 'tunnel-secret' });
    const dial = DialClient.start(lab, client.host, {
      lns: client.lns,
      secret: 'tunnel-secret',
      answer: true,
      local: `${client.address}:1701`,
      routes: ['10.9.0.0/24'],
    });
    await dial.program.waitForLine(/"msg":"tunnel up"/);
    const call = (...more: string[]) => daemon.cli('call', '0123', '--lac', client.address, ...more);
    const placed = await call('--json');
    expect(placed.code, placed.output).toBe(0);
    const session = JSON.parse(placed.stdout) as { id: string; user: string; address: string };
    expect(session.user).toBe('bob');
    const up = await dial.up();
    expect(up.local).toBe(session.address);
    await until('traffic passes', async () => (await client.host.ping(serverAddress)) === 3);
    const busy = await call();
    expect(busy.code, busy.output).toBe(11);
    expect(busy.output).toMatch(/busy/);
    await daemon.cli('disconnect', '--session', session.id);
    await dial.program.waitForLine(/"msg":"link down"/);
    expect((await call()).code).toBe(0);
    expect(await dial.stop()).toBe(0);
    await daemon.waitUntilIdle();
    expect((await call('--timeout', '5')).code).toBe(9);

    // The program of docs/dial.md waits for tunnels, which the LNS opens for its calls.
    const example = programOf('docs/dial.md', 1);
    const program = lab.own(client.host.start('the example', [process.execPath, example]));
    const answered = await until('the program takes the call', async () => {
      const result = await call('--timeout', '5', '--json');
      return result.code === 0 && (JSON.parse(result.stdout) as { address: string });
    });
    await program.waitForLine(new RegExp(`called ${answered.address}`));
    await until('traffic passes', async () => (await client.host.ping('10.64.0.1')) === 3);
    const refused = await daemon.cli('call', '0199', '--lac', client.address);
    expect(refused.code, refused.output).toBe(12);
    program.signal('SIGTERM');
    expect((await program.waitForExit()).code).toBe(0);
    rmSync(dirname(example), { recursive: true });
    await daemon.waitUntilIdle();
  });

  labTest('by xl2tpd, which takes our answer', async (lab) => {
    const network = await access(lab);
    const peer = await Xl2tpdServer.start(lab, network.lns, {
      local: network.client.lns,
      localIp: '10.64.0.1',
      range: '10.65.0.10-10.65.0.99',
      users: { bob: 'pass' },
    });
    const dial = DialClient.start(lab, network.client.host, { lns: network.client.lns, answer: true });
    await dial.program.waitForLine(/"msg":"tunnel up"/);
    await peer.call('0123', ['auth', 'require-chap', 'name lns', '10.64.0.1:10.65.0.20', 'noproxyarp']);
    // Debian's xl2tpd 1.3.18 is gone when it has this: it never comes to PPP.
    await peer.program.waitForLine(/control_finish: message type is Outgoing-Call-Connected\(9\)/);
  });
});
