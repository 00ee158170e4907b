# Waits for the data directory and starts VictoriaMetrics: $1 is the data directory, the rest is the command.
# Two processes never write one directory: VictoriaMetrics locks flock.lock in it and ends at once where it is held. A task that is
# still stopping holds the lock for a while, and a task that was killed until its NFS lease ends, so the start waits, and only then
# hands over. After WAIT_SECONDS VictoriaMetrics is started all the same: it ends with its own message, which says what is wrong.
set -eu
directory=$1
lock=$1/flock.lock
shift
# try_lock says nothing and fails where another process holds the lock, and says why where it cannot be had at all. The descriptor is opened
# for writing, because NFS refuses an exclusive lock on any other (flock(2), NFS details), and `flock FILE` of BusyBox, which the image has,
# opens for reading only (util-linux/flock.c). `exec`, because BusyBox 1.35 forgets the redirection of a subshell within `$( )`.
try_lock() {
  exec 2>&1 9<>"$lock"
  flock -n 9
}
waited=0
while [ -e "$lock" ] && ! complaint=$(try_lock); do
  if [ -n "$complaint" ]; then echo "start: cannot lock $lock, VictoriaMetrics will try: $complaint" >&2; break; fi
  if [ "$waited" -eq 0 ]; then echo "start: another task still writes $directory, waiting"; fi
  if [ "$waited" -ge "${WAIT_SECONDS:-240}" ]; then echo "start: still locked after $waited s" >&2; break; fi
  sleep 1
  waited=$((waited + 1))
done
exec "$@"
