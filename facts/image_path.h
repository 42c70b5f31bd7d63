/* facts/image_path.h - where a path of the container leads through the image's own links.
 *
 * Layer:   facts
 * Owns:    the path lives in the arena given.
 * Errors:  NULL: too long, too many links, or no memory.
 * Trust:   the image is hostile; nothing outside it is looked at, and nothing is opened but by
 * O_PATH. Limits:  IMAGE_LINKS_MAX links. Sources: openat2(2), RESOLVE_IN_ROOT.
 */
#ifndef FACTS_IMAGE_PATH_H
#define FACTS_IMAGE_PATH_H

#include "policy/value/value.h"

enum { IMAGE_LINKS_MAX = 40 };

/* root: the image's directory, by O_PATH. What is missing stands as it is written. */
const char *image_path(struct arena *a, int root, const char *path);

#endif
