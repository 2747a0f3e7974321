#pragma once

#include <napi.h>
#include <uv.h>

#include <optional>
#include <unordered_set>

#include "addon_state.h"
#include "io_receive.h"
#include "io_send.h"
#include "io_socket.h"
#include "packet_socket.h"

struct epoll_event;

/// The one epoll of an environment inside libuv's loop. What a wake-up brings reaches JavaScript in one call.
/// Deletes itself once libuv has closed its handle.
class IoLoop {
 public:
  /// @return nullptr when libuv refuses
  static IoLoop* Create(Napi::Env env, AddonState* state);

  /// Begins to read: `callback(rows)` gets the number of rows in the receive table.
  /// @return `{ receive, send }`, each `{ buffer, table }`
  Napi::Object Start(Napi::Function callback);
  bool started() const { return receiver_.ready(); }

  /// Opens and watches a UDP socket, which keeps the loop alive.
  /// @return 0 and `failure` when a step failed
  Handle Open(const UdpSocketOptions& options, uint32_t tag, Handle listener, SocketFailure* failure);
  /// The same for a packet socket.
  Handle OpenPacket(PacketFilter filter, int receive_buffer, uint32_t tag, SocketFailure* failure);
  /// @return false when it is not an open socket
  bool Close(Handle handle);
  /// @return nothing when it is not an open socket
  std::optional<SocketAddress> LocalAddress(Handle handle) const;
  unsigned Send(unsigned count) { return sender_.Send(count); }
  const ReceiveStatistics& statistics() const { return receiver_.statistics; }

  /// Counted: the loop stays alive while something refers to it.
  void Ref();
  void Unref();
  /// Stops at once; `hook` is removed when libuv has closed the handle.
  void End(napi_async_cleanup_hook_handle hook);

 private:
  IoLoop(Napi::Env env, AddonState* state);
  ~IoLoop() = default;
  /// Into the table and the epoll; 0 and `failure` if that cannot be.
  Handle Watch(UniqueFd fd, DescriptorKind kind, uint32_t tag, SocketFailure* failure);
  void OnReadable();
  void Read(const epoll_event* events, int count);
  void Deliver(Napi::Env env);

  napi_env env_;
  AddonState* state_;
  uv_poll_t poll_{};
  size_t references_ = 0;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  UdpSockets sockets_;
  std::unordered_set<Handle> packet_sockets_;
  Receiver receiver_;
  Sender sender_;
  Napi::FunctionReference callback_;
  std::unique_ptr<Napi::AsyncContext> context_;
};
