# Creates a service's role and database, and sets the role's password to the secret's value. Safe to run again, and by two tasks at once.
# Environment: PGHOST PGPORT PGUSER PGPASSWORD (the master's), PGSSLMODE PGSSLROOTCERT, ROLE (name of role and database), ROLE_PASSWORD.
# Runs in the shell of the init container, which has set -eu.

tries=0
until error=$(psql --no-psqlrc --quiet --dbname=postgres --command='SELECT 1' 2>&1 >/dev/null); do
  tries=$((tries + 1))
  if [ "$tries" -ge "${CONNECT_TRIES:-30}" ]; then
    echo "database init for $ROLE: no connection to $PGHOST: $error" >&2
    exit 1
  fi
  sleep "${CONNECT_PAUSE:-2}"
done

# RDS's master is no superuser: it must be a member of the role to give it a database. The lock serialises tasks that start together;
# CREATE DATABASE cannot run in a transaction, so it belongs to the session and goes with it.
psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname=postgres >/dev/null <<'SQL'
\getenv role ROLE
\getenv password ROLE_PASSWORD
SET client_min_messages = warning;
SET lock_timeout = '2min';
SELECT pg_advisory_lock(hashtext('kong-llm-gateway init'));
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', :'role', :'password') \gexec
SELECT format('GRANT %I TO CURRENT_USER', :'role') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'role', :'role') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', :'role') \gexec
SQL
echo "database init: role and database $ROLE are ready"
