#pragma once

#include <napi.h>

#include <array>
#include <string>

#include "worker_pool.h"

/// A batch of messages to rtnetlink, to nfnetlink or to the generic family "l2tp" (those of type 0), or one dump. Result:
/// the octets of all messages that came back; after a failure of a batch the numbers of the messages that
/// failed, 32 bits each.
class NetlinkJob final : public Job {
 public:
  NetlinkJob(uint32_t id, uint32_t key, Lane lane) : Job(id, key, lane) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  /// NETLINK_ROUTE, NETLINK_NETFILTER or NETLINK_GENERIC.
  int protocol = 0;
  /// With NETLINK_ROUTE: the network namespace, ours where it is empty.
  std::string netns;
  bool dump = false;
  std::vector<uint8_t> messages;

 private:
  /// Puts the family's number into messages of type 0.
  bool NameFamily(Worker& worker);
};

/// Looks up the generic netlink family "l2tp". Result: its id and that of its multicast group.
class FamilyJob final : public Job {
 public:
  explicit FamilyJob(uint32_t id) : Job(id, 0, Lane::kQuery) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;
};

/// Counters of all interfaces of a network namespace (RTM_GETSTATS, IFLA_STATS_LINK_64), written into rows of
/// JavaScript's: index, then rx packets, bytes, errors, dropped and tx packets, bytes, errors, dropped. Result: how
/// many interfaces there are, which may be more than fit.
class InterfaceStatsJob final : public Job {
 public:
  explicit InterfaceStatsJob(uint32_t id) : Job(id, 0, Lane::kQuery) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  /// On the loop's thread. Nobody else may touch the rows until the result is delivered.
  void WriteTo(Napi::Float64Array rows);

  /// Ours where it is empty.
  std::string netns;

 private:
  static constexpr size_t kColumns = 9;
  /// Keeps the memory; like every job, this one ends on the loop's thread.
  Napi::Reference<Napi::Float64Array> rows_;
  double* data_ = nullptr;
  size_t capacity_ = 0;
};

/// Counters of an interface's IPv6. Result: the octets of `ReadIpv6Counters`.
class Ipv6StatsJob final : public Job {
 public:
  Ipv6StatsJob(uint32_t id, uint32_t key) : Job(id, key, Lane::kQuery) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  /// Ours where it is empty.
  std::string netns;
  int interface = 0;
};

/// Counters of all L2TP sessions of this network namespace (a dump of L2TP_CMD_SESSION_GET). Result: for each, as
/// doubles: tunnel id, session id, then rx packets, bytes, errors, sequence discards, out of sequence and tx packets,
/// bytes, errors.
class SessionStatsJob final : public Job {
 public:
  explicit SessionStatsJob(uint32_t id) : Job(id, 0, Lane::kQuery) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;
};

/// Has an interface take packets to a multicast group, for as long as `socket` is open, or no longer. Takes RTNL.
class MulticastJob final : public Job {
 public:
  MulticastJob(uint32_t id, uint32_t key) : Job(id, key, Lane::kSetUp) {}
  Outcome Run(Worker& worker, std::unique_ptr<Job>& self) override;

  /// A copy: the loop's thread may close the socket meanwhile.
  UniqueFd socket;
  bool joins = true;
  int interface = 0;
  /// An IPv6 address.
  std::array<uint8_t, 16> group{};
};
