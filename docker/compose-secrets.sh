#!/bin/sh
# Makes the secrets that docker-compose.yml reads, once: random, one file each, readable by their owner only.
#   sh docker/compose-secrets.sh
set -eu

cd "$(dirname "$0")/.."
if [ -e secrets ]; then
  echo "The folder secrets/ exists already. Remove it first if you want new ones; the database keeps the old passwords." >&2
  exit 1
fi

umask 077
mkdir secrets

owner=$(openssl rand -hex 32)
app=$(openssl rand -hex 32)

printf '%s' "$owner" > secrets/postgres-owner-password
printf '%s' "$app" > secrets/postgres-app-password
printf 'postgres://carekey_owner:%s@postgres:5432/carekey' "$owner" > secrets/migration-database-url
printf 'postgres://carekey_app:%s@postgres:5432/carekey' "$app" > secrets/database-url
printf 'k1:%s' "$(openssl rand -base64 32)" > secrets/sealing-keys
# The container's user is another than yours and reads them through a mount; the folder stays closed to everybody else.
chmod 0444 secrets/*

echo "Made secrets/. Keep a copy of secrets/sealing-keys apart from the database: without it, what is sealed stays sealed."
