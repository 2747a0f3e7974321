#include "io_address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>
#include <cstring>

namespace {

/// Whether an address says nothing without its interface.
bool HasZone(const in6_addr& address) {
  return IN6_IS_ADDR_LINKLOCAL(&address) || IN6_IS_ADDR_MC_LINKLOCAL(&address);
}

}  // namespace

bool SocketAddress::Equals(const SocketAddress& other) const {
  if (generic.sa_family != other.generic.sa_family) return false;
  if (!is_v6()) return v4.sin_port == other.v4.sin_port && v4.sin_addr.s_addr == other.v4.sin_addr.s_addr;
  if (v6.sin6_port != other.v6.sin6_port || !IN6_ARE_ADDR_EQUAL(&v6.sin6_addr, &other.v6.sin6_addr))
    return false;
  return !IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) || v6.sin6_scope_id == other.v6.sin6_scope_id;
}

bool ParseAddress(std::string_view text, uint16_t port, SocketAddress* address) {
  *address = SocketAddress();
  char copy[kAddressTextSize];
  if (text.empty() || text.size() >= sizeof(copy)) return false;
  memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  if (inet_pton(AF_INET, copy, &address->v4.sin_addr) == 1) {
    address->v4.sin_family = AF_INET;
    address->v4.sin_port = htons(port);
    return true;
  }
  *address = SocketAddress();
  char* zone = strchr(copy, '%');
  if (zone) {
    *zone++ = '\0';
    const char* end = copy + text.size();
    uint32_t index = 0;
    const auto [rest, error] = std::from_chars(zone, end, index);
    if (error != std::errc() || rest != end) index = if_nametoindex(zone);
    if (index == 0) return false;
    address->v6.sin6_scope_id = index;
  }
  if (inet_pton(AF_INET6, copy, &address->v6.sin6_addr) != 1) return false;
  address->v6.sin6_family = AF_INET6;
  address->v6.sin6_port = htons(port);
  return true;
}

size_t FormatAddress(const SocketAddress& address, char (&text)[kAddressTextSize], bool zone_index) {
  text[0] = '\0';
  if (!address.is_v6()) {
    inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof(text));
    return strlen(text);
  }
  inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof(text));
  size_t length = strlen(text);
  if (HasZone(address.v6.sin6_addr) && address.v6.sin6_scope_id != 0) {
    text[length++] = '%';
    char name[IF_NAMESIZE];
    if (!zone_index && if_indextoname(address.v6.sin6_scope_id, name)) {
      const size_t name_length = strlen(name);
      memcpy(text + length, name, name_length);
      length += name_length;
    } else {
      length = std::to_chars(text + length, text + sizeof(text), address.v6.sin6_scope_id).ptr - text;
    }
  }
  return length;
}

void SetPacketInfo(const SocketAddress& source, msghdr* message, char (&control)[kPacketInfoSize]) {
  memset(control, 0, sizeof(control));
  message->msg_control = control;
  message->msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(message);
  if (source.is_v6()) {
    in6_pktinfo info{};
    info.ipi6_addr = source.v6.sin6_addr;
    info.ipi6_ifindex = source.v6.sin6_scope_id;
    header->cmsg_level = IPPROTO_IPV6;
    header->cmsg_type = IPV6_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(header), &info, sizeof(info));
    message->msg_controllen = CMSG_SPACE(sizeof(info));
  } else {
    in_pktinfo info{};
    info.ipi_spec_dst = source.v4.sin_addr;
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(info));
    memcpy(CMSG_DATA(header), &info, sizeof(info));
    message->msg_controllen = CMSG_SPACE(sizeof(info));
  }
}

bool GetPacketInfo(const msghdr& message, SocketAddress* local) {
  *local = SocketAddress();
  msghdr* mutable_message = const_cast<msghdr*>(&message);
  for (cmsghdr* header = CMSG_FIRSTHDR(mutable_message); header;
       header = CMSG_NXTHDR(mutable_message, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      memcpy(&info, CMSG_DATA(header), sizeof(info));
      local->v4.sin_family = AF_INET;
      local->v4.sin_addr = info.ipi_spec_dst;
      return true;
    }
    if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      memcpy(&info, CMSG_DATA(header), sizeof(info));
      local->v6.sin6_family = AF_INET6;
      local->v6.sin6_addr = info.ipi6_addr;
      if (HasZone(info.ipi6_addr)) local->v6.sin6_scope_id = info.ipi6_ifindex;
      return true;
    }
  }
  return false;
}
