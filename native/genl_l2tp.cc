#include "genl_l2tp.h"

#include <linux/genetlink.h>
#include <linux/l2tp.h>

#include <atomic>
#include <cerrno>

namespace {

// Both ids in one word, so that no thread sees half of them. 0 is not looked up yet.
std::atomic<uint64_t> resolved_family{0};

GenlL2tp::Family Unpack(uint64_t word) {
  return {static_cast<uint16_t>(word >> 32), static_cast<uint32_t>(word)};
}

uint32_t FindGroup(Octets groups) {
  AttributeReader entries(groups);
  NetlinkAttribute entry;
  while (entries.Next(entry)) {
    AttributeReader fields(entry.value);
    NetlinkAttribute field;
    uint32_t id = 0;
    bool ours = false;
    while (fields.Next(field)) {
      if (field.type == CTRL_ATTR_MCAST_GRP_ID) id = field.U32();
      if (field.type == CTRL_ATTR_MCAST_GRP_NAME) ours = field.Text() == L2TP_GENL_MCGROUP;
    }
    if (ours) return id;
  }
  return 0;
}

void ReadCounters(Octets nested, L2tpCounters& counters) {
  AttributeReader fields(nested);
  NetlinkAttribute field;
  while (fields.Next(field)) {
    switch (field.type) {
      case L2TP_ATTR_TX_PACKETS:
        counters.tx_packets = field.U64();
        break;
      case L2TP_ATTR_TX_BYTES:
        counters.tx_bytes = field.U64();
        break;
      case L2TP_ATTR_TX_ERRORS:
        counters.tx_errors = field.U64();
        break;
      case L2TP_ATTR_RX_PACKETS:
        counters.rx_packets = field.U64();
        break;
      case L2TP_ATTR_RX_BYTES:
        counters.rx_bytes = field.U64();
        break;
      case L2TP_ATTR_RX_ERRORS:
        counters.rx_errors = field.U64();
        break;
      case L2TP_ATTR_RX_SEQ_DISCARDS:
        counters.rx_sequence_discards = field.U64();
        break;
      case L2TP_ATTR_RX_OOS_PACKETS:
        counters.rx_out_of_sequence = field.U64();
        break;
      default:
        break;
    }
  }
}

/// Errors after which nothing of ours can be there: what is there belongs to somebody else.
bool NothingCreated(int error) { return error == EEXIST || error == EPERM || error == EBUSY; }

}  // namespace

bool GenlL2tp::Resolve(Family& family, Failure& failure) {
  const uint64_t known = resolved_family.load(std::memory_order_relaxed);
  if (known != 0) {
    family = Unpack(known);
    return true;
  }
  std::vector<uint8_t> request;
  NetlinkWriter writer(request);
  writer.Begin(GENL_ID_CTRL, 0, 0);
  writer.Header(genlmsghdr{CTRL_CMD_GETFAMILY, 1, 0});
  writer.Text(CTRL_ATTR_FAMILY_NAME, L2TP_GENL_NAME);
  writer.End();
  uint64_t word = 0;
  const auto visit = [&word](const NetlinkMessage& message) {
    AttributeReader fields(message.body, GENL_HDRLEN);
    NetlinkAttribute field;
    uint64_t id = 0, group = 0;
    while (fields.Next(field)) {
      if (field.type == CTRL_ATTR_FAMILY_ID) id = field.U16();
      if (field.type == CTRL_ATTR_MCAST_GROUPS) group = FindGroup(field.value);
    }
    word = id << 32 | group;
  };
  if (!socket_.Request(request, "CTRL_CMD_GETFAMILY l2tp", failure, visit)) return false;
  if (word == 0) return failure.Set("CTRL_CMD_GETFAMILY l2tp", ENOENT);
  resolved_family.store(word, std::memory_order_relaxed);
  family = Unpack(word);
  return true;
}

bool GenlL2tp::Send(uint8_t command, const std::vector<uint8_t>& attributes, const char* operation,
                    Failure& failure, const NetlinkSocket::Visitor& visit) {
  std::vector<uint8_t> request;
  if (!Compose(command, attributes, request, failure)) return false;
  return socket_.Request(request, operation, failure, visit);
}

bool GenlL2tp::Compose(uint8_t command, const std::vector<uint8_t>& attributes, std::vector<uint8_t>& request,
                       Failure& failure) {
  Family family;
  if (!Resolve(family, failure)) return false;
  NetlinkWriter writer(request);
  writer.Begin(family.id, 0, 0);
  writer.Header(genlmsghdr{command, L2TP_GENL_VERSION, 0});
  request.insert(request.end(), attributes.begin(), attributes.end());
  writer.End();
  return true;
}

bool GenlL2tp::CreateTunnel(uint32_t tunnel_id, uint32_t peer_tunnel_id, int socket, Failure& failure) {
  std::vector<uint8_t> attributes;
  NetlinkWriter writer(attributes);
  writer.U32(L2TP_ATTR_CONN_ID, tunnel_id);
  writer.U32(L2TP_ATTR_PEER_CONN_ID, peer_tunnel_id);
  writer.U8(L2TP_ATTR_PROTO_VERSION, 2);
  writer.U16(L2TP_ATTR_ENCAP_TYPE, L2TP_ENCAPTYPE_UDP);
  writer.U32(L2TP_ATTR_FD, static_cast<uint32_t>(socket));
  if (Send(L2TP_CMD_TUNNEL_CREATE, attributes, "L2TP_CMD_TUNNEL_CREATE", failure)) return true;
  if (failure.message < 0 || NothingCreated(failure.error)) return false;
  // Some kernels report an error of the notification although the tunnel is there.
  Failure ignored;
  uint32_t peer = 0;
  L2tpCounters counters;
  if (GetTunnel(tunnel_id, peer, counters, ignored) && peer == peer_tunnel_id)
    DeleteTunnel(tunnel_id, ignored);
  return false;
}

