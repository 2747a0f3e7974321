#include "packet_capture.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "network_namespace.h"

namespace {

/// No packet is begun where less is left of the buffer.
constexpr size_t kRoom = sizeof(CaptureRecord) + 16384;

UniqueFd OpenHere(int interface_index, uint32_t snap_length, int receive_buffer, SocketFailure* failure) {
  const auto failed = [failure](const char* operation) {
    *failure = {operation, errno};
    return UniqueFd();
  };
  // Protocol 0 receives nothing yet: the filter comes first.
  UniqueFd socket_fd(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_fd) return failed("socket AF_PACKET");
  const int fd = socket_fd.get();
  sock_filter keep[] = {{BPF_RET | BPF_K, 0, 0, snap_length}};
  const sock_fprog program = {1, keep};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
    return failed("SO_ATTACH_FILTER");
  const int on = 1;
  if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0) return failed("PACKET_AUXDATA");
  if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0) return failed("SO_TIMESTAMPNS");
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof(receive_buffer)) < 0 &&
      setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)) < 0) {
    return failed("SO_RCVBUF");
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = interface_index;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0)
    return failed("bind AF_PACKET");
  return socket_fd;
}

void ReadControl(msghdr* header, CaptureRecord* record) {
  for (cmsghdr* part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
    if (part->cmsg_level == SOL_PACKET && part->cmsg_type == PACKET_AUXDATA) {
      tpacket_auxdata about;
      memcpy(&about, CMSG_DATA(part), sizeof(about));
      record->length = about.tp_len;
    } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
      timespec time;
      memcpy(&time, CMSG_DATA(part), sizeof(time));
      record->seconds = static_cast<uint32_t>(time.tv_sec);
      record->nanoseconds = static_cast<uint32_t>(time.tv_nsec);
    }
  }
}

}  // namespace

UniqueFd OpenCapture(int interface_index, const std::string& netns, uint32_t snap_length, int receive_buffer,
                     SocketFailure* failure) {
  if (netns.empty()) return OpenHere(interface_index, snap_length, receive_buffer, failure);
  UniqueFd opened;
  Failure outside;
  const auto open = [&] {
    return static_cast<bool>(opened = OpenHere(interface_index, snap_length, receive_buffer, failure));
  };
  if (!InNetworkNamespace(netns, outside, open) && outside) *failure = {outside.operation, outside.error};
  return opened;
}

size_t ReadCapture(int fd, uint8_t* buffer, size_t size, unsigned limit) {
  size_t used = 0;
  while (limit-- > 0 && size - used >= kRoom) {
    sockaddr_ll source{};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(tpacket_auxdata)) + CMSG_SPACE(sizeof(timespec))];
    iovec vector = {buffer + used + sizeof(CaptureRecord), size - used - sizeof(CaptureRecord)};
    msghdr header{};
    header.msg_name = &source;
    header.msg_namelen = sizeof(source);
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    const ssize_t kept = recvmsg(fd, &header, MSG_DONTWAIT);
    if (kept < 0) {
      // Said once when the interface goes; what is queued can be read all the same.
      if (errno == ENETDOWN) continue;
      break;
    }
    const uint32_t outgoing = source.sll_pkttype == PACKET_OUTGOING ? 1 << 16 : 0;
    CaptureRecord record = {static_cast<uint32_t>(kept), static_cast<uint32_t>(kept),
                            ntohs(source.sll_protocol) | outgoing, 0, 0};
    ReadControl(&header, &record);
    memcpy(buffer + used, &record, sizeof(record));
    const size_t padded = sizeof(record) + ((static_cast<size_t>(kept) + 3) & ~size_t{3});
    used += padded;
  }
  return used;
}

uint32_t CaptureDrops(int fd) {
  tpacket_stats counts{};
  socklen_t size = sizeof(counts);
  return getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &counts, &size) < 0 ? 0 : counts.tp_drops;
}
