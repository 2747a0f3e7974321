#pragma once

#include "descriptors.h"
#include "ppp_device.h"
#include "pppox.h"
#include "worker_pool.h"

/// A system call or two on a descriptor that is open, in the order of its session.
class PppJob final : public Job {
 public:
  using Call = bool (*)(PppJob& job);

  PppJob(uint32_t id, uint32_t key, Lane lane, Call call) : Job(id, key, lane), call_(call) {}
  Outcome Run(Worker&, std::unique_ptr<Job>&) override {
    call_(*this);
    return Outcome::kDone;
  }

  /// Borrowed: it stays open until a later job of the same key closes it.
  int descriptor = -1;
  int a = 0, b = 0, c = 0;
  std::vector<uint8_t> octets;

 private:
  const Call call_;
};

/// Opens the channel of a session anew after its descriptor was closed. Result: handle and index of the
/// channel.
class OpenChannelJob final : public Job {
 public:
  OpenChannelJob(uint32_t id, uint32_t key, Descriptors& descriptors, uint32_t tag, int pppox)
      : Job(id, key, Lane::kSetUp), descriptors_(descriptors), tag_(tag), pppox_(pppox) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

 private:
  Descriptors& descriptors_;
  const uint32_t tag_;
  const int pppox_;
};

/// Closes a descriptor of a session that goes on without it.
class CloseDescriptorJob final : public Job {
 public:
  CloseDescriptorJob(uint32_t id, uint32_t key) : Job(id, key, Lane::kTearDown) {}
  Outcome Run(Worker&, std::unique_ptr<Job>&) override {
    descriptor.reset();
    return Outcome::kDone;
  }

  UniqueFd descriptor;
};

namespace ppp_calls {

using Call = PppJob::Call;

/// descriptor: socket. Result: counters.
bool SessionStats(PppJob& job);
/// descriptor: unit. Result: seconds idle of sending and of receiving.
bool Idle(PppJob& job);
/// descriptor: socket; a, b, c: see `SetSequencing`.
bool Sequencing(PppJob& job);
/// descriptor: unit; a: flags.
bool Flags(PppJob& job);
/// descriptor: unit; a: touch, b: pass.
bool NetworkProtocols(PppJob& job);
/// descriptor: unit; a: 1 for the sending side; octets: the CCP option with key material, wiped afterwards.
bool Compressor(PppJob& job);
/// descriptor: channel; a: index of the other channel.
bool Bridge(PppJob& job);
/// descriptor: channel.
bool Unbridge(PppJob& job);

}  // namespace ppp_calls
