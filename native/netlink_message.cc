#include "netlink_message.h"

namespace {

constexpr size_t Aligned(size_t size) { return (size + 3) & ~static_cast<size_t>(3); }

Octets Skip(Octets octets, size_t size) {
  if (size >= octets.size) return {};
  return {octets.data + size, octets.size - size};
}

}  // namespace

void NetlinkWriter::Begin(uint16_t type, uint16_t flags, uint32_t sequence) {
  start_ = out_.size();
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  header.nlmsg_seq = sequence;
  Append(&header, sizeof(header));
}

void NetlinkWriter::End() {
  const uint32_t length = static_cast<uint32_t>(out_.size() - start_);
  memcpy(out_.data() + start_, &length, sizeof(length));
}

void NetlinkWriter::Text(uint16_t type, std::string_view value) {
  const std::string terminated(value);
  Attribute(type, terminated.c_str(), terminated.size() + 1);
}

void NetlinkWriter::Attribute(uint16_t type, const void* value, size_t size) {
  nlattr header{};
  header.nla_len = static_cast<uint16_t>(sizeof(header) + size);
  header.nla_type = type;
  Append(&header, sizeof(header));
  Append(value, size);
}

void NetlinkWriter::Append(const void* data, size_t size) {
  const size_t at = out_.size();
  out_.resize(at + Aligned(size), 0);
  if (size > 0) memcpy(out_.data() + at, data, size);
}

bool MessageReader::Next(NetlinkMessage& message) {
  if (rest_.size < sizeof(nlmsghdr)) return false;
  memcpy(&message.header, rest_.data, sizeof(nlmsghdr));
  const size_t length = message.header.nlmsg_len;
  if (length < sizeof(nlmsghdr) || length > rest_.size) return false;
  message.body = {rest_.data + sizeof(nlmsghdr), length - sizeof(nlmsghdr)};
  rest_ = Skip(rest_, Aligned(length));
  return true;
}

std::string NetlinkAttribute::Text() const {
  return std::string(reinterpret_cast<const char*>(value.data),
                     strnlen(reinterpret_cast<const char*>(value.data), value.size));
}

AttributeReader::AttributeReader(Octets octets, size_t skip) : rest_(Skip(octets, Aligned(skip))) {}

bool AttributeReader::Next(NetlinkAttribute& attribute) {
  nlattr header{};
  if (rest_.size < sizeof(header)) return false;
  memcpy(&header, rest_.data, sizeof(header));
  if (header.nla_len < sizeof(header) || header.nla_len > rest_.size) return false;
  attribute.type = header.nla_type & NLA_TYPE_MASK;
  attribute.value = {rest_.data + sizeof(header), header.nla_len - sizeof(header)};
  rest_ = Skip(rest_, Aligned(header.nla_len));
  return true;
}

int CountMessages(Octets octets) {
  int count = 0;
  while (octets.size > 0) {
    nlmsghdr header{};
    if (octets.size < sizeof(header)) return -1;
    memcpy(&header, octets.data, sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > octets.size) return -1;
    octets = Skip(octets, Aligned(header.nlmsg_len));
    count++;
  }
  return count;
}
