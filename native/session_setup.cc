#include "session_setup.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <time.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "ppp_device.h"

namespace {

std::mutex serial_mutex;

/// One call of so many is timed: where the clock is a system call it costs as much as a part of the session.
constexpr uint32_t kTimedShare = 8;

uint64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

template <typename Call>
void TimeSome(Worker& worker, Lane lane, Call call) {
  const bool timed = worker.waits++ % kTimedShare == 0;
  const uint64_t before = timed ? Now() : 0;
  call();
  if (timed) worker.pool.NoteWait(lane, Now() - before);
}

}  // namespace

std::unique_lock<std::mutex> OneAtATime() { return std::unique_lock(serial_mutex); }

void PatchInterface(std::vector<uint8_t>& messages, const std::vector<uint32_t>& patches, int interface) {
  for (const uint32_t at : patches) memcpy(messages.data() + at, &interface, sizeof(interface));
}

namespace {

/// Moves the interface and renames it on the way. Its index may be another there.
bool MoveInterface(Worker& worker, const UnitPlan& plan, NetworkNamespace& space, int& interface,
                   Failure& failure) {
  std::vector<uint8_t> request;
  NetlinkWriter writer(request);
  ifinfomsg link{};
  link.ifi_index = interface;
  writer.Begin(RTM_SETLINK, 0, 0);
  writer.Header(link);
  writer.U32(IFLA_NET_NS_FD, static_cast<uint32_t>(space.fd.get()));
  writer.Text(IFLA_IFNAME, plan.name);
  writer.End();
  if (!worker.route.Request(request, "RTM_SETLINK to a network namespace", failure)) return false;
  request.clear();
  writer.Begin(RTM_GETLINK, 0, 0);
  writer.Header(ifinfomsg{});
  writer.Text(IFLA_IFNAME, plan.name);
  writer.End();
  const auto visit = [&interface](const NetlinkMessage& message) {
    ifinfomsg found{};
    if (message.header.nlmsg_type != RTM_NEWLINK || message.body.size < sizeof(found)) return;
    memcpy(&found, message.body.data, sizeof(found));
    interface = found.ifi_index;
  };
  return space.route.Request(request, "RTM_GETLINK in a network namespace", failure, visit);
}

/// Names, addresses, routes and raises the interface, wherever it is to be.
bool ConfigureInterface(Worker& worker, UnitPlan& plan, int& interface, Failure& failure) {
  if (plan.netns.empty()) {
    PatchInterface(plan.messages, plan.patches, interface);
    return worker.route.Request(plan.messages, "rtnetlink", failure);
  }
  const std::shared_ptr<NetworkNamespace> space = worker.pool.namespaces().Find(plan.netns, failure);
  if (!space) return false;
  std::lock_guard lock(space->mutex);
  if (!MoveInterface(worker, plan, *space, interface, failure)) return false;
  PatchInterface(plan.messages, plan.patches, interface);
  return space->route.Request(plan.messages, "rtnetlink", failure);
}

}  // namespace

bool BindChannel(Worker& worker, int pppox, int& index, Failure& failure) {
  bool bound = false;
  TimeSome(worker, Lane::kSetUp, [&] { bound = GetChannelIndex(pppox, index, failure); });
  return bound;
}

void ClosePppox(Worker& worker, UniqueFd& pppox) {
  if (!pppox) return;
  TimeSome(worker, Lane::kTearDown, [&] { pppox.reset(); });
}

void UndoSession(SessionParts& parts) {
  parts.pppox.reset();
  parts.channel.reset();
}

bool SetUpSession(Worker& worker, SessionPlan& plan, bool netlink_optional, SessionParts& parts,
                  Failure& failure) {
  if (plan.by_netlink && !worker.l2tp.CreateSession(plan, failure)) {
    // Without CONFIG_L2TP_V3 the family is there but makes no sessions; without l2tp_netlink there is no
    // family.
    if (!netlink_optional || (failure.error != EPROTONOSUPPORT && failure.message >= 0)) return false;
    failure = Failure();
    plan.by_netlink = false;
  }
  if (!ConnectPppox(plan, parts.pppox, failure)) {
    parts.pppox.reset();
    if (plan.by_netlink) {
      Failure ignored;
      worker.l2tp.DeleteSession(plan.tunnel_id, plan.session_id, ignored);
    }
    return false;
  }
  if (BindChannel(worker, parts.pppox.get(), parts.channel_index, failure)) return true;
  UndoSession(parts);
  return false;
}

bool SetUpPppoe(Worker& worker, const PppoePlan& plan, SessionParts& parts, Failure& failure) {
  if (!ConnectPppoe(plan, parts.pppox, failure)) return false;
  if (BindChannel(worker, parts.pppox.get(), parts.channel_index, failure)) return true;
  UndoSession(parts);
  return false;
}

bool SetUpUnit(Worker& worker, int channel, UnitPlan& plan, UnitParts& parts, Failure& failure) {
  if (!worker.route.Open("socket NETLINK_ROUTE", failure) || !OpenUnit(parts.unit, parts.number, failure))
    return false;
  bool connected = false;
  const int unit = parts.unit.get();
  if (GetUnitInterface(worker.route.fd(), parts.number, parts.interface, failure) &&
      (plan.mru == 0 || SetMru(unit, plan.mru, failure)) &&
      // A new unit lets everything through.
      SetNetworkProtocols(unit, plan.touch & ~plan.pass, 0, failure)) {
    // Connected before it is up: so the interface gets no queue discipline, which it does not need.
    connected = ConnectChannel(channel, parts.number, failure);
    if (connected && ConfigureInterface(worker, plan, parts.interface, failure)) return true;
  }
  if (connected) {
    Failure ignored;
    DisconnectChannel(channel, ignored);
  }
  parts.unit.reset();
  return false;
}
