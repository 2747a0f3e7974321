#include "ipv6_counters.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "unique_fd.h"

bool ReadIpv6Counters(int socket, int interface, std::vector<uint8_t>& lines, Failure& failure) {
  ifreq named{};
  named.ifr_ifindex = interface;
  if (ioctl(socket, SIOCGIFNAME, &named) < 0) return failure.Set("SIOCGIFNAME", errno);
  const std::string path = std::string("/proc/thread-self/net/dev_snmp6/") + named.ifr_name;
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failure.Set("open dev_snmp6", errno);
  uint8_t part[4096];
  for (;;) {
    const ssize_t got = read(file.get(), part, sizeof(part));
    if (got < 0) return failure.Set("read dev_snmp6", errno);
    if (got == 0) return true;
    lines.insert(lines.end(), part, part + got);
  }
}
