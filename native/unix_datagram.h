#pragma once

#include <string_view>

/// Sends one datagram to the unix socket at `path` and never waits. A path that begins with `@` is in Linux's
/// abstract name space.
/// @return 0, or errno
int SendUnixDatagram(std::string_view path, std::string_view data);
