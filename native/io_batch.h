#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>

#include "descriptors.h"

/// What a row of a received batch tells.
enum class RowKind : uint32_t { kDatagram = 0, kFrame = 1, kHangup = 2, kError = 3, kPacket = 4 };

/// "No address" in an offset column.
constexpr uint32_t kNone = 0xffffffff;

/// One row of either table, as JavaScript sees it in a Uint32Array (lib/native/io.ts names the columns).
struct ReceiveRow {
  RowKind kind;
  uint32_t tag;
  Handle handle;
  uint32_t offset;
  uint32_t length;  // of kError: errno
  uint32_t source;  // offset of a source record, or kNone; of kPacket: index of the interface
};
struct SendRow {
  Handle handle;
  uint32_t offset;
  uint32_t length;
  uint32_t address;  // offset of a source record with the roles turned, or kNone; packets: interface index
  uint32_t status;   // out: 0, or errno with flags
  uint32_t tag;      // out, where status is not 0
};
static_assert(sizeof(ReceiveRow) == 24 && sizeof(SendRow) == 24);

/// In a `SendRow::status`: an error of an earlier datagram was found, and this datagram has left all the
/// same.
constexpr uint32_t kSentDespite = 0x10000;

/// Header of the record that names both ends of a datagram. The texts of the two addresses follow it.
struct SourceRecord {
  uint16_t remote_port;  // both in network order
  uint16_t local_port;
  uint8_t remote_length;
  uint8_t local_length;
};
static_assert(sizeof(SourceRecord) == 6);

/// A buffer and a table that are made once and shared with JavaScript. Only the pages that were used are
/// resident.
template <typename Row>
struct SharedBatch {
  /// @return what JavaScript gets: `{ buffer: Uint8Array, table: Uint32Array }`
  Napi::Object Create(Napi::Env env, size_t capacity, size_t row_capacity) {
    Napi::ArrayBuffer buffer_array = Napi::ArrayBuffer::New(env, capacity);
    Napi::ArrayBuffer row_array = Napi::ArrayBuffer::New(env, row_capacity * sizeof(Row));
    buffer = static_cast<uint8_t*>(buffer_array.Data());
    rows = static_cast<Row*>(row_array.Data());
    size = capacity;
    row_count = row_capacity;
    Napi::Object shared = Napi::Object::New(env);
    shared.Set("buffer", Napi::Uint8Array::New(env, capacity, buffer_array, 0));
    shared.Set("table", Napi::Uint32Array::New(env, row_capacity * sizeof(Row) / 4, row_array, 0));
    keep = Napi::Persistent(shared);
    return shared;
  }
  void Release() {
    keep.Reset();
    buffer = nullptr;
    rows = nullptr;
  }

  uint8_t* buffer = nullptr;
  Row* rows = nullptr;
  size_t size = 0;
  size_t row_count = 0;
  /// Keeps the memory while JavaScript may have dropped it.
  Napi::ObjectReference keep;
};
