#pragma once

#include <sys/socket.h>

#include <memory>
#include <vector>

#include "io_address.h"
#include "io_batch.h"

/// Sends what JavaScript queued within a turn: one sendmmsg per socket for up to 64 datagrams, one write per
/// PPP frame.
class Sender {
 public:
  explicit Sender(Descriptors* descriptors);

  Napi::Object CreateBatch(Napi::Env env) { return batch_.Create(env, kBufferSize, kMaxRows); }
  void ReleaseBatch() { batch_.Release(); }

  /// Sends the first `count` rows, in order for each descriptor, and fills in their status.
  /// @return the number of rows whose status is not 0
  unsigned Send(unsigned count);

 private:
  static constexpr size_t kBufferSize = 1 << 20;
  static constexpr unsigned kMaxRows = 2048;
  static constexpr unsigned kVector = 64;

  struct Scratch {
    mmsghdr messages[kVector];
    iovec vectors[kVector];
    SocketAddress addresses[kVector];
    SendRow* rows[kVector];
    alignas(cmsghdr) char control[kVector][kPacketInfoSize];
  };

  bool InBuffer(const SendRow& row) const;
  bool ReadAddress(const SendRow& row, unsigned slot, msghdr* header);
  bool SetInterface(const SendRow& row, unsigned slot, msghdr* header);
  void SendRun(const Descriptors::Entry& entry, const uint32_t* order, unsigned count);
  void SendVector(const Descriptors::Entry& entry, unsigned count);
  void WriteFrame(const Descriptors::Entry& entry, SendRow* row);
  void Mark(SendRow* row, const Descriptors::Entry& entry, uint32_t status);

  Descriptors* const descriptors_;
  std::unique_ptr<Scratch> scratch_;
  SharedBatch<SendRow> batch_;
  std::vector<uint32_t> order_;
  unsigned marked_ = 0;
};
