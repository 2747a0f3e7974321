# Sourced: one run of a command in a lab VM.
# shellcheck shell=bash
# shellcheck disable=SC2154 # tree, lab_parts, passed_on: set by scripts/lab

# run_in_vm KERNEL CPUS MEMORY LIMIT OUT COMMAND...: returns the command's status.
run_in_vm() {
  local kernel=$1 cpus=$2 memory=$3 limit=$4 out=$5 folder status=0
  shift 5
  folder=$(kernel_folder "$kernel")
  # Its path goes on a kernel command line: no user's TMPDIR with its spaces.
  remove_leftovers
  run=$(mktemp -d /tmp/kernel-l2tp-lab.XXXXXX)
  printf '%d' $$ >"$run/owner"
  trap 'end_run' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  write_run_folder "$kernel" "$folder" "$limit" "$out" "$@"

  vm_run "$kernel" "$folder" "$cpus" "$memory" "$limit" || status=$?
  if [[ ! -e $run/booted && $status != 137 ]]; then
    # Seen once in some hundred boots of a kernel under QEMU's emulation: a trap while it patches its own code.
    say "the lab's kernel stopped while it booted; once more"
    status=0
    vm_run "$kernel" "$folder" "$cpus" "$memory" "$limit" || status=$?
  fi

  if [[ -s $run/status ]]; then return "$(<"$run/status")"; fi
  if ((status == 137 && limit)); then
    say "the lab did not end within its time limit of $limit s; it was killed. The end of its console:"
    status=124
  else
    say "the lab's kernel stopped before the command ended. The end of its console:"
    status=125
  fi
  # From the panic on, where there is one: its call trace may be longer than the end that is shown.
  tr -d '\r' <"$run/console" | awk '
    { lines[NR] = $0 }
    /Kernel panic|BUG:|Oops/ && !first { first = NR }
    END {
      start = first ? first - 5 : NR - 30
      for (i = start < 1 ? 1 : start; i <= NR && i < start + 45; i++) print "  " lines[i]
    }' >&2
  return "$status"
}

# vm_run KERNEL FOLDER CPUS MEMORY LIMIT: boots the VM that runs the command; returns the VM's own status.
vm_run() {
  local kernel=$1 folder=$2 cpus=$3 memory=$4 limit=$5 status=0
  # The VM writes to pipes, never to the caller's files themselves. With --terminal it is given the
  # terminal, which it sets to raw.
  local to_stdout to_stderr copies vm_input vm_output
  exec {to_stdout}> >(exec cat)
  copies=$!
  exec {to_stderr}> >(exec cat >&2)
  copies+=" $!"
  if [[ $terminal == yes ]]; then
    tty_settings=$(stty -g </dev/tty)
    exec {vm_input}<>/dev/tty
    vm_output=$vm_input
  else
    exec {vm_input}</dev/null {vm_output}>>"$run/console"
  fi

  local grace=0
  if ((limit)); then grace=$((limit + 90)); fi
  ulimit -n "$(ulimit -Hn)"
  local pinned=() held=''
  case $kernel in
    uml)
      uml_command "$folder" "$memory" "$to_stdout" "$to_stderr"
      pin_to_one_processor
      ;;
    *) qemu_command "$folder" "$cpus" "$memory" "$to_stdout" "$to_stderr" ;;
  esac
  # Should this script be killed, its VM goes with it.
  "${pinned[@]}" setpriv --pdeathsig KILL timeout --foreground -s KILL "$grace" setpriv --pdeathsig KILL "${vm[@]}" \
    <&"$vm_input" >&"$vm_output" 2>>"$run/console" &
  vm_process=$!
  wait "$vm_process" 2>/dev/null || status=$?
  vm_process=
  if [[ $held ]]; then exec {held}>&-; fi
  exec {to_stdout}>&- {to_stderr}>&-
  # shellcheck disable=SC2086 # two process ids
  wait $copies || true
  return "$status"
}

# Folders of runs that were killed before they could tidy up.
remove_leftovers() {
  local folder
  for folder in /tmp/kernel-l2tp-lab.*; do
    [[ -O $folder && -s $folder/owner && ! -e /proc/$(<"$folder/owner") ]] || continue
    rm -rf "$folder"
  done
}

end_run() {
  if [[ -n ${tty_settings:-} ]]; then stty "$tty_settings" </dev/tty; fi
  if [[ -n ${vm_process:-} ]]; then
    kill -KILL "$vm_process" 2>/dev/null || true
    wait "$vm_process" 2>/dev/null || true
  fi
  rm -rf "$run"
}

