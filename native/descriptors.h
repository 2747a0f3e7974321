#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "unique_fd.h"

/// kTunnel is a connected socket of L2TP, kConnected another one.
enum class DescriptorKind : uint8_t { kListener, kTunnel, kConnected, kChannel, kUnit, kPppox, kNetlink, kPacket, kCapture };

/// Index and generation of an open descriptor: 31 bits, so that JavaScript keeps it as a small integer. 0 is
/// none.
using Handle = uint32_t;

/// Every descriptor that the control plane has open in one environment, and the one epoll that watches them.
///
/// Thread-safe. A watched descriptor is released on the loop's thread only, where it is read and written: so
/// no other thread can close it, and its number be given to another file, between a look-up and the system
/// call.
class Descriptors {
 public:
  /// What is known of a handle; `fd` is -1 when the handle is stale.
  struct Entry {
    int fd = -1;
    uint32_t tag = 0;
    DescriptorKind kind = DescriptorKind::kListener;
  };

  /// @param epoll the epoll instance that the descriptors are watched by, whose owner outlives this object.
  explicit Descriptors(int epoll) : epoll_(epoll) {}
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;

  /// Takes ownership; not watched yet. `tag` is the number that JavaScript chose for what is read from it.
  /// @return 0 when the table is full (2^20 - 1 descriptors): the descriptor is closed then.
  Handle Adopt(UniqueFd fd, DescriptorKind kind, uint32_t tag);

  /// The descriptor's number, -1 if the handle is stale.
  int Fd(Handle handle) const { return Find(handle).fd; }
  Entry Find(Handle handle) const;

  /// Adds the descriptor to the epoll (EPOLLIN, level); from any thread. It was opened non-blocking. A PPP unit
  /// only after PPPIOCCONNECT: before that the kernel calls it readable without end.
  /// @return 0 or errno
  int Watch(Handle handle);
  /// Takes it out of the epoll; it stays open.
  void Unwatch(Handle handle);

  /// Out of epoll and table; the caller closes (on a worker thread where close is dear). Empty if the handle
  /// is stale.
  UniqueFd Release(Handle handle);

  /// How many are open.
  size_t size() const;

 private:
  struct Slot {
    UniqueFd fd;
    uint32_t tag = 0;
    uint16_t generation = 1;
    DescriptorKind kind = DescriptorKind::kListener;
    bool watched = false;
  };

  /// The slot of a live handle, else nullptr. The mutex is held.
  Slot* At(Handle handle);
  const Slot* At(Handle handle) const { return const_cast<Descriptors*>(this)->At(handle); }

  const int epoll_;
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
  /// First in, first out: a slot rests as long as possible before its number is used again.
  std::deque<uint32_t> free_;
};
