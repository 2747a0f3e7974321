import { lane } from '../native/index.js';
import { type KernelSessionInfo, type KernelTunnelInfo, L2TP_ATTR, L2TP_CMD } from './l2tp-attributes.js';
import { type L2tpAttribute, l2tpRequest, readSession, readTunnel } from './netlink.js';
import { type KernelOperations, kernelOperations } from './operations.js';

const NETLINK_GENERIC = 16;

/** Sequencing of a session that may change while it lives; what is not given stays. */
export interface SequencingOptions {
  readonly sendSequence?: boolean;
  readonly receiveSequence?: boolean;
  /** In ms; 0 does not reorder. */
  readonly reorderTimeout?: number;
}

/** A tunnel of this network namespace, whoever made it. @throws KernelError ENODEV if there is none of that id */
export async function getKernelTunnel(tunnelId: number): Promise<KernelTunnelInfo> {
  const attributes: L2tpAttribute[] = [{ type: L2TP_ATTR.CONN_ID, bits: 32, value: tunnelId }];
  return readTunnel(await request('L2TP_CMD_TUNNEL_GET', L2TP_CMD.TUNNEL_GET, attributes));
}

/** A session, whoever made it. @throws KernelError ENODEV if there is none of these ids */
export async function getKernelSession(tunnelId: number, sessionId: number): Promise<KernelSessionInfo> {
  return readSession(
    await request('L2TP_CMD_SESSION_GET', L2TP_CMD.SESSION_GET, sessionIds(tunnelId, sessionId)),
  );
}

/**
 * Deletes a tunnel and its sessions, for what another process left. The kernel does it a moment later.
 *
 * @throws KernelError
 */
export async function deleteKernelTunnel(tunnelId: number): Promise<void> {
  const attributes: L2tpAttribute[] = [{ type: L2TP_ATTR.CONN_ID, bits: 32, value: tunnelId }];
  await request('L2TP_CMD_TUNNEL_DELETE', L2TP_CMD.TUNNEL_DELETE, attributes);
}

/**
 * Deletes a session that another process left. Never one whose PPPoL2TP socket is open: close that instead.
 *
 * @throws KernelError
 */
export async function deleteKernelSession(tunnelId: number, sessionId: number): Promise<void> {
  await request('L2TP_CMD_SESSION_DELETE', L2TP_CMD.SESSION_DELETE, sessionIds(tunnelId, sessionId));
}

/** Has the kernel notify of a tunnel: nothing of it can be changed. @throws KernelError */
export async function modifyKernelTunnel(tunnelId: number): Promise<void> {
  const attributes: L2tpAttribute[] = [{ type: L2TP_ATTR.CONN_ID, bits: 32, value: tunnelId }];
  await request('L2TP_CMD_TUNNEL_MODIFY', L2TP_CMD.TUNNEL_MODIFY, attributes);
}

/** Changes the sequencing of a session. @throws KernelError */
export async function modifyKernelSession(
  tunnelId: number,
  sessionId: number,
  options: SequencingOptions,
  operations = kernelOperations(),
  key = 0,
): Promise<void> {
  const { sendSequence, receiveSequence, reorderTimeout } = options;
  const attributes = sessionIds(tunnelId, sessionId);
  if (sendSequence !== undefined) {
    attributes.push({ type: L2TP_ATTR.SEND_SEQ, bits: 8, value: Number(sendSequence) });
  }
  if (receiveSequence !== undefined) {
    attributes.push({ type: L2TP_ATTR.RECV_SEQ, bits: 8, value: Number(receiveSequence) });
  }
  if (reorderTimeout !== undefined) {
    attributes.push({ type: L2TP_ATTR.RECV_TIMEOUT, bits: 64, value: reorderTimeout });
  }
  await request('L2TP_CMD_SESSION_MODIFY', L2TP_CMD.SESSION_MODIFY, attributes, operations, key);
}

const sessionIds = (tunnelId: number, sessionId: number): L2tpAttribute[] => [
  { type: L2TP_ATTR.CONN_ID, bits: 32, value: tunnelId },
  { type: L2TP_ATTR.SESSION_ID, bits: 32, value: sessionId },
];

/** One request on a native thread. @returns the octets that came back */
async function request(
  name: string,
  command: number,
  attributes: readonly L2tpAttribute[],
  operations: KernelOperations = kernelOperations(),
  key = 0,
): Promise<Uint8Array> {
  const message = l2tpRequest(command, attributes);
  const { octets } = await operations.run(
    name,
    (native, id) => native.kernelNetlink(id, key, lane.query, NETLINK_GENERIC, '', false, message),
    { describe: (operation) => (operation === 'generic netlink' ? name : operation) },
  );
  return octets ?? new Uint8Array();
}
