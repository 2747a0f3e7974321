#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "pppox.h"
#include "unique_fd.h"
#include "worker_pool.h"

/// What becomes of a unit once it is there.
struct UnitPlan {
  /// Network namespace that the interface is moved to, by this name, before `messages` are sent there. Empty:
  /// it stays in ours, and `name` says nothing.
  std::string netns;
  std::string name;
  /// rtnetlink messages that name, address, route and raise the interface, sent in one call.
  std::vector<uint8_t> messages;
  /// Where in `messages` the interface's index belongs (offsets of 32-bit fields).
  std::vector<uint32_t> patches;
  /// PPPIOCSMRU; 0 leaves the kernel's 1500.
  int mru = 0;
  /// Network protocols to let through or drop: those of `touch`, as in `pass`. A new unit lets all through.
  uint32_t touch = 0;
  uint32_t pass = 0;
};

struct UnitParts {
  UniqueFd unit;
  int number = -1;
  int interface = 0;
};

struct SessionParts {
  UniqueFd pppox;
  UniqueFd channel;
  int channel_index = 0;
};

/// Held while a channel is attached and a unit is made: NEWUNIT holds the kernel's one PPP lock while it waits
/// for RTNL, and who waits in the kernel for that lock spins.
[[nodiscard]] std::unique_lock<std::mutex> OneAtATime();

/// Session, PPPoL2TP socket and the channel's index. A failure leaves nothing.
bool SetUpSession(Worker& worker, SessionPlan& plan, bool netlink_optional, SessionParts& parts,
                  Failure& failure);

/// The same for a PPPoE session.
bool SetUpPppoe(Worker& worker, const PppoePlan& plan, SessionParts& parts, Failure& failure);

/// Unit, connected to the channel, and all that `plan` wants of its interface. Under `OneAtATime`. A failure
/// leaves nothing.
bool SetUpUnit(Worker& worker, int channel, UnitPlan& plan, UnitParts& parts, Failure& failure);

/// Closes in the order that the kernel needs: the socket first, which takes the session along.
void UndoSession(SessionParts& parts);

/// PPPIOCGCHAN and closing a PPPoL2TP socket wait for a grace period: the pool learns how long.
bool BindChannel(Worker& worker, int pppox, int& index, Failure& failure);
void ClosePppox(Worker& worker, UniqueFd& pppox);

/// Writes `interface` at each offset of `patches`. The offsets were checked when the job was made.
void PatchInterface(std::vector<uint8_t>& messages, const std::vector<uint32_t>& patches, int interface);
