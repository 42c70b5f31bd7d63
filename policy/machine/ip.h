/* policy/machine/ip.h - IP addresses and CIDR networks, as Go's net package reads and writes them.
 *
 * Layer:   policy/machine
 * Trust:   the text is hostile; nothing is allocated.
 *
 * An address is 128 bits; IPv4 is ::ffff:a.b.c.d, as Go holds it.
 */
#ifndef POLICY_MACHINE_IP_H
#define POLICY_MACHINE_IP_H

#include <stdbool.h>
#include <stddef.h>

typedef unsigned __int128 ip_bits;

struct cidr {
    ip_bits ip;    /* as written, host bits included */
    unsigned bits; /* of the prefix, counted in 128 */
    bool v4;
};

enum { IP_TEXT_MAX = 64 };

bool ip_parse(const char *s, size_t len, ip_bits *out);
bool cidr_parse(const char *s, size_t len, struct cidr *out);
bool ip_is_v4(ip_bits ip);
ip_bits cidr_first(const struct cidr *c);
ip_bits cidr_last(const struct cidr *c);
bool cidr_has(const struct cidr *c, ip_bits ip);

/* "10.0.0.1", "2001:db8::1". */
void ip_print(ip_bits ip, char out[IP_TEXT_MAX]);
/* address/prefix; the address as it is, host bits included. */
void cidr_print(const struct cidr *c, char out[IP_TEXT_MAX]);

#endif
