# tests/e2e/gated.sh - what every engine must show once Sallyport stands in front of its runtime. Sourced after lib.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with lib.sh and the scripts

# What a container tells about itself: one NAME=VALUE a line.
# shellcheck disable=SC2016 # runs inside
INSIDE='while read -r k v; do case $k in Uid:|NoNewPrivs:|Seccomp:|CapEff:|CapBnd:) set -- $v; echo "${k%:}=$1";; esac; done </proc/self/status
if (echo x >/written) 2>/dev/null; then echo root=writable; else echo root=read-only; fi'

inside() { sed -n "s/^$2=\([^ ]*\).*/\1/p" <<<"$1" | tail -1; }

# The engine's container is hardened: TEXT OUTPUT-OF-INSIDE
hardened() {
    local uid
    uid=$(inside "$2" Uid)
    if [[ $uid =~ ^[0-9]+$ && $uid != 0 ]]; then ok "$1: not root (uid $uid)"; else not_ok "$1: not root" "$2"; fi
    is "$1: no new privileges" 1 "$(inside "$2" NoNewPrivs)"
    is "$1: a seccomp filter is in force" 2 "$(inside "$2" Seccomp)"
    is "$1: no effective capability" 0000000000000000 "$(inside "$2" CapEff)"
    is "$1: the root file system is read-only" read-only "$(inside "$2" root)"
}

newest() { records | tail -1; }
field() { jq -r "$2 // empty" <<<"$1"; }

# One more record than before, of this operation and verdict: TEXT COUNT-BEFORE OPERATION VERDICT(ERE)
one_record() {
    local r
    is "$1: exactly one record" $(($2 + 1)) "$(record_count)"
    r=$(newest)
    is "$1: of a $3" "$3" "$(field "$r" .sallyport.operation)"
    has "$1: verdict" "^($4)\$" "$(field "$r" .result.verdict)"
}

# The last `run` was refused, this rule (ERE) among the reasons, and the engine showed our line: TEXT COUNT-BEFORE RULE
refused() {
    local r rules
    if [ "$rc" != 0 ] && grep -q 'sallyport: refused [^ ]*: [a-z0-9.-]*: ' <<<"$out"; then
        ok "$1 is refused, and the engine says so"
    else
        not_ok "$1 is refused" "exit $rc: $out"
    fi
    r=$(newest)
    is "$1: one record, a refusal" "$(($2 + 1)) refuse" "$(record_count) $(field "$r" .result.verdict)"
    rules=$(jq -r '.result.refusals[]?.rule' <<<"$r" | sort -u)
    has "$1: by $3" "^($3)\$" "$rules"
}

# The newest record's input gives the same decision again, by our replay and by plain evaluation of the shipped rules.
replays() {
    local id
    id=$(field "$(newest)" .decision_id)
    run sallyport why --replay "$id"
    worked "$1: the recorded decision replays ($id)"
}

verifies() {
    local json
    run sallyport audit verify --format json
    worked "the log verifies"
    json=$out
    is "the log is intact" true "$(jq .intact <<<"$json")"
    is "the log's records are those counted" "$(record_count)" "$(jq .records <<<"$json")"
}
