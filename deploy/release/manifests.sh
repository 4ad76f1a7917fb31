#!/usr/bin/env bash
# Writes the manifests of Kubernetes with an image by digest: deploy/release/manifests.sh ghcr.io/owner/egress:1.2.3@sha256:… > egress-kubernetes.yaml
set -euo pipefail
cd "$(dirname "$0")/../kubernetes"

image=${1:?"Usage: deploy/release/manifests.sh IMAGE"}
for file in settings statefulset service disruption-budget; do
  echo "---"
  sed "s|^\( *image: \)egress\$|\1$image|" "$file.yaml"
done
