#!/bin/bash
# `sallyport audit integrate` and `rotate` killed at each system call that changes a file: what stays must go on to the very
# log that an undisturbed run makes.   tests/e2e/log_crash.sh
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
E2E_NAME=log_crash
e2e_need strace jq

D=$(mktemp -d)
trap 'rm -rf "$D"' EXIT
fill=$(e2e_tool spool_fill)
sallyport=$E2E_BUILD/sallyport
changes=openat,mkdirat,write,fchmod,fdatasync,fsync,renameat,renameat2,unlinkat,flock

integrate() { "$sallyport" audit integrate --log "$1" --key "$D/key"; }
root() { sed -n 2,3p "$1/log/checkpoint" | tr '\n' ' '; }
# Everything that a reader may fetch: no temporary file, nothing of the state.
tiles() { (cd "$1/log" && find tile -type f ! -name '.*' -exec sha256sum {} + | sort -k2 | sha256sum); }

"$sallyport" audit key --make --key "$D/key" --origin audit.example/crash >"$D/vkey" 2>&1
"$fill" "$D/base" 250
integrate "$D/base" >/dev/null
cp "$D/base/log/checkpoint" "$D/known"
"$fill" "$D/base" 270
cp -a "$D/base" "$D/whole"
integrate "$D/whole" >/dev/null
want=$(root "$D/whole") want_tiles=$(tiles "$D/whole")

killed=0 bad=''
for ((n = 1; n < 500; n++)); do
    rm -rf "$D/try"
    cp -a "$D/base" "$D/try"
    rc=0
    # A shell of its own: this one would tell of each killed child.
    bash -c 'strace -qq -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" "${@:3}" >/dev/null 2>&1; exit $?' \
        - "$changes" "$n" "$sallyport" audit integrate --log "$D/try" --key "$D/key" 2>/dev/null || rc=$?
    [ "$rc" != 0 ] || break
    killed=$((killed + 1))
    run integrate "$D/try"
    [ "$rc" = 0 ] || bad+="call $n: $out"$'\n'
    run "$sallyport" audit verify --log "$D/try" --key "$D/key.pub" --known "$D/known"
    [ "$rc" = 0 ] || bad+="call $n: $out"$'\n'
    [ "$(root "$D/try")" = "$want" ] || bad+="call $n: another root"$'\n'
    [ "$(tiles "$D/try")" = "$want_tiles" ] || bad+="call $n: other tiles"$'\n'
done
if [ "$killed" -ge 30 ]; then ok "integrate was killed at $killed calls"; else not_ok "integrate was killed at $killed calls"; fi
is "each time the next run made the same log" "" "$bad"

# A segment is sealed so that the next record begins another; the first is then old enough to go.
chmod 400 "$D"/whole/spool/*.log
"$fill" "$D/whole" 3
integrate "$D/whole" >/dev/null
killed=0 bad=''
for ((n = 1; n < 100; n++)); do
    rm -rf "$D/try"
    cp -a "$D/whole" "$D/try"
    rc=0
    bash -c 'strace -qq -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" "${@:3}" >/dev/null 2>&1; exit $?' \
        - "$changes" "$n" "$sallyport" audit rotate --days 0 --log "$D/try" 2>/dev/null || rc=$?
    [ "$rc" != 0 ] || break
    killed=$((killed + 1))
    run "$sallyport" audit verify --log "$D/try" --key "$D/key.pub" --known "$D/known"
    [ "$rc" = 0 ] || bad+="call $n: $out"$'\n'
    run "$sallyport" audit rotate --days 0 --log "$D/try"
    [ "$rc" = 0 ] || bad+="call $n: $out"$'\n'
    run "$sallyport" audit verify --log "$D/try" --key "$D/key.pub" --known "$D/known" --format json
    [ "$(jq -c '[.intact, .first, .records, .integrated]' <<<"$out")" = '[true,520,3,523]' ] || bad+="call $n: $out"$'\n'
done
if [ "$killed" -ge 5 ]; then ok "rotate was killed at $killed calls"; else not_ok "rotate was killed at $killed calls"; fi
is "each time what the log does not hold stayed" "" "$bad"
is "records that left the spool are still exported" 523 "$("$sallyport" audit export --log "$D/try" | wc -l)"
rm -f "$D"/try/spool/*1.log
"$fill" "$D/whole" 1
rm -f "$D"/whole/spool/*1.log
run "$sallyport" audit verify --log "$D/whole" --key "$D/key.pub"
has "segments removed by another hand are missed" "records 0 to 519 are gone" "$out"
e2e_end
