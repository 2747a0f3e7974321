#include "netlink_jobs.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "interface_counters.h"
#include "ipv6_counters.h"

namespace {

/// A netlink socket, locked where it is shared.
struct NamedSocket {
  NetlinkSocket* socket = nullptr;
  const char* name = "rtnetlink";
  std::shared_ptr<NetworkNamespace> space;
  std::unique_lock<std::mutex> lock;

  bool Find(Worker& worker, int protocol, const std::string& netns, Failure& failure) {
    if (protocol == NETLINK_GENERIC) {
      socket = &worker.generic;
      name = "generic netlink";
    } else if (protocol == NETLINK_NETFILTER) {
      socket = &worker.netfilter;
      name = "nfnetlink";
    } else if (netns.empty()) {
      socket = &worker.route;
    } else {
      space = worker.pool.namespaces().Find(netns, failure);
      if (!space) return false;
      lock = std::unique_lock(space->mutex);
      socket = &space->route;
    }
    return true;
  }
};

}  // namespace

Job::Outcome NetlinkJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  const auto keep = [this](const NetlinkMessage& message) {
    const auto* header = reinterpret_cast<const uint8_t*>(&message.header);
    result.octets.insert(result.octets.end(), header, header + sizeof(message.header));
    result.octets.insert(result.octets.end(), message.body.data, message.body.data + message.body.size);
    result.octets.resize(NLMSG_ALIGN(result.octets.size()), 0);
  };
  if (protocol == NETLINK_GENERIC && !NameFamily(worker)) return Outcome::kDone;
  NamedSocket target;
  if (!target.Find(worker, protocol, netns, failure)) return Outcome::kDone;
  NetlinkSocket& socket = *target.socket;
  const char* operation = target.name;
  if (dump) {
    socket.Dump(messages, operation, failure, keep, [this] { result.octets.clear(); });
    return Outcome::kDone;
  }
  std::vector<uint32_t> failed;
  if (!socket.Request(messages, operation, failure, keep, &failed)) {
    const auto* octets = reinterpret_cast<const uint8_t*>(failed.data());
    result.octets.assign(octets, octets + failed.size() * sizeof(uint32_t));
  }
  return Outcome::kDone;
}

bool NetlinkJob::NameFamily(Worker& worker) {
  GenlL2tp::Family family;
  if (!worker.l2tp.Resolve(family, failure)) return false;
  if (CountMessages({messages.data(), messages.size()}) < 0) return true;
  for (size_t at = 0; at < messages.size();) {
    nlmsghdr header;
    memcpy(&header, messages.data() + at, sizeof(header));
    if (header.nlmsg_type == 0) header.nlmsg_type = family.id;
    memcpy(messages.data() + at, &header, sizeof(header));
    at += NLMSG_ALIGN(header.nlmsg_len);
  }
  return true;
}

Job::Outcome FamilyJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  GenlL2tp::Family family;
  if (worker.l2tp.Resolve(family, failure)) {
    result.numbers = {static_cast<double>(family.id), static_cast<double>(family.group)};
  }
  return Outcome::kDone;
}

void InterfaceStatsJob::WriteTo(Napi::Float64Array rows) {
  rows_ = Napi::Reference<Napi::Float64Array>::New(rows, 1);
  data_ = rows.Data();
  capacity_ = rows.ElementLength() / kColumns;
}

Job::Outcome InterfaceStatsJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  std::vector<uint8_t> request = CountersRequest(0);
  size_t count = 0;
  const auto visit = [data = data_, capacity = capacity_, &count](const NetlinkMessage& message) {
    int interface = 0;
    rtnl_link_stats64 stats{};
    if (!ParseCounters(message, interface, stats)) return;
    const size_t row_index = count++;
    if (row_index >= capacity) return;
    const std::array<double, kColumns> row = {
        static_cast<double>(interface),        static_cast<double>(stats.rx_packets),
        static_cast<double>(stats.rx_bytes),   static_cast<double>(stats.rx_errors),
        static_cast<double>(stats.rx_dropped), static_cast<double>(stats.tx_packets),
        static_cast<double>(stats.tx_bytes),   static_cast<double>(stats.tx_errors),
        static_cast<double>(stats.tx_dropped)};
    std::copy(row.begin(), row.end(), data + row_index * kColumns);
  };
  NamedSocket target;
  if (!target.Find(worker, NETLINK_ROUTE, netns, failure)) return Outcome::kDone;
  target.socket->Dump(request, "RTM_GETSTATS", failure, visit, [&count] { count = 0; });
  result.numbers[0] = static_cast<double>(count);
  return Outcome::kDone;
}

Job::Outcome Ipv6StatsJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  NamedSocket target;
  if (!target.Find(worker, NETLINK_ROUTE, netns, failure) ||
      !target.socket->Open("socket NETLINK_ROUTE", failure))
    return Outcome::kDone;
  const auto read = [&] {
    return ReadIpv6Counters(target.socket->fd(), interface, result.octets, failure);
  };
  if (netns.empty()) read();
  else InNetworkNamespace(netns, failure, read);
  return Outcome::kDone;
}

Job::Outcome SessionStatsJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  const auto visit = [this](uint32_t tunnel_id, uint32_t session_id, const L2tpCounters& counters) {
    const std::array<double, 10> row = {
        static_cast<double>(tunnel_id),
        static_cast<double>(session_id),
        static_cast<double>(counters.rx_packets),
        static_cast<double>(counters.rx_bytes),
        static_cast<double>(counters.rx_errors),
        static_cast<double>(counters.rx_sequence_discards),
        static_cast<double>(counters.rx_out_of_sequence),
        static_cast<double>(counters.tx_packets),
        static_cast<double>(counters.tx_bytes),
        static_cast<double>(counters.tx_errors)};
    const auto* octets = reinterpret_cast<const uint8_t*>(row.data());
    result.octets.insert(result.octets.end(), octets, octets + sizeof(row));
  };
  worker.l2tp.DumpSessions(visit, [this] { result.octets.clear(); }, failure);
  return Outcome::kDone;
}

Job::Outcome MulticastJob::Run(Worker&, std::unique_ptr<Job>&) {
  const int option = joins ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP;
  ipv6_mreq request{};
  memcpy(&request.ipv6mr_multiaddr, group.data(), group.size());
  request.ipv6mr_interface = static_cast<unsigned>(interface);
  if (setsockopt(socket.get(), IPPROTO_IPV6, option, &request, sizeof(request)) < 0) {
    failure.Set(joins ? "IPV6_ADD_MEMBERSHIP" : "IPV6_DROP_MEMBERSHIP", errno);
  }
  return Outcome::kDone;
}
