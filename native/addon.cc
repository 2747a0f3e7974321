#include <napi.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cstring>

#include "addon_state.h"
#include "io_loop.h"

void InitIo(Napi::Env env, Napi::Object exports);
void InitKernel(Napi::Env env, Napi::Object exports) __attribute__((weak));

AddonState::AddonState()
    : epoll(epoll_create1(EPOLL_CLOEXEC)),
      wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      descriptors(epoll.get()) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = 0;  // no handle: the wake-up
  if (!epoll || !wake || epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) < 0) wake.reset();
}

AddonState::~AddonState() { kernel.reset(); }

void AddonState::Wake() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the loop is to wake anyway.
  [[maybe_unused]] const ssize_t written = write(wake.get(), &one, sizeof(one));
}

void AddonState::Ref() { loop->Ref(); }
void AddonState::Unref() { loop->Unref(); }

AddonState* GetState(Napi::Env env) { return env.GetInstanceData<AddonState>(); }

namespace {

void KeepInstanceData(Napi::Env, AddonState*) {}

/// Threads first, then the loop, then the descriptors.
void OnEnvironmentEnd(napi_async_cleanup_hook_handle hook, void* data) {
  auto* state = static_cast<AddonState*>(data);
  state->kernel.reset();
  state->loop->End(hook);
  delete state;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  auto* state = new AddonState();
  const int error = errno;
  if (state->wake) state->loop = IoLoop::Create(env, state);
  if (!state->loop || napi_add_async_cleanup_hook(env, OnEnvironmentEnd, state, nullptr) != napi_ok) {
    Napi::Error::New(env, std::string("kernel-l2tp: no event loop: ") + strerror(error))
        .ThrowAsJavaScriptException();
    if (state->loop) state->loop->End(nullptr);
    delete state;
    return exports;
  }
  env.SetInstanceData<AddonState, KeepInstanceData>(state);
  InitIo(env, exports);
  if (InitKernel) InitKernel(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(kernel_l2tp, Init)
