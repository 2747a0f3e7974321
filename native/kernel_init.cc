#include <fcntl.h>
#include <linux/if_pppox.h>
#include <napi.h>
#include <sys/socket.h>

#include <cerrno>

#include "kernel_args.h"
#include "kernel_part.h"
#include "netlink_jobs.h"
#include "ppp_jobs.h"
#include "session_jobs.h"
#include "tunnel_jobs.h"

// Every kernel* function of lib/native/kernel.ts. Those that start an operation return 0, or an errno if it
// cannot be started because a handle is stale; results come by the callback of kernelStart.

namespace {

constexpr uint32_t kFlagLnsMode = 1;
constexpr uint32_t kFlagSendSequence = 2;
constexpr uint32_t kFlagReceiveSequence = 4;
constexpr uint32_t kFlagNetlink = 8;
constexpr uint32_t kFlagNetlinkOptional = 16;
constexpr uint32_t kFlagIpv6 = 32;

/// The native threads of the calling environment; nullptr and a JavaScript exception where there are none.
KernelPart* Part(Napi::Env env) {
  AddonState* state = GetState(env);
  if (state && state->kernel) return static_cast<KernelPart*>(state->kernel.get());
  Napi::Error::New(env, "kernel operations of this environment are not started").ThrowAsJavaScriptException();
  return nullptr;
}

Napi::Value Status(Napi::Env env, int error) { return Napi::Number::New(env, error); }

template <typename T>
Napi::Value Submit(const Napi::CallbackInfo& info, KernelPart* part, const Arguments& arguments,
                   std::unique_ptr<T> job) {
  if (!arguments.ok()) return info.Env().Undefined();
  part->Submit(std::move(job));
  return Status(info.Env(), 0);
}

/// The descriptor behind a handle; -1 if it is stale.
int Borrow(KernelPart* part, uint32_t handle) { return part->state().descriptors.Fd(handle); }

/// Takes a descriptor out of the table, on this thread so that nobody reads it any more. 0 is none.
UniqueFd Take(KernelPart* part, uint32_t handle) {
  return handle == 0 ? UniqueFd() : part->state().descriptors.Release(handle);
}

/// Reads (netns, name, mru, touch, pass, octets): octets are the number of patches, their offsets, and the messages they
/// are in.
bool ReadUnitPlan(const Napi::CallbackInfo& info, Arguments& arguments, UnitPlan& plan, bool* present) {
  plan.netns = arguments.Text();
  plan.name = arguments.Text();
  plan.mru = arguments.I32();
  plan.touch = arguments.U32();
  plan.pass = arguments.U32();
  const std::vector<uint8_t> octets = arguments.Octets(present);
  if (!arguments.ok()) return false;
  if (present && !*present) return true;
  uint32_t count = 0;
  bool sound = octets.size() >= sizeof(count);
  if (sound) memcpy(&count, octets.data(), sizeof(count));
  const size_t start = sizeof(count) * (size_t{1} + count);
  sound = sound && count <= 1024 && start <= octets.size();
  if (sound) {
    plan.messages.assign(octets.begin() + static_cast<ptrdiff_t>(start), octets.end());
    plan.patches.resize(count);
    if (count > 0) memcpy(plan.patches.data(), octets.data() + sizeof(count), sizeof(count) * count);
    for (const uint32_t at : plan.patches) {
      sound = sound && plan.messages.size() >= sizeof(int) && at <= plan.messages.size() - sizeof(int);
    }
    sound = sound && CountMessages({plan.messages.data(), plan.messages.size()}) >= 0;
  }
  if (!sound)
    Napi::TypeError::New(info.Env(), "not a batch of netlink messages").ThrowAsJavaScriptException();
  return sound;
}

/// (threads, group, deliver)
Napi::Value Start(const Napi::CallbackInfo& info) {
  AddonState* state = GetState(info.Env());
  Arguments arguments(info);
  const uint32_t threads = arguments.U32();
  const uint32_t group = arguments.U32();
  if (!arguments.ok()) return info.Env().Undefined();
  if (!state || state->kernel || !info[2].IsFunction()) {
    Napi::Error::New(info.Env(), "kernel operations of this environment are already started")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  state->kernel = std::make_unique<KernelPart>(*state, threads, group, info[2].As<Napi::Function>());
  return info.Env().Undefined();
}

/// () => { threads, pending }
Napi::Value Load(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Napi::Object load = Napi::Object::New(info.Env());
  load.Set("threads", part->pool().threads());
  load.Set("pending", static_cast<double>(part->pending()));
  return load;
}

/// (id, key, api, tunnelId, peerTunnelId, socket, ipv6)
Napi::Value CreateTunnel(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32();
  auto job = std::make_unique<CreateTunnelJob>(id, key, part->state().descriptors);
  job->api = static_cast<TunnelApi>(arguments.U16());
  job->tunnel_id = arguments.U16();
  job->peer_tunnel_id = arguments.U16();
  job->socket = Borrow(part, arguments.U32());
  job->ipv6 = arguments.Boolean();
  if (arguments.ok() && job->socket < 0) return Status(info.Env(), EBADF);
  return Submit(info, part, arguments, std::move(job));
}

/// (id, key, api, tunnelId, management)
Napi::Value DeleteTunnel(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32();
  auto job = std::make_unique<DeleteTunnelJob>(id, key);
  job->api = static_cast<TunnelApi>(arguments.U16());
  job->tunnel_id = arguments.U16();
  const uint32_t management = arguments.U32();
  if (arguments.ok()) job->management = Take(part, management);
  return Submit(info, part, arguments, std::move(job));
}

/// (id, key, api, tunnelId, management)
Napi::Value TunnelStats(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32();
  auto job = std::make_unique<TunnelStatsJob>(id, key);
  job->api = static_cast<TunnelApi>(arguments.U16());
  job->tunnel_id = arguments.U16();
  job->management = Borrow(part, arguments.U32());
  return Submit(info, part, arguments, std::move(job));
}

/// (id, key, tag, tunnelId, peerTunnelId, sessionId, peerSessionId, flags, reorderTimeout, netns, name, mru,
/// touch, pass, unit?)
Napi::Value OpenSession(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32(), tag = arguments.U32();
  auto job = std::make_unique<OpenSessionJob>(id, key, part->state().descriptors, tag);
  SessionPlan& plan = job->plan;
  plan.tunnel_id = arguments.U16();
  plan.peer_tunnel_id = arguments.U16();
  plan.session_id = arguments.U16();
  plan.peer_session_id = arguments.U16();
  const uint32_t flags = arguments.U32();
  plan.lns_mode = flags & kFlagLnsMode;
  plan.send_sequence = flags & kFlagSendSequence;
  plan.receive_sequence = flags & kFlagReceiveSequence;
  plan.by_netlink = flags & kFlagNetlink;
  plan.ipv6 = flags & kFlagIpv6;
  plan.reorder_timeout = arguments.U32();
  job->netlink_optional = flags & kFlagNetlinkOptional;
  auto unit = std::make_unique<UnitPlan>();
  bool with_unit = false;
  if (!ReadUnitPlan(info, arguments, *unit, &with_unit)) return info.Env().Undefined();
  if (with_unit) job->unit = std::move(unit);
  return Submit(info, part, arguments, std::move(job));
}

/// (id, key, tag, sessionId, peer, netns, name, mru, touch, pass, unit?); peer: MAC address, then the interface's name
Napi::Value OpenPppoe(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32(), tag = arguments.U32();
  auto job = std::make_unique<OpenPppoeJob>(id, key, part->state().descriptors, tag);
  job->plan.session_id = arguments.U16();
  const std::vector<uint8_t> peer = arguments.Octets();
  auto unit = std::make_unique<UnitPlan>();
  bool with_unit = false;
  if (!ReadUnitPlan(info, arguments, *unit, &with_unit)) return info.Env().Undefined();
  if (peer.size() < sizeof(job->plan.mac)) return Status(info.Env(), EINVAL);
  memcpy(job->plan.mac, peer.data(), sizeof(job->plan.mac));
  job->plan.interface.assign(peer.begin() + sizeof(job->plan.mac), peer.end());
  if (with_unit) job->unit = std::move(unit);
  return Submit(info, part, arguments, std::move(job));
}

/// (id, key, tag, channel, netns, name, mru, touch, pass, unit)
Napi::Value AttachUnit(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32(), tag = arguments.U32();
  const int channel = Borrow(part, arguments.U32());
  auto job = std::make_unique<AttachUnitJob>(id, key, part->state().descriptors, tag, channel);
  if (!ReadUnitPlan(info, arguments, job->unit, nullptr)) return info.Env().Undefined();
  if (channel < 0) return Status(info.Env(), EBADF);
  return Submit(info, part, arguments, std::move(job));
}

/// (id, key, pppox, channel, unit, interface, alone, ipv6, tunnelId, sessionId); handles may be 0
Napi::Value CloseSession(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32();
  const uint32_t pppox = arguments.U32(), channel = arguments.U32(), unit = arguments.U32();
  auto job = std::make_unique<CloseSessionJob>(id, key, part->reaper());
  job->interface = arguments.I32();
  job->alone = arguments.Boolean();
  job->passes_ipv6 = arguments.Boolean();
  job->tunnel_id = arguments.U16();
  job->session_id = arguments.U16();
  if (arguments.ok()) {
    job->pppox = Take(part, pppox);
    job->channel = Take(part, channel);
    job->unit = Take(part, unit);
  }
  return Submit(info, part, arguments, std::move(job));
}

struct PppOperation {
  ppp_calls::Call call;
  Lane lane;
};

/// In the order of `pppOperation` in lib/native/kernel.ts.
constexpr PppOperation kPppOperations[] = {
    {ppp_calls::SessionStats, Lane::kQuery},     {ppp_calls::Idle, Lane::kQuery},
    {ppp_calls::Sequencing, Lane::kSetUp},       {ppp_calls::Flags, Lane::kSetUp},
    {ppp_calls::NetworkProtocols, Lane::kSetUp}, {ppp_calls::Compressor, Lane::kSetUp},
    {ppp_calls::Bridge, Lane::kSetUp},           {ppp_calls::Unbridge, Lane::kTearDown},
};

/// (id, key, operation, descriptor, a, b, c, octets?)
Napi::Value Ppp(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32(), operation = arguments.U32();
  if (operation >= std::size(kPppOperations)) return Status(info.Env(), ENOSYS);
  auto job =
      std::make_unique<PppJob>(id, key, kPppOperations[operation].lane, kPppOperations[operation].call);
  job->descriptor = Borrow(part, arguments.U32());
  job->a = arguments.I32();
  job->b = arguments.I32();
  job->c = arguments.I32();
  bool present = false;
  job->octets = arguments.Octets(&present);
  if (arguments.ok() && job->descriptor < 0) return Status(info.Env(), EBADF);
  return Submit(info, part, arguments, std::move(job));
}

/// (id, key, tag, pppox)
Napi::Value OpenChannelAgain(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32(), tag = arguments.U32();
  const int pppox = Borrow(part, arguments.U32());
  if (arguments.ok() && pppox < 0) return Status(info.Env(), EBADF);
  return Submit(info, part, arguments,
                std::make_unique<OpenChannelJob>(id, key, part->state().descriptors, tag, pppox));
}

/// (id, key, handle): closes a descriptor in the order of its session.
Napi::Value CloseDescriptor(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32(), handle = arguments.U32();
  auto job = std::make_unique<CloseDescriptorJob>(id, key);
  if (arguments.ok()) job->descriptor = Take(part, handle);
  return Submit(info, part, arguments, std::move(job));
}

/// (id, key, lane, protocol, netns, dump, messages)
Napi::Value Netlink(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32(), lane = arguments.U32();
  if (lane >= kLanes) return Status(info.Env(), EINVAL);
  auto job = std::make_unique<NetlinkJob>(id, key, static_cast<Lane>(lane));
  job->protocol = arguments.I32();
  job->netns = arguments.Text();
  job->dump = arguments.Boolean();
  job->messages = arguments.Octets();
  return Submit(info, part, arguments, std::move(job));
}

/// (id)
Napi::Value Family(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32();
  return Submit(info, part, arguments, std::make_unique<FamilyJob>(id));
}

/// (id, netns, rows)
Napi::Value InterfaceStats(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32();
  auto job = std::make_unique<InterfaceStatsJob>(id);
  job->netns = arguments.Text();
  Napi::Float64Array rows = arguments.Doubles();
  if (arguments.ok()) job->WriteTo(rows);
  return Submit(info, part, arguments, std::move(job));
}

/// (id, key, netns, interface)
Napi::Value Ipv6Stats(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32();
  auto job = std::make_unique<Ipv6StatsJob>(id, key);
  job->netns = arguments.Text();
  job->interface = arguments.I32();
  return Submit(info, part, arguments, std::move(job));
}

/// (id)
Napi::Value SessionStats(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32();
  return Submit(info, part, arguments, std::make_unique<SessionStatsJob>(id));
}

/// (netns)
Napi::Value ForgetNamespace(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  Arguments arguments(info);
  const std::string netns = arguments.Text();
  if (part && arguments.ok()) part->pool().namespaces().Forget(netns);
  return info.Env().Undefined();
}

/// (id, key, socket, interface, joins, group): a multicast group (16 octets) of an interface.
Napi::Value Multicast(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t id = arguments.U32(), key = arguments.U32();
  auto job = std::make_unique<MulticastJob>(id, key);
  job->socket = UniqueFd(fcntl(Borrow(part, arguments.U32()), F_DUPFD_CLOEXEC, 0));
  job->interface = arguments.I32();
  job->joins = arguments.Boolean();
  const std::vector<uint8_t> group = arguments.Octets();
  if (arguments.ok() && (!job->socket || group.size() != job->group.size())) {
    return Status(info.Env(), job->socket ? EINVAL : EBADF);
  }
  if (arguments.ok()) memcpy(job->group.data(), group.data(), group.size());
  return Submit(info, part, arguments, std::move(job));
}

/// (tag, group): a watched netlink socket in a multicast group of the generic netlink family.
/// @return its handle, or -errno
Napi::Value OpenNotifications(const Napi::CallbackInfo& info) {
  KernelPart* part = Part(info.Env());
  if (!part) return info.Env().Undefined();
  Arguments arguments(info);
  const uint32_t tag = arguments.U32();
  const int group = arguments.I32();
  if (!arguments.ok()) return info.Env().Undefined();
  UniqueFd fd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  if (!fd || bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0 ||
      setsockopt(fd.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0) {
    return Status(info.Env(), -errno);
  }
  Descriptors& descriptors = part->state().descriptors;
  const Handle handle = descriptors.Adopt(std::move(fd), DescriptorKind::kNetlink, tag);
  const int error = handle == 0 ? ENFILE : descriptors.Watch(handle);
  if (error == 0) return Napi::Number::New(info.Env(), handle);
  descriptors.Release(handle).reset();
  return Status(info.Env(), -error);
}

/// () => errno of opening a PPPoL2TP socket and of opening /dev/ppp: loads the kernel's modules if it can.
Napi::Value Probe(const Napi::CallbackInfo& info) {
  Napi::Object found = Napi::Object::New(info.Env());
  const UniqueFd pppox(socket(AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC, PX_PROTO_OL2TP));
  found.Set("pppox", pppox ? 0 : errno);
  const UniqueFd device(open("/dev/ppp", O_RDWR | O_CLOEXEC));
  found.Set("device", device ? 0 : errno);
  return found;
}

}  // namespace

void InitKernel(Napi::Env env, Napi::Object exports) {
  exports.Set("kernelProbe", Napi::Function::New<Probe>(env, "kernelProbe"));
  exports.Set("kernelStart", Napi::Function::New<Start>(env, "kernelStart"));
  exports.Set("kernelLoad", Napi::Function::New<Load>(env, "kernelLoad"));
  exports.Set("kernelCreateTunnel", Napi::Function::New<CreateTunnel>(env, "kernelCreateTunnel"));
  exports.Set("kernelDeleteTunnel", Napi::Function::New<DeleteTunnel>(env, "kernelDeleteTunnel"));
  exports.Set("kernelTunnelStats", Napi::Function::New<TunnelStats>(env, "kernelTunnelStats"));
  exports.Set("kernelOpenSession", Napi::Function::New<OpenSession>(env, "kernelOpenSession"));
  exports.Set("kernelOpenPppoe", Napi::Function::New<OpenPppoe>(env, "kernelOpenPppoe"));
  exports.Set("kernelAttachUnit", Napi::Function::New<AttachUnit>(env, "kernelAttachUnit"));
  exports.Set("kernelCloseSession", Napi::Function::New<CloseSession>(env, "kernelCloseSession"));
  exports.Set("kernelPpp", Napi::Function::New<Ppp>(env, "kernelPpp"));
  exports.Set("kernelOpenChannel", Napi::Function::New<OpenChannelAgain>(env, "kernelOpenChannel"));
  exports.Set("kernelCloseDescriptor", Napi::Function::New<CloseDescriptor>(env, "kernelCloseDescriptor"));
  exports.Set("kernelNetlink", Napi::Function::New<Netlink>(env, "kernelNetlink"));
  exports.Set("kernelFamily", Napi::Function::New<Family>(env, "kernelFamily"));
  exports.Set("kernelInterfaceStats", Napi::Function::New<InterfaceStats>(env, "kernelInterfaceStats"));
  exports.Set("kernelIpv6Stats", Napi::Function::New<Ipv6Stats>(env, "kernelIpv6Stats"));
  exports.Set("kernelSessionStats", Napi::Function::New<SessionStats>(env, "kernelSessionStats"));
  exports.Set("kernelForgetNamespace",
              Napi::Function::New<ForgetNamespace>(env, "kernelForgetNamespace"));
  exports.Set("kernelMulticast", Napi::Function::New<Multicast>(env, "kernelMulticast"));
  exports.Set("kernelOpenNotifications",
              Napi::Function::New<OpenNotifications>(env, "kernelOpenNotifications"));
}
