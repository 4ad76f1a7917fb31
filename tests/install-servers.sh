#!/usr/bin/env bash
# Installs what the tests start for real: servers and programs from Debian's packages (as root on Debian or a derivative),
# Azurite, s3rver and schemas from npm (into artifacts/test-servers), the Bicep compiler and PowerShell from NuGet (into artifacts/tools). Programs
# that are already installed are not changed. The script lists what it cannot install, and the tests that need it are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

left_out=()
packages=()

# has PROGRAM - succeeds if the program is installed, also for the administrator only.
has() {
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null
}

# want PACKAGE PROGRAM... - marks the package for installation if none of the programs is installed.
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

install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >/dev/null
}

# Installs packages and prevents them from starting servers, because the tests start their own.
install_packages() {
  local policy=/usr/sbin/policy-rc.d package
  if [[ ! -e $policy ]]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt-get update -q >/dev/null || echo "The package lists could not be renewed: using the present ones"
  if ! install "$@"; then
    # Packages are installed one by one, so that a package that cannot be installed does not prevent the installation of the others.
    for package in "$@"; do
      install "$package" || left_out+=("$package")
    done
  fi
}

debian_initdb='/usr/lib/postgresql/*/bin/initdb'
[[ -n ${EGRESS_TEST_POSTGRES:-} ]] || compgen -G "$debian_initdb" >/dev/null || want postgresql initdb
[[ -n ${EGRESS_TEST_MARIADB:-} ]] || want mariadb-server mariadbd
[[ -n ${EGRESS_TEST_REDIS:-} ]] || want redis-server redis-server
want nginx nginx
want 7zip 7zz
want libarchive-tools bsdtar
want unzip unzip
want curl curl
want wget wget
want aria2 aria2c
want prometheus prometheus
want python3 python3
want php-cli php
want default-jdk-headless javac
want nodejs node
want chromium chromium chromium-browser google-chrome
want npm npm

if ((${#packages[@]} > 0)); then
  if [[ $(id -u) == 0 ]] && has apt-get; then
    echo "Installing Debian packages, because this runs as root: ${packages[*]}"
    install_packages "${packages[@]}"
  else
    left_out+=("${packages[@]}")
  fi
fi

servers=artifacts/test-servers
if ! cmp -s tests/servers/package.json "$servers/installed.json"; then
  echo "Installing Azurite, s3rver, schemas, cspell, puppeteer-core and openapi-typescript with npm"
  mkdir -p "$servers"
  cp tests/servers/package.json "$servers/"
  if has npm && npm install --prefix "$servers" --no-package-lock --omit=dev --no-audit --no-fund --ignore-scripts --loglevel=error; then
    # The marker is written last, so that an interrupted installation is repeated by the next run.
    cp tests/servers/package.json "$servers/installed.json"
  else
    left_out+=(azurite s3rver schemas cspell puppeteer-core openapi-typescript)
  fi
fi

bicep='artifacts/tools/azure.bicep.*/*/tools/bicep'
if ! compgen -G "$bicep" >/dev/null; then
  echo "Restoring the Bicep compiler"
  dotnet restore tests/tools -v q || left_out+=(bicep)
fi

powershell=artifacts/tools/powershell/pwsh
if ! has pwsh && [[ ! -x $powershell ]]; then
  echo "Installing PowerShell with NuGet"
  dotnet tool install PowerShell --version 7.6.9 --tool-path "$(dirname "$powershell")" >/dev/null || left_out+=(pwsh)
fi

if ((${#left_out[@]} > 0)); then
  echo "Not installed: ${left_out[*]}"
  echo "Tests that need them are skipped. Packages of Debian need root or a server of your own (tests/README.md), the others npm or NuGet."
fi

# can PART - succeeds if the tests can use that part: a server, or a program with this name.
can() {
  case $1 in
    postgres) [[ -n ${EGRESS_TEST_POSTGRES:-} ]] || has initdb || compgen -G "$debian_initdb" >/dev/null ;;
    mariadb) [[ -n ${EGRESS_TEST_MARIADB:-} ]] || has mariadbd ;;
    redis) [[ -n ${EGRESS_TEST_REDIS:-} ]] || has redis-server ;;
    azurite) [[ -n ${EGRESS_TEST_AZURITE:-} ]] || { has node && [[ -e $servers/installed.json ]]; } ;;
    s3) [[ -n ${EGRESS_TEST_S3:-} ]] || { has node && [[ -e $servers/installed.json ]]; } ;;
    bicep) compgen -G "$bicep" >/dev/null ;;
    schemas | cspell) has node && [[ -e $servers/installed.json ]] ;;
    pwsh) has pwsh || [[ -x $powershell ]] ;;
    *) has "$1" ;;
  esac
}

missing=()
required=${EGRESS_REQUIRE:-}
for part in ${required//,/ }; do
  can "$part" || missing+=("$part")
done
if ((${#missing[@]} > 0)); then
  echo "EGRESS_REQUIRE lists what is not installed: ${missing[*]}" >&2
  exit 1
fi
