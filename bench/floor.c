// Only the kernel's work for N sessions of an LNS: no protocol, no peer. What an LNS that did nothing else
// would need; `npm run bench` shows it beside the real one. Makes the same calls as the addon (native/):
// PPPoL2TP socket, PPPIOCGCHAN, channel, unit, interface with address; and removes them the same way.
//
//   floor SESSIONS THREADS ptp|unnumbered      prints one line of JSON
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TUNNEL = 4242, PEER_TUNNEL = 4243, MTU = 1460, DYING_GROUP = 0x6b6c3264, REAP = 128 };

struct session {
  int pppox, channel, unit, interface;
};

static struct session *sessions;
static int count, next_session;
static int unnumbered;
static pthread_mutex_t index_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t unit_lock = PTHREAD_MUTEX_INITIALIZER;

static void die(const char *what) {
  fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// ---- netlink

struct batch {
  char data[16384];
  size_t length;
  struct nlmsghdr *last;
  int messages;
};

static void *put(struct batch *b, const void *data, size_t size) {
  void *at = b->data + b->length;
  memcpy(at, data, size);
  b->length += NLMSG_ALIGN(size);
  return at;
}

static void begin(struct batch *b, int type, int flags, const void *header, size_t size) {
  struct nlmsghdr head = {.nlmsg_type = (unsigned short)type, .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags)};
  b->last = put(b, &head, sizeof(head));
  b->messages++;
  put(b, header, size);
}

static void attribute(struct batch *b, int type, const void *data, size_t size) {
  struct rtattr head = {.rta_type = (unsigned short)type, .rta_len = (unsigned short)(sizeof(head) + size)};
  put(b, &head, sizeof(head));
  if (size) put(b, data, size);
}

static void end(struct batch *b) {
  b->last->nlmsg_len = (unsigned)(b->data + b->length - (char *)b->last);
}

// One send; only the last message is acknowledged, an error of any is reported.
static void request(int fd, struct batch *b, const char *what) {
  b->last->nlmsg_flags |= NLM_F_ACK;
  if (send(fd, b->data, b->length, 0) < 0) die(what);
  for (;;) {
    char answer[8192];
    ssize_t got = recv(fd, answer, sizeof(answer), 0);
    if (got < 0) die(what);
    struct nlmsghdr *n = (struct nlmsghdr *)answer;
    if (n->nlmsg_type != NLMSG_ERROR) continue;
    errno = -((struct nlmsgerr *)NLMSG_DATA(n))->error;
    if (errno) die(what);
    b->length = 0;
    b->messages = 0;
    return;
  }
}

static int route_socket(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) die("socket NETLINK_ROUTE");
  return fd;
}

// ---- the work

static int connect_pppox(int tunnel_fd, unsigned short session) {
  struct sockaddr_pppol2tp a = {.sa_family = AF_PPPOX, .sa_protocol = PX_PROTO_OL2TP};
  a.pppol2tp.fd = tunnel_fd;
  a.pppol2tp.addr.sin_family = AF_INET;
  a.pppol2tp.s_tunnel = TUNNEL;
  a.pppol2tp.d_tunnel = PEER_TUNNEL;
  a.pppol2tp.s_session = a.pppol2tp.d_session = session;
  int fd = socket(AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC, PX_PROTO_OL2TP);
  const void *address = &a;
  if (fd < 0 || connect(fd, address, sizeof(a)) < 0) die("connect PPPoL2TP");
  int on = 1;
  if (session && setsockopt(fd, 273, PPPOL2TP_SO_LNSMODE, &on, sizeof(on)) < 0) die("PPPOL2TP_SO_LNSMODE");
  return fd;
}

