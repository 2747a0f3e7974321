#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "unique_fd.h"
#include "worker_pool.h"

/// Removes the interfaces of closed sessions. Closing a unit costs a barrier of the whole machine, so those of
/// sessions that end together are put into one interface group and removed together by one RTM_DELLINK.
class UnitReaper {
 public:
  /// @param group interface group that nothing else is in, not 0
  explicit UnitReaper(uint32_t group) : group_(group) {}

  /// Takes the job over; finishes it when its interface is gone: after the closes that are queued now, or as
  /// soon as there is a batch full.
  /// @param alone the interface is not in our network namespace: only closing the unit removes it
  void Reap(Worker& worker, std::unique_ptr<Job> job, UniqueFd unit, int interface, bool alone);

 private:
  struct Entry {
    std::unique_ptr<Job> job;
    UniqueFd unit;
    int interface;
    bool alone;
  };

  class ReapJob;

  /// Removes what waits, down to `left`, unless another thread is at it.
  void RemoveDownTo(size_t left, Worker& worker, std::unique_lock<std::mutex>& lock);
  void Remove(Worker& worker, std::vector<Entry>& batch);
  /// Has what waits removed once the tear-downs that are queued now have run. The mutex is held.
  void Schedule(WorkerPool& pool);

  const uint32_t group_;
  std::mutex mutex_;
  std::deque<Entry> waiting_;
  bool busy_ = false;
  bool scheduled_ = false;
};
