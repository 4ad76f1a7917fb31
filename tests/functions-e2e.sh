#!/usr/bin/env bash
# Publishes the Functions app, starts it under the real host and tests it there: downloads, including resumed and interrupted ones, and callbacks
# through the queue trigger. The API of links, which needs a function key of the host, is not tested here. Needs Azure Functions Core Tools (func) on
# PATH, and Azurite (tests/install-servers.sh installs it).
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if ! command -v func >/dev/null; then
  echo "Azure Functions Core Tools (func) are not on PATH: nothing was tested under the real host."
  exit 0
fi

app=$PWD/artifacts/functions-app
rm -rf "$app"
dotnet publish src/Egress.Functions --configuration Release --use-current-runtime --output "$app" -v q
dotnet build tests/Egress.Functions.Tests --configuration Release -v q
EGRESS_TEST_FUNCTIONS_APP=$app EGRESS_REQUIRE=func,azurite \
  tests/Egress.Functions.Tests/bin/Release/net10.0/Egress.Functions.Tests -noLogo -trait needs=func "$@"
