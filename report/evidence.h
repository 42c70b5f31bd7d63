/* report/evidence.h - an archive that speaks for itself, with nothing but the log's public key.
 *
 * Layer:   report
 * Owns:    everything lives in the arena given.
 * Errors:  those of archive.h and audit/log/note.h. What is wrong with evidence is told in a list
 * of faults, not as an error. Trust:   an archive comes from anyone. Nothing in it is believed
 * before the manifest's signature holds and the file's digest is the manifest's; records stand on
 * their own proofs besides.
 *
 *     manifest.json       {"version", "created", "host", "since", "until", "log", "records",
 *                          "policies", "files": [{"path", "bytes", "sha256"}]}
 *     manifest.note       a note over its length and SHA-256, signed by the log's keys. Its first
 *                          line is EVIDENCE_ORIGIN, which is no log's: no signature of one serves
 *                          as the other
 *     checkpoint          of the log
 *     records/INDEX.json  the leaf's very bytes          proofs/INDEX.tlog-proof  its proof
 *     inputs/DIGEST.json  documents judged, secrets replaced by HMACs
 *     policies/DIGEST.img compiled policies              policies/DIGEST.json     their meta
 *     sources/SHA256      settings and Rego that the policies were made of
 *     host.json           what was seen of the host, and what its rules said
 *     reports/...         report.json, report.html, oscal.json
 */
#ifndef REPORT_EVIDENCE_H
#define REPORT_EVIDENCE_H

#include "audit/log/note.h"
#include "policy/value/value.h"
#include "report/archive.h"

#define EVIDENCE_ORIGIN "sallyport.dev/evidence@v1"

/* Complete the files with manifest.json (`head` and the list of files) and manifest.note. */
int evidence_seal(struct archive_files *f, struct arena *a, const struct value *head,
                  const struct note_key *keys, size_t keys_n, struct err *err) MUST_CHECK;

struct evidence {
    const struct value *manifest; /* NULL when it cannot be believed */
    struct value_list faults;     /* texts, worst first as met */
    size_t files, records, proven, inputs, replayed, unreplayed;
    uint64_t first, last; /* indexes */
};

/* Check everything. Returns 0 also when there are faults. */
int evidence_check(const struct archive_files *f, struct arena *a, const struct note_key *key,
                   struct evidence *out, struct err *err) MUST_CHECK;

#endif
