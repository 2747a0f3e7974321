#include "unit_reaper.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

namespace {

/// RTNL is held while a batch goes: others, such as set-ups, must not wait too long for it.
constexpr size_t kBatch = 128;

}  // namespace

void UnitReaper::Reap(Worker& worker, std::unique_ptr<Job> job, UniqueFd unit, int interface, bool alone) {
  std::unique_lock lock(mutex_);
  waiting_.push_back({std::move(job), std::move(unit), interface, alone});
  if (busy_) return;
  busy_ = true;
  std::vector<Entry> batch;
  while (!waiting_.empty()) {
    while (!waiting_.empty() && batch.size() < kBatch) {
      batch.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    lock.unlock();
    Remove(worker, batch);
    batch.clear();
    lock.lock();
  }
  busy_ = false;
}

void UnitReaper::Remove(Worker& worker, std::vector<Entry>& batch) {
  std::vector<uint8_t> messages;
  NetlinkWriter writer(messages);
  size_t grouped = 0;
  for (const Entry& entry : batch) grouped += !entry.alone;
  if (grouped > 1) {
    for (const Entry& entry : batch) {
      if (entry.alone) continue;
      ifinfomsg link{};
      link.ifi_index = entry.interface;
      writer.Begin(RTM_SETLINK, 0, 0);
      writer.Header(link);
      writer.U32(IFLA_GROUP, group_);
      writer.End();
    }
    // An interface that is gone already, or was moved away by somebody, is not there to be grouped; closing
    // does it.
    Failure ignored;
    worker.route.Request(messages, "RTM_SETLINK", ignored);
    messages.clear();
    writer.Begin(RTM_DELLINK, 0, 0);
    writer.Header(ifinfomsg{});
    writer.U32(IFLA_GROUP, group_);
    writer.End();
    worker.route.Request(messages, "RTM_DELLINK", ignored);
  }
  for (Entry& entry : batch) {
    entry.unit.reset();
    worker.pool.Finish(std::move(entry.job));
  }
}
