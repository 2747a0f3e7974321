#include "session_setup.h"

#include <time.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "ppp_device.h"

namespace {

/// Units are made one at a time: NEWUNIT holds the kernel's one PPP lock while it waits for RTNL, and who
/// waits in the kernel for a lock spins.
std::mutex unit_mutex;

/// One call of so many is timed: where the clock is a system call it costs as much as a part of the session.
constexpr uint32_t kTimedShare = 8;

uint64_t Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

template <typename Call>
void TimeSome(Worker& worker, Call call) {
  const bool timed = worker.waits++ % kTimedShare == 0;
  const uint64_t before = timed ? Now() : 0;
  call();
  if (timed) worker.pool.NoteWait(Now() - before);
}

}  // namespace

void PatchInterface(std::vector<uint8_t>& messages, const std::vector<uint32_t>& patches, int interface) {
  for (const uint32_t at : patches) memcpy(messages.data() + at, &interface, sizeof(interface));
}

bool BindChannel(Worker& worker, int pppox, int& index, Failure& failure) {
  bool bound = false;
  TimeSome(worker, [&] { bound = GetChannelIndex(pppox, index, failure); });
  return bound;
}

void ClosePppox(Worker& worker, UniqueFd& pppox) {
  if (!pppox) return;
  TimeSome(worker, [&] { pppox.reset(); });
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
  if (BindChannel(worker, parts.pppox.get(), parts.channel_index, failure) &&
      OpenChannel(parts.channel_index, parts.channel, failure)) {
    return true;
  }
  UndoSession(parts);
  return false;
}

bool SetUpPppoe(Worker& worker, const PppoePlan& plan, SessionParts& parts, Failure& failure) {
  if (!ConnectPppoe(plan, parts.pppox, failure)) return false;
  if (BindChannel(worker, parts.pppox.get(), parts.channel_index, failure) &&
      OpenChannel(parts.channel_index, parts.channel, failure)) {
    return true;
  }
  UndoSession(parts);
  return false;
}

bool SetUpUnit(Worker& worker, int channel, UnitPlan& plan, UnitParts& parts, Failure& failure) {
  std::lock_guard lock(unit_mutex);
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
    PatchInterface(plan.messages, plan.patches, parts.interface);
    if (connected && worker.route.Request(plan.messages, "rtnetlink", failure)) return true;
  }
  if (connected) {
    Failure ignored;
    DisconnectChannel(channel, ignored);
  }
  parts.unit.reset();
  return false;
}
