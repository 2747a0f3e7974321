#pragma once

#include <linux/if_link.h>

#include <vector>

#include "genl_l2tp.h"
#include "netlink_socket.h"

/// A request for counters (RTM_GETSTATS, IFLA_STATS_LINK_64): of one interface, or with 0, as a dump, of all.
std::vector<uint8_t> CountersRequest(int interface);

/// Reads one answer. @return whether it has counters
bool ParseCounters(const NetlinkMessage& message, int& interface, rtnl_link_stats64& counters);

/// The counters of one interface of this network namespace. @return whether it is there
bool ReadInterfaceCounters(NetlinkSocket& route, int interface, L2tpCounters& counters);
