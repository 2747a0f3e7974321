# Sourced: messages, and long commands that stay quiet unless they fail.
# shellcheck shell=bash

# Every line of set-up goes to stderr, so that the output of a command run afterwards stays its own.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die MESSAGE [LINE...]: the lines say how to mend it. 125 is never a test's or a command's own status.
die() {
  say "$1"
  shift
  if (($#)); then printf '  %s\n' "$@" >&2; fi
  exit 125
}

elapsed() { # SECONDS -> "1 min 05 s"
  if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi
}

# step TEXT COMMAND...: runs it with its output in a log, a line now and then while it lasts, and the
# log's end only when it fails. STEP_DETAIL may name a function that tells how far it has come.
step() {
  local text=$1 log started pid status=0 waited=0
  shift
  log=$(mktemp)
  started=$SECONDS
  say "$text"
  # A process group of its own, so that an interrupt ends all of it.
  set -m
  ("$@") >"$log" 2>&1 </dev/null &
  pid=$!
  set +m
  trap 'kill -TERM -- "-$pid" 2>/dev/null; rm -f "$log"; exit 130' INT TERM HUP
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    if ((++waited % 50 == 0)); then
      say "  ... $([[ -z ${STEP_DETAIL:-} ]] || "$STEP_DETAIL" "$log")$(elapsed $((SECONDS - started)))"
    fi
  done
  wait "$pid" || status=$?
  trap - INT TERM HUP
  if ((status)); then
    tail -n 60 "$log" >&2
    say "failed with status $status (its last lines are above): $text"
  elif ((SECONDS - started >= 10)); then
    say "  done in $(elapsed $((SECONDS - started)))"
  fi
  rm -f "$log"
  return "$status"
}

# locked FILE COMMAND...: one process at a time; the others wait and then find the work done.
locked() {
  local file=$1 fd status=0
  shift
  mkdir -p "$(dirname "$file")"
  exec {fd}>"$file"
  if ! flock -n "$fd"; then
    say "waiting for another process that prepares the same (${file##*/})"
    flock "$fd"
  fi
  "$@" || status=$?
  exec {fd}>&-
  return "$status"
}
