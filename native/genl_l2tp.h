#pragma once

#include <cstdint>

#include "failure.h"
#include "netlink_socket.h"

/// What a session is created with (RFC 2661 section 5.4; linux/l2tp.h).
struct SessionPlan {
  uint16_t tunnel_id = 0;
  uint16_t peer_tunnel_id = 0;
  uint16_t session_id = 0;
  uint16_t peer_session_id = 0;
  bool lns_mode = false;
  bool send_sequence = false;
  bool receive_sequence = false;
  uint32_t reorder_timeout = 0;  // ms
  /// By L2TP_CMD_SESSION_CREATE, else by the PPPoL2TP socket's connect and options.
  bool by_netlink = false;
  /// The tunnel's outer addresses are IPv6.
  bool ipv6 = false;
};

/// Counters of a tunnel or session, as the kernel keeps them.
struct L2tpCounters {
  uint64_t tx_packets = 0, tx_bytes = 0, tx_errors = 0;
  uint64_t rx_packets = 0, rx_bytes = 0, rx_errors = 0;
  uint64_t rx_sequence_discards = 0, rx_out_of_sequence = 0;
};

/// The generic netlink family "l2tp" (linux/l2tp.h), version 1.
class GenlL2tp {
 public:
  struct Family {
    uint16_t id = 0;
    /// Multicast group "l2tp".
    uint32_t group = 0;
  };

  /// @param socket of NETLINK_GENERIC, of this thread
  explicit GenlL2tp(NetlinkSocket& socket) : socket_(socket) {}

  /// Looks the family up once per process; ENOENT where the kernel lacks l2tp_netlink (it is loaded if it can
  /// be).
  bool Resolve(Family& family, Failure& failure);

  /// A tunnel on a socket of ours (L2TPv2, UDP). After an error that left the tunnel behind, it is deleted.
  bool CreateTunnel(uint32_t tunnel_id, uint32_t peer_tunnel_id, int socket, Failure& failure);
  bool DeleteTunnel(uint32_t tunnel_id, Failure& failure);
  /// Counters and the peer's id; ENODEV if there is no such tunnel.
  bool GetTunnel(uint32_t tunnel_id, uint32_t& peer_tunnel_id, L2tpCounters& counters, Failure& failure);

  /// A PPP session. After an error that left the session behind, it is deleted.
  bool CreateSession(const SessionPlan& plan, Failure& failure);
  bool DeleteSession(uint32_t tunnel_id, uint32_t session_id, Failure& failure);
  bool GetSession(uint32_t tunnel_id, uint32_t session_id, uint32_t& peer_session_id, Failure& failure);

  using SessionVisitor =
      std::function<void(uint32_t tunnel_id, uint32_t session_id, const L2tpCounters& counters)>;
  /// The counters of all sessions of this network namespace. `restart`: see `NetlinkSocket::Dump`.
  bool DumpSessions(const SessionVisitor& visit, const std::function<void()>& restart, Failure& failure);

 private:
  bool Compose(uint8_t command, const std::vector<uint8_t>& attributes, std::vector<uint8_t>& request,
               Failure& failure);
  bool Send(uint8_t command, const std::vector<uint8_t>& attributes, const char* operation, Failure& failure,
            const NetlinkSocket::Visitor& visit = {});

  NetlinkSocket& socket_;
};
