import * as z from 'zod';
import type { TunnelInfo } from '../../../lns/index.js';
import { HttpError } from '../http-error.js';
import { operation } from '../operation.js';
import { listAnswer, pageOf } from '../paging.js';
import { queryInteger } from '../query.js';
import { ipAddress, name, tunnelSchema } from '../schemas.js';

const listQuery = z.strictObject({
  peerAddress: z.exactOptional(ipAddress),
  profile: z.exactOptional(name),
  search: z.exactOptional(
    z.string().min(1).max(100).meta({ description: "a part of the LAC's address or host name" }),
  ),
  limit: z.exactOptional(queryInteger(1, 10_000)),
  offset: z.exactOptional(queryInteger(0, 65_535)),
});

export const tunnelOperations = [
  operation({
    method: 'GET',
    path: '/api/v1/tunnels',
    id: 'listTunnels',
    tag: 'tunnels',
    summary: 'Established tunnels',
    role: 'viewer',
    query: listQuery,
    answer: {
      description: 'A page of tunnels',
      schema: z.object({ tunnels: z.array(tunnelSchema), total: z.int(), offset: z.int() }),
    },
    handle: async ({ lns }, { query }) => {
      const tunnels = lns.tunnels();
      const source = { size: tunnels.length, at: (index: number) => tunnels[index] as TunnelInfo };
      const offset = query.offset ?? 0;
      const search = query.search?.toLowerCase();
      const wanted = (tunnel: TunnelInfo): boolean =>
        (query.peerAddress === undefined || tunnel.peerAddress === query.peerAddress) &&
        (query.profile === undefined || tunnel.profile === query.profile) &&
        (search === undefined ||
          `${tunnel.peerAddress} ${tunnel.peerHostName}`.toLowerCase().includes(search));
      return listAnswer('tunnels', await pageOf(source, { offset, limit: query.limit }, wanted), offset);
    },
  }),
  operation({
    method: 'GET',
    path: '/api/v1/tunnels/{tunnelId}',
    id: 'getTunnel',
    tag: 'tunnels',
    summary: 'One tunnel; its sessions are those with its tunnelId',
    role: 'viewer',
    params: z.strictObject({ tunnelId: queryInteger(1, 65_535) }),
    answer: { description: 'The tunnel', schema: z.object({ tunnel: tunnelSchema }) },
    handle: ({ lns }, { params }) => {
      const tunnel = lns.tunnels().find(({ tunnelId }) => tunnelId === params.tunnelId);
      if (tunnel === undefined) throw new HttpError(404, 'no-tunnel', 'there is no such tunnel');
      return { json: { tunnel } };
    },
  }),
];
