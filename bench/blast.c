// A blast of UDP packets, as fast as one thread can send, for `npm run bench -- data`.
//
//   blast plain  SRC SPORT DST DPORT SIZE SECONDS
//   blast tunnel SRC SPORT LNS LPORT SIZE SECONDS TUNNEL SESSION INNER_SRC INNER_DST
//
// SIZE is the length of the IP packet that the server behind the LNS gets or sends; `tunnel` wraps it into L2TP
// and PPP as a LAC would, from the tunnel's own port. Prints how many packets the socket took.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, IP_HEADER = 20, UDP_HEADER = 8, DISCARD = 9 };

static void die(const char *what) {
  fprintf(stderr, "blast: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sockaddr_in address(const char *text, const char *port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  if (inet_pton(AF_INET, text, &a.sin_addr) != 1) {
    fprintf(stderr, "blast: %s is not an IPv4 address\n", text);
    exit(2);
  }
  return a;
}

static int bound(struct sockaddr_in local) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on));
  // Nothing is read: what comes is dropped before it is queued.
  struct sock_filter none[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  struct sock_fprog filter = {1, none};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0) die("SO_ATTACH_FILTER");
  if (bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0) die("bind");
  return fd;
}

static void put16(uint8_t *at, unsigned value) {
  at[0] = (uint8_t)(value >> 8);
  at[1] = (uint8_t)value;
}

static unsigned checksum(const uint8_t *data, int length) {
  uint32_t sum = 0;
  for (int i = 0; i < length; i += 2) sum += (uint32_t)(data[i] << 8 | data[i + 1]);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

// L2TP header, FF 03 00 21, IP, UDP to the discard port.
static int wrap(uint8_t *at, int size, char **argv) {
  put16(at, 0x0002);
  put16(at + 2, (unsigned)atoi(argv[0]));
  put16(at + 4, (unsigned)atoi(argv[1]));
  put16(at + 6, 0xff03);
  put16(at + 8, 0x0021);
  uint8_t *ip = at + 10, *udp = ip + IP_HEADER;
  memset(ip, 0, (size_t)size);
  ip[0] = 0x45;
  put16(ip + 2, (unsigned)size);
  ip[8] = 64;
  ip[9] = IPPROTO_UDP;
  struct sockaddr_in from = address(argv[2], "0"), to = address(argv[3], "0");
  memcpy(ip + 12, &from.sin_addr, 4);
  memcpy(ip + 16, &to.sin_addr, 4);
  put16(ip + 10, checksum(ip, IP_HEADER));
  put16(udp, DISCARD);
  put16(udp + 2, DISCARD);
  put16(udp + 4, (unsigned)(size - IP_HEADER));
  return 10 + size;
}

int main(int argc, char **argv) {
  int tunnel = argc == 12 && strcmp(argv[1], "tunnel") == 0;
  if (!tunnel && (argc != 8 || strcmp(argv[1], "plain") != 0)) {
    fprintf(stderr, "usage: blast plain|tunnel ... (see bench/blast.c)\n");
    return 2;
  }
  int size = atoi(argv[6]);
  double seconds = atof(argv[7]);
  if (size < IP_HEADER + UDP_HEADER || size > 1500) return 2;
  static uint8_t packet[2048];
  int fd = bound(address(argv[2], argv[3])), length = size - IP_HEADER - UDP_HEADER;
  struct sockaddr_in to = address(argv[4], argv[5]);
  // Not connected: what comes from the LNS goes to the tunnel's own socket, which is.
  if (tunnel) length = wrap(packet, size, argv + 8);
  struct iovec data = {packet, (size_t)length};
  struct mmsghdr messages[BATCH];
  memset(messages, 0, sizeof(messages));
  for (int i = 0; i < BATCH; i++) {
    messages[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &data, .msg_iovlen = 1};
  }
  double start = now(), end = start + seconds;
  long sent = 0;
  while (now() < end) {
    int taken = sendmmsg(fd, messages, BATCH, 0);
    if (taken < 0 && errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED) die("sendmmsg");
    if (taken > 0) sent += taken;
  }
  printf("{\"sent\":%ld,\"seconds\":%.3f}\n", sent, now() - start);
  return 0;
}