bool GenlL2tp::DeleteTunnel(uint32_t tunnel_id, Failure& failure) {
  std::vector<uint8_t> attributes;
  NetlinkWriter(attributes).U32(L2TP_ATTR_CONN_ID, tunnel_id);
  return Send(L2TP_CMD_TUNNEL_DELETE, attributes, "L2TP_CMD_TUNNEL_DELETE", failure);
}

bool GenlL2tp::GetTunnel(uint32_t tunnel_id, uint32_t& peer_tunnel_id, L2tpCounters& counters,
                         Failure& failure) {
  std::vector<uint8_t> attributes;
  NetlinkWriter(attributes).U32(L2TP_ATTR_CONN_ID, tunnel_id);
  return Send(L2TP_CMD_TUNNEL_GET, attributes, "L2TP_CMD_TUNNEL_GET", failure,
              [&](const NetlinkMessage& message) {
                AttributeReader fields(message.body, GENL_HDRLEN);
                NetlinkAttribute field;
                while (fields.Next(field)) {
                  if (field.type == L2TP_ATTR_PEER_CONN_ID) peer_tunnel_id = field.U32();
                  if (field.type == L2TP_ATTR_STATS) ReadCounters(field.value, counters);
                }
              });
}

bool GenlL2tp::CreateSession(const SessionPlan& plan, Failure& failure) {
  std::vector<uint8_t> attributes;
  NetlinkWriter writer(attributes);
  writer.U32(L2TP_ATTR_CONN_ID, plan.tunnel_id);
  writer.U32(L2TP_ATTR_SESSION_ID, plan.session_id);
  writer.U32(L2TP_ATTR_PEER_SESSION_ID, plan.peer_session_id);
  writer.U16(L2TP_ATTR_PW_TYPE, L2TP_PWTYPE_PPP);
  writer.U8(L2TP_ATTR_LNS_MODE, plan.lns_mode);
  if (plan.send_sequence) writer.U8(L2TP_ATTR_SEND_SEQ, 1);
  if (plan.receive_sequence) writer.U8(L2TP_ATTR_RECV_SEQ, 1);
  if (plan.reorder_timeout > 0) writer.U64(L2TP_ATTR_RECV_TIMEOUT, plan.reorder_timeout);
  if (Send(L2TP_CMD_SESSION_CREATE, attributes, "L2TP_CMD_SESSION_CREATE", failure)) return true;
  if (failure.message < 0 || NothingCreated(failure.error)) return false;
  Failure ignored;
  uint32_t peer = 0;
  if (GetSession(plan.tunnel_id, plan.session_id, peer, ignored) && peer == plan.peer_session_id) {
    DeleteSession(plan.tunnel_id, plan.session_id, ignored);
  }
  return false;
}

bool GenlL2tp::DeleteSession(uint32_t tunnel_id, uint32_t session_id, Failure& failure) {
  std::vector<uint8_t> attributes;
  NetlinkWriter writer(attributes);
  writer.U32(L2TP_ATTR_CONN_ID, tunnel_id);
  writer.U32(L2TP_ATTR_SESSION_ID, session_id);
  return Send(L2TP_CMD_SESSION_DELETE, attributes, "L2TP_CMD_SESSION_DELETE", failure);
}

bool GenlL2tp::GetSession(uint32_t tunnel_id, uint32_t session_id, uint32_t& peer_session_id,
                          Failure& failure) {
  std::vector<uint8_t> attributes;
  NetlinkWriter writer(attributes);
  writer.U32(L2TP_ATTR_CONN_ID, tunnel_id);
  writer.U32(L2TP_ATTR_SESSION_ID, session_id);
  return Send(L2TP_CMD_SESSION_GET, attributes, "L2TP_CMD_SESSION_GET", failure,
              [&](const NetlinkMessage& message) {
                AttributeReader fields(message.body, GENL_HDRLEN);
                NetlinkAttribute field;
                while (fields.Next(field)) {
                  if (field.type == L2TP_ATTR_PEER_SESSION_ID) peer_session_id = field.U32();
                }
              });
}

bool GenlL2tp::DumpSessions(const SessionVisitor& visit, const std::function<void()>& restart,
                            Failure& failure) {
  std::vector<uint8_t> request;
  if (!Compose(L2TP_CMD_SESSION_GET, {}, request, failure)) return false;
  const auto read = [&visit](const NetlinkMessage& message) {
    uint32_t tunnel_id = 0, session_id = 0;
    L2tpCounters counters;
    AttributeReader fields(message.body, GENL_HDRLEN);
    NetlinkAttribute field;
    while (fields.Next(field)) {
      if (field.type == L2TP_ATTR_CONN_ID) tunnel_id = field.U32();
      if (field.type == L2TP_ATTR_SESSION_ID) session_id = field.U32();
      if (field.type == L2TP_ATTR_STATS) ReadCounters(field.value, counters);
    }
    visit(tunnel_id, session_id, counters);
  };
  return socket_.Dump(request, "L2TP_CMD_SESSION_GET", failure, read, restart);
}
