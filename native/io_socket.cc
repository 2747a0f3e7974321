#include "io_socket.h"

#include <net/if.h>
#include <netinet/in.h>

#include <cerrno>

#include "bpf_filter.h"
#include "network_namespace.h"

namespace {

bool SetFlag(int fd, int level, int option, int value = 1) {
  return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/// The FORCE form passes the limit of net.core.[rw]mem_max, where CAP_NET_ADMIN allows it.
bool SetBuffer(int fd, int force_option, int option, int size) {
  return SetFlag(fd, SOL_SOCKET, force_option, size) || SetFlag(fd, SOL_SOCKET, option, size);
}

/// Router Solicitations in, with the hop limit that no router could have passed on, and advertisements out
/// with the same (RFC 4861 sections 6.1.1 and 4.2).
int PrepareRouterSocket(int fd) {
  if (!SetFlag(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255) ||
      !SetFlag(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255) ||
      !SetFlag(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0)) {
    return errno;
  }
  return AttachRouterSolicitationFilter(fd);
}

UniqueFd OpenHere(const UdpSocketOptions& options, SocketFailure* failure) {
  const auto failed = [failure](const char* operation, int error) {
    *failure = {operation, error};
    return UniqueFd();
  };
  const int family = options.local.generic.sa_family;
  const bool raw = options.kind == SocketKind::kRouterSolicitations;
  UniqueFd socket_fd(socket(family, (raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK,
                            raw ? static_cast<int>(IPPROTO_ICMPV6) : 0));
  if (!socket_fd) return failed("socket", errno);
  const int fd = socket_fd.get();

  // Options are set before bind: from then on datagrams come in, and a live tunnel's socket must not be
  // locked. A port that the kernel chooses is to be nobody's: with SO_REUSEADDR it might give one that is
  // shared.
  if (raw) {
    if (const int error = PrepareRouterSocket(fd)) return failed("raw ICMPv6", error);
  }
  const bool chosen = options.local.port() == 0;
  if (!chosen && !SetFlag(fd, SOL_SOCKET, SO_REUSEADDR)) return failed("SO_REUSEADDR", errno);
  if (family == AF_INET6) {
    if (!raw && !SetFlag(fd, IPPROTO_IPV6, IPV6_V6ONLY)) return failed("IPV6_V6ONLY", errno);
    if (!SetFlag(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO)) return failed("IPV6_RECVPKTINFO", errno);
  } else {
    if (!SetFlag(fd, IPPROTO_IP, IP_PKTINFO)) return failed("IP_PKTINFO", errno);
    // A control message has to get through a narrow path: in fragments, rather than not at all.
    if (!SetFlag(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT)) return failed("IP_MTU_DISCOVER", errno);
  }
  if (options.traffic_class != 0 &&
      !(family == AF_INET6 ? SetFlag(fd, IPPROTO_IPV6, IPV6_TCLASS, options.traffic_class)
                           : SetFlag(fd, IPPROTO_IP, IP_TOS, options.traffic_class))) {
    return failed("IP_TOS", errno);
  }
  if (options.receive_buffer > 0) {
    if (!SetBuffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, options.receive_buffer)) return failed("SO_RCVBUF", errno);
    // What is sent within a turn leaves at once, so the other direction needs the same room.
    if (!SetBuffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, options.receive_buffer)) return failed("SO_SNDBUF", errno);
  }
  if (!options.device.empty() && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, options.device.c_str(),
                                            static_cast<socklen_t>(options.device.size())) < 0) {
    return failed("SO_BINDTODEVICE", errno);
  }
  if (options.filter) {
    if (const int error = AttachL2tpFilter(fd)) return failed("SO_ATTACH_FILTER", error);
  }
  if (bind(fd, &options.local.generic, options.local.size()) < 0) return failed("bind", errno);
  if (chosen && !SetFlag(fd, SOL_SOCKET, SO_REUSEADDR)) return failed("SO_REUSEADDR", errno);
  if (options.remote && connect(fd, &options.remote->generic, options.remote->size()) < 0) {
    return failed("connect", errno);
  }
  return socket_fd;
}

}  // namespace

UniqueFd OpenUdpSocket(const UdpSocketOptions& options, SocketFailure* failure) {
  if (options.netns.empty()) return OpenHere(options, failure);
  UniqueFd opened;
  Failure outside;
  const auto open = [&] { return static_cast<bool>(opened = OpenHere(options, failure)); };
  if (!InNetworkNamespace(options.netns, outside, open) && outside) {
    *failure = {outside.operation, outside.error};
  }
  return opened;
}
