#include <napi.h>

#include <string>

#include "io_loop.h"
#include "packet_capture.h"
#include "unix_datagram.h"

namespace {

Napi::Value Failure(Napi::Env env, const char* operation, int error) {
  Napi::Object failure = Napi::Object::New(env);
  failure.Set("operation", operation);
  failure.Set("errno", error);
  return failure;
}

std::string Text(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsString() ? value.As<Napi::String>().Utf8Value() : std::string();
}

uint32_t Number(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsNumber() ? value.As<Napi::Number>().Uint32Value() : 0;
}

/// The loop of the calling environment; nullptr and a JavaScript exception once that is ending.
IoLoop* Loop(Napi::Env env) {
  AddonState* state = GetState(env);
  if (state) return state->loop;
  Napi::Error::New(env, "the environment is ending").ThrowAsJavaScriptException();
  return nullptr;
}

Napi::Value Start(const Napi::CallbackInfo& info) {
  IoLoop* loop = Loop(info.Env());
  if (!loop) return info.Env().Undefined();
  if (loop->started() || !info[0].IsFunction()) {
    Napi::Error::New(info.Env(), "control I/O of this environment is already started")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  return loop->Start(info[0].As<Napi::Function>());
}

Napi::Value Open(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  IoLoop* loop = Loop(env);
  if (!loop) return env.Undefined();
  const Napi::Object options = info[0].ToObject();
  UdpSocketOptions socket;
  SocketAddress remote;
  if (!ParseAddress(Text(options, "localAddress"), static_cast<uint16_t>(Number(options, "localPort")),
                    &socket.local)) {
    return Failure(env, "local address", EINVAL);
  }
  if (options.Get("remoteAddress").IsString()) {
    if (!ParseAddress(Text(options, "remoteAddress"), static_cast<uint16_t>(Number(options, "remotePort")),
                      &remote)) {
      return Failure(env, "remote address", EINVAL);
    }
    socket.remote = &remote;
  }
  socket.receive_buffer = static_cast<int>(Number(options, "receiveBuffer"));
  socket.filter = options.Get("filter").ToBoolean();
  socket.device = Text(options, "device");
  socket.netns = Text(options, "netns");
  socket.traffic_class = static_cast<int>(Number(options, "trafficClass"));
  socket.kind = options.Get("solicitations").ToBoolean() ? SocketKind::kRouterSolicitations : SocketKind::kUdp;
  socket.zone_indices = options.Get("zoneIndices").ToBoolean();
  SocketFailure failure;
  const Handle handle = loop->Open(socket, Number(options, "tag"), Number(options, "listener"), &failure);
  if (handle == 0) return Failure(env, failure.operation, failure.error);
  return Napi::Number::New(env, handle);
}

/// (filter, receiveBuffer, tag)
Napi::Value OpenPacket(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  IoLoop* loop = Loop(env);
  if (!loop) return env.Undefined();
  SocketFailure failure;
  const Handle handle = loop->OpenPacket(static_cast<PacketFilter>(info[0].ToNumber().Uint32Value()),
                                         info[1].ToNumber().Int32Value(), info[2].ToNumber().Uint32Value(),
                                         &failure);
  if (handle == 0) return Failure(env, failure.operation, failure.error);
  return Napi::Number::New(env, handle);
}

/// (name or index) => { index, name, mac, mtu } or undefined
Napi::Value Interface(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const bool named = info[0].IsString();
  EthernetInterface found;
  if (!FindEthernetInterface(named ? info[0].As<Napi::String>().Utf8Value() : std::string(),
                             named ? 0 : info[0].ToNumber().Int32Value(), &found)) {
    return env.Undefined();
  }
  double mac = 0;
  for (const uint8_t octet : found.mac) mac = mac * 256 + octet;
  Napi::Object result = Napi::Object::New(env);
  result.Set("index", found.index);
  result.Set("name", found.name);
  result.Set("mac", mac);
  result.Set("mtu", found.mtu);
  return result;
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  IoLoop* loop = Loop(info.Env());
  return Napi::Boolean::New(info.Env(), loop && loop->Close(info[0].ToNumber().Uint32Value()));
}

Napi::Value LocalAddress(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  IoLoop* loop = Loop(env);
  if (!loop) return env.Undefined();
  const auto local = loop->LocalAddress(info[0].ToNumber().Uint32Value());
  if (!local) return Failure(env, "getsockname", EBADF);
  char text[kAddressTextSize];
  const size_t length = FormatAddress(*local, text);
  Napi::Object address = Napi::Object::New(env);
  address.Set("address", Napi::String::New(env, text, length));
  address.Set("port", local->port());
  return address;
}

Napi::Value Send(const Napi::CallbackInfo& info) {
  IoLoop* loop = Loop(info.Env());
  return Napi::Number::New(info.Env(), loop ? loop->Send(info[0].ToNumber().Uint32Value()) : 0);
}

/// (interfaceIndex, netns, snapLength, receiveBuffer)
Napi::Value CaptureOpen(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  AddonState* state = GetState(env);
  if (!state) return env.Undefined();
  SocketFailure failure;
  UniqueFd fd = OpenCapture(info[0].ToNumber().Int32Value(), info[1].ToString().Utf8Value(),
                            info[2].ToNumber().Uint32Value(), info[3].ToNumber().Int32Value(), &failure);
  if (!fd) return Failure(env, failure.operation, failure.error);
  const Handle handle = state->descriptors.Adopt(std::move(fd), DescriptorKind::kCapture, 0);
  if (handle == 0) return Failure(env, "descriptor table", EMFILE);
  return Napi::Number::New(env, handle);
}

/// The capture that the first argument names; -1 where there is none.
int CaptureFd(const Napi::CallbackInfo& info) {
  AddonState* state = GetState(info.Env());
  if (!state) return -1;
  const Descriptors::Entry entry = state->descriptors.Find(info[0].ToNumber().Uint32Value());
  return entry.kind == DescriptorKind::kCapture ? entry.fd : -1;
}

/// (handle, buffer, limit) => octets
Napi::Value CaptureRead(const Napi::CallbackInfo& info) {
  const int fd = CaptureFd(info);
  if (fd < 0 || !info[1].IsTypedArray()) return Napi::Number::New(info.Env(), 0);
  Napi::Uint8Array buffer = info[1].As<Napi::Uint8Array>();
  const size_t used = ReadCapture(fd, buffer.Data(), buffer.ByteLength(), info[2].ToNumber().Uint32Value());
  return Napi::Number::New(info.Env(), static_cast<double>(used));
}

Napi::Value CaptureDropsSince(const Napi::CallbackInfo& info) {
  const int fd = CaptureFd(info);
  return Napi::Number::New(info.Env(), fd < 0 ? 0 : CaptureDrops(fd));
}

Napi::Value CaptureClose(const Napi::CallbackInfo& info) {
  if (CaptureFd(info) >= 0) GetState(info.Env())->descriptors.Release(info[0].ToNumber().Uint32Value());
  return info.Env().Undefined();
}

Napi::Value SendUnix(const Napi::CallbackInfo& info) {
  const std::string path = info[0].ToString().Utf8Value();
  const std::string data = info[1].ToString().Utf8Value();
  return Napi::Number::New(info.Env(), SendUnixDatagram(path, data));
}

Napi::Value Statistics(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object counts = Napi::Object::New(env);
  AddonState* state = GetState(env);
  if (!state) return counts;
  const ReceiveStatistics& receive = state->loop->statistics();
  counts.Set("descriptors", static_cast<double>(state->descriptors.size()));
  counts.Set("redirected", static_cast<double>(receive.redirected));
  counts.Set("foreignDropped", static_cast<double>(receive.foreign_dropped));
  counts.Set("truncated", static_cast<double>(receive.truncated));
  return counts;
}

}  // namespace

void InitIo(Napi::Env env, Napi::Object exports) {
  exports.Set("ioStart", Napi::Function::New<Start>(env, "ioStart"));
  exports.Set("ioOpen", Napi::Function::New<Open>(env, "ioOpen"));
  exports.Set("ioOpenPacket", Napi::Function::New<OpenPacket>(env, "ioOpenPacket"));
  exports.Set("ioInterface", Napi::Function::New<Interface>(env, "ioInterface"));
  exports.Set("ioClose", Napi::Function::New<Close>(env, "ioClose"));
  exports.Set("ioLocalAddress", Napi::Function::New<LocalAddress>(env, "ioLocalAddress"));
  exports.Set("ioSend", Napi::Function::New<Send>(env, "ioSend"));
  exports.Set("captureOpen", Napi::Function::New<CaptureOpen>(env, "captureOpen"));
  exports.Set("captureRead", Napi::Function::New<CaptureRead>(env, "captureRead"));
  exports.Set("captureDrops", Napi::Function::New<CaptureDropsSince>(env, "captureDrops"));
  exports.Set("captureClose", Napi::Function::New<CaptureClose>(env, "captureClose"));
  exports.Set("ioSendUnix", Napi::Function::New<SendUnix>(env, "ioSendUnix"));
  exports.Set("ioStatistics", Napi::Function::New<Statistics>(env, "ioStatistics"));
}
