#include "network_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

namespace {

/// Where `ip netns` keeps the names.
bool OpenNamespace(const std::string& name, UniqueFd& out, Failure& failure) {
  UniqueFd fd(open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failure.Set("open network namespace", errno);
  out = std::move(fd);
  return true;
}

bool Within(int target, Failure& failure, const std::function<bool()>& work) {
  const UniqueFd home(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!home) return failure.Set("open network namespace", errno);
  if (setns(target, CLONE_NEWNET) < 0) return failure.Set("setns", errno);
  const bool done = work();
  // A thread that cannot come back would do its further work in the wrong place.
  if (setns(home.get(), CLONE_NEWNET) < 0) abort();
  return done;
}

}  // namespace

bool InNetworkNamespace(const std::string& name, Failure& failure, const std::function<bool()>& work) {
  UniqueFd target;
  return OpenNamespace(name, target, failure) && Within(target.get(), failure, work);
}

std::shared_ptr<NetworkNamespace> NetworkNamespaces::Find(const std::string& name, Failure& failure) {
  auto found = std::make_shared<NetworkNamespace>();
  if (!OpenNamespace(name, found->fd, failure)) return nullptr;
  struct stat status {};
  if (fstat(found->fd.get(), &status) < 0) {
    failure.Set("fstat network namespace", errno);
    return nullptr;
  }
  std::lock_guard lock(mutex_);
  std::shared_ptr<NetworkNamespace>& known = known_[name];
  if (known && known->inode == status.st_ino) return known;
  found->inode = status.st_ino;
  const auto open_socket = [&] { return found->route.Open("socket NETLINK_ROUTE", failure); };
  if (!Within(found->fd.get(), failure, open_socket)) return nullptr;
  known = found;
  return found;
}

void NetworkNamespaces::Forget(const std::string& name) {
  std::lock_guard lock(mutex_);
  known_.erase(name);
}
