#pragma once

#include "descriptors.h"
#include "pppox.h"
#include "worker_pool.h"

/// Which interface of the kernel makes tunnels and sessions.
enum class TunnelApi : uint8_t { kAuto = 0, kNetlink = 1, kPppox = 2 };

/// Counters as the first eight numbers of a result.
void StoreCounters(const L2tpCounters& counters, JobResult& result);

/// A kernel tunnel on a UDP socket. Result: the `TunnelApi` that made it, the handle of its management socket
/// or 0.
class CreateTunnelJob final : public Job {
 public:
  CreateTunnelJob(uint32_t id, uint32_t key, Descriptors& descriptors)
      : Job(id, key, Lane::kSetUp), descriptors_(descriptors) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  TunnelApi api = TunnelApi::kAuto;
  uint16_t tunnel_id = 0;
  uint16_t peer_tunnel_id = 0;
  int socket = -1;
  bool ipv6 = false;

 private:
  Descriptors& descriptors_;
};

/// Ends a kernel tunnel and waits until the kernel has let go of it. Without netlink the tunnel lives as long
/// as its UDP socket; only the management socket is closed then.
class DeleteTunnelJob final : public Job {
 public:
  DeleteTunnelJob(uint32_t id, uint32_t key) : Job(id, key, Lane::kTearDown) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  TunnelApi api = TunnelApi::kNetlink;
  uint16_t tunnel_id = 0;
  UniqueFd management;
};

class TunnelStatsJob final : public Job {
 public:
  TunnelStatsJob(uint32_t id, uint32_t key) : Job(id, key, Lane::kQuery) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  TunnelApi api = TunnelApi::kNetlink;
  uint16_t tunnel_id = 0;
  int management = -1;
};
