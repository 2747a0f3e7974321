#pragma once

#include <napi.h>
#include <uv.h>

#include "addon_state.h"

/// The one epoll of an environment inside libuv's loop: hands what a wake-up brings to JavaScript.
/// Deletes itself once libuv has closed its handle.
class IoLoop {
 public:
  /// @return nullptr when libuv refuses
  static IoLoop* Create(Napi::Env env, AddonState* state);

  void Ref();
  void Unref();
  /// Stops at once; `hook` is removed when libuv has closed the handle.
  void End(napi_async_cleanup_hook_handle hook);

 private:
  IoLoop(Napi::Env env, AddonState* state) : env_(env), state_(state) {}
  ~IoLoop() = default;
  void OnReadable();

  napi_env env_;
  AddonState* state_;
  uv_poll_t poll_{};
  size_t references_ = 0;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};
