# Sourced: what the tier `deploy` needs from outside the lab, where the network is.
# shellcheck shell=bash
# shellcheck disable=SC2154 # tree: set by scripts/test

# prepare_deploy RESULTS: the container image, and the package installed from its tarball. Exports where they are.
prepare_deploy() {
  local folder=$1/deploy
  need_packages deploy || return
  mkdir -p "$folder"
  step 'installing the package from its tarball' install_tarball "$folder" || return
  scripts/container >"$folder/images" || return
}

install_tarball() {
  local folder=$1
  npm pack --silent --pack-destination "$folder" && mkdir "$folder/package" || return
  (cd "$folder/package" && npm init --yes >/dev/null && npm install --no-audit --no-fund ../kernel-l2tp-*.tgz)
}
