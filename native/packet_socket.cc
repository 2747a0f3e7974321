#include "packet_socket.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <iterator>

namespace {

// Where the fields are in an Ethernet frame of PPPoE.
constexpr uint32_t kCode = 15;
constexpr uint32_t kPppProtocol = 20;

constexpr uint32_t kPadiCode = 0x09;
constexpr uint32_t kPadrCode = 0x19;
constexpr uint32_t kPadtCode = 0xa7;

constexpr uint32_t kPass = 0xffffffff;
constexpr uint32_t kPacketType = SKF_AD_OFF + SKF_AD_PKTTYPE;

constexpr sock_filter Do(uint16_t code, uint32_t k = 0) { return {code, 0, 0, k}; }
/// Skips `yes` or `no` instructions.
constexpr sock_filter If(uint16_t test, uint32_t k, uint8_t yes, uint8_t no) {
  return {static_cast<uint16_t>(BPF_JMP | test | BPF_K), yes, no, k};
}

constexpr sock_filter kPadiProgram[] = {
    Do(BPF_LD | BPF_B | BPF_ABS, kCode),        If(BPF_JEQ, kPadiCode, 0, 3),
    Do(BPF_LD | BPF_B | BPF_ABS, kPacketType),  If(BPF_JGT, PACKET_BROADCAST, 1, 0),
    Do(BPF_RET | BPF_K, kPass),                 Do(BPF_RET | BPF_K, 0),
};

constexpr sock_filter kDiscoveryProgram[] = {
    Do(BPF_LD | BPF_B | BPF_ABS, kCode),        If(BPF_JEQ, kPadrCode, 1, 0),
    If(BPF_JEQ, kPadtCode, 0, 3),               Do(BPF_LD | BPF_B | BPF_ABS, kPacketType),
    If(BPF_JEQ, PACKET_HOST, 0, 1),             Do(BPF_RET | BPF_K, kPass),
    Do(BPF_RET | BPF_K, 0),
};

// An odd first octet is a whole, compressed protocol field (RFC 1661 section 6.5): below 0x100, so data.
constexpr sock_filter kSessionProgram[] = {
    Do(BPF_LD | BPF_H | BPF_ABS, kPppProtocol), If(BPF_JSET, 0x0100, 5, 0),
    If(BPF_JGE, 0x8000, 0, 4),                  Do(BPF_LD | BPF_B | BPF_ABS, kPacketType),
    If(BPF_JEQ, PACKET_HOST, 0, 2),             Do(BPF_LD | BPF_W | BPF_LEN),
    Do(BPF_RET | BPF_A),                        Do(BPF_RET | BPF_K, 0),
};

template <size_t N>
sock_fprog Program(const sock_filter (&program)[N]) {
  return {static_cast<unsigned short>(N), const_cast<sock_filter*>(program)};
}

sock_fprog ProgramOf(PacketFilter filter) {
  switch (filter) {
    case PacketFilter::kPadi:
      return Program(kPadiProgram);
    case PacketFilter::kDiscovery:
      return Program(kDiscoveryProgram);
    default:
      return Program(kSessionProgram);
  }
}

}  // namespace

UniqueFd OpenPacketSocket(PacketFilter filter, int receive_buffer, SocketFailure* failure) {
  const auto failed = [failure](const char* operation) {
    *failure = {operation, errno};
    return UniqueFd();
  };
  // Protocol 0 receives nothing yet: the filter comes first.
  UniqueFd socket_fd(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_fd) return failed("socket AF_PACKET");
  const int fd = socket_fd.get();
  const sock_fprog program = ProgramOf(filter);
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
    return failed("SO_ATTACH_FILTER");
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof(receive_buffer)) < 0 &&
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)) < 0) {
    return failed("SO_RCVBUF");
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(filter == PacketFilter::kSession ? ETH_P_PPP_SES : ETH_P_PPP_DISC);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0)
    return failed("bind AF_PACKET");
  return socket_fd;
}

bool FindEthernetInterface(const std::string& name, int index, EthernetInterface* found) {
  const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return false;
  ifreq request{};
  if (name.empty()) {
    request.ifr_ifindex = index;
    if (ioctl(fd.get(), SIOCGIFNAME, &request) < 0) return false;
  } else {
    if (name.size() >= IFNAMSIZ) return false;
    memcpy(request.ifr_name, name.c_str(), name.size() + 1);
  }
  found->name = request.ifr_name;
  if (ioctl(fd.get(), SIOCGIFINDEX, &request) < 0) return false;
  found->index = request.ifr_ifindex;
  if (ioctl(fd.get(), SIOCGIFHWADDR, &request) < 0 || request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
    return false;
  memcpy(found->mac, request.ifr_hwaddr.sa_data, sizeof(found->mac));
  if (ioctl(fd.get(), SIOCGIFMTU, &request) < 0) return false;
  found->mtu = request.ifr_mtu;
  return true;
}
