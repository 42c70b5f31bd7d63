/* policy/value/number.h - arithmetic as OPA's: exact integers, decimals as Go's math/big does.
 *
 * Layer:   policy/value
 * Owns:    nothing; results live in the arena given. GMP holds intermediates.
 * Errors:  ERR_EVAL eval_builtin_error ("divide by zero", ...), ERR_LIMIT (more than
 *          NUMBER_DIGITS_MAX digits), ERR_NOMEM. Operands must be numbers.
 *
 * Small integers take a fast path that neither allocates more than the result nor calls GMP.
 */
#ifndef POLICY_VALUE_NUMBER_H
#define POLICY_VALUE_NUMBER_H

#include "policy/value/value.h"

enum { NUMBER_DIGITS_MAX = 100000 };

enum number_op { NUMBER_ADD, NUMBER_SUB, NUMBER_MUL, NUMBER_DIV, NUMBER_REM };

int number_arith(struct arena *a, enum number_op op, const struct value *x, const struct value *y,
                 const struct value **out, struct err *err) MUST_CHECK;

enum number_round { NUMBER_ABS, NUMBER_CEIL, NUMBER_FLOOR, NUMBER_ROUND, NUMBER_TRUNC };

int number_round(struct arena *a, enum number_round how, const struct value *x,
                 const struct value **out, struct err *err) MUST_CHECK;

int number_compare(const struct value *x, const struct value *y);
bool number_is_integer(const struct value *x);
double number_double(const struct value *x);

/* Two's complement on integers of any size: & | ^ << >> and ~ (y NULL). */
enum number_bits { NUMBER_AND, NUMBER_OR, NUMBER_XOR, NUMBER_LSH, NUMBER_RSH, NUMBER_NEGATE };
int number_bits(struct arena *a, enum number_bits op, const struct value *x, const struct value *y,
                const struct value **out, struct err *err) MUST_CHECK;

/* Integer in base 2, 8, 10 or 16 (lower case, no prefix), truncating a fraction: format_int. */
int number_format_int(struct arena *a, const struct value *x, int base, const struct value **out,
                      struct err *err) MUST_CHECK;

#endif
