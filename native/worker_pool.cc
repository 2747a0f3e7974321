#include "worker_pool.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace {

constexpr size_t kStackSize = 256 * 1024;
/// How many work at once where grace periods cost nothing: one, and one that takes over while it is in a
/// system call.
constexpr uint32_t kFewThreads = 2;
constexpr uint64_t kLongWait = 1'000'000;  // ns
/// While there is more to do, so many results are gathered before the loop's thread is woken: a wake-up costs
/// as much as a few system calls.
constexpr size_t kWakeAfter = 4;

}  // namespace

WorkerPool::WorkerPool(uint32_t max_threads, std::function<void()> wake)
    : max_threads_(std::max(max_threads, 1u)), wake_(std::move(wake)), limit_(std::min(max_threads_, 4u)) {
  waits_.fill(UINT64_MAX);
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& lane : ready_) lane.clear();
    ready_count_ = 0;
    keys_.clear();
  }
  ready_changed_.notify_all();
  for (const pthread_t thread : threads_) pthread_join(thread, nullptr);
}

void WorkerPool::Submit(std::unique_ptr<Job> job) {
  std::lock_guard lock(mutex_);
  if (job->key != 0) {
    const auto [state, first] = keys_.try_emplace(job->key);
    if (!first) {
      state->second.waiting.push_back(std::move(job));
      return;
    }
  }
  MakeReady(std::move(job));
}

void WorkerPool::MakeReady(std::unique_ptr<Job> job) {
  const auto lane = static_cast<size_t>(job->lane);
  ready_[lane].push_back(std::move(job));
  ready_count_++;
  if (idle_ > 0) {
    ready_changed_.notify_one();
  } else {
    StartThreadIfUseful();
  }
}

void WorkerPool::StartThreadIfUseful() {
  if (stopping_ || active_ >= limit_ || threads_.size() >= std::min(limit_, max_threads_)) return;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackSize);
  // Signals are the main thread's business; what is blocked here is blocked in the new thread from its first
  // moment.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, ThreadMain, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error == 0) {
    char name[16];
    snprintf(name, sizeof(name), "l2tp-kernel/%u", static_cast<unsigned>(threads_.size() % 1000));
    pthread_setname_np(thread, name);
    threads_.push_back(thread);
    return;
  }
  if (!threads_.empty()) return;
  // Nobody will ever take these jobs, nor those that wait for them.
  const auto refuse = [this, error](std::deque<std::unique_ptr<Job>>& jobs) {
    for (auto& job : jobs) {
      job->failure.Set("pthread_create", error);
      finished_.push_back(std::move(job));
    }
    jobs.clear();
  };
  for (auto& lane : ready_) refuse(lane);
  for (auto& [key, state] : keys_) refuse(state.waiting);
  keys_.clear();
  ready_count_ = 0;
  woken_ = true;
  wake_();
}

std::unique_ptr<Job> WorkerPool::TakeReady() {
  for (size_t i = 0; i < kLanes; i++) {
    auto& lane = ready_[(next_lane_ + i) % kLanes];
    if (lane.empty()) continue;
    next_lane_ = (next_lane_ + i + 1) % kLanes;
    std::unique_ptr<Job> job = std::move(lane.front());
    lane.pop_front();
    ready_count_--;
    return job;
  }
  return nullptr;
}

void WorkerPool::Finish(std::unique_ptr<Job> job) {
  std::unique_lock lock(mutex_);
  if (job->key != 0 && !stopping_) {
    const auto state = keys_.find(job->key);
    if (state->second.waiting.empty()) {
      keys_.erase(state);
    } else {
      std::unique_ptr<Job> next = std::move(state->second.waiting.front());
      state->second.waiting.pop_front();
      MakeReady(std::move(next));
    }
  }
  finished_.push_back(std::move(job));
  const bool wake = WakeIsDue(ready_count_ > 0);
  lock.unlock();
  if (wake) wake_();
}

bool WorkerPool::WakeIsDue(bool more_to_come) {
  if (woken_ || finished_.empty() || (more_to_come && finished_.size() < kWakeAfter)) return false;
  woken_ = true;
  return true;
}

std::vector<std::unique_ptr<Job>> WorkerPool::TakeFinished() {
  std::vector<std::unique_ptr<Job>> taken;
  std::lock_guard lock(mutex_);
  taken.swap(finished_);
  woken_ = false;
  return taken;
}

void WorkerPool::NoteWait(uint64_t nanoseconds) {
  std::lock_guard lock(mutex_);
  waits_[next_wait_] = nanoseconds;
  next_wait_ = (next_wait_ + 1) % waits_.size();
  // The shortest of the last ones: the others may have waited for the CPU.
  const uint64_t shortest = *std::min_element(waits_.begin(), waits_.end());
  const uint32_t limit = std::min(max_threads_, shortest > kLongWait ? max_threads_ : kFewThreads);
  const bool more = limit > limit_;
  limit_ = limit;
  if (more) {
    ready_changed_.notify_all();
    StartThreadIfUseful();
  }
}

uint32_t WorkerPool::threads() const {
  std::lock_guard lock(mutex_);
  return static_cast<uint32_t>(threads_.size());
}

void* WorkerPool::ThreadMain(void* argument) {
  static_cast<WorkerPool*>(argument)->Work();
  return nullptr;
}

void WorkerPool::Work() {
  Worker worker(*this);
  std::unique_lock lock(mutex_);
  for (;;) {
    idle_++;
    ready_changed_.wait(lock, [this] { return stopping_ || (ready_count_ > 0 && active_ < limit_); });
    idle_--;
    if (stopping_) return;
    active_++;
    while (!stopping_ && ready_count_ > 0 && active_ <= limit_) {
      std::unique_ptr<Job> job = TakeReady();
      if (ready_count_ > 0 && idle_ == 0) StartThreadIfUseful();
      lock.unlock();
      if (job->Run(worker, job) == Job::Outcome::kDone) Finish(std::move(job));
      lock.lock();
    }
    active_--;
    if (WakeIsDue(false)) {
      lock.unlock();
      wake_();
      lock.lock();
    }
  }
}
