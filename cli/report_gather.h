/* cli/report_gather.h - what a report is about: the log, the containers that run, bundles, the
 * host; counted, with the frameworks beside it.
 *
 * Layer:   cli
 * Owns:    documents live in the arena given; an open gatherer owns the policies' images.
 */
#ifndef CLI_REPORT_GATHER_H
#define CLI_REPORT_GATHER_H

#include "cli/judged.h"
#include "report/tally.h"

struct gathering {
    struct judged judged;
    struct image previous; /* the policy before the active one: it judged older records */
    struct tally tally;
    const struct value *host;   /* assessment, or NULL */
    const struct value *source; /* {"kind", ..} */
};
#define GATHERING_INIT ((struct gathering){.judged = JUDGED_INIT, .previous = IMAGE_INIT})
#define AUTO_GATHERING __attribute__((cleanup(gathering_close)))

/* Gather what the call names, and build the document that report/render.h takes. */
int gathering_run(struct gathering *g, struct call *call, struct arena *a, int64_t now_ns,
                  const struct value **gathered, struct err *err) MUST_CHECK;
void gathering_close(struct gathering *g);

#endif
