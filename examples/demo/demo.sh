#!/usr/bin/env bash
# The main job of an LNS, once through, between two hosts that are network namespaces of this kernel:
#
#     caller                                     provider
#     xl2tpd + pppd ──── a cable (veth) ──────── kernel-l2tp serve
#     192.0.2.2          192.0.2.0/24            192.0.2.1
#     10.65.1.1 (alice's, through the tunnel) ── 10.64.0.1
#
# `npm run demo` starts this as root on a kernel with L2TP. Read on: each step is what one would type.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
work=$(mktemp -d)
steps=7 step=0 started=$SECONDS step_name='preparing'

# --- what is said ---

if [[ -z ${NO_COLOR:-} && ( -t 1 || -n ${FORCE_COLOR:-} ) ]]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' plain=''
fi

begin() { # TITLE
  step=$((step + 1)) step_name=$1
  printf '\n%s[%d/%d] %s%s %s(at %d s)%s\n' "$bold" "$step" "$steps" "$1" "$plain" "$dim" $((SECONDS - started)) "$plain"
}
tell() { printf '      %s\n' "$@"; }
good() { printf '    %s✓%s %s\n' "$green" "$plain" "$*"; }
indented() { sed 's/^/        /'; }
# run COMMAND...: says it, runs it, shows what it prints.
run() {
  local words=$*
  words=${words/#in_caller/ip netns exec demo-caller} words=${words/#kernel_l2tp/kernel-l2tp}
  printf '    %s$ %s%s\n' "$dim" "${words//"$work/"/}" "$plain"
  "$@" 2>&1 | indented
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
  local limit=$1 what=$2 begun=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS - begun >= limit)); then fail "$what did not happen within $limit s"; fi
    sleep 0.2
  done
}

# --- what is cleaned up, also after a failure ---

in_caller() { ip netns exec demo-caller "$@"; }
in_provider() { ip netns exec demo-provider "$@"; }

