# Waits for the data directory and starts VictoriaMetrics: $1 is the data directory, the rest is the command.
# Two processes never write one directory: VictoriaMetrics locks flock.lock in it and ends at once where it is held. A task that is
# still stopping holds the lock for a while, and a task that was killed until its NFS lease ends, so the start waits, and only then
# hands over. After WAIT_SECONDS VictoriaMetrics is started all the same: it ends with its own message, which says what is wrong.
set -eu
directory=$1
shift
waited=0
while [ -e "$directory/flock.lock" ] && ! flock -n "$directory/flock.lock" true; do
  if [ "$waited" -eq 0 ]; then echo "start: another task still writes $directory, waiting"; fi
  if [ "$waited" -ge "${WAIT_SECONDS:-240}" ]; then echo "start: still locked after $waited s" >&2; break; fi
  sleep 1
  waited=$((waited + 1))
done
exec "$@"
