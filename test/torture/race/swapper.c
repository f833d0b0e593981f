/* Exchanges a folder with a symbolic link until it is killed: swapper <folder> <link> */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments) {
  if (count != 3) return 2;
  for (;;) {
    /* 2: RENAME_EXCHANGE */
    if (syscall(SYS_renameat2, AT_FDCWD, arguments[1], AT_FDCWD, arguments[2], 2) != 0) {
      perror("renameat2");
      return 1;
    }
    usleep(20);
  }
}
