# Sourced: finds a lab kernel in the cache, or makes it.
# shellcheck shell=bash
# shellcheck disable=SC2154 # lab_parts: set by scripts/lab

# The parts of the cache key besides the kernel's version: raise a number when its recipe changes.
uml_recipe=1
stock_recipe=1

# kernel_folder KERNEL: the cached folder of "uml", "6.1" or "6.12", made first where missing.
kernel_folder() {
  local kernel=$1 key folder
  # The cache may be older than the machine, so what a VM needs to run is always looked at.
  case $kernel in
    uml) need_packages vm ;;
    *) need_packages vm qemu ;;
  esac
  key=$(kernel_key "$kernel")
  folder=$(newest_cached "$kernel" "$key")
  if [[ -z $folder ]]; then
    if [[ $kernel == uml ]]; then need_packages uml; fi
    locked "$(cache_folder)/$kernel.lock" make_kernel "$kernel" "$key"
    folder=$(newest_cached "$kernel" "$key")
  fi
  printf '%s' "$folder"
}

kernel_key() {
  if [[ $1 == uml ]]; then
    { echo "$uml_recipe" && cat "$lab_parts/uml.config"; } | sha256sum | cut -c1-12
  else
    { echo "$stock_recipe" && cat "$lab_parts/initramfs-init"; } | sha256sum | cut -c1-12
  fi
}

newest_cached() {
  find "$(cache_folder)" -maxdepth 1 -name "$1-*-$2" | sort -V | tail -n 1
}

make_kernel() {
  local kernel=$1 key=$2 work
  [[ -z $(newest_cached "$kernel" "$key") ]] || return 0
  # Half-made folders of a process that was killed: this one holds the lock.
  rm -rf "$(cache_folder)/making-$kernel".*
  work=$(mktemp -d "$(cache_folder)/making-$kernel.XXXXXX")
  mkdir "$work/result"
  case $kernel in
    uml) make_uml "$work" ;;
    *) make_stock "$kernel" "$work" ;;
  esac || {
    rm -rf "$work"
    die "the lab's kernel $kernel could not be prepared" 'the reason is above; if it was the network, run it again'
  }
  # In one step, so that nobody ever sees half of it.
  mv "$work/result" "$(cache_folder)/$kernel-$(<"$work/version")-$key"
  rm -rf "$work"
}

# fetch WORK PATTERN SUITE...: unpacks the newest matching package into WORK/package.
fetch() {
  local work=$1 pattern=$2 found
  shift 2
  found=$(newest_package "$pattern" "$@") || return
  read -r suite package version <<<"$found"
  printf '%s' "$version" | tr -c 'A-Za-z0-9.+' _ >"$work/version"
  unpack_package "$suite" "$package" "$work/package"
}

# --- User-Mode Linux ---

make_uml() {
  local work=$1
  step 'fetching the kernel source (160 MB)' \
    locked "$(cache_folder)/apt/lock" fetch "$work" '^linux-source-7\.2$' trixie-backports ||
    step 'fetching a newer kernel source instead' \
      locked "$(cache_folder)/apt/lock" fetch "$work" '^linux-source-[0-9.]+$' trixie-backports || return
  step 'unpacking the kernel source' unpack_source "$work" || return
  step 'configuring User-Mode Linux' configure_uml "$work" || return
  uml_objects=$(cd "$work/source" && make -n ARCH=um vmlinux 2>/dev/null | grep -c ' CC ') || true
  STEP_DETAIL=uml_progress step "building User-Mode Linux $(<"$work/version") (once; cached)" build_uml "$work"
}

