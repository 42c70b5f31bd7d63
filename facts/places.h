/* facts/places.h - where programs keep their own files in an image: trees that belong to no
 * distribution, and directories that the image gave to somebody.
 *
 * Layer:   facts
 * Trust:   the root file system is the container's own: every open goes through
 * openat2(RESOLVE_IN_ROOT) and passes no link; names that may not stand in a document are left out.
 * Limits:  PLACES_DIRS directories are opened, PLACES_CHILDREN entries read of each, PLACES_DEPTH
 * levels: what lies deeper or later is not told. Breadth first, so that what is near the top is.
 */
#ifndef FACTS_PLACES_H
#define FACTS_PLACES_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"

enum { PLACES_DIRS = 64, PLACES_CHILDREN = 256, PLACES_DEPTH = 3 };

/* A directory: `own` for the root of a tree of the image's own (at the top, below /opt, /srv or
 * /usr/local); else one that somebody but root owns, or that others may write. `path` is in the
 * arena. */
typedef void places_found(void *to, const char *path, const struct stat *st, bool own);

/* Look through the root directory `root`, and below the directories of `more` (NULL entries are
 * left out). Nothing found is no error; without memory less is found. */
void places_look(struct arena *a, int root, const char *const *more, size_t n, places_found *found,
                 void *to);

/* A name of letters, digits and _ + - . @ alone, not "." or "..". */
bool places_plain(const char *name);

#endif
