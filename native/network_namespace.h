#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "failure.h"
#include "netlink_socket.h"
#include "unique_fd.h"

/// Runs `work` with the calling thread in the network namespace `name` (as of `ip netns`), and brings the
/// thread back.
bool InNetworkNamespace(const std::string& name, Failure& failure, const std::function<bool()>& work);

/// A network namespace by its name, and one rtnetlink socket in it for all threads: RTNL lets one at a time
/// work anyway.
struct NetworkNamespace {
  UniqueFd fd;
  /// Which namespace it is: a name may be given to another.
  ino_t inode = 0;
  std::mutex mutex;
  /// With `mutex` held.
  NetlinkSocket route{NETLINK_ROUTE};
};

/// The namespaces in use. Thread-safe.
class NetworkNamespaces {
 public:
  /// @return nullptr and `failure` where there is none by that name
  std::shared_ptr<NetworkNamespace> Find(const std::string& name, Failure& failure);
  /// Nothing of ours is in it any more: what is open keeps it alive when its name is deleted.
  void Forget(const std::string& name);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<NetworkNamespace>> known_;
};
