#include "worker_pool.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace {

constexpr size_t kStackSize = 256 * 1024;
/// How many work at once where grace periods cost nothing: one, and one that takes over while it is in a
/// system call. On one processor that would only be somebody to wait for.
uint32_t FewThreads() { return sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 2 : 1; }
constexpr uint64_t kLongWait = 1'000'000;  // ns
/// While there is more to do, so many results are gathered before the loop's thread is woken: a wake-up costs
/// as much as a few system calls, and what follows from the results leaves in one datagram call for all.
constexpr size_t kWakeAfter = 16;

}  // namespace

WorkerPool::WorkerPool(uint32_t max_threads, std::function<void()> wake)
    : max_threads_(std::max(max_threads, 1u)),
      few_threads_(std::min(max_threads_, FewThreads())),
      wake_(std::move(wake)) {
  limits_.fill(few_threads_);
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
  CallForHelp();
}

void WorkerPool::CallForHelp() {
  size_t takeable = 0;
  for (size_t lane = 0; lane < kLanes; lane++) {
    const uint32_t free = limits_[lane] - std::min(active_[lane], limits_[lane]);
    takeable += std::min<size_t>(ready_[lane].size(), free);
  }
  if (stopping_ || takeable <= called_) return;
  if (idle_ > called_) {
    called_++;
    ready_changed_.notify_one();
  } else if (threads_.size() < max_threads_) {
    StartThread();
  }
}

void WorkerPool::StartThread() {
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
    called_++;
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
    const size_t lane = (next_lane_ + i) % kLanes;
    if (ready_[lane].empty() || active_[lane] >= limits_[lane]) continue;
    next_lane_ = (lane + 1) % kLanes;
    std::unique_ptr<Job> job = std::move(ready_[lane].front());
    ready_[lane].pop_front();
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

void WorkerPool::NoteWait(Lane lane, uint64_t nanoseconds) {
  const auto at = static_cast<size_t>(lane);
  std::lock_guard lock(mutex_);
  waits_[at].Note(nanoseconds);
  limits_[at] = waits_[at].shortest() > kLongWait ? max_threads_ : few_threads_;
  CallForHelp();
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
  // Started threads were called too; one that has just become free may have taken the call.
  if (called_ > 0) called_--;
  for (;;) {
    while (!stopping_) {
      std::unique_ptr<Job> job = TakeReady();
      if (!job) break;
      uint32_t& active = active_[static_cast<size_t>(job->lane)];
      active++;
      // Each who is called calls the next while there is more to do.
      CallForHelp();
      lock.unlock();
      if (job->Run(worker, job) == Job::Outcome::kDone) Finish(std::move(job));
      lock.lock();
      active--;
    }
    if (WakeIsDue(false)) {
      lock.unlock();
      wake_();
      lock.lock();
    }
    idle_++;
    ready_changed_.wait(lock, [this] { return stopping_ || called_ > 0; });
    idle_--;
    if (stopping_) return;
    called_--;
  }
}
