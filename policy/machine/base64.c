#include "policy/machine/base64.h"

#include <string.h>

const char base64_std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t skip_line_ends(const char *s, size_t i, size_t len)
{
    while (i < len && (s[i] == '\n' || s[i] == '\r'))
        i++;
    return i;
}

/* Offset behind the padding at s[i], which `held` characters of the last four wait for; SIZE_MAX
 * with *wrong. */
static size_t padding(const char *s, size_t i, size_t len, size_t held, size_t *wrong)
{
    *wrong = i;
    if (s[i] != '=' || held < 2)
        return SIZE_MAX;
    i = skip_line_ends(s, i + 1, len);
    if (held == 3)
        return i;
    *wrong = i == len ? len : i - 1;
    if (i == len || s[i] != '=')
        return SIZE_MAX;
    return skip_line_ends(s, i + 1, len);
}

int64_t base64_read(const char *alphabet, bool padded, const char *s, size_t len, char *to,
                    size_t *wrong)
{
    uint32_t word = 0;
    size_t held = 0, n = 0, i = 0;

    for (; (i = skip_line_ends(s, i, len)) < len; i++) {
        const char *const at = s[i] != '\0' ? strchr(alphabet, s[i]) : NULL;
        if (!at)
            break;
        word = word << 6 | (uint32_t)(at - alphabet);
        if (++held == 4) {
            to[n++] = (char)(word >> 16);
            to[n++] = (char)(word >> 8);
            to[n++] = (char)word;
            held = 0;
        }
    }
    *wrong = i == len ? len - held : i;
    if (i < len && padded)
        i = padding(s, i, len, held, wrong);
    else if (held > 0 && (padded || held == 1))
        return -1;
    if (i == SIZE_MAX)
        return -1;
    if (i < len) {
        *wrong = i;
        return -1;
    }
    if (held > 0)
        to[n++] = (char)(word >> (held == 2 ? 4 : 10));
    if (held == 3)
        to[n++] = (char)(word >> 2);
    return (int64_t)n;
}
