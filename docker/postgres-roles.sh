#!/bin/sh
# Runs once, when the database is made: the role that the server logs in as. It owns nothing, so that what the owner
# takes away from it (changing audit records, for one) stays away. The owner is POSTGRES_USER.
set -eu

psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v app_password="$(cat "$CAREKEY_APP_PASSWORD_FILE")" <<'SQL'
CREATE ROLE carekey_app LOGIN PASSWORD :'app_password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
SQL
