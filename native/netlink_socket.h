#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "failure.h"
#include "netlink_message.h"
#include "unique_fd.h"

/// A blocking netlink socket of one thread, with the kernel's extended acks. Opened at its first use.
class NetlinkSocket {
 public:
  using Visitor = std::function<void(const NetlinkMessage&)>;

  explicit NetlinkSocket(int protocol) : protocol_(protocol) {}

  bool Open(const char* operation, Failure& failure);
  /// -1 before `Open`.
  int fd() const { return fd_.get(); }

  /// Sends all messages of `batch` in one call and waits until the kernel is through with them. The kernel
  /// goes on after a message that fails; `failure` names the first. Sequence numbers and NLM_F_REQUEST are
  /// set here, and only the last message asks for an ack, since errors come without asking.
  /// @param failed where not nullptr, gets the numbers of all messages that failed
  bool Request(std::vector<uint8_t>& batch, const char* operation, Failure& failure,
               const Visitor& visit = {}, std::vector<uint32_t>* failed = nullptr);

  /// Sends one request with NLM_F_DUMP and visits each message of the answer. A dump during which the
  /// kernel's list changed is done again, up to three times: `restart` runs before each further try.
  bool Dump(std::vector<uint8_t>& request, const char* operation, Failure& failure, const Visitor& visit,
            const std::function<void()>& restart);

 private:
  bool Send(const std::vector<uint8_t>& octets, const char* operation, Failure& failure);
  /// One datagram into `buffer_`; an empty result means failure.
  Octets Receive(const char* operation, Failure& failure);

  const int protocol_;
  UniqueFd fd_;
  uint32_t sequence_ = 0;
  std::vector<uint8_t> buffer_;
};

/// Reads the body of NLMSG_ERROR: errno (positive, 0 is an ack) and the extended ack's text.
int ParseNetlinkError(const NetlinkMessage& message, std::string& detail);