end_namespace() { # NAME
  [[ -e /run/netns/$1 ]] || return 0
  local pids
  mapfile -t pids < <(ip netns pids "$1")
  if ((${#pids[@]})); then kill -9 "${pids[@]}" 2>/dev/null || true; fi
  ip netns delete "$1"
}
clean_up() {
  end_namespace demo-caller
  end_namespace demo-provider
  rm -rf "$work"
}
fail() { # WHY
  trap - ERR
  printf '\n%s✗ step %d (%s) failed: %s%s\n' "$red" "$step" "$step_name" "$1" "$plain"
  local log
  for log in "$work"/*.log; do
    [[ -s $log ]] || continue
    printf '\n----- the end of %s -----\n' "$(basename "$log")"
    tail -n 60 "$log"
  done
  exit 1
}
trap clean_up EXIT
trap 'fail "\"$BASH_COMMAND\" ended with status $?"' ERR
trap 'exit 130' INT TERM
clean_up && mkdir "$work"

kernel_l2tp() { node "$here/../../dist/cli/main.js" "$@"; }
interface_of() { ip -n "$1" -o link show type ppp | sed -n 's/^[0-9]*: \([^:@]*\).*/\1/p'; }

# --- 1 ---

begin 'Two hosts and a cable between them'
tell 'Both are network namespaces: each has interfaces, addresses and routes of its own.'
tell '"provider" will run the server (an LNS), "caller" is a subscriber somewhere in the Internet.'
ip netns add demo-provider
ip netns add demo-caller
ip -n demo-provider link add cable type veth peer cable netns demo-caller
ip -n demo-provider addr add 192.0.2.1/24 dev cable
ip -n demo-caller addr add 192.0.2.2/24 dev cable
for host in demo-provider demo-caller; do
  ip -n "$host" link set lo up
  ip -n "$host" link set cable up
done
in_provider sysctl -q -w net.ipv4.ip_forward=1 # a server hands packets on
in_caller ping -n -q -c 1 -W 5 192.0.2.1 >/dev/null
good 'caller (192.0.2.2) reaches provider (192.0.2.1) over the cable'

# --- 2 ---

begin 'The server, from five lines'
install -m 600 "$here/lns.yaml" "$work/" # it holds secrets
indented <"$work/lns.yaml"
run kernel_l2tp serve -c "$work/lns.yaml" --check
ip netns exec demo-provider node "$here/../../dist/cli/main.js" serve -c "$work/lns.yaml" >"$work/kernel-l2tp.log" 2>&1 &
server=$!
wait_for 90 'the start of the server' grep -q 'is ready' "$work/kernel-l2tp.log"
good "kernel-l2tp serves UDP port 1701 (process $server)"

# --- 3 ---

begin 'A subscriber dials in'
tell 'xl2tpd opens the tunnel, and pppd logs in as alice with CHAP. These are the programs that Linux'
tell 'distributions ship; nothing of them comes from this project.'
cp "$here"/{xl2tpd.conf,ppp-options,l2tp-secrets} "$work/"
sed -i "s|^pppoptfile = .*|pppoptfile = $work/ppp-options|" "$work/xl2tpd.conf"
echo "logfile $work/pppd.log" >>"$work/ppp-options"
ip netns exec demo-caller xl2tpd -D -c "$work/xl2tpd.conf" -s "$work/l2tp-secrets" -p "$work/xl2tpd.pid" \
  -C "$work/control" >"$work/xl2tpd.log" 2>&1 &
disown
wait_for 30 'the start of xl2tpd' test -p "$work/control"
dialled=$(date +%s%N)
echo 'c provider' >"$work/control"
wait_for 60 'the log-in of alice' grep -q 'remote IP address' "$work/pppd.log"
good "connected in $((($(date +%s%N) - dialled) / 1000000)) ms; what pppd says of it:"
grep -E 'CHAP authentication succeeded$|IP address' "$work/pppd.log" | uniq | indented
tell 'Now there is a network interface for this one subscriber on each host, made by its kernel:'
run ip -n demo-caller -brief address show dev "$(interface_of demo-caller)"
run ip -n demo-provider -brief address show dev "$(interface_of demo-provider)"

# --- 4 ---

begin 'Ping through the tunnel'
run in_caller ping -n -c 3 -i 0.3 -W 5 10.64.0.1
good 'alice reaches the provider inside the tunnel'

# --- 5 ---

begin 'Traffic: iperf3 for eight seconds, and the counters while it runs'
tell 'The kernel forwards all of it; the server only reads the sums when it is asked.'
cpu_of() { awk '{ print ($14 + $15) * 10 }' "/proc/$1/stat"; }
# On one processor iperf3 would leave little for the commands that look at it: it is nice to them.
ip netns exec demo-provider nice -n 19 iperf3 -s -1 -B 10.64.0.1 --forceflush >"$work/iperf3-server.log" 2>&1 &
wait_for 30 'the start of the iperf3 server' grep -q listening "$work/iperf3-server.log"
cpu_before=$(cpu_of "$server")
ip netns exec demo-caller nice -n 19 iperf3 -c 10.64.0.1 -t 8 -f m >"$work/iperf3.log" 2>&1 &
iperf=$!
sleep 2
good "processor time of the server in the first two seconds: $(($(cpu_of "$server") - cpu_before)) ms"
tell 'Now look at RX and RX PKTS: what the server has got from alice so far.'
run kernel_l2tp show sessions
sleep 1
run kernel_l2tp show sessions
wait "$iperf"
tell 'What iperf3 says:'
grep -E 'sender|receiver' "$work/iperf3.log" | indented
run kernel_l2tp show sessions

# --- 6 ---

begin 'The subscriber hangs up'
tell 'pppd says goodbye to the server (LCP Terminate-Request), then xl2tpd closes the call and the tunnel.'
kill -TERM "$(head -n 1 /run/ppp-demo.pid)"
gone() { [[ -z $(interface_of demo-caller) && -z $(interface_of demo-provider) ]]; }
wait_for 60 'the removal of the interfaces' gone
echo 'd provider' >"$work/control"
closed() { [[ $(kernel_l2tp show tunnels --json) == '[]' ]]; }
wait_for 60 'the end of the tunnel' closed
run kernel_l2tp show sessions
good 'session, tunnel, interfaces and address are gone'

# --- 7 ---

begin 'The server stops'
kill -TERM "$server"
stopped() { ! kill -0 "$server"; }
wait_for 60 'the end of the server' stopped
wait "$server"
leftovers() {
  interface_of demo-provider
  in_provider ip l2tp show tunnel
  in_provider ip l2tp show session
}
left=$(leftovers)
[[ -z $left ]] || fail "left behind in the kernel: $left"
good 'it ended with status 0 and left nothing behind: no interface, no tunnel, no session in the kernel'
printf '\n%sThat was the whole job, in %d s.%s\n' "$bold" $((SECONDS - started)) "$plain"
