/* rego.c - ask a policy from C: rego POLICY.rego QUERY [INPUT-JSON]
 *
 *     cc rego.c $(pkg-config --cflags --static --libs sallyport-rego) -o rego
 */
#include <sallyport/rego.h>
#include <stdio.h>
#include <stdlib.h>

static char *read_all(const char *path)
{
    FILE *const f = fopen(path, "r");
    char *const text = calloc(1, 1 << 20);

    if (!f || !text || fread(text, 1, (1 << 20) - 1, f) == 0) {
        perror(path);
        exit(2);
    }
    (void)fclose(f);
    return text;
}

int main(int argc, char **argv)
{
    struct sallyport_rego *const r = sallyport_rego_new();
    char *answer = NULL;

    if (argc < 3 || !r) {
        (void)fprintf(stderr, "usage: rego POLICY.rego QUERY [INPUT-JSON]\n");
        return 2;
    }
    char *const text = read_all(argv[1]);
    int got = -1;

    if (sallyport_rego_module(r, argv[1], text) == 0 && sallyport_rego_compile(r, argv[2]) == 0)
        got = sallyport_rego_eval(r, argc > 3 ? argv[3] : NULL, &answer);
    if (got < 0)
        (void)fprintf(stderr, "%s\n", sallyport_rego_error(r));
    else
        (void)printf("%s\n", got ? answer : "undefined");
    free(answer);
    free(text);
    sallyport_rego_free(r);
    return got < 0 ? 2 : got == 0;
}
