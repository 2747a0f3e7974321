#pragma once

#include <cstdint>
#include <string>

#include "io_socket.h"
#include "unique_fd.h"

/// What a packet socket lets in (RFC 2516). The order is that of `packetFilter` in lib/native/io.ts.
enum class PacketFilter : uint32_t {
  /// Requests that anyone can send: apart, so that a flood of them does not crowd out the rest.
  kPadi = 0,
  /// PADR and PADT.
  kDiscovery = 1,
  /// PPP control frames (LCP, authentication, NCPs) of the session stage; data stays in the kernel.
  kSession = 2,
};

/// Opens a packet socket for whole Ethernet frames of PPPoE on all interfaces of this network namespace,
/// non-blocking and close-on-exec. Frames to other stations, and of VLANs without an interface, stay out.
/// @return an empty UniqueFd and `failure` when a step failed
UniqueFd OpenPacketSocket(PacketFilter filter, int receive_buffer, SocketFailure* failure);

/// An Ethernet interface.
struct EthernetInterface {
  int index = 0;
  std::string name;
  uint8_t mac[6] = {};
  int mtu = 0;
};

/// Looks an interface up by `index`, or by `name` where that is not empty.
/// @return false where there is none, or it is no Ethernet
bool FindEthernetInterface(const std::string& name, int index, EthernetInterface* found);
