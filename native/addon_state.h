#pragma once

#include <napi.h>

#include <memory>

#include "descriptors.h"

/// A part of an environment's state (the native threads, say) that lives until the environment ends.
class EnvironmentPart {
 public:
  virtual ~EnvironmentPart() = default;

  /// Runs on the loop's thread, inside a turn, after one or more calls of `AddonState::Wake`. May call
  /// JavaScript.
  virtual void OnWake(Napi::Env) {}
};

class IoLoop;

/// What one environment (the main thread or a Worker) has. Created by addon.cc; ended by its clean-up hook,
/// which first destroys `kernel` (so that its destructor can join its threads), then the loop, then all
/// descriptors.
struct AddonState {
  AddonState();
  ~AddonState();
  AddonState(const AddonState&) = delete;
  AddonState& operator=(const AddonState&) = delete;

  /// Makes `kernel->OnWake` run on the loop's thread soon. From any thread; calls before it runs are one.
  void Wake();
  /// Keep the loop alive while something is under way, and let it go; counted. On the loop's thread only.
  void Ref();
  void Unref();

  UniqueFd epoll;
  UniqueFd wake;
  Descriptors descriptors;
  std::unique_ptr<EnvironmentPart> kernel;
  /// Ends by itself once libuv has closed its handle, which is later than the end of this object.
  IoLoop* loop = nullptr;
};

/// The state of the environment; nullptr once the environment is ending.
AddonState* GetState(Napi::Env env);
