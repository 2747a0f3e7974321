#pragma once

#include <cstddef>
#include <cstdint>

#include "failure.h"
#include "unique_fd.h"

/// Channels and units of /dev/ppp (linux/ppp-ioctl.h). Every ioctl takes one lock of the whole kernel.

/// Network protocols of PPPIOCSNPMODE.
inline constexpr uint32_t kPassIpv4 = 1;
inline constexpr uint32_t kPassIpv6 = 2;

/// /dev/ppp attached to a channel (PPPIOCATTCHAN): LCP and authentication frames are read and written here.
bool OpenChannel(int index, UniqueFd& out, Failure& failure);

/// /dev/ppp with a new unit (PPPIOCNEWUNIT), whose interface lives as long as this descriptor.
bool OpenUnit(UniqueFd& out, int& number, Failure& failure);

/// The interface index of unit `number`, asked for through any socket of this network namespace.
bool GetUnitInterface(int socket, int number, int& interface, Failure& failure);

bool ConnectChannel(int channel, int unit, Failure& failure);
bool DisconnectChannel(int channel, Failure& failure);

/// PPPIOCBRIDGECHAN: frames of one channel leave by the other, control frames too. Both may be closed
/// afterwards.
bool BridgeChannel(int channel, int other_index, Failure& failure);
bool UnbridgeChannel(int channel, Failure& failure);

bool SetMru(int unit, int mru, Failure& failure);

/// Lets the network protocols of `pass` through, drops or refuses the others of `touch`, both ways.
bool SetNetworkProtocols(int unit, uint32_t touch, uint32_t pass, Failure& failure);

/// PPPIOCSFLAGS: all flags anew (SC_CCP_OPEN and so on).
bool SetUnitFlags(int unit, int flags, Failure& failure);

/// PPPIOCSCOMPRESS: option with key material for one direction.
bool SetCompressor(int unit, const uint8_t* option, size_t size, bool transmit, Failure& failure);

/// PPPIOCGIDLE64: seconds since a network protocol's packet was sent and received; huge before the first.
bool GetIdle(int unit, int64_t& sent, int64_t& received, Failure& failure);