# Only what the build reads: the texts and most drivers are two thirds of the tree.
unpack_source() {
  mkdir "$1/source"
  tar -xJf "$1"/package/usr/src/linux-source-*.tar.xz -C "$1/source" --strip-components=1 \
    --exclude='*/Documentation/*.rst' --exclude='*/Documentation/*.yaml' --exclude='*/arch/*/boot/dts/*' \
    --exclude='*/tools/testing/*' --exclude='*/sound/*.[ch]' \
    --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/staging/*.[ch]' \
    --exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/drivers/net/wireless/*.[ch]'
  rm -rf "$1/package"
}

configure_uml() {
  local line status=0
  make -C "$1/source" ARCH=um KCONFIG_ALLCONFIG="$lab_parts/uml.config" allnoconfig || return
  # Kconfig drops what it does not know or cannot have without a word.
  while read -r line; do
    grep -qxF -- "$line" "$1/source/.config" || { echo "not taken over: $line" && status=1; }
  done < <(grep '^CONFIG_' "$lab_parts/uml.config")
  return "$status"
}

build_uml() {
  local work=$1 release
  nice make -C "$work/source" ARCH=um -j "$(nproc)" linux || return
  release=$(<"$work/source/include/config/kernel.release")
  strip -o "$work/result/linux" "$work/source/linux" || return
  printf '%s' "$release" >"$work/result/release"
  # With these, modprobe knows what is built in.
  mkdir -p "$work/base/lib/modules" "$work/result/modules"
  cp "$work"/source/modules.builtin* "$work/result/modules/" || return
  : >"$work/result/modules/modules.order"
  ln -s "$work/result/modules" "$work/base/lib/modules/$release"
  depmod -b "$work/base" "$release"
}

uml_progress() {
  local made
  made=$(grep -c ' CC ' "$1") || true
  if ((made >= uml_objects && made > 0)); then
    printf "linking, "
  else
    printf "%d %% (%d of %d objects), " $((uml_objects ? made * 100 / uml_objects : 0)) "$made" "$uml_objects"
  fi
}

# --- Debian's own kernels, for QEMU ---

make_stock() {
  local kernel=$1 work=$2 suites
  case $kernel in
    6.1) suites=(bookworm-security bookworm) ;;
    6.12) suites=(bookworm-security bookworm-backports trixie-security trixie) ;;
  esac
  # Neither the cloud flavour, which has no PPP, nor rt, nor debug symbols.
  step "fetching Debian's kernel $kernel (70 to 110 MB)" locked "$(cache_folder)/apt/lock" \
    fetch "$work" "^linux-image-${kernel//./\\.}\\.[0-9][0-9.+-]*(deb[0-9]+|bpo)?[0-9.+-]*-amd64\$" "${suites[@]}" || return
  step "making the lab's initramfs for $kernel" make_initramfs "$work"
}

make_initramfs() {
  local work=$1 result=$1/result root=$1/initramfs release modules module verb path
  release=$(basename "$work"/package/boot/vmlinuz-*)
  release=${release#vmlinuz-}
  printf '%s' "$release" >"$result/release"
  mv "$work/package/boot/vmlinuz-$release" "$result/vmlinuz" || return
  if [[ -d $work/package/usr/lib/modules ]]; then modules=usr/lib/modules; else modules=lib/modules; fi
  mv "$work/package/$modules/$release" "$result/modules" || return
  rm -rf "$work/package"
  # depmod and modprobe want the usual place.
  mkdir -p "$work/base/lib/modules"
  ln -s "$result/modules" "$work/base/lib/modules/$release"
  depmod -b "$work/base" "$release" || return

  mkdir -p "$root"/{bin,proc,dev,host,modules}
  cp "$(command -v busybox)" "$root/bin/busybox" || return
  cp "$lab_parts/initramfs-init" "$root/init"
  chmod +x "$root/init"
  local -A seen=()
  for module in virtio_pci 9pnet_virtio 9p overlay virtio_console; do
    while read -r verb path _; do
      [[ $verb == insmod && -z ${seen[$path]:-} ]] || continue
      seen[$path]=1
      add_module "$path" "$root" || return
    done < <(modprobe -d "$work/base" -S "$release" --show-depends "$module")
  done
  (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$result/initramfs.gz"
}

# The order of loading is that of the numbers; compressed modules are unpacked, which busybox may not do.
add_module() {
  local path=$1 root=$2 name
  name=$(printf '%02d-%s' "${#seen[@]}" "$(basename "${path%.*z*}" .ko).ko")
  case $path in
    *.xz) xz -dc "$path" ;;
    *.gz) gzip -dc "$path" ;;
    *.zst) zstd -dc "$path" ;;
    *) cat "$path" ;;
  esac >"$root/modules/$name"
}
