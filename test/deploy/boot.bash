#!/usr/bin/env bash
# Process 1 of a little host of its own: systemd with nothing but our service, as docs/operate.md installs it.
# Arguments: the tree, the folder of the installed package, a scratch folder with drop-in.conf and lns.yaml.
set -euo pipefail
tree=$1 package=$2 scratch=$3
mount --make-rprivate /
mount -t proc proc /proc
mkdir -p "$scratch/layers" && mount -t tmpfs tmpfs "$scratch/layers"
for folder in /etc /usr/local/bin; do
  upper=$scratch/layers$folder
  mkdir -p "$upper/up" "$upper/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$upper/up,workdir=$upper/work" "$folder"
done
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /srv
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup

# The package where another user can read it.
mkdir /srv/package && mount --bind "$package" /srv/package
ln -sf /srv/package/node_modules/kernel-l2tp/dist/cli/main.js /usr/local/bin/kernel-l2tp

systemd-sysusers "$tree/deploy/sysusers.d/kernel-l2tp.conf" 2>/dev/null
# What the udev rule does: a device of its own here, so that the machine's stays as it is.
mknod "$scratch/layers/ppp" c 108 0 && chown root:kernel-l2tp "$scratch/layers/ppp" && chmod 660 "$scratch/layers/ppp"
mount --bind "$scratch/layers/ppp" /dev/ppp
install -d -m 0750 -g kernel-l2tp /etc/kernel-l2tp
install -m 0640 -g kernel-l2tp "$scratch/lns.yaml" /etc/kernel-l2tp/lns.yaml

rm -rf /etc/systemd/system && mkdir -p /etc/systemd/system/kernel-l2tp.service.d
cp "$tree/deploy/systemd/kernel-l2tp.service" /etc/systemd/system/
cp "$scratch/drop-in.conf" /etc/systemd/system/kernel-l2tp.service.d/
printf '[Unit]\nDefaultDependencies=no\n' >/etc/systemd/system/idle.target
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=lab \
  /lib/systemd/systemd --system --unit=idle.target --log-target=console --log-level=notice --show-status=no
