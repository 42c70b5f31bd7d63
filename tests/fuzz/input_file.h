/* tests/fuzz/input_file.h - an input as a file, for readers that take a path. */
#ifndef TESTS_FUZZ_INPUT_FILE_H
#define TESTS_FUZZ_INPUT_FILE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of this run's, in memory where there is room for one; it stays. */
static inline const char *input_dir(void)
{
    static char dir[] = "/dev/shm/sallyport-fuzz-XXXXXX";
    static int made;

    if (!made && !mkdtemp(dir))
        abort();
    made = 1;
    return dir;
}

/* Write the input to `name` below the directory; its path. */
static inline const char *input_file(const char *name, const uint8_t *data, size_t size)
{
    static char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", input_dir(), name);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
        abort();
    return path;
}

#endif
