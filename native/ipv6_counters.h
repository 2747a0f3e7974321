#pragma once

#include <cstdint>
#include <vector>

#include "failure.h"

/// What the kernel tells of an interface's IPv6, line by line with names (/proc/net/dev_snmp6): the array that
/// netlink has of the same counters (IFLA_INET6_STATS) is in another order in each kernel.
/// @param socket any of the network namespace that the calling thread is in
bool ReadIpv6Counters(int socket, int interface, std::vector<uint8_t>& lines, Failure& failure);
