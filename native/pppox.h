#pragma once

#include <string>

#include "failure.h"
#include "genl_l2tp.h"
#include "unique_fd.h"

/// PPPoL2TP sockets (linux/if_pppox.h, linux/if_pppol2tp.h). Closing one deletes its session.

/// Opens a socket and connects it to the session of `plan`; the kernel creates the session if it is not
/// there. The options of `plan` are set by socket options unless the session was made by netlink.
bool ConnectPppox(const SessionPlan& plan, UniqueFd& out, Failure& failure);

/// A PPPoE session (linux/if_pppox.h): the kernel takes and sends its frames on one interface, to one station.
struct PppoePlan {
  std::string interface;
  uint8_t mac[6] = {};
  uint16_t session_id = 0;
};

/// Opens a socket and connects it to a PPPoE session.
bool ConnectPppoe(const PppoePlan& plan, UniqueFd& out, Failure& failure);

/// Creates a tunnel on `socket` without netlink: a connect with both session ids 0.
bool ConnectPppoxTunnel(uint16_t tunnel_id, uint16_t peer_tunnel_id, int socket, bool ipv6, UniqueFd& out,
                        Failure& failure);

/// Sequencing of a session that is there. -1 leaves a value as it is; `reorder_timeout` is in ms.
bool SetSequencing(int pppox, int send_sequence, int receive_sequence, int reorder_timeout, Failure& failure);

/// PPPIOCGL2TPSTATS: of the session, or of the tunnel if the socket is that of session 0.
bool ReadPppoxCounters(int pppox, L2tpCounters& counters, Failure& failure);

/// PPPIOCGCHAN: the channel's index. From now on frames go to the channel. Waits for an RCU grace period.
bool GetChannelIndex(int pppox, int& index, Failure& failure);
