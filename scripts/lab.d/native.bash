# Sourced: whether this machine's own kernel will do, and running a command on it.
# shellcheck shell=bash
# shellcheck disable=SC2154 # tree, lab_parts, terminal, passed_on: set by scripts/lab

# True where L2TP works right here: root, the modules, /dev/ppp, and the right to make namespaces.
has_native_l2tp() {
  ((EUID == 0)) || return 1
  if [[ ! -e /proc/net/pppol2tp ]]; then
    modprobe -q l2tp_ppp 2>/dev/null && modprobe -q l2tp_netlink 2>/dev/null || return 1
  fi
  [[ -e /proc/net/pppol2tp ]] && (: <>/dev/ppp) 2>/dev/null && unshare --mount --net --uts --pid --fork true 2>/dev/null
}

# run_natively LIMIT OUT COMMAND...: in namespaces of its own, whose end takes along whatever is left over.
run_natively() {
  local limit=$1 out=$2 status=0 environment=() name input=/dev/null
  shift 2
  say "this machine's own kernel ($(uname -r)) has L2TP: running right here, in fresh namespaces"
  for name in "${passed_on[@]}"; do
    if [[ -n ${!name+set} ]]; then environment+=("$name=${!name}"); fi
  done
  if [[ $terminal == yes ]]; then input=/dev/tty; fi
  SECONDS=0
  unshare --mount --net --uts --ipc --pid --fork --kill-child --propagation private bash "$lab_parts/native-init" \
    "$limit" "$tree" KERNEL_L2TP_LAB=native "LAB_OUT=$out" "${environment[@]}" "$@" <"$input" || status=$?
  if ((limit && SECONDS >= limit && (status == 124 || status == 137))); then
    say "time limit of $limit s reached"
    status=124
  fi
  return "$status"
}
