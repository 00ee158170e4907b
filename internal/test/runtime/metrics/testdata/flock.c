// Stands before the C library's flock(2), by LD_PRELOAD. By default it holds the rule of NFS, where a lock of a whole file is a lock of its bytes:
// an exclusive one needs a descriptor that is open for writing (flock(2), NFS details). With FLOCK_NEVER set no lock can be had at all.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>

int flock(int fd, int operation) {
  int exclusive_on_readable = (operation & LOCK_EX) && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
  if (exclusive_on_readable || getenv("FLOCK_NEVER")) {
    errno = EBADF;
    return -1;
  }
  return ((int (*)(int, int))dlsym(RTLD_NEXT, "flock"))(fd, operation);
}
