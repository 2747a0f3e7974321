#!/usr/bin/env bash
# systemd's journal, which takes /dev/log too, without the rest of systemd, and a program whose output goes to it.
# Arguments: the program. SIGTERM ends it; then what the journal holds is printed, a JSON object a line.
set -euo pipefail
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/journal
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
if [[ ! -s /etc/machine-id ]]; then
  tr -d - </proc/sys/kernel/random/uuid >/run/machine-id
  [[ -e /etc/machine-id ]] || : >/etc/machine-id
  mount --bind /run/machine-id /etc/machine-id
fi
/lib/systemd/systemd-journald &
journal=$!
made=
trap 'kill "$journal" 2>/dev/null; [[ -z $made ]] || rm -f "$made"' EXIT
for ((tries = 0; tries < 100; tries++)); do
  systemd-cat true 2>/dev/null && break
  sleep 0.1
done
# A link that dangles in every other mount namespace, where there was nothing before.
if [[ ! -e /dev/log && ! -L /dev/log ]]; then
  made=/dev/log
  ln -s /run/systemd/journal/dev-log /dev/log
elif [[ ! /dev/log -ef /run/systemd/journal/dev-log ]]; then
  mount --bind /run/systemd/journal/dev-log /dev/log
fi
# As systemd tells a service whose output it has connected to the journal (systemd.exec(5)).
# shellcheck disable=SC2016
systemd-cat -- bash -c 'exec 3>&1
  JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/3)
  exec 3>&-
  export JOURNAL_STREAM
  exec "$@"' service "$@" &
program=$!
trap 'kill -TERM "$program"' TERM
status=0
while kill -0 "$program" 2>/dev/null; do
  status=0
  wait "$program" || status=$?
done
journalctl --sync
journalctl --no-pager --output=json _TRANSPORT=stdout + _TRANSPORT=syslog
exit "$status"
