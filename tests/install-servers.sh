#!/usr/bin/env bash
# Installs what the tests start for real: servers and programs from Debian's packages (as root on Debian or a relative of it),
# Azurite and s3rver from npm (into artifacts/test-servers). What is there already is left alone; what cannot be had is named,
# and the tests that need it are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

left_out=()
packages=()

# has PROGRAM - whether it is there; the administrator's programs count.
has() {
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null
}

# want PACKAGE PROGRAM... - asks for the package when none of the programs is there.
want() {
  local package=$1 program
  shift
  for program in "$@"; do
    if has "$program"; then
      return
    fi
  done
  packages+=("$package")
}

# Runs apt-get so that no server is started by its package: the tests start their own.
install_packages() {
  local policy=/usr/sbin/policy-rc.d added=
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    added=yes
  fi
  local result=0
  apt-get update -q >/dev/null || echo "  the package lists could not be renewed; going on with those that are there"
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >/dev/null || result=$?
  [[ -z $added ]] || rm -f "$policy"
  return "$result"
}

compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || want postgresql initdb
want mariadb-server mariadbd
want redis-server redis-server
want nginx nginx
want 7zip 7zz 7z
want libarchive-tools bsdtar
want unzip unzip
want curl curl
want python3 python3
want nodejs node
want npm npm

if ((${#packages[@]} > 0)); then
  if [[ $(id -u) == 0 ]] && has apt-get; then
    echo "Installing packages: ${packages[*]}"
    # One by one when they cannot be had together, so that one missing package does not cost the others.
    if ! install_packages "${packages[@]}"; then
      for package in "${packages[@]}"; do
        install_packages "$package" || left_out+=("$package")
      done
    fi
  else
    left_out+=("${packages[@]}")
  fi
fi

servers=artifacts/test-servers
if ! cmp -s tests/servers/package.json "$servers/installed.json"; then
  echo "Installing Azurite and s3rver from npm"
  mkdir -p "$servers"
  cp tests/servers/package.json "$servers/"
  if has npm && npm install --prefix "$servers" --no-package-lock --omit=dev --no-audit --no-fund --ignore-scripts --loglevel=error; then
    # Only now: a broken installation is tried again the next time.
    cp tests/servers/package.json "$servers/installed.json"
  else
    left_out+=(azurite s3rver)
  fi
fi

if ((${#left_out[@]} > 0)); then
  echo "Left out, for lack of root rights, of Debian's packages or of npm: ${left_out[*]}"
fi
