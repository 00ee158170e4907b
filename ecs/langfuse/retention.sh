# Deletes Langfuse rows older than RETENTION_DAYS, once a day, in small batches, children before their parents.
# Langfuse v2 keeps traces for ever. Tables and columns: packages/shared/prisma/schema.prisma of langfuse/langfuse, major 2.
# Environment: PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE (Langfuse's own role), PGSSLMODE PGSSLROOTCERT, RETENTION_DAYS; ONCE=1 stops after one pass.
# A failure is logged and tried again the next day; it never stops Langfuse.

set -u
BATCH=${BATCH:-1000}

# delete_old TABLE COLUMN [CONDITION] deletes batch after batch until none is left, and prints how many rows went.
delete_old() {
  deleted=0
  # Langfuse creates its tables when it first starts; an absent one has nothing to delete.
  exists=$(psql --no-psqlrc -qtAX --set=ON_ERROR_STOP=1 --command="SELECT to_regclass('public.$1') IS NOT NULL") || return 1
  [ "$exists" = t ] || return 0
  while :; do
    rows=$(psql --no-psqlrc -qtAX --set=ON_ERROR_STOP=1 --command="WITH old AS (
        SELECT ctid FROM $1 WHERE $2 < now() - make_interval(days => $RETENTION_DAYS) ${3:-} LIMIT $BATCH),
      gone AS (DELETE FROM $1 WHERE ctid IN (SELECT ctid FROM old) RETURNING 1)
      SELECT count(*) FROM gone") || return 1
    deleted=$((deleted + rows))
    [ "$rows" -eq "$BATCH" ] || break
    sleep "${BATCH_PAUSE:-1}" # leaves the database's credits to the gateway
  done
  echo "retention: $1: $deleted rows older than $RETENTION_DAYS days deleted"
}

pass() {
  delete_old scores timestamp &&
    delete_old observations start_time &&
    delete_old traces timestamp &&
    delete_old trace_sessions created_at "AND NOT EXISTS (SELECT FROM traces WHERE traces.session_id = trace_sessions.id AND traces.project_id = trace_sessions.project_id)" &&
    delete_old events created_at
}

while :; do
  status=0
  pass || status=$?
  [ "$status" -eq 0 ] || echo "retention: this pass failed; the next one is due in a day" >&2
  [ "${ONCE:-}" != 1 ] || exit "$status"
  sleep 86400
done
