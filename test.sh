#!/usr/bin/env bash
# Builds everything, publishes the Functions app and runs every test, against real servers where they can be installed. Needs the .NET 10 SDK.
#
#   ./test.sh                           all tests
#   ./test.sh -class '*ZipArchive*'     the tests that xunit's own options select (run a test program with -? to see them)
#
# As root on Debian it installs packages, and says so before it does. As another user it says what is missing and skips the tests that need it.
#
# EGRESS_TEST_POSTGRES, _MARIADB, _REDIS, _AZURITE, _S3 point to servers that run already (see tests/README.md).
# EGRESS_REQUIRE=postgres,nginx,curl makes the absence of any of these a failure instead of skipped tests; .ci/run lists all of them.
# EGRESS_TEST_LIMIT=40m ends a test program that runs longer.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# Starts a command in the background. It is in a process group of its own, because the shell lets other background commands ignore Ctrl+C.
start() {
  set -m
  "$@" </dev/null &
  set +m
}

# Ctrl+C reaches only what runs in the foreground. This passes it on, and waits while test programs stop their servers.
end_started() {
  local process
  for process in $(jobs -p); do
    kill -INT -- "-$process" 2>/dev/null || true
  done
  wait
}
trap 'exit 130' INT TERM
trap end_started EXIT

echo "== Servers, restore and build"
start tests/install-servers.sh
servers=$!
dotnet restore Egress.sln -v q
dotnet build Egress.sln --configuration Release --no-restore -v q
wait "$servers"

passed=0 failed=0 skipped=0 uninstalled=0

# In the foreground, so that Ctrl+C reaches the tests; what they started ends with them.
limit=(timeout --foreground --kill-after=30s "${EGRESS_TEST_LIMIT:-40m}")
command -v timeout >/dev/null || limit=(env)
options=(-noLogo -noColor -longRunning 120 -trait- needs=func "$@")

program() {
  echo "tests/$1/bin/Release/net10.0/$1"
}

# Takes the number after a label out of a summary line; 0 when there is none.
count() {
  local number
  number=$(grep -o "$1: [0-9]*" <<<"$2" | grep -o '[0-9]*$') || number=0
  echo "$number"
}

# Counts the tests that a log names as skipped because a program or server is not installed.
count_uninstalled() {
  grep -A 1 '\[SKIP\]' "$1" | grep -c 'is not installed' || true
}

# Adds a test program that ended with a log and an exit code to the totals. One that dies counts as a failure, whatever it printed before.
add() {
  local name=$1 log=$2 result=$3 summary total bad out
  summary=$(grep -E '^ +[A-Za-z.]+  Total: [0-9]+' "$log" | tail -n 1) || summary=
  uninstalled=$((uninstalled + $(count_uninstalled "$log")))
  rm -f "$log"
  total=$(count Total "$summary")
  bad=$(($(count Failed "$summary") + $(count Errors "$summary")))
  out=$(count Skipped "$summary")
  passed=$((passed + total - $(count Failed "$summary") - out - $(count 'Not Run' "$summary")))
  skipped=$((skipped + out))
  if ((bad == 0)) && { ((result != 0)) || [[ -z $summary ]]; }; then
    echo "FAILED: $name ended with exit code $result$([[ -n $summary ]] || echo ' and without a summary')"
    bad=1
  fi
  failed=$((failed + bad))
}

# Runs a test program and shows its output.
run() {
  local log result=0
  echo "== $1"
  log=$(mktemp)
  "${limit[@]}" "$(program "$1")" "${options[@]}" 2>&1 | tee "$log" || result=$?
  add "$1" "$log" "$result"
}

export EGRESS_TEST_FUNCTIONS_APP=$PWD/artifacts/functions-app
beside=Egress.EndToEnd.Tests beside_log=$(mktemp) beside_result=0
needs_app=Egress.Functions.Tests published=artifacts/functions-app.published

# The app is published before the end-to-end tests, because one of them builds projects as well. With --arch, the build above is used.
publish_and_run_beside() {
  local architecture
  architecture=$(uname -m)
  case $architecture in
    x86_64) architecture=x64 ;;
    aarch64) architecture=arm64 ;;
  esac
  rm -rf "$EGRESS_TEST_FUNCTIONS_APP"
  dotnet publish src/Egress.Functions --configuration Release --arch "$architecture" --output "$EGRESS_TEST_FUNCTIONS_APP" -v q
  touch "$published"
  "${limit[@]}" "$(program "$beside")" -maxThreads 1.5x "${options[@]}"
}

# The end-to-end tests take longest and wait for processes and time limits, so the other programs run beside them.
echo "== Publish the Functions app, then $beside (beside the others; the output follows theirs)"
rm -f "$published"
start publish_and_run_beside >"$beside_log" 2>&1
beside_process=$!
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  [[ $name == "$beside" || $name == "$needs_app" ]] || run "$name"
done
until [[ -e $published ]] || ! kill -0 "$beside_process" 2>/dev/null; do
  sleep 1
done
run "$needs_app"

wait "$beside_process" || beside_result=$?
echo "== $beside"
cat "$beside_log"
add "$beside" "$beside_log" "$beside_result"

reason=
((uninstalled == 0)) || reason=" ($uninstalled of them because something is not installed; see Servers above)"
echo
echo "$passed passed, $failed failed, $skipped skipped$reason"
((failed == 0 && passed > 0))
