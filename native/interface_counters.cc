#include "interface_counters.h"

#include <linux/rtnetlink.h>

#include <algorithm>

std::vector<uint8_t> CountersRequest(int interface) {
  std::vector<uint8_t> request;
  NetlinkWriter writer(request);
  writer.Begin(RTM_GETSTATS, 0, 0);
  if_stats_msg filter{};
  filter.ifindex = static_cast<uint32_t>(interface);
  filter.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
  writer.Header(filter);
  writer.End();
  return request;
}

bool ParseCounters(const NetlinkMessage& message, int& interface, rtnl_link_stats64& counters) {
  if_stats_msg link{};
  if (message.body.size < sizeof(link)) return false;
  memcpy(&link, message.body.data, sizeof(link));
  interface = static_cast<int>(link.ifindex);
  AttributeReader attributes(message.body, sizeof(link));
  NetlinkAttribute attribute;
  while (attributes.Next(attribute)) {
    if (attribute.type != IFLA_STATS_LINK_64) continue;
    // Kernels differ in how many there are.
    counters = {};
    memcpy(&counters, attribute.value.data, std::min(sizeof(counters), attribute.value.size));
    return true;
  }
  return false;
}

bool ReadInterfaceCounters(NetlinkSocket& route, int interface, L2tpCounters& counters) {
  std::vector<uint8_t> request = CountersRequest(interface);
  bool found = false;
  const auto visit = [&](const NetlinkMessage& message) {
    int of = 0;
    rtnl_link_stats64 link{};
    if (!ParseCounters(message, of, link) || of != interface) return;
    counters.rx_packets = link.rx_packets;
    counters.rx_bytes = link.rx_bytes;
    counters.rx_errors = link.rx_errors;
    counters.tx_packets = link.tx_packets;
    counters.tx_bytes = link.tx_bytes;
    counters.tx_errors = link.tx_errors;
    found = true;
  };
  Failure ignored;
  return route.Request(request, "RTM_GETSTATS", ignored, visit) && found;
}
