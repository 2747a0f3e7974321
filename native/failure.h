#pragma once

#include <string>

/// Which system call or netlink request failed, and why.
struct Failure {
  /// Static text: the name of the call, ioctl or message. nullptr while nothing has failed.
  const char* operation = nullptr;
  /// errno, positive.
  int error = 0;
  /// Which message of a netlink batch it was, counted from 0; -1 where that says nothing.
  int message = -1;
  /// The kernel's extended ack text, empty where it gave none.
  std::string detail;

  explicit operator bool() const { return error != 0; }

  /// Notes the first failure only: what follows is its consequence.
  bool Set(const char* what, int code) {
    if (error == 0) {
      operation = what;
      error = code;
    }
    return false;
  }
};