static void set_up(int route, int number) {
  struct session *s = &sessions[number];
  s->pppox = connect_pppox(-1, (unsigned short)(number + 1));
  int index = 0, unit = -1;
  if (ioctl(s->pppox, PPPIOCGCHAN, &index) < 0) die("PPPIOCGCHAN");
  s->channel = open("/dev/ppp", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (s->channel < 0 || ioctl(s->channel, PPPIOCATTCHAN, &index) < 0) die("PPPIOCATTCHAN");
  // The kernel takes one lock for units, and spins for it: one at a time is faster.
  pthread_mutex_lock(&unit_lock);
  s->unit = open("/dev/ppp", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (s->unit < 0 || ioctl(s->unit, PPPIOCNEWUNIT, &unit) < 0) die("PPPIOCNEWUNIT");
  struct ifreq name = {0};
  snprintf(name.ifr_name, sizeof(name.ifr_name), "ppp%d", unit);
  if (ioctl(route, SIOCGIFINDEX, &name) < 0) die("SIOCGIFINDEX");
  s->interface = name.ifr_ifindex;
  if (ioctl(s->channel, PPPIOCCONNECT, &unit) < 0) die("PPPIOCCONNECT");
  struct batch b = {.length = 0};
  unsigned mtu = MTU, local = htonl(0x0a400001), peer = htonl(0x0a410000u + (unsigned)number + 2);
  struct ifinfomsg link = {.ifi_index = s->interface, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  begin(&b, RTM_SETLINK, 0, &link, sizeof(link));
  attribute(&b, IFLA_MTU, &mtu, sizeof(mtu));
  unsigned char mode = 1;  // IN6_ADDR_GEN_MODE_NONE: no link-local address, as without IPV6CP
  struct rtattr *spec = (struct rtattr *)(b.data + b.length);
  attribute(&b, IFLA_AF_SPEC | NLA_F_NESTED, NULL, 0);
  struct rtattr *ipv6 = (struct rtattr *)(b.data + b.length);
  attribute(&b, AF_INET6 | NLA_F_NESTED, NULL, 0);
  attribute(&b, IFLA_INET6_ADDR_GEN_MODE, &mode, sizeof(mode));
  ipv6->rta_len = (unsigned short)(b.data + b.length - (char *)ipv6);
  spec->rta_len = (unsigned short)(b.data + b.length - (char *)spec);
  end(&b);
  if (unnumbered) {
    struct rtmsg r = {.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN,
                      .rtm_protocol = RTPROT_STATIC, .rtm_scope = RT_SCOPE_LINK, .rtm_type = RTN_UNICAST};
    begin(&b, RTM_NEWROUTE, NLM_F_CREATE, &r, sizeof(r));
    attribute(&b, RTA_DST, &peer, sizeof(peer));
    attribute(&b, RTA_OIF, &s->interface, sizeof(s->interface));
    attribute(&b, RTA_PREFSRC, &local, sizeof(local));
  } else {
    struct ifaddrmsg a = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = (unsigned)s->interface};
    begin(&b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &a, sizeof(a));
    attribute(&b, IFA_LOCAL, &local, sizeof(local));
    attribute(&b, IFA_ADDRESS, &peer, sizeof(peer));
  }
  end(&b);
  request(route, &b, "rtnetlink");
  pthread_mutex_unlock(&unit_lock);
}

static int take(void) {
  pthread_mutex_lock(&index_lock);
  int number = next_session < count ? next_session++ : -1;
  pthread_mutex_unlock(&index_lock);
  return number;
}

static void *set_up_some(void *unused) {
  (void)unused;
  int route = route_socket();
  for (int number; (number = take()) >= 0;) set_up(route, number);
  close(route);
  return NULL;
}

static void *close_some(void *unused) {
  (void)unused;
  for (int number; (number = take()) >= 0;) {
    close(sessions[number].pppox);
    close(sessions[number].channel);
  }
  return NULL;
}

static void in_threads(void *(*work)(void *), int threads) {
  pthread_t ids[256];
  next_session = 0;
  for (int i = 0; i < threads; i++) {
    if (pthread_create(&ids[i], NULL, work, NULL)) die("pthread_create");
  }
  for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
}

static void remove_units(void) {
  static struct batch b;
  int route = route_socket();
  unsigned group = DYING_GROUP;
  for (int from = 0; from < count; from += REAP) {
    int to = from + REAP < count ? from + REAP : count;
    for (int i = from; i < to; i++) {
      struct ifinfomsg link = {.ifi_index = sessions[i].interface};
      begin(&b, RTM_SETLINK, 0, &link, sizeof(link));
      attribute(&b, IFLA_GROUP, &group, sizeof(group));
      end(&b);
    }
    request(route, &b, "RTM_SETLINK group");
    struct ifinfomsg all = {0};
    begin(&b, RTM_DELLINK, 0, &all, sizeof(all));
    attribute(&b, IFLA_GROUP, &group, sizeof(group));
    end(&b);
    request(route, &b, "RTM_DELLINK group");
    for (int i = from; i < to; i++) close(sessions[i].unit);
  }
  close(route);
}

struct usage {
  double time, user, system;
};

static struct usage usage(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  return (struct usage){now(), (double)r.ru_utime.tv_sec + (double)r.ru_utime.tv_usec / 1e6,
                        (double)r.ru_stime.tv_sec + (double)r.ru_stime.tv_usec / 1e6};
}

static void phase(const char *name, struct usage from, struct usage to) {
  double seconds = to.time - from.time;
  printf(",\"%s\":{\"seconds\":%.3f,\"perSecond\":%.1f,\"userMs\":%.3f,\"systemMs\":%.3f}", name, seconds,
         count / seconds, (to.user - from.user) * 1000 / count, (to.system - from.system) * 1000 / count);
}

int main(int argc, char **argv) {
  int threads = argc > 2 ? atoi(argv[2]) : 1;
  if (argc > 1) count = atoi(argv[1]);
  if (count < 1 || count > 65000 || threads < 1 || threads > 256) {
    fprintf(stderr, "usage: floor SESSIONS THREADS ptp|unnumbered\n");
    return 2;
  }
  unnumbered = argc > 3 && strcmp(argv[3], "unnumbered") == 0;
  struct rlimit files = {(rlim_t)count * 3 + 100, (rlim_t)count * 3 + 100};
  if (setrlimit(RLIMIT_NOFILE, &files) < 0) die("RLIMIT_NOFILE");
  sessions = calloc((size_t)count, sizeof(*sessions));
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, there = here;
  there.sin_port = htons(1701);
  int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (udp < 0 || bind(udp, (struct sockaddr *)&here, sizeof(here)) < 0 ||
      connect(udp, (struct sockaddr *)&there, sizeof(there)) < 0)
    die("UDP socket");
  int tunnel = connect_pppox(udp, 0);
  struct usage start = usage();
  in_threads(set_up_some, threads);
  struct usage up = usage();
  in_threads(close_some, threads);
  remove_units();
  struct usage down = usage();
  close(tunnel);
  close(udp);
  printf("{\"sessions\":%d,\"threads\":%d,\"addressing\":\"%s\"", count, threads, unnumbered ? "unnumbered" : "ptp");
  phase("up", start, up);
  phase("down", up, down);
  printf("}\n");
  return 0;
}
