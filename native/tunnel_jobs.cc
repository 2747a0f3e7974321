#include "tunnel_jobs.h"

#include <unistd.h>

#include <cerrno>

namespace {

/// Deletion is a work item of the kernel; before 6.11 it takes a grace period for each session.
constexpr int kSettleTries = 2000;
constexpr useconds_t kSettlePause = 1000;

}  // namespace

void StoreCounters(const L2tpCounters& counters, JobResult& result) {
  result.numbers = {
      static_cast<double>(counters.rx_packets),         static_cast<double>(counters.rx_bytes),
      static_cast<double>(counters.rx_errors),          static_cast<double>(counters.rx_sequence_discards),
      static_cast<double>(counters.rx_out_of_sequence), static_cast<double>(counters.tx_packets),
      static_cast<double>(counters.tx_bytes),           static_cast<double>(counters.tx_errors)};
}

Job::Outcome CreateTunnelJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  if (api == TunnelApi::kAuto) {
    GenlL2tp::Family family;
    Failure missing;
    if (!worker.l2tp.Resolve(family, missing) && missing.error != ENOENT) {
      failure = std::move(missing);
      return Outcome::kDone;
    }
    api = missing ? TunnelApi::kPppox : TunnelApi::kNetlink;
  }
  Handle management = 0;
  if (api == TunnelApi::kNetlink) {
    worker.l2tp.CreateTunnel(tunnel_id, peer_tunnel_id, socket, failure);
  } else {
    UniqueFd fd;
    if (ConnectPppoxTunnel(tunnel_id, peer_tunnel_id, socket, ipv6, fd, failure)) {
      management = descriptors_.Adopt(std::move(fd), DescriptorKind::kPppox, 0);
      if (management == 0) failure.Set("descriptor table", ENFILE);
    }
  }
  result.numbers = {static_cast<double>(api), static_cast<double>(management)};
  return Outcome::kDone;
}

Job::Outcome DeleteTunnelJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  if (api == TunnelApi::kPppox) {
    management.reset();
    return Outcome::kDone;
  }
  // Gone already is as good.
  if (!worker.l2tp.DeleteTunnel(tunnel_id, failure) && failure.error == ENODEV) failure = Failure();
  for (int i = 0; !failure && i < kSettleTries; i++) {
    Failure gone;
    uint32_t peer = 0;
    L2tpCounters counters;
    if (!worker.l2tp.GetTunnel(tunnel_id, peer, counters, gone)) break;
    usleep(kSettlePause);
  }
  return Outcome::kDone;
}

Job::Outcome TunnelStatsJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  L2tpCounters counters;
  uint32_t peer = 0;
  const bool read = api == TunnelApi::kPppox ? ReadPppoxCounters(management, counters, failure)
                                             : worker.l2tp.GetTunnel(tunnel_id, peer, counters, failure);
  if (read) StoreCounters(counters, result);
  return Outcome::kDone;
}
