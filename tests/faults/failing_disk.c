// SPDX-License-Identifier: GPL-3.0-or-later
/* Loaded into Orthanc by LD_PRELOAD: calls for files in chosen folders fail as on a broken or read-only disk, while a fault
   campaign says so. A stand-in for device-mapper, which not every kernel has, and for a remount, which Linux refuses while
   files are open for writing.

   SPINESEG_FAILING_FOLDERS  folders, separated by ':'
   SPINESEG_FAILING_CONTROL  a file with one letter for each folder, mapped: '-' nothing fails; 'w' writing fails with EIO;
                             'a' reading fails as well; 'o' writing fails with EROFS */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kMost = 4 };
static const volatile char* control;
static char folders[kMost][512];
static int count;

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (next == NULL) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    const char* list = getenv("SPINESEG_FAILING_FOLDERS");
    const char* file = getenv("SPINESEG_FAILING_CONTROL");
    if (list == NULL || file == NULL) return;
    while (*list != '\0' && count < kMost) {
        const size_t length = strcspn(list, ":");
        if (length < sizeof folders[0]) memcpy(folders[count++], list, length);
        list += length + (list[length] == ':');
    }
    NEXT(open);
    const int descriptor = next(file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return;
    void* mapped = mmap(NULL, kMost, PROT_READ, MAP_SHARED, descriptor, 0);
    if (mapped != MAP_FAILED) control = mapped;
    close(descriptor);
}

static int something_fails(void) {
    for (int i = 0; control != NULL && i < count; ++i)
        if (control[i] != '-') return 1;
    return 0;
}

static char mode_of_path(const char* path) {
    if (path == NULL || !something_fails()) return '-';
    for (int i = 0; i < count; ++i)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0) return control[i];
    return '-';
}

static char mode_of(int descriptor) {
    char link[64], path[1024];
    if (!something_fails()) return '-';
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return '-';
    path[length] = '\0';
    return mode_of_path(path);
}

/* 0, or what errno is set to. */
static int writing_fails(char mode) {
    const int why = mode == 'o' ? EROFS : mode == 'w' || mode == 'a' ? EIO : 0;
    if (why != 0) errno = why;
    return why;
}

static int reading_fails(char mode) {
    if (mode != 'a') return 0;
    return errno = EIO;
}

#define WRITES(type, name, parameters, mode, arguments) \
    type name parameters { \
        NEXT(name); \
        if (writing_fails(mode)) return -1; \
        return next arguments; \
    }
#define READS(type, name, parameters, mode, arguments) \
    type name parameters { \
        NEXT(name); \
        if (reading_fails(mode)) return -1; \
        return next arguments; \
    }

WRITES(ssize_t, write, (int fd, const void* data, size_t size), mode_of(fd), (fd, data, size))
WRITES(ssize_t, writev, (int fd, const struct iovec* parts, int number), mode_of(fd), (fd, parts, number))
WRITES(ssize_t, pwrite, (int fd, const void* data, size_t size, off_t at), mode_of(fd), (fd, data, size, at))
WRITES(ssize_t, pwrite64, (int fd, const void* data, size_t size, off64_t at), mode_of(fd), (fd, data, size, at))
WRITES(int, fsync, (int fd), mode_of(fd), (fd))
WRITES(int, fdatasync, (int fd), mode_of(fd), (fd))
WRITES(int, ftruncate, (int fd, off_t size), mode_of(fd), (fd, size))
WRITES(int, ftruncate64, (int fd, off64_t size), mode_of(fd), (fd, size))
WRITES(int, fallocate, (int fd, int how, off_t at, off_t size), mode_of(fd), (fd, how, at, size))
WRITES(int, unlink, (const char* path), mode_of_path(path), (path))
WRITES(int, rmdir, (const char* path), mode_of_path(path), (path))
WRITES(int, mkdir, (const char* path, mode_t mode), mode_of_path(path), (path, mode))
WRITES(int, rename, (const char* from, const char* to), mode_of_path(to), (from, to))
READS(ssize_t, read, (int fd, void* data, size_t size), mode_of(fd), (fd, data, size))
READS(ssize_t, readv, (int fd, const struct iovec* parts, int number), mode_of(fd), (fd, parts, number))
READS(ssize_t, pread, (int fd, void* data, size_t size, off_t at), mode_of(fd), (fd, data, size, at))
READS(ssize_t, pread64, (int fd, void* data, size_t size, off64_t at), mode_of(fd), (fd, data, size, at))

static int opening_fails(const char* path, int flags) {
    const char mode = mode_of_path(path);
    const int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
    return writes ? writing_fails(mode) : reading_fails(mode);
}

#define OPENS(name) \
    int name(const char* path, int flags, ...) { \
        NEXT(name); \
        va_list rest; \
        va_start(rest, flags); \
        const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        if (opening_fails(path, flags)) return -1; \
        return next(path, flags, mode); \
    }
OPENS(open)
OPENS(open64)

#define OPENS_STREAM(name) \
    FILE* name(const char* path, const char* how) { \
        NEXT(name); \
        if (opening_fails(path, strpbrk(how, "wa+") != NULL ? O_RDWR : O_RDONLY)) return NULL; \
        return next(path, how); \
    }
OPENS_STREAM(fopen)
OPENS_STREAM(fopen64)
