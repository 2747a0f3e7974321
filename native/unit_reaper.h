#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "unique_fd.h"
#include "worker_pool.h"

/// Removes the interfaces of closed sessions. Closing a unit costs a barrier of the whole machine, so those
/// that come while one is under way are put into one interface group and removed together by one RTM_DELLINK.
class UnitReaper {
 public:
  /// @param group interface group that nothing else is in, not 0
  explicit UnitReaper(uint32_t group) : group_(group) {}

  /// Takes the job over; finishes it when its interface is gone.
  /// @param alone the interface is not in our network namespace: only closing the unit removes it
  void Reap(Worker& worker, std::unique_ptr<Job> job, UniqueFd unit, int interface, bool alone);

 private:
  struct Entry {
    std::unique_ptr<Job> job;
    UniqueFd unit;
    int interface;
    bool alone;
  };

  void Remove(Worker& worker, std::vector<Entry>& batch);

  const uint32_t group_;
  std::mutex mutex_;
  std::deque<Entry> waiting_;
  bool busy_ = false;
};
