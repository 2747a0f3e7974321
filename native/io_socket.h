#pragma once

#include <string>

#include "io_address.h"
#include "unique_fd.h"

enum class SocketKind : uint8_t {
  kUdp,
  /// Raw ICMPv6 that takes Router Solicitations only (RFC 4861 section 6.1.1).
  kRouterSolicitations,
};

/// What a socket of the control plane is to be.
struct UdpSocketOptions {
  SocketKind kind = SocketKind::kUdp;
  SocketAddress local;
  /// Set on a tunnel's socket: the one peer that it talks to.
  const SocketAddress* remote = nullptr;
  /// Receive buffer in octets.
  int receive_buffer = 0;
  /// Let only L2TP control messages and PPP control protocols in.
  bool filter = false;
  /// Name of the interface (or VRF) to bind to; empty for none.
  std::string device;
  /// Network namespace by its name; empty for ours.
  std::string netns;
  /// Traffic class of what is sent, 0 to 255.
  int traffic_class = 0;
  /// Zones of link-local addresses are told as interface indices.
  bool zone_indices = false;
};

/// A system call that failed.
struct SocketFailure {
  const char* operation = nullptr;
  int error = 0;
};

/// Opens a UDP socket, non-blocking and close-on-exec, that tells each datagram's local address.
///
/// With `remote`: between bind and connect the socket is handed every peer's datagrams for its local address,
/// and they stay in its queue. Whoever reads it compares the source of each with the peer.
/// @return an empty UniqueFd and `failure` when a step failed
UniqueFd OpenUdpSocket(const UdpSocketOptions& options, SocketFailure* failure);
