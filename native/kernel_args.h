#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

/// Reads the arguments of a call one after the other. The first that is not what was asked for throws a
/// TypeError in JavaScript; `ok` is false from then on. TypeScript has checked what users gave: this only
/// guards memory.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  bool ok() const { return ok_; }
  uint32_t U32() { return Integer<uint32_t>(0, UINT32_MAX); }
  uint16_t U16() { return static_cast<uint16_t>(Integer<uint32_t>(0, UINT16_MAX)); }
  int32_t I32() { return Integer<int32_t>(INT32_MIN, INT32_MAX); }
  bool Boolean() {
    const Napi::Value value = Next();
    if (!value.IsBoolean()) Refuse("a boolean");
    return ok_ && value.As<Napi::Boolean>();
  }
  std::string Text() {
    const Napi::Value value = Next();
    if (!value.IsString()) {
      Refuse("a string");
      return {};
    }
    return value.As<Napi::String>().Utf8Value();
  }
  /// A Float64Array itself, to be written into.
  Napi::Float64Array Doubles() {
    const Napi::Value value = Next();
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
      Refuse("a Float64Array");
      return {};
    }
    return value.As<Napi::Float64Array>();
  }
  /// A copy of a Uint8Array's octets; `present` is false where the argument is undefined.
  std::vector<uint8_t> Octets(bool* present = nullptr) {
    const Napi::Value value = Next();
    if (present) *present = !value.IsUndefined();
    if (present && !*present) return {};
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
      Refuse("a Uint8Array");
      return {};
    }
    const auto array = value.As<Napi::Uint8Array>();
    return {array.Data(), array.Data() + array.ElementLength()};
  }

 private:
  Napi::Value Next() { return info_[at_++]; }

  template <typename T>
  T Integer(double low, double high) {
    const Napi::Value value = Next();
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : low - 1;
    if (!(number >= low && number <= high)) {
      Refuse("an integer in range");
      return 0;
    }
    return static_cast<T>(number);
  }

  void Refuse(const char* wanted) {
    if (!ok_) return;
    ok_ = false;
    Napi::TypeError::New(info_.Env(), "argument " + std::to_string(at_) + " must be " + wanted)
        .ThrowAsJavaScriptException();
  }

  const Napi::CallbackInfo& info_;
  size_t at_ = 0;
  bool ok_ = true;
};
