#!/usr/bin/env bash
# A LAC and two LNSs, one of which is killed; each host is a network namespace of this kernel:
#
#     caller                      lac                            lns1  10.1.0.1
#     xl2tpd + pppd ── cable ──── kernel-l2tp serve ── cables ──
#     192.0.2.2                   192.0.2.1                      lns2  10.2.0.1
#
# `npm run demo -- lac` starts this as root on a kernel with L2TP.
set -Eeuo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
main=$here/../../../dist/cli/main.js
work=$(mktemp -d)
hosts=(caller lac lns1 lns2)
step_name=preparing

begin() { step_name=$1 && printf '\n--- %s\n' "$1"; }
tell() { printf '    %s\n' "$@"; }
indented() { sed 's/^/        /'; }
on() { ip netns exec "demo-$1" "${@:2}"; }

wait_for() { # SECONDS WHAT COMMAND...: until the command succeeds
  local limit=$1 what=$2 begun=$SECONDS
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS - begun >= limit)); then fail "$what did not happen within $limit s"; fi
    sleep 0.2
  done
}

clean_up() {
  local host pids
  for host in "${hosts[@]}"; do
    [[ -e /run/netns/demo-$host ]] || continue
    mapfile -t pids < <(ip netns pids "demo-$host")
    if ((${#pids[@]})); then kill -9 "${pids[@]}" 2>/dev/null || true; fi
    ip netns delete "demo-$host"
  done
  rm -rf "$work"
}
fail() { # WHY
  trap - ERR
  printf '\n%s failed: %s\n' "$step_name" "$1"
  tail -n 40 "$work"/*.log
  exit 1
}
trap clean_up EXIT
trap 'fail "\"$BASH_COMMAND\" ended with status $?"' ERR
trap 'exit 130' INT TERM
clean_up && mkdir "$work"

declare -A process
serve() { # HOST
  install -m 600 "$here/$1.yaml" "$work/"
  echo "control: { socket: $work/$1.sock }" >>"$work/$1.yaml"
  on "$1" node "$main" serve -c "$work/$1.yaml" >"$work/$1.log" 2>&1 &
  process[$1]=$!
  disown
  wait_for 90 "the start of $1" grep -q 'is ready' "$work/$1.log"
}
sessions() { # HOST: its live table
  printf '    %s$ kernel-l2tp show sessions\n' "$1"
  node "$main" show sessions --socket "$work/$1.sock" 2>&1 | indented
}
has_session() { [[ $(node "$main" show sessions --socket "$work/$1.sock" --json) == *"\"$2\""* ]]; }
forgot() { [[ $(node "$main" show sessions --socket "$work/$1.sock" --json) == '[]' ]]; }

begin 'Four hosts, and cables between them'
for host in "${hosts[@]}"; do
  ip netns add "demo-$host"
  ip -n "demo-$host" link set lo up
done
cable() { # HOST ADDRESS-OF-LAC ADDRESS
  ip -n demo-lac link add "to-$1" type veth peer cable netns "demo-$1"
  ip -n demo-lac addr add "$2/24" dev "to-$1"
  ip -n "demo-$1" addr add "$3/24" dev cable
  ip -n demo-lac link set "to-$1" up
  ip -n "demo-$1" link set cable up
}
cable caller 192.0.2.1 192.0.2.2
cable lns1 10.1.0.2 10.1.0.1
cable lns2 10.2.0.2 10.2.0.1

begin 'Two LNSs, and the LAC in front of them'
indented <"$here/lac.yaml"
for host in lns1 lns2 lac; do serve "$host"; done

begin 'alice@isp.example dials in, with xl2tpd and pppd'
cat >"$work/xl2tpd.conf" <<CONF
[global]
port = 1701
[lac provider]
lns = 192.0.2.1
pppoptfile = $work/ppp-options
CONF
sed 's/^name alice/name alice@isp.example/' "$here/../ppp-options" >"$work/ppp-options"
echo "logfile $work/pppd.log" >>"$work/ppp-options"
on caller xl2tpd -D -c "$work/xl2tpd.conf" -s /dev/null -p "$work/xl2tpd.pid" -C "$work/control" >"$work/xl2tpd.log" 2>&1 &
disown
wait_for 30 'the start of xl2tpd' test -p "$work/control"
dial() {
  : >"$work/pppd.log"
  echo 'c provider' >"$work/control"
  sleep 1
  if grep -q 'already active' "$work/xl2tpd.log"; then : >"$work/xl2tpd.log" && return 1; fi
}
wait_for 60 'the call' dial
wait_for 60 'the log-in of alice' grep -q 'remote IP address' "$work/pppd.log"
wait_for 20 'the session at the LAC' has_session lac forwarded
tell 'The first LNS has her; the LAC has no interface and sees no packet of hers:'
for host in lac lns1 lns2; do sessions "$host"; done
peer() { sed -n 's/.*remote IP address //p' "$work/pppd.log" | tail -n 1; }
on caller ping -n -q -c 3 -i 0.3 -W 5 "$(peer)" | indented

begin 'The first LNS is killed'
died=$(date +%s%N)
ip netns pids demo-lns1 | xargs kill -9
wait_for 90 'the end of the session at the LAC' forgot lac
tell "the LAC noticed $((($(date +%s%N) - died) / 1000000)) ms later, and told the caller:"
grep -h 'does not answer\|session down\|tunnel down' "$work/lac.log" | tail -n 3 | cut -c 1-160 | indented

begin 'alice dials again'
wait_for 60 'the second call' dial
wait_for 60 'the log-in of alice' grep -q 'remote IP address' "$work/pppd.log"
wait_for 20 'the session at the LAC' has_session lac forwarded
node "$main" show lac --socket "$work/lac.sock" | indented
for host in lac lns2; do sessions "$host"; done
on caller ping -n -q -c 3 -i 0.3 -W 5 "$(peer)" | indented
printf '\nThat was a LAC with fail-over, in %d s.\n' "$SECONDS"
