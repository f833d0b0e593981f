/*
 * foldshim: an LD_PRELOAD library that gives a program, below one folder, the names of the file systems of macOS or
 * Windows on a Linux one.
 *
 *   cc -O1 -shared -fPIC -o foldshim.so foldshim.c -ldl
 *
 *   FOLD_ROOT=/a      below this folder a name is found in any case, and kept as it was first written (APFS, NTFS);
 *                     a rename to another case of the same name changes it. There is no /proc/self/fd, as there
 *   FOLD_FORM=nfd     names are kept and listed decomposed, in whatever form they come (HFS+)
 *   FOLD_SYNC=none    no folder can be synced (Windows)
 *
 * It knows the letters of Latin-1 with their marks, no others. It sees calls of the C library; a program must not use
 * io_uring (UV_USE_IO_URING=0).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_SIZE 8192
/* What the next library in line calls `name`. */
#define NEXT(name) ({ static __typeof__(name) *found; if (!found) found = dlsym(RTLD_NEXT, #name); found; })
#define RAW(name, ...) NEXT(syscall)(SYS_##name, __VA_ARGS__)

static const char *root, *form, *sync_folders;

__attribute__((constructor)) static void init(void) {
  root = getenv("FOLD_ROOT");
  form = getenv("FOLD_FORM");
  sync_folders = getenv("FOLD_SYNC");
}

/* Letters of Latin-1 (upper case, in UTF-8 the second byte after 0xC3) and what they are made of. */
static const struct { unsigned char composed; char letter; unsigned char mark; } letters[] = {
  {0x80, 'A', 0x80}, {0x81, 'A', 0x81}, {0x84, 'A', 0x88}, {0x87, 'C', 0xA7}, {0x88, 'E', 0x80}, {0x89, 'E', 0x81},
  {0x8B, 'E', 0x88}, {0x91, 'N', 0x83}, {0x96, 'O', 0x88}, {0x9C, 'U', 0x88},
};

/* Canonical decomposition: `ü` as `u` and U+0308. */
static void decompose(const char *from, char *to) {
  while (*from) {
    unsigned char second = (unsigned char)from[0] == 0xC3 ? from[1] : 0;
    int is_lower = second >= 0xA0, index = -1;
    for (int one = 0; second && one < (int)(sizeof letters / sizeof *letters); one++)
      if (letters[one].composed == second - (is_lower ? 0x20 : 0)) index = one;
    if (index < 0) {
      *to++ = *from++;
      continue;
    }
    *to++ = letters[index].letter + (is_lower ? 0x20 : 0);
    *to++ = 0xCC;
    *to++ = letters[index].mark;
    from += 2;
  }
  *to = 0;
}

static int is_same_name(const char *one, const char *other) {
  char first[PATH_SIZE], second[PATH_SIZE];
  decompose(one, first);
  decompose(other, second);
  return !strcasecmp(first, second);
}

/* The name in `folder` that `name` means; `name` itself when nothing is called so. */
static void spell(const char *folder, const char *name, char *out) {
  char exact[PATH_SIZE];
  snprintf(exact, sizeof exact, "%s/%s", folder, name);
  strcpy(out, name);
  if (RAW(faccessat, AT_FDCWD, exact, F_OK) == 0) return;
  DIR *listing = NEXT(opendir)(folder);
  if (!listing) return;
  for (struct dirent *entry = readdir(listing); entry; entry = readdir(listing))
    if (is_same_name(entry->d_name, name)) {
      strcpy(out, entry->d_name);
      break;
    }
  closedir(listing);
}

static void absolute(int fd, const char *path, char *out) {
  char link[64];
  if (path[0] == '/') {
    snprintf(out, PATH_SIZE, "%s", path);
    return;
  }
  if (fd == AT_FDCWD) strcpy(link, "/proc/self/cwd");
  else snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long size = RAW(readlink, link, out, PATH_SIZE / 2);
  out[size < 0 ? 0 : size] = 0;
  if (*path) strcat(strcat(out, "/"), path);
}

/*
 * The path that holds what `path` means. `is_new` keeps the last name as it was asked for.
 * NULL, with errno, when no such name can be.
 */
