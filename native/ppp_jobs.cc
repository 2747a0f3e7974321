#include "ppp_jobs.h"

#include <cerrno>
#include <cstring>

#include "session_setup.h"
#include "tunnel_jobs.h"

Job::Outcome OpenChannelJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  int index = 0;
  UniqueFd channel;
  if (!BindChannel(worker, pppox_, index, failure) || !OpenChannel(index, channel, failure))
    return Outcome::kDone;
  const Handle handle = descriptors_.Adopt(std::move(channel), DescriptorKind::kChannel, tag_);
  const int error = handle == 0 ? ENFILE : descriptors_.Watch(handle);
  if (error != 0) {
    failure.Set("epoll_ctl", error);
    descriptors_.Release(handle).reset();
    return Outcome::kDone;
  }
  result.numbers = {static_cast<double>(handle), static_cast<double>(index)};
  return Outcome::kDone;
}

namespace ppp_calls {

bool SessionStats(PppJob& job) {
  L2tpCounters counters;
  if (!ReadPppoxCounters(job.descriptor, counters, job.failure)) return false;
  StoreCounters(counters, job.result);
  return true;
}

bool Idle(PppJob& job) {
  int64_t sent = 0, received = 0;
  if (!GetIdle(job.descriptor, sent, received, job.failure)) return false;
  job.result.numbers = {static_cast<double>(sent), static_cast<double>(received)};
  return true;
}

bool Sequencing(PppJob& job) { return SetSequencing(job.descriptor, job.a, job.b, job.c, job.failure); }

bool Flags(PppJob& job) { return SetUnitFlags(job.descriptor, job.a, job.failure); }

bool NetworkProtocols(PppJob& job) {
  return SetNetworkProtocols(job.descriptor, static_cast<uint32_t>(job.a), static_cast<uint32_t>(job.b),
                             job.failure);
}

bool Compressor(PppJob& job) {
  const bool set =
      SetCompressor(job.descriptor, job.octets.data(), job.octets.size(), job.a != 0, job.failure);
  explicit_bzero(job.octets.data(), job.octets.size());
  return set;
}

bool Bridge(PppJob& job) { return BridgeChannel(job.descriptor, job.a, job.failure); }

bool Unbridge(PppJob& job) { return UnbridgeChannel(job.descriptor, job.failure); }

}  // namespace ppp_calls
