#!/usr/bin/env bash
# Makes the files of a release: deploy/release/package.sh 1.2.3 [FOLDER]
#
#   egress-functions-app-1.2.3.zip     the Functions app for Azure, linux-x64
#   egress-server-1.2.3-RID.tar.gz     the plain server with its runtime; .zip for Windows
#   Egress.Tool.1.2.3.nupkg            the .NET tool "egress"
#   egress-*-1.2.3.cdx.json            what they contain (CycloneDX)
#   SHA256SUMS
#
# RIDS names the systems of the server. Each archive holds LICENSE and THIRD-PARTY-NOTICES.txt. The files have the time of the commit.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=${1:?"Usage: deploy/release/package.sh VERSION [FOLDER]"}
out=$(mkdir -p "${2:-artifacts/release}" && cd "${2:-artifacts/release}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
time=$(git log -1 --format=%ct)
tools=artifacts/tools/cyclonedx
read -ra rids <<<"${RIDS:-linux-x64 linux-arm64 linux-musl-x64 osx-arm64 osx-x64 win-x64}"

# publish PROJECT FOLDER OPTION... - publishes and adds what each archive holds.
publish() {
  local project=$1 folder=$2
  shift 2
  dotnet publish "$project" --configuration Release --output "$folder" -p:Version="$version" --verbosity quiet --nologo "$@"
  find "$folder" \( -name 'Egress.*.pdb' -o -name 'Egress.*.xml' \) -delete
  cp LICENSE "$folder/"
  dotnet run deploy/release/notices.cs -- "$project" "$folder/THIRD-PARTY-NOTICES.txt"
  find "$folder" -exec touch --date="@$time" {} +
}

# bom PROJECT NAME - lists the packages of a project.
bom() {
  "$tools/dotnet-CycloneDX" "$1/$(basename "$1").csproj" --output "$out" --filename "$2-$version.cdx.json" --output-format Json \
    --set-name "$2" --set-version "$version" --exclude-dev --disable-package-restore >/dev/null
}

[[ -x $tools/dotnet-CycloneDX ]] || dotnet tool install CycloneDX --version 6.3.1 --tool-path "$tools" >/dev/null

echo "== Functions app"
publish src/Egress.Functions "$work/functions-app"
bom src/Egress.Functions egress-functions-app
(cd "$work/functions-app" && find . -type f | LC_ALL=C sort | TZ=UTC zip -q -X -@ "$out/egress-functions-app-$version.zip")

for rid in "${rids[@]}"; do
  echo "== Server for $rid"
  name=egress-server-$version-$rid
  publish src/Egress.Server "$work/$name" --runtime "$rid" --self-contained -p:PublishReadyToRun=true
  if [[ $rid == win-* ]]; then
    (cd "$work" && find "$name" -type f | LC_ALL=C sort | TZ=UTC zip -q -X -@ "$out/$name.zip")
  else
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$time" --directory "$work" "$name" | gzip -n >"$out/$name.tar.gz"
  fi
done

echo "== Tool"
dotnet run deploy/release/notices.cs -- src/Egress.Server "$work/THIRD-PARTY-NOTICES.txt"
dotnet pack src/Egress.Server --configuration Release --output "$out" -p:Version="$version" -p:NoticesFile="$work/THIRD-PARTY-NOTICES.txt" --verbosity quiet --nologo
bom src/Egress.Server egress-server

(cd "$out" && find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum >SHA256SUMS)
cat "$out/SHA256SUMS"
