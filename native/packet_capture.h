#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "io_socket.h"
#include "unique_fd.h"

/// Before each packet that `ReadCapture` gives; the packet follows, padded to 32 bits. All in this machine's order.
struct CaptureRecord {
  /// Octets that follow, and octets that the packet had.
  uint32_t kept;
  uint32_t length;
  /// EtherType; bit 16 is set for a packet that leaves by the interface.
  uint32_t protocol;
  uint32_t seconds;
  uint32_t nanoseconds;
};

/// Opens a packet socket that gets a copy of every packet, from its network header on, that one interface sends or
/// receives. The queue of the socket is the only store: what does not fit is counted by the kernel and lost.
/// @param netns network namespace of the interface by its name; empty for ours
/// @param snap_length octets of a packet that are kept
/// @return an empty UniqueFd and `failure` when a step failed
UniqueFd OpenCapture(int interface_index, const std::string& netns, uint32_t snap_length, int receive_buffer,
                     SocketFailure* failure);

/// Reads what is in the queue, at most `limit` packets, without waiting.
/// @return octets of records written
size_t ReadCapture(int fd, uint8_t* buffer, size_t size, unsigned limit);

/// Packets that were lost since the last call.
uint32_t CaptureDrops(int fd);
