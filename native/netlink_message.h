#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

/// Octets that somebody else owns.
struct Octets {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

/// Appends netlink messages with attributes to a buffer.
class NetlinkWriter {
 public:
  explicit NetlinkWriter(std::vector<uint8_t>& out) : out_(out) {}

  /// Starts a message; `End` sets its length.
  void Begin(uint16_t type, uint16_t flags, uint32_t sequence);
  void End();

  /// A family's fixed header.
  template <typename T>
  void Header(const T& value) {
    Append(&value, sizeof(value));
  }
  void U8(uint16_t type, uint8_t value) { Attribute(type, &value, sizeof(value)); }
  void U16(uint16_t type, uint16_t value) { Attribute(type, &value, sizeof(value)); }
  void U32(uint16_t type, uint32_t value) { Attribute(type, &value, sizeof(value)); }
  void U64(uint16_t type, uint64_t value) { Attribute(type, &value, sizeof(value)); }
  /// With the final zero.
  void Text(uint16_t type, std::string_view value);
  void Attribute(uint16_t type, const void* value, size_t size);

 private:
  void Append(const void* data, size_t size);

  std::vector<uint8_t>& out_;
  size_t start_ = 0;
};

/// One received message. `body` follows the nlmsghdr.
struct NetlinkMessage {
  nlmsghdr header{};
  Octets body;
};

/// Walks over the messages of one datagram; ends at the first that does not fit.
class MessageReader {
 public:
  explicit MessageReader(Octets octets) : rest_(octets) {}
  bool Next(NetlinkMessage& message);

 private:
  Octets rest_;
};

struct NetlinkAttribute {
  uint16_t type = 0;
  Octets value;

  /// 0 where the attribute is shorter than the number.
  uint16_t U16() const { return Number<uint16_t>(); }
  uint32_t U32() const { return Number<uint32_t>(); }
  uint64_t U64() const { return Number<uint64_t>(); }
  /// Up to the final zero.
  std::string Text() const;

 private:
  template <typename T>
  T Number() const {
    T number = 0;
    if (value.size >= sizeof(T)) memcpy(&number, value.data, sizeof(T));
    return number;
  }
};

/// Walks over attributes; ends at the first that does not fit.
class AttributeReader {
 public:
  /// @param skip the size of the fixed header in front of the attributes
  explicit AttributeReader(Octets octets, size_t skip = 0);
  bool Next(NetlinkAttribute& attribute);

 private:
  Octets rest_;
};

/// Checks that `octets` are whole messages, one after the other, and counts them; -1 if they are not.
int CountMessages(Octets octets);
