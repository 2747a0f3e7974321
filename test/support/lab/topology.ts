import type { Lab, Link } from './lab.js';
import type { Namespace } from './namespace.js';

/** Subscribers' hosts, the LNS, and a server behind it. */
export interface AccessNetwork {
  readonly lns: Namespace;
  /** A host of the Internet, so to say: 10.9.0.2, reached through the LNS. */
  readonly server: Namespace;
  readonly serverAddress: string;
  readonly clients: readonly ClientHost[];
  /** The first of the clients. */
  readonly client: ClientHost;
}

export interface ClientHost {
  readonly host: Namespace;
  readonly link: Link;
  /** The client's own address. */
  readonly address: string;
  /** The address of the LNS on the client's link. */
  readonly lns: string;
}

/**
 * ```
 *   client1 ── 10.1.N.0/24 ──┐
 *   client2 ── 10.1.M.0/24 ──┤ lns ── 10.9.0.0/24 ── server
 * ```
 * The server knows the subscribers' networks (10.64.0.0/10) through the LNS.
 */
export async function access(lab: Lab, clients = 1): Promise<AccessNetwork> {
  const lns = await lab.namespace('lns');
  const server = await lab.namespace('server');
  await lab.link(lns, server, { v4: '10.9.0' });
  await lns.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  await server.run(['ip', 'route', 'add', '10.64.0.0/10', 'via', '10.9.0.1']);
  const join = async (index: number): Promise<ClientHost> => {
    const host = await lab.namespace(`client${index}`);
    const link = await lab.link(lns, host);
    return { host, link, address: link.v4.b, lns: link.v4.a };
  };
  const client = await join(1);
  const hosts = [client];
  while (hosts.length < clients) hosts.push(await join(hosts.length + 1));
  return { lns, server, serverAddress: '10.9.0.2', clients: hosts, client };
}
