/* tests/bench/start_noop.c - a real runtime that does nothing, or (built with TARGET) a wrapper
 * that does nothing but exec another program: the two ends that a shim's cost is measured against.
 */
#include <unistd.h>

int main(int argc, char *argv[])
{
    (void)argc;
#ifdef TARGET
    execv(TARGET, argv);
    return 127;
#else
    (void)argv;
    return 0;
#endif
}
