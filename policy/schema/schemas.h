/* policy/schema/schemas.h - the documents' schemas, as bytes in the program.
 *
 * Layer:   policy/schema. Static storage; the files beside this header are the source.
 */
#ifndef POLICY_SCHEMA_SCHEMAS_H
#define POLICY_SCHEMA_SCHEMAS_H

#include <stddef.h>

struct schema_text {
    const char *text;
    size_t len;
};

struct schema_text schema_input(void);
struct schema_text schema_settings(void);

#endif
