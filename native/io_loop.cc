#include "io_loop.h"

#include <sys/epoll.h>

IoLoop* IoLoop::Create(Napi::Env env, AddonState* state) {
  uv_loop_t* uv = nullptr;
  if (napi_get_uv_event_loop(env, &uv) != napi_ok) return nullptr;
  auto* loop = new IoLoop(env, state);
  if (uv_poll_init(uv, &loop->poll_, state->epoll.get()) != 0) {
    delete loop;
    return nullptr;
  }
  loop->poll_.data = loop;
  uv_unref(reinterpret_cast<uv_handle_t*>(&loop->poll_));
  uv_poll_start(&loop->poll_, UV_READABLE,
                [](uv_poll_t* poll, int, int) { static_cast<IoLoop*>(poll->data)->OnReadable(); });
  return loop;
}

void IoLoop::Ref() {
  if (references_++ == 0) uv_ref(reinterpret_cast<uv_handle_t*>(&poll_));
}

void IoLoop::Unref() {
  if (--references_ == 0) uv_unref(reinterpret_cast<uv_handle_t*>(&poll_));
}

void IoLoop::End(napi_async_cleanup_hook_handle hook) {
  hook_ = hook;
  napi_set_instance_data(env_, nullptr, nullptr, nullptr);
  uv_poll_stop(&poll_);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    auto* loop = static_cast<IoLoop*>(handle->data);
    const napi_async_cleanup_hook_handle done = loop->hook_;
    delete loop;
    if (done) napi_remove_async_cleanup_hook(done);
  });
}

void IoLoop::OnReadable() {
  Napi::Env env(env_);
  Napi::HandleScope scope(env);
  epoll_event events[256];
  const int ready = epoll_wait(state_->epoll.get(), events, 256, 0);
  for (int i = 0; i < ready; i++) {
    if (events[i].data.u64 != 0) continue;
    uint64_t count;
    [[maybe_unused]] const ssize_t got = read(state_->wake.get(), &count, sizeof(count));
    if (state_->kernel) state_->kernel->OnWake(env);
  }
}
