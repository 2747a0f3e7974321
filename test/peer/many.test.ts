import { expect } from 'vitest';
import { CONTROL_ONLY, labTest, serve } from '../support/lab/index.js';

const CLIENTS = 50;

labTest(
  `${CLIENTS} clients at once, each a host with its own xl2tpd and pppd`,
  async (lab) => {
    const { daemon, capture, subscriber, clients, lns } = await serve(
      lab,
      { log: { level: 'info' } },
      { clients: CLIENTS, filter: CONTROL_ONLY },
    );
    const idle = daemon.descriptors();
    const callers = await Promise.all(
      clients.map((host, index) => subscriber({ user: `user${index}` }, host)),
    );
    const start = Date.now();
    const links = await Promise.all(callers.map((caller) => caller.connect(120_000)));
    console.log(`${CLIENTS} sessions up in ${((Date.now() - start) / 1000).toFixed(1)} s, clients and all`);
    expect(new Set(links.map(({ local }) => local)).size).toBe(CLIENTS);
    const sessions = await daemon.waitForSessions(CLIENTS);
    // Each has the address that the daemon thinks it has.
    const told = new Map(sessions.map(({ user, address }) => [user, address]));
    links.forEach((link, index) => expect(told.get(`user${index}`)).toBe(link.local));
    expect(new Set(sessions.map(({ interfaceName }) => interfaceName)).size).toBe(CLIENTS);
    expect(await daemon.tunnels()).toHaveLength(CLIENTS);
    expect(await lns.kernelObjects()).toEqual({ tunnels: CLIENTS, sessions: CLIENTS });
    for (const caller of callers) expect(await caller.namespace.ping('10.64.0.1', { count: 1 })).toBe(1);

    await Promise.all(callers.map((caller) => caller.hangUp(60_000)));
    await Promise.all(callers.map((caller) => caller.closeTunnel()));
    await daemon.waitUntilIdle(60_000);
    await daemon.expectDescriptors(idle);
    await capture.check();
    await daemon.stop();
  },
  300_000,
);
