#!/usr/bin/env bash
# Prints the section of CHANGELOG.md for a version; ends with a fault when there is none: deploy/release/notes.sh 1.2.3
set -euo pipefail
cd "$(dirname "$0")/../.."

version=${1:?"Usage: deploy/release/notes.sh VERSION"}
notes=$(awk -v heading="## [$version]" 'index($0, "## [") == 1 { found = index($0, heading) == 1; next } found' CHANGELOG.md)
if [[ -z ${notes//[[:space:]]/} ]]; then
  echo "CHANGELOG.md has no section [$version]" >&2
  exit 1
fi
echo "$notes"
