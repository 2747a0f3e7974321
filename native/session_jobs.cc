#include "session_jobs.h"

#include <unistd.h>

#include <cerrno>

#include "interface_counters.h"
#include "ipv6_counters.h"
#include "ppp_device.h"
#include "pppox.h"
#include "tunnel_jobs.h"

namespace {

/// How often and how long apart to ask whether a session is gone: its deletion is a work item of the kernel.
constexpr int kSettleTries = 200;
constexpr useconds_t kSettlePause = 1000;

/// Gives descriptors to the table and then to the epoll. What is not watched yet is closed here if the table
/// is full. Once one is watched only the loop's thread may close it: if the second cannot be watched, the
/// result names the handles beside the failure, and JavaScript closes the session.
void Publish(Descriptors& descriptors, uint32_t tag, SessionParts& session, UnitParts& unit, Job& job) {
  const bool has_session = static_cast<bool>(session.pppox);
  const bool has_unit = static_cast<bool>(unit.unit);
  const Handle pppox =
      has_session ? descriptors.Adopt(std::move(session.pppox), DescriptorKind::kPppox, tag) : 0;
  const Handle channel =
      has_session ? descriptors.Adopt(std::move(session.channel), DescriptorKind::kChannel, tag) : 0;
  const Handle unit_handle =
      has_unit ? descriptors.Adopt(std::move(unit.unit), DescriptorKind::kUnit, tag) : 0;
  if ((has_session && (pppox == 0 || channel == 0)) || (has_unit && unit_handle == 0)) {
    job.failure.Set("descriptor table", ENFILE);
    descriptors.Release(pppox).reset();
    descriptors.Release(channel).reset();
    descriptors.Release(unit_handle).reset();
    return;
  }
  int error = has_session ? descriptors.Watch(channel) : 0;
  if (error == 0 && has_unit) error = descriptors.Watch(unit_handle);
  if (error != 0) job.failure.Set("epoll_ctl", error);
  job.result.numbers = {static_cast<double>(pppox),       static_cast<double>(channel),
                        static_cast<double>(unit_handle), static_cast<double>(session.channel_index),
                        static_cast<double>(unit.number), static_cast<double>(unit.interface)};
}

/// What a session has beyond its socket. A failure leaves nothing, no socket either.
bool AddChannelAndUnit(Worker& worker, SessionParts& session, UnitPlan* unit, UnitParts& unit_parts,
                       Failure& failure) {
  auto serial = OneAtATime();
  const bool done = OpenChannel(session.channel_index, session.channel, failure) &&
                    (!unit || SetUpUnit(worker, session.channel.get(), *unit, unit_parts, failure));
  serial.unlock();
  if (!done) UndoSession(session);
  return done;
}

}  // namespace

Job::Outcome OpenSessionJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  SessionParts session;
  UnitParts unit_parts;
  if (SetUpSession(worker, plan, netlink_optional, session, failure) &&
      AddChannelAndUnit(worker, session, unit.get(), unit_parts, failure)) {
    Publish(descriptors_, tag_, session, unit_parts, *this);
  }
  return Outcome::kDone;
}

Job::Outcome OpenPppoeJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  SessionParts session;
  UnitParts unit_parts;
  if (SetUpPppoe(worker, plan, session, failure) &&
      AddChannelAndUnit(worker, session, unit.get(), unit_parts, failure)) {
    Publish(descriptors_, tag_, session, unit_parts, *this);
  }
  return Outcome::kDone;
}

Job::Outcome AttachUnitJob::Run(Worker& worker, std::unique_ptr<Job>&) {
  SessionParts none;
  UnitParts unit_parts;
  auto serial = OneAtATime();
  const bool done = SetUpUnit(worker, channel_, unit, unit_parts, failure);
  serial.unlock();
  if (done) Publish(descriptors_, tag_, none, unit_parts, *this);
  return Outcome::kDone;
}

Job::Outcome CloseSessionJob::Run(Worker& worker, std::unique_ptr<Job>& self) {
  Failure ignored;
  if (unit) SetNetworkProtocols(unit.get(), kPassIpv4 | kPassIpv6, 0, ignored);
  L2tpCounters sequence;
  if (pppox && unit) ReadPppoxCounters(pppox.get(), sequence, ignored);
  ClosePppox(worker, pppox);
  channel.reset();
  for (int i = 0; session_id != 0 && i < kSettleTries; i++) {
    Failure gone;
    uint32_t peer = 0;
    if (!worker.l2tp.GetSession(tunnel_id, session_id, peer, gone)) break;
    usleep(kSettlePause);
  }
  if (!unit) return Outcome::kDone;
  // No packet passes any more, so these are the last. In another namespace the index means another interface.
  L2tpCounters counters;
  if (!alone && ReadInterfaceCounters(worker.route, interface, counters)) {
    counters.rx_sequence_discards = sequence.rx_sequence_discards;
    counters.rx_out_of_sequence = sequence.rx_out_of_sequence;
    StoreCounters(counters, result);
  }
  if (!alone && passes_ipv6) ReadIpv6Counters(worker.route.fd(), interface, result.octets, ignored);
  reaper_.Reap(worker, std::move(self), std::move(unit), interface, alone);
  return Outcome::kParked;
}
