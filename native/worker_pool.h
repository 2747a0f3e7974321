#pragma once

#include <linux/netlink.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "failure.h"
#include "genl_l2tp.h"
#include "netlink_socket.h"
#include "network_namespace.h"

class WorkerPool;

/// What a worker thread has of its own.
struct Worker {
  explicit Worker(WorkerPool& owner) : pool(owner) {}

  WorkerPool& pool;
  NetlinkSocket route{NETLINK_ROUTE};
  NetlinkSocket generic{NETLINK_GENERIC};
  NetlinkSocket netfilter{NETLINK_NETFILTER};
  GenlL2tp l2tp{generic};
  /// Calls that wait for a grace period, so far. Not each is timed.
  uint32_t waits = 0;
};

/// Work that waits for the same kind of thing. The pool serves lanes in turn, so that none waits for
/// another's queue.
enum class Lane : uint8_t { kSetUp, kTearDown, kQuery };
inline constexpr size_t kLanes = 3;

/// Numbers, texts and octets of one finished operation, as JavaScript gets them.
struct JobResult {
  static constexpr size_t kNumbers = 8;
  std::array<double, kNumbers> numbers{};
  /// An interface name, or after a failure the extended ack.
  std::string text;
  std::vector<uint8_t> octets;
};

/// One operation of the kernel: runs on a worker, is delivered on the loop's thread.
class Job {
 public:
  enum class Outcome : uint8_t {
    kDone,
    /// Somebody else took the job over and calls `WorkerPool::Finish`.
    kParked,
  };

  Job(uint32_t operation_id, uint32_t order_key, Lane job_lane)
      : id(operation_id), key(order_key), lane(job_lane) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Must be ready to give `self` away where it answers kParked.
  virtual Outcome Run(Worker& worker, std::unique_ptr<Job>& self) = 0;

  const uint32_t id;
  /// Jobs of one key run one after the other, in the order of their submission. 0: in no order.
  const uint32_t key;
  const Lane lane;
  Failure failure;
  JobResult result;
};

/// The shortest of the last few times: the others may have waited for the CPU too.
class ShortestOfLast {
 public:
  ShortestOfLast() { times_.fill(UINT64_MAX); }
  void Note(uint64_t nanoseconds) {
    times_[next_] = nanoseconds;
    next_ = (next_ + 1) % times_.size();
  }
  uint64_t shortest() const { return *std::min_element(times_.begin(), times_.end()); }

 private:
  std::array<uint64_t, 8> times_;
  size_t next_ = 0;
};

/// Threads of our own for system calls that wait for RTNL or for RCU grace periods. Started when there is
/// work.
class WorkerPool {
 public:
  /// @param wake called from any thread when finished jobs wait for `TakeFinished`
  WorkerPool(uint32_t max_threads, std::function<void()> wake);
  /// Drops what has not begun and waits for what has.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Submit(std::unique_ptr<Job> job);
  void Finish(std::unique_ptr<Job> job);
  std::vector<std::unique_ptr<Job>> TakeFinished();

  /// Tells how long a call of a lane took that waits for a grace period. Where it hardly waits, few threads do
  /// more than many; where it does, the waits of many overlap.
  void NoteWait(Lane lane, uint64_t nanoseconds);

  NetworkNamespaces& namespaces() { return namespaces_; }
  uint32_t max_threads() const { return max_threads_; }
  uint32_t threads() const;

 private:
  struct KeyState {
    std::deque<std::unique_ptr<Job>> waiting;
  };

  static void* ThreadMain(void* argument);
  void Work();
  /// These expect the mutex to be held.
  void MakeReady(std::unique_ptr<Job> job);
  std::unique_ptr<Job> TakeReady();
  /// Has one more thread work, if there is work and more are worth having.
  void CallForHelp();
  void StartThread();
  /// Whether the loop's thread is to be woken now; then the caller does it, without the mutex.
  bool WakeIsDue(bool more_to_come);

  NetworkNamespaces namespaces_;
  const uint32_t max_threads_;
  const uint32_t few_threads_;
  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable ready_changed_;
  std::array<std::deque<std::unique_ptr<Job>>, kLanes> ready_;
  size_t ready_count_ = 0;
  size_t next_lane_ = 0;
  /// Keys that have a job under way.
  std::unordered_map<uint32_t, KeyState> keys_;
  std::vector<std::unique_ptr<Job>> finished_;
  /// The loop's thread has been told of `finished_`, and not come for it yet.
  bool woken_ = false;
  std::vector<pthread_t> threads_;
  /// Threads that wait for work; of these and of those just started, how many were told that there is some and
  /// have not come yet.
  uint32_t idle_ = 0;
  uint32_t called_ = 0;
  /// By lane: jobs that run, how many may, and how long they wait for grace periods.
  std::array<uint32_t, kLanes> active_{};
  std::array<uint32_t, kLanes> limits_;
  std::array<ShortestOfLast, kLanes> waits_;
  bool stopping_ = false;
};
