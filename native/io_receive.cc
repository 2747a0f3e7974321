#include "io_receive.h"

#include <linux/if_packet.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace {

/// Room that one datagram may take in the batch: its octets and its source record.
constexpr size_t kMaxEntry = Receiver::kMaxDatagram + sizeof(SourceRecord) + 2 * kAddressTextSize;

/// Errors that say that the descriptor is of no use any more. All others on a UDP socket are what ICMP
/// brought.
bool IsFinal(int error) {
  return error == EBADF || error == ENOTSOCK || error == EINVAL || error == EFAULT || error == ENOTCONN;
}

bool IsTransient(int error) {
  return error == EAGAIN || error == EINTR || error == ENOMEM || error == ENOBUFS;
}

}  // namespace

// The scratch memory is not zeroed: pages that no datagram reaches are never touched.
Receiver::Receiver(Descriptors* descriptors)
    : descriptors_(descriptors), scratch_(std::make_unique_for_overwrite<Scratch>()) {}

void Receiver::ReadSocket(Handle handle, const Descriptors::Entry& entry, const UdpSocket& socket,
                          uint32_t events, const UdpSockets& sockets, unsigned budget) {
  Scratch& scratch = *scratch_;
  bool failing = events & EPOLLERR;
  // Each error that is read takes one from the budget too.
  while (budget > 0) {
    const unsigned vector =
        static_cast<unsigned>(std::min<size_t>({budget, kVector, kMaxRows - rows_, Room() / kMaxEntry}));
    if (vector == 0) return;
    for (unsigned i = 0; i < vector; i++) {
      scratch.vectors[i] = {scratch.octets[i], kMaxDatagram};
      msghdr& header = scratch.messages[i].msg_hdr;
      header = {};
      header.msg_name = &scratch.sources[i];
      header.msg_namelen = sizeof(SocketAddress);
      header.msg_iov = &scratch.vectors[i];
      header.msg_iovlen = 1;
      header.msg_control = scratch.control[i];
      header.msg_controllen = sizeof(scratch.control[i]);
    }
    const int count = recvmmsg(entry.fd, scratch.messages, vector, MSG_DONTWAIT, nullptr);
    if (count >= 0) {
      for (int i = 0; i < count; i++) {
        AddDatagram(handle, entry, socket, sockets, scratch.messages[i], scratch.octets[i]);
      }
      // Fewer than asked for: the queue is empty, or an error waits that the next wake-up reads.
      if (static_cast<unsigned>(count) < vector) return;
      budget -= vector;
      continue;
    }
    int error = errno;
    if (IsTransient(error)) {
      if (!failing) return;
      // Readable as "error" without one in recvmmsg: take it, or the socket stays ready for ever.
      failing = false;
      socklen_t size = sizeof(error);
      if (getsockopt(entry.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error == 0) return;
    }
    AddRow(RowKind::kError, handle, entry.tag, 0, static_cast<uint32_t>(error), kNone);
    if (IsFinal(error)) {
      descriptors_->Unwatch(handle);
      return;
    }
    budget--;
  }
}

void Receiver::AddDatagram(Handle handle, const Descriptors::Entry& entry, const UdpSocket& socket,
                           const UdpSockets& sockets, const mmsghdr& message, const uint8_t* octets) {
  const msghdr& header = message.msg_hdr;
  if (header.msg_flags & MSG_TRUNC) {
    statistics.truncated++;
    return;
  }
  const auto* remote = static_cast<const SocketAddress*>(header.msg_name);
  uint32_t tag = entry.tag;
  uint32_t source = kNone;
  if (!socket.connected || !remote->Equals(socket.peer)) {
    if (socket.connected) {
      // Queued, or under way to the queue, before connect() (another peer's): it is the listener's.
      const Descriptors::Entry listener =
          sockets.contains(socket.listener) ? descriptors_->Find(socket.listener) : Descriptors::Entry{};
      if (listener.fd < 0) {
        statistics.foreign_dropped++;
        return;
      }
      statistics.redirected++;
      handle = socket.listener;
      tag = listener.tag;
    }
    SocketAddress local;
    GetPacketInfo(header, &local);
    source = PutSource(*remote, local, socket);
  }
  const uint32_t offset = Put(octets, message.msg_len);
  AddRow(RowKind::kDatagram, handle, tag, offset, message.msg_len, source);
}

void Receiver::ReadPackets(Handle handle, const Descriptors::Entry& entry, unsigned budget) {
  static_assert(sizeof(sockaddr_ll) <= sizeof(SocketAddress));
  Scratch& scratch = *scratch_;
  while (budget > 0) {
    const unsigned vector =
        static_cast<unsigned>(std::min<size_t>({budget, kVector, kMaxRows - rows_, Room() / kMaxEntry}));
    if (vector == 0) return;
    for (unsigned i = 0; i < vector; i++) {
      scratch.vectors[i] = {scratch.octets[i], kMaxDatagram};
      msghdr& header = scratch.messages[i].msg_hdr;
      header = {};
      header.msg_name = &scratch.sources[i];
      header.msg_namelen = sizeof(sockaddr_ll);
      header.msg_iov = &scratch.vectors[i];
      header.msg_iovlen = 1;
    }
    const int count = recvmmsg(entry.fd, scratch.messages, vector, MSG_DONTWAIT, nullptr);
    // ENETDOWN says that some interface went down; the socket goes on with the others.
    if (count < 0) return;
    for (int i = 0; i < count; i++) {
      sockaddr_ll source;
      memcpy(&source, &scratch.sources[i], sizeof(source));
      const uint32_t length = scratch.messages[i].msg_len;
      const uint32_t offset = Put(scratch.octets[i], length);
      AddRow(RowKind::kPacket, handle, entry.tag, offset, length, static_cast<uint32_t>(source.sll_ifindex));
    }
    if (static_cast<unsigned>(count) < vector) return;
    budget -= vector;
  }
}

void Receiver::ReadFrame(Handle handle, const Descriptors::Entry& entry, uint32_t events) {
  if (rows_ == kMaxRows || Room() < kMaxDatagram) return;
  const ssize_t length = read(entry.fd, scratch_->octets[0], kMaxDatagram);
  if (length > 0) {
    const uint32_t offset = Put(scratch_->octets[0], static_cast<size_t>(length));
    AddRow(RowKind::kFrame, handle, entry.tag, offset, static_cast<uint32_t>(length), kNone);
    return;
  }
  if (length < 0 && IsTransient(errno) && !(events & EPOLLHUP)) return;
  // End of file: the channel or unit is gone, or the unit has lost its channel. The kernel would call it
  // ready for ever.
  descriptors_->Unwatch(handle);
  AddRow(RowKind::kHangup, handle, entry.tag, 0, 0, kNone);
}

unsigned Receiver::Take() {
  used_ = 0;
  return std::exchange(rows_, 0);
}

void Receiver::AddRow(RowKind kind, Handle handle, uint32_t tag, uint32_t offset, uint32_t length,
                      uint32_t source) {
  batch_.rows[rows_++] = {kind, tag, handle, offset, length, source};
}

uint32_t Receiver::Put(const void* octets, size_t length) {
  const size_t at = used_;
  memcpy(batch_.buffer + at, octets, length);
  used_ += length;
  return static_cast<uint32_t>(at);
}

uint32_t Receiver::PutSource(const SocketAddress& remote, const SocketAddress& local,
                             const UdpSocket& socket) {
  char remote_text[kAddressTextSize];
  char local_text[kAddressTextSize];
  // An address of no family: the kernel did not name it.
  const size_t remote_length = FormatAddress(remote, remote_text, socket.zone_indices);
  const size_t local_length = local.generic.sa_family == AF_UNSPEC ? 0 : FormatAddress(local, local_text, socket.zone_indices);
  const SourceRecord record = {htons(remote.port()), htons(socket.local.port()), static_cast<uint8_t>(remote_length),
                               static_cast<uint8_t>(local_length)};
  const uint32_t at = Put(&record, sizeof(record));
  Put(remote_text, remote_length);
  Put(local_text, local_length);
  return at;
}
