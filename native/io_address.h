#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// An IPv4 or IPv6 address and a UDP port, as the socket calls take them.
union SocketAddress {
  sockaddr generic;
  sockaddr_in v4;
  sockaddr_in6 v6;

  SocketAddress() : v6{} {}
  bool is_v6() const { return generic.sa_family == AF_INET6; }
  socklen_t size() const { return is_v6() ? sizeof(v6) : sizeof(v4); }
  uint16_t port() const { return ntohs(is_v6() ? v6.sin6_port : v4.sin_port); }
  /// The same family, address, port and, on link-local addresses, interface.
  bool Equals(const SocketAddress& other) const;
};

/// Reads `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0` (the zone as a name or a number).
/// @return false when the text is no address
bool ParseAddress(std::string_view text, uint16_t port, SocketAddress* address);

/// Long enough for any address with its zone.
constexpr size_t kAddressTextSize = INET6_ADDRSTRLEN + 17;

/// Writes the address (not the port) as `ParseAddress` reads it, the zone as a name unless told otherwise.
/// @return the length, without a final NUL
size_t FormatAddress(const SocketAddress& address, char (&text)[kAddressTextSize], bool zone_index = false);

/// Room for the control message that names a datagram's local address.
constexpr size_t kPacketInfoSize = CMSG_SPACE(sizeof(in6_pktinfo));

/// Puts the source address that a datagram shall leave from into `message`, whose control buffer is
/// `control`.
void SetPacketInfo(const SocketAddress& source, msghdr* message, char (&control)[kPacketInfoSize]);

/// The local address that a datagram was sent to; its port is left 0.
/// @return false when the kernel gave none
bool GetPacketInfo(const msghdr& message, SocketAddress* local);
