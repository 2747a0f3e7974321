# Sourced: packages of any Debian suite, fetched without touching the machine's apt configuration.
# shellcheck shell=bash

# mirror_of SUITE: where this machine already fetches Debian from.
mirror_of() {
  local found
  if [[ $1 == *-security ]]; then
    found=$(source_of '(-security|/updates)$')
    if [[ -n $found ]]; then
      printf '%s' "$found"
      return
    fi
  fi
  found=$(source_of '^(stable|testing|sid|bookworm|trixie|forky)$')
  [[ -n $found ]] || die 'no source of Debian packages is configured here' 'add one to /etc/apt/sources.list'
  found=${found%/}
  # Mirrors have Debian's security updates beside its archive.
  if [[ $1 == *-security ]]; then found+=-security; fi
  printf '%s' "$found"
}

# source_of PATTERN: of Debian's own sources, the first whose release matches.
source_of() {
  # Other vendors use Debian's suite names too (Docker), but not its component names and paths.
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v want="$1" '$2 ~ want && $3 == "main" && $1 ~ /debian/ && !found++ { print $1 }'
}

# suite_apt SUITE PROGRAM ARGUMENTS...: apt-get or apt-cache that knows this suite only.
suite_apt() {
  local suite=$1 program=$2 state mirror
  shift 2
  state=$(cache_folder)/apt/$suite
  if [[ ! -f $state/sources.list ]]; then
    mirror=$(mirror_of "$suite") || return
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
      "$mirror" "$suite" >"$state/sources.list"
  fi
  "$program" -q -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists="$state/lists" -o Dir::Cache="$state" -o Dir::Cache::archives="$state/archives" \
    -o Dir::State::status=/dev/null -o APT::Sandbox::User=root -o APT::Architecture=amd64 \
    -o Acquire::Retries=3 -o Acquire::Languages=none "$@"
}

# newest_package PATTERN SUITE...: "suite package version" of the newest match in the first suite that
# has one. Lists older than a day are fetched again, since mirrors drop superseded packages.
newest_package() {
  local pattern=$1 suite state found
  shift
  for suite in "$@"; do
    state=$(cache_folder)/apt/$suite
    if [[ -z $(find "$state/fetched" -mtime -1 2>/dev/null) ]]; then
      suite_apt "$suite" apt-get update >&2 || continue
      touch "$state/fetched"
    fi
    found=$(suite_apt "$suite" apt-cache search --names-only "$pattern" | cut -d' ' -f1 | sort -V | tail -n 1)
    [[ -n $found ]] || continue
    printf '%s %s %s\n' "$suite" "$found" \
      "$(suite_apt "$suite" apt-cache show "$found" | sed -n 's/^Version: //p' | sort -V | tail -n 1)"
    return 0
  done
  printf 'no package %s in any of: %s\n' "$pattern" "$*" >&2
  return 1
}

# unpack_package SUITE PACKAGE FOLDER: its files, with no installation.
unpack_package() {
  local suite=$1 package=$2 folder=$3
  mkdir -p "$folder"
  if ! (cd "$folder" && suite_apt "$suite" apt-get download "$package"); then
    rm -f "$(cache_folder)/apt/$suite/fetched" # the lists may be older than the mirror: fetch them next time
    return 1
  fi
  dpkg-deb -x "$folder"/*.deb "$folder" || return
  rm -f "$folder"/*.deb
}
