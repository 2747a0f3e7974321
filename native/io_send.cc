#include "io_send.h"

#include <linux/if_packet.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <utility>

namespace {

/// Class Selector 6, network control (RFC 4594 section 3.2). A tunnel's socket has the class of its data.
constexpr int kControlClass = 0xc0;

/// For either family: each takes no notice of the other's.
struct ClassMessages {
  alignas(cmsghdr) char octets[2 * CMSG_SPACE(sizeof(int))] = {};

  ClassMessages() {
    msghdr message{};
    message.msg_control = octets;
    message.msg_controllen = sizeof(octets);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    for (const auto& [level, type] : {std::pair(IPPROTO_IP, IP_TOS), std::pair(IPPROTO_IPV6, IPV6_TCLASS)}) {
      header->cmsg_level = level;
      header->cmsg_type = type;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      memcpy(CMSG_DATA(header), &kControlClass, sizeof(int));
      header = reinterpret_cast<cmsghdr*>(reinterpret_cast<char*>(header) + CMSG_SPACE(sizeof(int)));
    }
  }
};

void SetControlClass(msghdr* message) {
  static ClassMessages messages;
  message->msg_control = messages.octets;
  message->msg_controllen = sizeof(messages.octets);
}

}  // namespace

Sender::Sender(Descriptors* descriptors)
    : descriptors_(descriptors), scratch_(std::make_unique_for_overwrite<Scratch>()) {}

unsigned Sender::Send(unsigned count) {
  if (!batch_.rows) return 0;
  count = std::min(count, kMaxRows);
  marked_ = 0;
  order_.resize(count);
  std::iota(order_.begin(), order_.end(), 0);
  const SendRow* rows = batch_.rows;
  const auto by_handle = [rows](uint32_t a, uint32_t b) { return rows[a].handle < rows[b].handle; };
  if (!std::is_sorted(order_.begin(), order_.end(), by_handle)) {
    std::stable_sort(order_.begin(), order_.end(), by_handle);
  }
  for (unsigned at = 0; at < count;) {
    const Handle handle = rows[order_[at]].handle;
    unsigned end = at;
    while (end < count && rows[order_[end]].handle == handle) batch_.rows[order_[end++]].status = 0;
    SendRun(descriptors_->Find(handle), order_.data() + at, end - at);
    at = end;
  }
  return marked_;
}

void Sender::SendRun(const Descriptors::Entry& entry, const uint32_t* order, unsigned count) {
  const bool frames = entry.kind == DescriptorKind::kChannel || entry.kind == DescriptorKind::kUnit;
  unsigned filled = 0;
  for (unsigned i = 0; i < count; i++) {
    SendRow* row = &batch_.rows[order[i]];
    if (entry.fd < 0) {
      Mark(row, entry, EBADF);
      continue;
    }
    if (!InBuffer(*row)) {
      Mark(row, entry, EFAULT);
      continue;
    }
    if (frames) {
      WriteFrame(entry, row);
      continue;
    }
    msghdr& header = scratch_->messages[filled].msg_hdr;
    header = {};
    const bool addressed = entry.kind == DescriptorKind::kPacket ? SetInterface(*row, filled, &header)
                                                                 : row->address == kNone ||
                                                                       ReadAddress(*row, filled, &header);
    if (!addressed) {
      Mark(row, entry, EINVAL);
      continue;
    }
    if (entry.kind == DescriptorKind::kTunnel) SetControlClass(&header);
    scratch_->vectors[filled] = {batch_.buffer + row->offset, row->length};
    header.msg_iov = &scratch_->vectors[filled];
    header.msg_iovlen = 1;
    scratch_->rows[filled] = row;
    if (++filled == kVector) {
      SendVector(entry, filled);
      filled = 0;
    }
  }
  SendVector(entry, filled);
}

void Sender::SendVector(const Descriptors::Entry& entry, unsigned count) {
  int earlier_error = 0;
  for (unsigned at = 0; at < count;) {
    const int sent = sendmmsg(entry.fd, scratch_->messages + at, count - at, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      if (earlier_error) Mark(scratch_->rows[at], entry, static_cast<uint32_t>(earlier_error) | kSentDespite);
      earlier_error = 0;
      at += static_cast<unsigned>(sent);
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EAGAIN || error == ENOBUFS || error == ENOMEM) {
      // The rest would fare the same; the caller tries again later.
      for (; at < count; at++) Mark(scratch_->rows[at], entry, static_cast<uint32_t>(error));
      return;
    }
    // A connected socket reports what ICMP said of an earlier datagram in place of sending this one: so once
    // more.
    if (!earlier_error) {
      earlier_error = error;
      continue;
    }
    Mark(scratch_->rows[at++], entry, static_cast<uint32_t>(error));
    earlier_error = 0;
  }
}

void Sender::WriteFrame(const Descriptors::Entry& entry, SendRow* row) {
  ssize_t written;
  do {
    written = write(entry.fd, batch_.buffer + row->offset, row->length);
  } while (written < 0 && errno == EINTR);
  if (written < 0) Mark(row, entry, static_cast<uint32_t>(errno));
}

bool Sender::InBuffer(const SendRow& row) const {
  return row.offset <= kBufferSize && row.length <= kBufferSize - row.offset;
}

bool Sender::ReadAddress(const SendRow& row, unsigned slot, msghdr* header) {
  SourceRecord record;
  if (row.address > kBufferSize - sizeof(record)) return false;
  memcpy(&record, batch_.buffer + row.address, sizeof(record));
  const size_t at = row.address + sizeof(record);
  if (kBufferSize - at < static_cast<size_t>(record.remote_length) + record.local_length) return false;
  const char* text = reinterpret_cast<const char*>(batch_.buffer + at);
  SocketAddress& remote = scratch_->addresses[slot];
  if (!ParseAddress({text, record.remote_length}, ntohs(record.remote_port), &remote)) return false;
  header->msg_name = &remote;
  header->msg_namelen = remote.size();
  if (record.local_length > 0) {
    SocketAddress local;
    if (!ParseAddress({text + record.remote_length, record.local_length}, 0, &local)) return false;
    SetPacketInfo(local, header, scratch_->control[slot]);
  }
  return true;
}

bool Sender::SetInterface(const SendRow& row, unsigned slot, msghdr* header) {
  constexpr size_t kEtherType = 12;
  sockaddr_ll to{};
  if (row.length < kEtherType + sizeof(to.sll_protocol)) return false;
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(row.address);
  memcpy(&to.sll_protocol, batch_.buffer + row.offset + kEtherType, sizeof(to.sll_protocol));
  memcpy(static_cast<void*>(&scratch_->addresses[slot]), &to, sizeof(to));
  header->msg_name = &scratch_->addresses[slot];
  header->msg_namelen = sizeof(to);
  return true;
}

void Sender::Mark(SendRow* row, const Descriptors::Entry& entry, uint32_t status) {
  row->status = status;
  row->tag = entry.tag;
  marked_++;
}
