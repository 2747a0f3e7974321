#include "bpf_filter.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <iterator>

namespace {

// A filter on a UDP socket sees the datagram from its UDP header on.
constexpr uint32_t kL2tp = 8;

// RFC 2661 section 3.1, first 16 bits of the header.
constexpr uint32_t kControl = 0x8000;   // T
constexpr uint32_t kLength = 0x4000;    // L: 2 octets follow the flags
constexpr uint32_t kSequence = 0x0800;  // S: 4 octets follow the ids
constexpr uint32_t kOffset = 0x0200;    // O: 2 octets with a size follow those, then padding of that size
constexpr uint32_t kVersion = 0x000f;

// Where a cell of the scratch memory is used.
constexpr uint32_t kFlagsCell = 0;
constexpr uint32_t kPositionCell = 1;

constexpr uint32_t kPass = 0xffffffff;
constexpr uint32_t kDrop = 0;

constexpr sock_filter Do(uint16_t code, uint32_t k = 0) { return {code, 0, 0, k}; }
/// The instruction `here` goes on at `yes` or `no`; the kernel counts those from the instruction after it.
constexpr sock_filter If(uint8_t here, uint16_t test, uint32_t k, uint8_t yes, uint8_t no) {
  return {static_cast<uint16_t>(BPF_JMP | test | BPF_K), static_cast<uint8_t>(yes - here - 1),
          static_cast<uint8_t>(no - here - 1), k};
}

// Where the program goes when it is not simply the next instruction.
constexpr uint8_t kNoOffset = 22;
constexpr uint8_t kProtocol = 27;
constexpr uint8_t kDropAt = 30;
constexpr uint8_t kPassAt = 31;

// A load beyond the end of the datagram ends the program with "drop", so truncated headers need no test.
constexpr sock_filter kProgram[] = {
    /*  0 */ Do(BPF_LD | BPF_H | BPF_ABS, kL2tp),    // A = flags and version
    /*  1 */ If(1, BPF_JSET, kControl, kPassAt, 2),  // control: pass
    /*  2 */ Do(BPF_ST, kFlagsCell),
    /*  3 */ Do(BPF_ALU | BPF_AND | BPF_K, kVersion),
    /*  4 */ If(4, BPF_JEQ, 2, 5, kDropAt),  // data of another version: drop
    // Where the payload begins: after flags (2) and ids (4), and the fields that L, S and O announce.
    /*  5 */ Do(BPF_LD | BPF_MEM, kFlagsCell),
    /*  6 */ Do(BPF_ALU | BPF_AND | BPF_K, kLength),
    /*  7 */ Do(BPF_ALU | BPF_RSH | BPF_K, 13),  // 0x4000 >> 13 = 2
    /*  8 */ Do(BPF_ALU | BPF_ADD | BPF_K, kL2tp + 2 + 4),
    /*  9 */ Do(BPF_ST, kPositionCell),
    /* 10 */ Do(BPF_LD | BPF_MEM, kFlagsCell),
    /* 11 */ Do(BPF_ALU | BPF_AND | BPF_K, kSequence),
    /* 12 */ Do(BPF_ALU | BPF_RSH | BPF_K, 9),  // 0x0800 >> 9 = 4
    /* 13 */ Do(BPF_LDX | BPF_MEM, kPositionCell),
    /* 14 */ Do(BPF_ALU | BPF_ADD | BPF_X),
    /* 15 */ Do(BPF_MISC | BPF_TAX),  // X = end of Ns and Nr
    /* 16 */ Do(BPF_LD | BPF_MEM, kFlagsCell),
    /* 17 */ If(17, BPF_JSET, kOffset, 18, kNoOffset),
    /* 18 */ Do(BPF_LD | BPF_H | BPF_IND, 0),  // A = Offset Size
    /* 19 */ Do(BPF_ALU | BPF_ADD | BPF_K, 2),
    /* 20 */ Do(BPF_ALU | BPF_ADD | BPF_X),
    /* 21 */ Do(BPF_MISC | BPF_TAX),  // X = end of the padding
    // PPP: address and control octets may stand before the protocol field (RFC 1662 section 3.1).
    /* 22 */ Do(BPF_LD | BPF_H | BPF_IND, 0),
    /* 23 */ If(23, BPF_JEQ, 0xff03, 24, kProtocol),
    /* 24 */ Do(BPF_MISC | BPF_TXA),
    /* 25 */ Do(BPF_ALU | BPF_ADD | BPF_K, 2),
    /* 26 */ Do(BPF_MISC | BPF_TAX),
    // An odd first octet is a whole, compressed protocol field (RFC 1661 section 6.5): below 0x100, so data.
    /* 27 */ Do(BPF_LD | BPF_H | BPF_IND, 0),            // A = protocol
    /* 28 */ If(28, BPF_JSET, 0x0100, kDropAt, 29),      // data: drop
    /* 29 */ If(29, BPF_JGE, 0x8000, kPassAt, kDropAt),  // control: pass
    /* 30 */ Do(BPF_RET | BPF_K, kDrop),
    /* 31 */ Do(BPF_RET | BPF_K, kPass),
};

static_assert(std::size(kProgram) == kPassAt + 1);

constexpr uint32_t kRouterSolicitation = 133;
constexpr uint32_t kHopLimitOffset = 7;

// A filter on a raw IPv6 socket sees the packet from its ICMPv6 header on.
constexpr sock_filter kSolicitationProgram[] = {
    /* 0 */ Do(BPF_LD | BPF_B | BPF_ABS, static_cast<uint32_t>(SKF_NET_OFF) + kHopLimitOffset),
    /* 1 */ If(1, BPF_JEQ, 255, 2, 5),
    /* 2 */ Do(BPF_LD | BPF_B | BPF_ABS, 0),
    /* 3 */ If(3, BPF_JEQ, kRouterSolicitation, 4, 5),
    /* 4 */ Do(BPF_RET | BPF_K, kPass),
    /* 5 */ Do(BPF_RET | BPF_K, kDrop),
};

int Attach(int socket, const sock_filter* program, size_t length) {
  sock_fprog described{static_cast<unsigned short>(length), const_cast<sock_filter*>(program)};
  return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &described, sizeof(described)) < 0 ? errno : 0;
}

}  // namespace

int AttachRouterSolicitationFilter(int socket) {
  return Attach(socket, kSolicitationProgram, std::size(kSolicitationProgram));
}

int AttachL2tpFilter(int socket) { return Attach(socket, kProgram, std::size(kProgram)); }
