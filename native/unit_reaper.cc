#include "unit_reaper.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

namespace {

/// RTNL is held while a batch goes: others, such as set-ups, must not wait too long for it.
constexpr size_t kBatch = 128;

}  // namespace

/// Runs in the queue of the tear-downs; nobody waits for its result.
class UnitReaper::ReapJob final : public Job {
 public:
  explicit ReapJob(UnitReaper& reaper) : Job(0, 0, Lane::kTearDown), reaper_(reaper) {}

  Outcome Run(Worker& worker, std::unique_ptr<Job>&) override {
    std::unique_lock lock(reaper_.mutex_);
    reaper_.scheduled_ = false;
    reaper_.RemoveDownTo(0, worker, lock);
    return Outcome::kParked;
  }

 private:
  UnitReaper& reaper_;
};

void UnitReaper::Reap(Worker& worker, std::unique_ptr<Job> job, UniqueFd unit, int interface, bool alone) {
  std::unique_lock lock(mutex_);
  waiting_.push_back({std::move(job), std::move(unit), interface, alone});
  RemoveDownTo(kBatch - 1, worker, lock);
}

void UnitReaper::RemoveDownTo(size_t left, Worker& worker, std::unique_lock<std::mutex>& lock) {
  // Who is at it schedules the rest.
  if (busy_) return;
  busy_ = true;
  std::vector<Entry> batch;
  while (waiting_.size() > left) {
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
  if (!waiting_.empty()) Schedule(worker.pool);
}

void UnitReaper::Schedule(WorkerPool& pool) {
  if (scheduled_) return;
  scheduled_ = true;
  pool.Submit(std::make_unique<ReapJob>(*this));
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
