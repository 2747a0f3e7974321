#pragma once

#include <sys/socket.h>

#include <memory>
#include <unordered_map>

#include "io_address.h"
#include "io_batch.h"

/// What the loop knows of a UDP socket beside its descriptor.
struct UdpSocket {
  /// Read once: asking the kernel locks the socket, and a tunnel's data that is sent meanwhile is dropped.
  SocketAddress local;
  /// A tunnel's socket: datagrams of others than `peer` go to `listener`.
  bool connected = false;
  Handle listener = 0;
  SocketAddress peer;
  /// Zones of link-local addresses are told as interface indices: names may be of another namespace.
  bool zone_indices = false;
};

using UdpSockets = std::unordered_map<Handle, UdpSocket>;

/// Counts that show what a batch does not.
struct ReceiveStatistics {
  /// Datagrams of other peers that a tunnel's socket received and its listener got.
  uint64_t redirected = 0;
  /// The same, where there was no listener.
  uint64_t foreign_dropped = 0;
  uint64_t truncated = 0;
};

/// Fills the batch of one wake-up from ready descriptors. Reads stop at the limits of the batch; what stays
/// in the kernel makes the descriptor ready again at once, after timers and others had their turn.
class Receiver {
 public:
  static constexpr size_t kMaxDatagram = 65536;
  static constexpr unsigned kMaxRows = 512;

  explicit Receiver(Descriptors* descriptors);

  Napi::Object CreateBatch(Napi::Env env) { return batch_.Create(env, kBufferSize, kMaxRows); }
  void ReleaseBatch() { batch_.Release(); }
  bool ready() const { return batch_.buffer != nullptr; }

  /// Reads at most `budget` datagrams of a socket.
  void ReadSocket(Handle handle, const Descriptors::Entry& entry, const UdpSocket& socket, uint32_t events,
                  const UdpSockets& sockets, unsigned budget);
  /// Reads at most `budget` frames of a packet socket.
  void ReadPackets(Handle handle, const Descriptors::Entry& entry, unsigned budget);
  /// Reads one frame of a PPP channel or unit: those seldom have a second one, and then are ready again.
  void ReadFrame(Handle handle, const Descriptors::Entry& entry, uint32_t events);

  /// The rows since the last call.
  unsigned Take();

  ReceiveStatistics statistics;

 private:
  static constexpr size_t kBufferSize = 4 << 20;
  static constexpr unsigned kVector = 32;

  /// What the kernel writes a run of datagrams to, before they are packed into the batch.
  struct Scratch {
    mmsghdr messages[kVector];
    iovec vectors[kVector];
    SocketAddress sources[kVector];
    alignas(cmsghdr) char control[kVector][kPacketInfoSize * 2];
    uint8_t octets[kVector][kMaxDatagram];
  };

  void AddDatagram(Handle handle, const Descriptors::Entry& entry, const UdpSocket& socket,
                   const UdpSockets& sockets, const mmsghdr& message, const uint8_t* octets);
  void AddRow(RowKind kind, Handle handle, uint32_t tag, uint32_t offset, uint32_t length, uint32_t source);
  uint32_t Put(const void* octets, size_t length);
  uint32_t PutSource(const SocketAddress& remote, const SocketAddress& local, const UdpSocket& socket);
  size_t Room() const { return used_ < kBufferSize ? kBufferSize - used_ : 0; }

  Descriptors* const descriptors_;
  std::unique_ptr<Scratch> scratch_;
  SharedBatch<ReceiveRow> batch_;
  size_t used_ = 0;
  unsigned rows_ = 0;
};