# What guest-init reads; symbolic links keep awkward paths off command lines.
write_run_folder() {
  local kernel=$1 folder=$2 limit=$3 out=$4 merged=no name
  shift 4
  cp "$lab_parts/guest-init" "$run/init"
  chmod +x "$run/init"
  ln -s "$out" "$run/out"
  if [[ /dev/stdout -ef /dev/stderr ]]; then merged=yes; fi
  {
    printf '%s=%q\n' kernel "$kernel" modules "$folder/modules" tree "$tree" out "$out" limit "$limit" \
      merged "$merged" terminal "$terminal" size "$(stty size 2>/dev/null </dev/tty || true)"
  } >"$run/settings"
  printf '%s\0' "$@" >"$run/argv"
  {
    printf 'KERNEL_L2TP_LAB=%s\0LAB_OUT=%s\0' "$kernel" "$out"
    for name in "${passed_on[@]}"; do
      if [[ -n ${!name+set} ]]; then printf '%s=%s\0' "$name" "${!name}"; fi
    done
  } >"$run/environment"
  : >"$run/console"
}

uml_command() {
  local folder=$1 memory=$2 stdout=$3 stderr=$4 scratch
  local line="null,fd:$stdout"
  if [[ $terminal == yes ]]; then line=fd:0; fi
  scratch=$(memory_file_folder "$memory") || exit
  # shellcheck disable=SC2054
  vm=(env -i "TMPDIR=$scratch" "HOME=$run" "$folder/linux" "mem=${memory}M" "umid=lab" "uml_dir=$run/" seccomp=auto
    root=/dev/root rootfstype=hostfs hostfs=/ ro "init=$run/init" quiet
    con=null con0=null,fd:2 fb_tunnels=none dummy.numdummies=0 ifb.numifbs=0 ssl=null "ssl0=$line" "ssl1=null,fd:$stderr")
}

# In User-Mode Linux kernel and programs are processes that take turns, at each system call: that takes half as
# long on one processor as from one to another. Each run takes a processor of its own; where none is left, any.
# Sets `pinned`, the command's beginning, and `held`, the lock's descriptor.
pin_to_one_processor() {
  local processor
  for processor in $(allowed_processors); do
    { exec {held}>>"/tmp/kernel-l2tp-lab-processor-$processor.lock"; } 2>/dev/null || continue
    if flock -n "$held"; then
      pinned=(taskset -c "$processor")
      return
    fi
    exec {held}>&-
  done
  held=''
}

allowed_processors() {
  local range
  for range in $(taskset -cp $$ | sed 's/.*: //; s/,/ /g'); do seq "${range%-*}" "${range#*-}"; done
}

# The VM's memory is a sparse file; in RAM where there is room, and never where mappings cannot be executed.
memory_file_folder() {
  local folder
  for folder in /dev/shm /tmp "$(cache_folder)"; do
    [[ -w $folder && $(findmnt -n -o OPTIONS -T "$folder") != *noexec* ]] || continue
    (($(df --output=avail -m "$folder" | tail -n 1) > $1)) || continue
    printf '%s' "$folder"
    return
  done
  die "no folder with $1 MB free for the memory of the lab" 'give it less: scripts/lab --memory 1024 -- ...'
}

qemu_command() {
  local folder=$1 cpus=$2 memory=$3 stdout=$4 stderr=$5
  local line=(-chardev "file,id=stdout,path=/dev/fd/$stdout" -device "virtserialport,nr=1,chardev=stdout,name=stdout")
  # shellcheck disable=SC2054
  if [[ $terminal == yes ]]; then line=(-chardev stdio,id=stdout,signal=off -device virtconsole,chardev=stdout); fi
  # shellcheck disable=SC2054
  vm=(qemu-system-x86_64 -M q35 -accel "tcg,thread=multi,tb-size=1024" -cpu max -smp "$cpus" -m "$memory"
    -nodefaults -nographic -no-reboot -serial "file:$run/console"
    -kernel "$folder/vmlinuz" -initrd "$folder/initramfs.gz"
    -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr lab_init=$run/init"
    -fsdev "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"
    -device virtio-9p-pci,fsdev=host,mount_tag=host
    -fsdev "local,id=run,path=$run,security_model=none,multidevs=remap"
    -device virtio-9p-pci,fsdev=run,mount_tag=run
    -fsdev "local,id=out,path=$run/out/.,security_model=none,multidevs=remap"
    -device virtio-9p-pci,fsdev=out,mount_tag=out
    -device virtio-serial-pci
    "${line[@]}"
    -chardev "file,id=stderr,path=/dev/fd/$stderr" -device virtserialport,nr=2,chardev=stderr,name=stderr)
}
