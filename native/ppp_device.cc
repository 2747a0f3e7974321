#include "ppp_device.h"

#include <fcntl.h>
#include <linux/ppp-ioctl.h>
#include <linux/ppp_defs.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdio>

namespace {

bool OpenDevice(UniqueFd& out, Failure& failure) {
  UniqueFd fd(open("/dev/ppp", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return failure.Set("open /dev/ppp", errno);
  out = std::move(fd);
  return true;
}

template <typename T>
bool Ioctl(int fd, unsigned long request, T* argument, const char* operation, Failure& failure) {
  return ioctl(fd, request, argument) == 0 || failure.Set(operation, errno);
}

}  // namespace

bool OpenChannel(int index, UniqueFd& out, Failure& failure) {
  UniqueFd fd;
  if (!OpenDevice(fd, failure) || !Ioctl(fd.get(), PPPIOCATTCHAN, &index, "PPPIOCATTCHAN", failure))
    return false;
  out = std::move(fd);
  return true;
}

bool OpenUnit(UniqueFd& out, int& number, Failure& failure) {
  UniqueFd fd;
  number = -1;
  if (!OpenDevice(fd, failure) || !Ioctl(fd.get(), PPPIOCNEWUNIT, &number, "PPPIOCNEWUNIT", failure))
    return false;
  out = std::move(fd);
  return true;
}

bool GetUnitInterface(int socket, int number, int& interface, Failure& failure) {
  ifreq request{};
  snprintf(request.ifr_name, sizeof(request.ifr_name), "ppp%d", number);
  if (!Ioctl(socket, SIOCGIFINDEX, &request, "SIOCGIFINDEX", failure)) return false;
  interface = request.ifr_ifindex;
  return true;
}

bool ConnectChannel(int channel, int unit, Failure& failure) {
  return Ioctl(channel, PPPIOCCONNECT, &unit, "PPPIOCCONNECT", failure);
}

bool DisconnectChannel(int channel, Failure& failure) {
  return ioctl(channel, PPPIOCDISCONN) == 0 || failure.Set("PPPIOCDISCONN", errno);
}

bool BridgeChannel(int channel, int other_index, Failure& failure) {
  return Ioctl(channel, PPPIOCBRIDGECHAN, &other_index, "PPPIOCBRIDGECHAN", failure);
}

bool UnbridgeChannel(int channel, Failure& failure) {
  return ioctl(channel, PPPIOCUNBRIDGECHAN) == 0 || failure.Set("PPPIOCUNBRIDGECHAN", errno);
}

bool SetMru(int unit, int mru, Failure& failure) {
  return Ioctl(unit, PPPIOCSMRU, &mru, "PPPIOCSMRU", failure);
}

bool SetNetworkProtocols(int unit, uint32_t touch, uint32_t pass, Failure& failure) {
  static constexpr struct {
    uint32_t bit;
    int protocol;
  } kProtocols[] = {{kPassIpv4, PPP_IP}, {kPassIpv6, PPP_IPV6}};
  for (const auto& [bit, protocol] : kProtocols) {
    if (!(touch & bit)) continue;
    npioctl mode{protocol, pass & bit ? NPMODE_PASS : NPMODE_DROP};
    if (!Ioctl(unit, PPPIOCSNPMODE, &mode, "PPPIOCSNPMODE", failure)) return false;
  }
  return true;
}

bool SetUnitFlags(int unit, int flags, Failure& failure) {
  return Ioctl(unit, PPPIOCSFLAGS, &flags, "PPPIOCSFLAGS", failure);
}

bool SetCompressor(int unit, const uint8_t* option, size_t size, bool transmit, Failure& failure) {
  ppp_option_data data{};
  data.ptr = const_cast<uint8_t*>(option);
  data.length = static_cast<uint32_t>(size);
  data.transmit = transmit;
  return Ioctl(unit, PPPIOCSCOMPRESS, &data, "PPPIOCSCOMPRESS", failure);
}

bool GetIdle(int unit, int64_t& sent, int64_t& received, Failure& failure) {
  ppp_idle64 idle{};
  if (!Ioctl(unit, PPPIOCGIDLE64, &idle, "PPPIOCGIDLE64", failure)) return false;
  sent = idle.xmit_idle;
  received = idle.recv_idle;
  return true;
}
