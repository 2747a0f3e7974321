#pragma once

#include <napi.h>

#include <memory>

#include "addon_state.h"
#include "unit_reaper.h"
#include "worker_pool.h"

/// The native threads of one environment, and the way of their results to JavaScript.
class KernelPart final : public EnvironmentPart {
 public:
  /// Columns of a row of results: operation id, errno, message of the batch (-1), then `JobResult::numbers`.
  static constexpr size_t kRow = 3 + JobResult::kNumbers;

  /// @param deliver called with what has finished since the last call: rows (Float64Array), two texts a row
  ///   (operation that failed, or ''; the result's text or the extended ack), octets a row (Uint8Array or
  ///   undefined).
  KernelPart(AddonState& state, uint32_t threads, uint32_t group, Napi::Function deliver);

  void OnWake(Napi::Env env) override;

  /// On the loop's thread: keeps the loop alive until the job's result is delivered.
  void Submit(std::unique_ptr<Job> job);

  AddonState& state() { return state_; }
  UnitReaper& reaper() { return reaper_; }
  WorkerPool& pool() { return pool_; }
  size_t pending() const { return pending_; }

 private:
  AddonState& state_;
  Napi::FunctionReference deliver_;
  size_t pending_ = 0;
  UnitReaper reaper_;
  /// Last, so that it is destroyed first: its threads use the rest.
  WorkerPool pool_;
};
