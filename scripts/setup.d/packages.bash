# Sourced: the Debian packages that the project uses, and their installation.
# shellcheck shell=bash

# Purpose, package, and what shows that it is there: a command or a file.
# A command that another package or the user's own installation provides counts as well.
packages_table='
addon   g++               g++
addon   make              make
addon   python3           python3
run     iproute2          ip
run     kmod              modprobe
run     procps            ps
run     ppp               pppd
run     pppoe             pppoe
run     xl2tpd            xl2tpd
run     iputils-ping      ping
run     iperf3            iperf3
run     tcpdump           tcpdump
run     tshark            tshark
run     nftables          nft
run     wide-dhcpv6-client dhcp6c
run     radvd             radvd
run     openssl           openssl
run     freeradius        freeradius
run     freeradius-utils  radclient
image   buildah           buildah
image   debootstrap       debootstrap
deploy  podman            podman
deploy  crun              crun
deploy  conmon            conmon
deploy  systemd           /lib/systemd/systemd
browser chromium          chromium
vm      iproute2          ip
vm      kmod              modprobe
uml     gcc               gcc
uml     make              make
uml     flex              flex
uml     bison             bison
uml     bc                bc
uml     xz-utils          xz
qemu    qemu-system-x86   qemu-system-x86_64
qemu    busybox-static    busybox
qemu    cpio              cpio
qemu    xz-utils          xz
'

# missing_packages PURPOSE...: their names, one a line.
missing_packages() {
  local purpose package proof
  while read -r purpose package proof; do
    [[ -n $purpose && " $* " == *" $purpose "* ]] || continue
    case $proof in
      /*) [[ -e $proof ]] || echo "$package" ;;
      *) PATH=$PATH:/usr/sbin:/sbin command -v "$proof" >/dev/null || echo "$package" ;;
    esac
  done <<<"$packages_table" | sort -u
}

# need_packages PURPOSE...: installs what is missing, or says how and stops.
need_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  if ! command -v apt-get >/dev/null; then
    die "these are missing, and this is not Debian: ${missing[*]}" "install them in this system's way, then run it again"
  fi
  if ((EUID != 0)); then
    die "these Debian packages are missing: ${missing[*]}" \
      "sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"
  fi
  locked "$(cache_folder)/apt.lock" install_packages "$@"
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@") # again: another process may have done it meanwhile
  ((${#missing[@]})) || return 0
  step "installing Debian packages: ${missing[*]}" without_service_starts apt_install "${missing[@]}" ||
    die 'Debian packages could not be installed' "apt-get install ${missing[*]}"
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) || die "still missing after installation: ${missing[*]}"
}

apt_install() {
  local apt=(apt-get -y -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
  export DEBIAN_FRONTEND=noninteractive
  # Package lists may be absent or too old for the mirror: both are mended by an update.
  "${apt[@]}" install --no-install-recommends "$@" ||
    { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "$@"; }
}

# Packages such as xl2tpd start a daemon when they are installed, which would hold port 1701.
# policy-rc.d forbids it while the command runs; should this process be killed, the file that is
# left behind knows that its owner is gone and allows everything again.
without_service_starts() (
  local policy=/usr/sbin/policy-rc.d saved=/usr/sbin/policy-rc.d.before-kernel-l2tp
  if [[ -x $policy ]] && ! "$policy" xl2tpd start >/dev/null 2>&1; then
    "$@"
    return
  fi
  [[ ! -e $policy ]] || mv "$policy" "$saved"
  # shellcheck disable=SC2317
  restore() { if [[ -e $saved ]]; then mv "$saved" "$policy"; else rm -f "$policy"; fi; }
  trap restore EXIT
  trap 'exit 143' TERM INT HUP
  cat >"$policy" <<POLICY
#!/bin/sh
# Written by kernel-l2tp's set-up (process $BASHPID); safe to delete.
if kill -0 $BASHPID 2>/dev/null; then exit 101; fi
if [ -x $saved ]; then exec $saved "\$@"; fi
exit 0
POLICY
  chmod +x "$policy"
  "$@"
)

# Everything that is kept between runs.
cache_folder() {
  local home=${HOME:-$(getent passwd "$EUID" | cut -d: -f6)}
  local folder=${XDG_CACHE_HOME:-$home/.cache}/kernel-l2tp
  mkdir -p "$folder"
  printf '%s' "$folder"
}