static const char *meant(int fd, const char *path, int is_new, char *out) {
  char whole[PATH_SIZE], given[PATH_SIZE];
  if (!root || !path) return path;
  if (!strncmp(path, "/proc/self/fd", 13)) {
    errno = ENOENT;
    return NULL;
  }
  absolute(fd, path, given);
  size_t size = strlen(root);
  if (strncmp(given, root, size) || (given[size] && given[size] != '/')) return path;
  if (form) decompose(given, whole);
  else strcpy(whole, given);
  strcpy(out, root);
  char *rest = whole + size, *saved;
  for (char *name = strtok_r(rest, "/", &saved); name;) {
    char *next = strtok_r(NULL, "/", &saved), spelled[PATH_SIZE];
    if (is_new && !next) strcpy(spelled, name);
    else spell(out, name, spelled);
    strcat(strcat(out, "/"), spelled);
    name = next;
  }
  return out;
}

#define MODE_OF(flags) mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }
#define AT(path) char buffer[PATH_SIZE]; const char *there = meant(AT_FDCWD, path, 0, buffer); if (!there) return -1;
#define ATFD(fd, path) char buffer[PATH_SIZE]; const char *there = meant(fd, path, 0, buffer); if (!there) return -1;

int open(const char *path, int flags, ...) { MODE_OF(flags) AT(path) return NEXT(open)(there, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) AT(path) return NEXT(open64)(there, flags, mode); }
int openat(int fd, const char *path, int flags, ...) { MODE_OF(flags) ATFD(fd, path) return NEXT(openat)(fd, there, flags, mode); }
int openat64(int fd, const char *path, int flags, ...) { MODE_OF(flags) ATFD(fd, path) return NEXT(openat64)(fd, there, flags, mode); }
int access(const char *path, int mode) { AT(path) return NEXT(access)(there, mode); }
int unlink(const char *path) { AT(path) return NEXT(unlink)(there); }
int unlinkat(int fd, const char *path, int flags) { ATFD(fd, path) return NEXT(unlinkat)(fd, there, flags); }
int rmdir(const char *path) { AT(path) return NEXT(rmdir)(there); }
int mkdir(const char *path, mode_t mode) { AT(path) return NEXT(mkdir)(there, mode); }
int chmod(const char *path, mode_t mode) { AT(path) return NEXT(chmod)(there, mode); }
int symlink(const char *target, const char *path) { AT(path) return NEXT(symlink)(target, there); }
ssize_t readlink(const char *path, char *out, size_t size) { AT(path) return NEXT(readlink)(there, out, size); }
int utimensat(int fd, const char *path, const struct timespec times[2], int flags) { ATFD(fd, path) return NEXT(utimensat)(fd, there, times, flags); }

int link(const char *from, const char *to) {
  char source[PATH_SIZE], target[PATH_SIZE];
  const char *first = meant(AT_FDCWD, from, 0, source), *second = meant(AT_FDCWD, to, 0, target);
  return first && second ? NEXT(link)(first, second) : -1;
}

/* Onto itself in another case: the case is what changes. */
int rename(const char *from, const char *to) {
  char source[PATH_SIZE], target[PATH_SIZE], asked[PATH_SIZE];
  const char *first = meant(AT_FDCWD, from, 0, source), *second = meant(AT_FDCWD, to, 0, target);
  if (!first || !second) return -1;
  return NEXT(rename)(first, strcmp(first, second) ? second : meant(AT_FDCWD, to, 1, asked));
}

DIR *opendir(const char *path) {
  char buffer[PATH_SIZE];
  const char *there = meant(AT_FDCWD, path, 0, buffer);
  return there ? NEXT(opendir)(there) : NULL;
}

int scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *), int (*order)(const struct dirent **, const struct dirent **)) {
  AT(path)
  return NEXT(scandir)(there, list, filter, order);
}

int scandir64(const char *path, struct dirent64 ***list, int (*filter)(const struct dirent64 *), int (*order)(const struct dirent64 **, const struct dirent64 **)) {
  AT(path)
  return NEXT(scandir64)(there, list, filter, order);
}

int fsync(int fd) {
  struct stat what;
  if (sync_folders && !fstat(fd, &what) && S_ISDIR(what.st_mode)) {
    errno = EPERM;
    return -1;
  }
  return NEXT(fsync)(fd);
}

/* libuv looks at files by the bare system call. */
long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
  long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
  va_end(list);
  char buffer[PATH_SIZE];
  if (number == SYS_statx && b && *(const char *)b) {
    const char *there = meant((int)a, (const char *)b, 0, buffer);
    if (!there) return -1;
    b = (long)there;
  }
  return NEXT(syscall)(number, a, b, c, d, e, f);
}
