#!/bin/sh
# Builds the application and lays out what the image carries.
#   sh scripts/image-build.sh <folder for the result>
# Run it in a clean copy of the sources: it installs, builds and drops what only the build needs.
set -eu

target=$1

npm ci --no-audit --no-fund
npm run build
npm prune --omit=dev --no-audit --no-fund

mkdir -p "$target"
cp -R package.json package-lock.json LICENSE README.md dist node_modules "$target"/
