#include "pppox.h"

#include <arpa/inet.h>
#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#ifndef SOL_PPPOL2TP
#define SOL_PPPOL2TP 273
#endif

namespace {

bool Connect(const SessionPlan& plan, int tunnel_socket, UniqueFd& out, Failure& failure) {
  UniqueFd fd(socket(AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, PX_PROTO_OL2TP));
  if (!fd) return failure.Set("socket PPPoL2TP", errno);
  sockaddr_storage storage{};
  socklen_t size;
  // The kernel tells the forms apart by their exact size. It finds the tunnel by its id; the address is not
  // read.
  if (plan.ipv6) {
    sockaddr_pppol2tpin6 address{};
    address.sa_family = AF_PPPOX;
    address.sa_protocol = PX_PROTO_OL2TP;
    address.pppol2tp.fd = tunnel_socket;
    address.pppol2tp.s_tunnel = plan.tunnel_id;
    address.pppol2tp.s_session = plan.session_id;
    address.pppol2tp.d_tunnel = plan.peer_tunnel_id;
    address.pppol2tp.d_session = plan.peer_session_id;
    address.pppol2tp.addr.sin6_family = AF_INET6;
    memcpy(&storage, &address, size = sizeof(address));
  } else {
    sockaddr_pppol2tp address{};
    address.sa_family = AF_PPPOX;
    address.sa_protocol = PX_PROTO_OL2TP;
    address.pppol2tp.fd = tunnel_socket;
    address.pppol2tp.addr.sin_family = AF_INET;
    address.pppol2tp.s_tunnel = plan.tunnel_id;
    address.pppol2tp.s_session = plan.session_id;
    address.pppol2tp.d_tunnel = plan.peer_tunnel_id;
    address.pppol2tp.d_session = plan.peer_session_id;
    memcpy(&storage, &address, size = sizeof(address));
  }
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) < 0) {
    return failure.Set("connect PPPoL2TP", errno);
  }
  out = std::move(fd);
  return true;
}

bool SetOption(int fd, int option, int value, const char* operation, Failure& failure) {
  return setsockopt(fd, SOL_PPPOL2TP, option, &value, sizeof(value)) == 0 || failure.Set(operation, errno);
}

}  // namespace

bool ConnectPppox(const SessionPlan& plan, UniqueFd& out, Failure& failure) {
  if (!Connect(plan, -1, out, failure)) return false;
  if (plan.by_netlink) return true;
  if (plan.lns_mode && !SetOption(out.get(), PPPOL2TP_SO_LNSMODE, 1, "PPPOL2TP_SO_LNSMODE", failure))
    return false;
  return SetSequencing(out.get(), plan.send_sequence ? 1 : -1, plan.receive_sequence ? 1 : -1,
                       plan.reorder_timeout > 0 ? static_cast<int>(plan.reorder_timeout) : -1, failure);
}

bool ConnectPppoe(const PppoePlan& plan, UniqueFd& out, Failure& failure) {
  UniqueFd fd(socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, PX_PROTO_OE));
  if (!fd) return failure.Set("socket PPPoE", errno);
  sockaddr_pppox address{};
  address.sa_family = AF_PPPOX;
  address.sa_protocol = PX_PROTO_OE;
  address.sa_addr.pppoe.sid = htons(plan.session_id);
  memcpy(address.sa_addr.pppoe.remote, plan.mac, sizeof(plan.mac));
  if (plan.interface.size() >= sizeof(address.sa_addr.pppoe.dev)) return failure.Set("connect PPPoE", ENODEV);
  memcpy(address.sa_addr.pppoe.dev, plan.interface.c_str(), plan.interface.size() + 1);
  sockaddr_storage storage{};
  memcpy(&storage, &address, sizeof(address));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), sizeof(address)) < 0) {
    return failure.Set("connect PPPoE", errno);
  }
  out = std::move(fd);
  return true;
}

bool ConnectPppoxTunnel(uint16_t tunnel_id, uint16_t peer_tunnel_id, int socket, bool ipv6, UniqueFd& out,
                        Failure& failure) {
  SessionPlan plan;
  plan.tunnel_id = tunnel_id;
  plan.peer_tunnel_id = peer_tunnel_id;
  plan.ipv6 = ipv6;
  return Connect(plan, socket, out, failure);
}

bool SetSequencing(int pppox, int send_sequence, int receive_sequence, int reorder_timeout,
                   Failure& failure) {
  if (send_sequence >= 0 &&
      !SetOption(pppox, PPPOL2TP_SO_SENDSEQ, send_sequence, "PPPOL2TP_SO_SENDSEQ", failure)) {
    return false;
  }
  if (receive_sequence >= 0 &&
      !SetOption(pppox, PPPOL2TP_SO_RECVSEQ, receive_sequence, "PPPOL2TP_SO_RECVSEQ", failure)) {
    return false;
  }
  return reorder_timeout < 0 ||
         SetOption(pppox, PPPOL2TP_SO_REORDERTO, reorder_timeout, "PPPOL2TP_SO_REORDERTO", failure);
}

bool ReadPppoxCounters(int pppox, L2tpCounters& counters, Failure& failure) {
  pppol2tp_ioc_stats stats{};
  if (ioctl(pppox, PPPIOCGL2TPSTATS, &stats) < 0) return failure.Set("PPPIOCGL2TPSTATS", errno);
  counters.tx_packets = stats.tx_packets;
  counters.tx_bytes = stats.tx_bytes;
  counters.tx_errors = stats.tx_errors;
  counters.rx_packets = stats.rx_packets;
  counters.rx_bytes = stats.rx_bytes;
  counters.rx_errors = stats.rx_errors;
  counters.rx_sequence_discards = stats.rx_seq_discards;
  counters.rx_out_of_sequence = stats.rx_oos_packets;
  return true;
}

bool GetChannelIndex(int pppox, int& index, Failure& failure) {
  return ioctl(pppox, PPPIOCGCHAN, &index) == 0 || failure.Set("PPPIOCGCHAN", errno);
}
