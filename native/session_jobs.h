#pragma once

#include "descriptors.h"
#include "session_setup.h"
#include "unit_reaper.h"
#include "worker_pool.h"

/// Everything that a session needs, in one operation: session, socket and channel, and a unit if `unit` is
/// there. Result: handles of socket, channel and unit; channel index; unit number; interface index.
class OpenSessionJob final : public Job {
 public:
  OpenSessionJob(uint32_t id, uint32_t key, Descriptors& descriptors, uint32_t tag)
      : Job(id, key, Lane::kSetUp), descriptors_(descriptors), tag_(tag) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  SessionPlan plan;
  /// Fall back on the socket's own way where netlink cannot make sessions.
  bool netlink_optional = false;
  std::unique_ptr<UnitPlan> unit;

 private:
  Descriptors& descriptors_;
  const uint32_t tag_;
};

/// The same for a PPPoE session. Result: as `OpenSessionJob`.
class OpenPppoeJob final : public Job {
 public:
  OpenPppoeJob(uint32_t id, uint32_t key, Descriptors& descriptors, uint32_t tag)
      : Job(id, key, Lane::kSetUp), descriptors_(descriptors), tag_(tag) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  PppoePlan plan;
  std::unique_ptr<UnitPlan> unit;

 private:
  Descriptors& descriptors_;
  const uint32_t tag_;
};

/// A unit for a session that is there. Result: as `OpenSessionJob`, the first two handles 0.
class AttachUnitJob final : public Job {
 public:
  AttachUnitJob(uint32_t id, uint32_t key, Descriptors& descriptors, uint32_t tag, int channel)
      : Job(id, key, Lane::kSetUp), descriptors_(descriptors), tag_(tag), channel_(channel) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  UnitPlan unit;

 private:
  Descriptors& descriptors_;
  const uint32_t tag_;
  const int channel_;
};

/// Ends a session in the order that costs least: stop traffic, socket, channel, interface, unit. Result: the
/// interface's last counters, the first -1 where there are none.
class CloseSessionJob final : public Job {
 public:
  CloseSessionJob(uint32_t id, uint32_t key, UnitReaper& reaper)
      : Job(id, key, Lane::kTearDown), reaper_(reaper) {
    result.numbers[0] = -1;
  }
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  UniqueFd pppox;
  UniqueFd channel;
  UniqueFd unit;
  int interface = 0;
  /// See `UnitReaper::Reap`.
  bool alone = false;
  /// Its IPv6 counters are read too: octets of the result.
  bool passes_ipv6 = false;
  /// Where not 0: wait until the kernel no longer knows this session.
  uint16_t tunnel_id = 0;
  uint16_t session_id = 0;

 private:
  UnitReaper& reaper_;
};
