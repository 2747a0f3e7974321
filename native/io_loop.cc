#include "io_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>

#include "callback.h"

namespace {

constexpr int kMaxEvents = 256;
// However many descriptors are ready, each has its turn in every wake-up, and one alone cannot fill the
// batch.
constexpr unsigned kMinBudget = 2;
constexpr unsigned kMaxBudget = 64;
static_assert(kMaxEvents * kMinBudget <= Receiver::kMaxRows);

uv_handle_t* AsHandle(uv_poll_t* poll) { return reinterpret_cast<uv_handle_t*>(poll); }

}  // namespace

IoLoop::IoLoop(Napi::Env env, AddonState* state)
    : env_(env), state_(state), receiver_(&state->descriptors), sender_(&state->descriptors) {}

IoLoop* IoLoop::Create(Napi::Env env, AddonState* state) {
  uv_loop_t* uv = nullptr;
  if (napi_get_uv_event_loop(env, &uv) != napi_ok) return nullptr;
  auto* loop = new IoLoop(env, state);
  if (uv_poll_init(uv, &loop->poll_, state->epoll.get()) != 0) {
    delete loop;
    return nullptr;
  }
  loop->poll_.data = loop;
  loop->context_ = std::make_unique<Napi::AsyncContext>(env, "kernel-l2tp");
  uv_unref(AsHandle(&loop->poll_));
  uv_poll_start(&loop->poll_, UV_READABLE,
                [](uv_poll_t* poll, int, int) { static_cast<IoLoop*>(poll->data)->OnReadable(); });
  return loop;
}

Napi::Object IoLoop::Start(Napi::Function callback) {
  callback_ = Napi::Persistent(callback);
  Napi::Object shared = Napi::Object::New(env_);
  shared.Set("receive", receiver_.CreateBatch(env_));
  shared.Set("send", sender_.CreateBatch(env_));
  return shared;
}

Handle IoLoop::Open(const UdpSocketOptions& options, uint32_t tag, Handle listener, SocketFailure* failure) {
  UniqueFd fd = OpenUdpSocket(options, failure);
  if (!fd) return 0;
  UdpSocket socket;
  socklen_t size = sizeof(socket.local);
  if (getsockname(fd.get(), &socket.local.generic, &size) < 0) socket.local = options.local;
  if (options.remote) {
    socket.connected = true;
    socket.listener = listener;
    size = sizeof(socket.peer);
    if (getpeername(fd.get(), &socket.peer.generic, &size) < 0) socket.peer = *options.remote;
  }
  socket.zone_indices = options.zone_indices;
  const DescriptorKind kind = !options.remote  ? DescriptorKind::kListener
                              : options.filter ? DescriptorKind::kTunnel
                                               : DescriptorKind::kConnected;
  const Handle handle = Watch(std::move(fd), kind, tag, failure);
  if (handle == 0) return 0;
  sockets_.emplace(handle, socket);
  Ref();
  return handle;
}

Handle IoLoop::OpenPacket(PacketFilter filter, int receive_buffer, uint32_t tag, SocketFailure* failure) {
  UniqueFd fd = OpenPacketSocket(filter, receive_buffer, failure);
  if (!fd) return 0;
  const Handle handle = Watch(std::move(fd), DescriptorKind::kPacket, tag, failure);
  if (handle == 0) return 0;
  packet_sockets_.insert(handle);
  Ref();
  return handle;
}

Handle IoLoop::Watch(UniqueFd fd, DescriptorKind kind, uint32_t tag, SocketFailure* failure) {
  const Handle handle = state_->descriptors.Adopt(std::move(fd), kind, tag);
  if (handle == 0) {
    *failure = {"descriptor table", EMFILE};
    return 0;
  }
  if (const int error = state_->descriptors.Watch(handle)) {
    state_->descriptors.Release(handle);
    *failure = {"epoll_ctl", error};
    return 0;
  }
  return handle;
}

bool IoLoop::Close(Handle handle) {
  if (sockets_.erase(handle) == 0 && packet_sockets_.erase(handle) == 0) return false;
  state_->descriptors.Release(handle);
  Unref();
  return true;
}

std::optional<SocketAddress> IoLoop::LocalAddress(Handle handle) const {
  const auto socket = sockets_.find(handle);
  if (socket == sockets_.end()) return std::nullopt;
  return socket->second.local;
}

void IoLoop::Ref() {
  if (references_++ == 0) uv_ref(AsHandle(&poll_));
}

void IoLoop::Unref() {
  if (references_ > 0 && --references_ == 0) uv_unref(AsHandle(&poll_));
}

void IoLoop::End(napi_async_cleanup_hook_handle hook) {
  hook_ = hook;
  napi_set_instance_data(env_, nullptr, nullptr, nullptr);
  uv_poll_stop(&poll_);
  callback_.Reset();
  context_.reset();
  receiver_.ReleaseBatch();
  sender_.ReleaseBatch();
  uv_close(AsHandle(&poll_), [](uv_handle_t* handle) {
    auto* loop = static_cast<IoLoop*>(handle->data);
    const napi_async_cleanup_hook_handle done = loop->hook_;
    delete loop;
    if (done) napi_remove_async_cleanup_hook(done);
  });
}

void IoLoop::OnReadable() {
  Napi::Env env(env_);
  Napi::HandleScope handles(env);
  // One scope around all that a wake-up calls: promises' reactions and ticks run once, at its end.
  Napi::CallbackScope turn(env, *context_);
  epoll_event events[kMaxEvents];
  const int count = epoll_wait(state_->epoll.get(), events, kMaxEvents, 0);
  for (int i = 0; i < count; i++) {
    if (events[i].data.u64 != 0) continue;
    uint64_t times;
    [[maybe_unused]] const ssize_t got = read(state_->wake.get(), &times, sizeof(times));
    if (state_->kernel) state_->kernel->OnWake(env);
  }
  if (count > 0 && started()) Read(events, count);
  Deliver(env);
}

void IoLoop::Read(const epoll_event* events, int count) {
  const unsigned budget =
      std::clamp(Receiver::kMaxRows / static_cast<unsigned>(count), kMinBudget, kMaxBudget);
  // Anyone can send to a listener: so those come last.
  for (const bool listeners : {false, true}) {
    for (int i = 0; i < count; i++) {
      const Handle handle = static_cast<Handle>(events[i].data.u64);
      if (handle == 0) continue;
      const Descriptors::Entry entry = state_->descriptors.Find(handle);
      if (entry.fd < 0 || (entry.kind == DescriptorKind::kListener) != listeners) continue;
      if (entry.kind == DescriptorKind::kPacket) {
        receiver_.ReadPackets(handle, entry, budget);
        continue;
      }
      const auto socket = sockets_.find(handle);
      if (socket == sockets_.end()) {
        receiver_.ReadFrame(handle, entry, events[i].events);
      } else {
        receiver_.ReadSocket(handle, entry, socket->second, events[i].events, sockets_, budget);
      }
    }
  }
}

void IoLoop::Deliver(Napi::Env env) {
  const unsigned rows = receiver_.Take();
  if (rows == 0) return;
  CallFromLoop(callback_, {Napi::Number::New(env, rows)});
}
