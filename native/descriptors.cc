#include "descriptors.h"

#include <sys/epoll.h>

#include <cerrno>

namespace {

// Handle: generation in bits 20..30, index in bits 0..19. The generation is never 0, so no handle is.
constexpr uint32_t kIndexBits = 20;
constexpr uint32_t kIndexMask = (1u << kIndexBits) - 1;
constexpr uint32_t kGenerationMask = (1u << 11) - 1;

Handle MakeHandle(uint32_t index, uint16_t generation) {
  return (static_cast<uint32_t>(generation) << kIndexBits) | index;
}

}  // namespace

Descriptors::Slot* Descriptors::At(Handle handle) {
  const uint32_t index = handle & kIndexMask;
  if (index >= slots_.size()) return nullptr;
  Slot& slot = slots_[index];
  return slot.fd && slot.generation == handle >> kIndexBits ? &slot : nullptr;
}

Handle Descriptors::Adopt(UniqueFd fd, DescriptorKind kind, uint32_t tag) {
  std::lock_guard lock(mutex_);
  uint32_t index;
  // Slots are reused only once some have gathered, so that a generation takes long to come round.
  constexpr size_t kRested = 256;
  if (free_.size() > kRested || (slots_.size() >= kIndexMask && !free_.empty())) {
    index = free_.front();
    free_.pop_front();
  } else if (slots_.size() < kIndexMask) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    return 0;
  }
  Slot& slot = slots_[index];
  slot.fd = std::move(fd);
  slot.kind = kind;
  slot.tag = tag;
  slot.watched = false;
  return MakeHandle(index, slot.generation);
}

Descriptors::Entry Descriptors::Find(Handle handle) const {
  std::lock_guard lock(mutex_);
  const Slot* slot = At(handle);
  return slot ? Entry{slot->fd.get(), slot->tag, slot->kind} : Entry{};
}

int Descriptors::Watch(Handle handle) {
  std::lock_guard lock(mutex_);
  Slot* slot = At(handle);
  if (!slot) return EBADF;
  if (slot->watched) return 0;
  const int fd = slot->fd.get();
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = handle;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) < 0) return errno;
  slot->watched = true;
  return 0;
}

void Descriptors::Unwatch(Handle handle) {
  std::lock_guard lock(mutex_);
  Slot* slot = At(handle);
  if (!slot || !slot->watched) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, slot->fd.get(), nullptr);
  slot->watched = false;
}

UniqueFd Descriptors::Release(Handle handle) {
  std::lock_guard lock(mutex_);
  Slot* slot = At(handle);
  if (!slot) return UniqueFd();
  // Taken out by hand: a copy of the descriptor held elsewhere would keep the epoll entry alive past close().
  if (slot->watched) epoll_ctl(epoll_, EPOLL_CTL_DEL, slot->fd.get(), nullptr);
  slot->watched = false;
  slot->generation = (slot->generation + 1) & kGenerationMask;
  if (slot->generation == 0) slot->generation = 1;
  free_.push_back(handle & kIndexMask);
  return std::move(slot->fd);
}

size_t Descriptors::size() const {
  std::lock_guard lock(mutex_);
  return slots_.size() - free_.size();
}
