/* What a container start pays for the policy: map the image, read and parse the input, run.
 * Without arguments it does nothing, so that a process's own cost can be told apart. */
#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "base/own.h"
#include "policy/machine/machine.h"
#include "policy/value/json.h"

enum { MEMORY = 256 * 1024 * 1024, INPUT_MAX = 16 * 1024 * 1024 };

int main(int argc, char **argv)
{
    AUTO_ARENA struct arena a = ARENA_INIT(MEMORY);
    AUTO_IMAGE struct image img = IMAGE_INIT;
    AUTO_FREE char *text = NULL;
    struct err err = ERR_INIT;
    const struct value *in, *out;
    size_t len;

    if (argc != 3)
        return 0;
    AUTO_FD int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || image_map(&img, fd, &err) < 0 ||
        file_read_at(AT_FDCWD, argv[2], INPUT_MAX, &text, &len, NULL, &err) < 0 ||
        json_parse(&a, text, len, JSON_STRICT, &in, NULL, &err) < 0 ||
        machine_run(&img, value_cstr(value_at(image_entries(&img), 0)), in, &a, NULL, &out, NULL,
                    &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    return 0;
}
