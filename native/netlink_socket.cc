#include "netlink_socket.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>

namespace {

// As much as the kernel ever puts into one part of a dump.
constexpr size_t kReceiveSize = 32768;
// The kernel answers requests before send() returns; this only bounds the harm of a kernel bug.
constexpr time_t kTimeoutSeconds = 30;
constexpr int kDumpTries = 3;

}  // namespace

int ParseNetlinkError(const NetlinkMessage& message, std::string& detail) {
  nlmsgerr answer{};
  if (message.body.size < sizeof(answer)) return EPROTO;
  memcpy(&answer, message.body.data, sizeof(answer));
  if (message.header.nlmsg_flags & NLM_F_ACK_TLVS) {
    size_t skip = sizeof(answer);
    // Without NLM_F_CAPPED the whole request is repeated before the attributes.
    if (!(message.header.nlmsg_flags & NLM_F_CAPPED) && answer.msg.nlmsg_len > sizeof(nlmsghdr)) {
      skip += answer.msg.nlmsg_len - sizeof(nlmsghdr);
    }
    AttributeReader attributes(message.body, skip);
    NetlinkAttribute attribute;
    while (attributes.Next(attribute)) {
      if (attribute.type == NLMSGERR_ATTR_MSG) detail = attribute.Text();
    }
  }
  return -answer.error;
}

bool NetlinkSocket::Open(const char* operation, Failure& failure) {
  if (fd_) return true;
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol_));
  if (!fd) return failure.Set(operation, errno);
  const int on = 1;
  // Refused by kernels before 4.12 only: errors come without text there.
  setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
  setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
  const timeval timeout{kTimeoutSeconds, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  buffer_.resize(kReceiveSize);
  fd_ = std::move(fd);
  return true;
}

bool NetlinkSocket::Send(const std::vector<uint8_t>& octets, const char* operation, Failure& failure) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent;
  do {
    sent = sendto(fd_.get(), octets.data(), octets.size(), 0, reinterpret_cast<const sockaddr*>(&kernel),
                  sizeof(kernel));
  } while (sent < 0 && errno == EINTR);
  return sent >= 0 || failure.Set(operation, errno);
}

Octets NetlinkSocket::Receive(const char* operation, Failure& failure) {
  sockaddr_nl from{};
  iovec part{buffer_.data(), buffer_.size()};
  msghdr message{};
  message.msg_name = &from;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  for (;;) {
    message.msg_namelen = sizeof(from);
    const ssize_t size = recvmsg(fd_.get(), &message, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      failure.Set(operation, errno == EAGAIN ? ETIMEDOUT : errno);
      return {};
    }
    // Other processes may send to our port; only the kernel is port 0.
    if (from.nl_pid != 0) continue;
    if (size == 0 || (message.msg_flags & MSG_TRUNC)) {
      failure.Set(operation, EMSGSIZE);
      return {};
    }
    return {buffer_.data(), static_cast<size_t>(size)};
  }
}

bool NetlinkSocket::Request(std::vector<uint8_t>& batch, const char* operation, Failure& failure,
                            const Visitor& visit, std::vector<uint32_t>* failed) {
  const int count = CountMessages({batch.data(), batch.size()});
  if (count < 0) return failure.Set(operation, EINVAL);
  if (count == 0) return true;
  if (!Open(operation, failure)) return false;

  const uint32_t first = sequence_ + 1;
  sequence_ += static_cast<uint32_t>(count);
  // The end of a transaction of nfnetlink is not acknowledged before Linux 6.10: the message before it is.
  const bool is_transaction = protocol_ == NETLINK_NETFILTER && count > 2;
  const uint32_t last = sequence_ - is_transaction;
  size_t at = 0;
  for (uint32_t sequence = first; at < batch.size(); sequence++) {
    nlmsghdr header;
    memcpy(&header, batch.data() + at, sizeof(header));
    header.nlmsg_flags = static_cast<uint16_t>((header.nlmsg_flags & ~NLM_F_ACK) | NLM_F_REQUEST);
    if (sequence == last) header.nlmsg_flags |= NLM_F_ACK;
    header.nlmsg_seq = sequence;
    header.nlmsg_pid = 0;
    memcpy(batch.data() + at, &header, sizeof(header));
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  if (!Send(batch, operation, failure)) return false;

  for (;;) {
    const Octets octets = Receive(operation, failure);
    if (!octets.data) return false;
    MessageReader messages(octets);
    NetlinkMessage message;
    while (messages.Next(message)) {
      const uint32_t index = message.header.nlmsg_seq - first;
      if (index >= static_cast<uint32_t>(count)) continue;
      if (message.header.nlmsg_type != NLMSG_ERROR) {
        if (visit) visit(message);
        continue;
      }
      std::string detail;
      const int error = ParseNetlinkError(message, detail);
      if (error != 0 && failed) failed->push_back(index);
      if (error != 0 && !failure) {
        failure.Set(operation, error);
        failure.message = static_cast<int>(index);
        failure.detail = std::move(detail);
      }
      if (message.header.nlmsg_seq == last) return !failure;
    }
  }
}

bool NetlinkSocket::Dump(std::vector<uint8_t>& request, const char* operation, Failure& failure,
                         const Visitor& visit, const std::function<void()>& restart) {
  if (CountMessages({request.data(), request.size()}) != 1) return failure.Set(operation, EINVAL);
  if (!Open(operation, failure)) return false;
  for (int attempt = 1;; attempt++) {
    const uint32_t sequence = ++sequence_;
    nlmsghdr header;
    memcpy(&header, request.data(), sizeof(header));
    header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    header.nlmsg_seq = sequence;
    header.nlmsg_pid = 0;
    memcpy(request.data(), &header, sizeof(header));
    if (!Send(request, operation, failure)) return false;

    bool done = false;
    bool interrupted = false;
    while (!done) {
      const Octets octets = Receive(operation, failure);
      if (!octets.data) return false;
      MessageReader messages(octets);
      NetlinkMessage message;
      while (!done && messages.Next(message)) {
        if (message.header.nlmsg_seq != sequence) continue;
        if (message.header.nlmsg_flags & NLM_F_DUMP_INTR) interrupted = true;
        if (message.header.nlmsg_type == NLMSG_ERROR) {
          failure.Set(operation, ParseNetlinkError(message, failure.detail));
          return !failure;
        }
        if (message.header.nlmsg_type == NLMSG_DONE) {
          int error = 0;
          if (message.body.size >= sizeof(error)) memcpy(&error, message.body.data, sizeof(error));
          if (error < 0) return failure.Set(operation, -error);
          done = true;
        } else if (visit) {
          visit(message);
        }
      }
    }
    if (!interrupted || attempt == kDumpTries) return true;
    if (restart) restart();
  }
}
