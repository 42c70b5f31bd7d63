#!/bin/bash
# The log read by programs that are not ours: golang.org/x/mod/sumdb, filippo.io/torchwood, Tessera's fsck. Their modules
# come through the Go module proxy; what cannot be had is skipped and said.   tests/e2e/log_clients.sh
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

FSCK=github.com/transparency-dev/tessera/cmd/fsck@v1.0.4
D=$(mktemp -d)
trap 'rm -rf "$D"' EXIT
fill=$(e2e_tool spool_fill)
sallyport=$E2E_BUILD/sallyport

run "$sallyport" audit key --make --key "$D/key" --origin audit.example/hosts/one
worked "a key is made"
"$fill" "$D" 300
run "$sallyport" audit integrate --log "$D" --key "$D/key"
worked "300 records are integrated"
cp "$D/log/checkpoint" "$D/old"
for n in 1 211 257; do # past one full tile, to a full one, past two
    "$fill" "$D" "$n"
    run "$sallyport" audit integrate --log "$D" --key "$D/key"
    worked "$n more are integrated"
done
run "$sallyport" audit verify --log "$D" --key "$D/key.pub" --known "$D/old"
worked "our own verification"
run "$sallyport" audit prove 511 --log "$D" --output "$D/proof" --record "$D/record"
worked "a proof is written"

if ! command -v go >/dev/null; then
    for what in sumdb torchwood fsck; do skip "$what" "no go here"; done
    e2e_end
    exit
fi
cd "$E2E_TOP/tests/audit/clients" || exit 1
for client in sumdb torchwood; do
    if ! why=$(timeout 300 go build -o "$D/$client" "./$client" 2>&1); then
        skip "$client reads the log" "its modules cannot be had: $(head -c 200 <<<"$why" | tr '\n' ' ')"
        continue
    fi
    if [ "$client" = sumdb ]; then args=("$D/old"); else args=("$D/proof" "$D/record"); fi
    run "$D/$client" "$D" "$D/key.pub" "${args[@]}"
    worked "$client reads the log: ${out//$'\n'/ }"
    tile=$D/log/tile/entries/001
    cp "$tile" "$D/saved"
    printf X | dd of="$tile" bs=1 seek=5000 conv=notrunc status=none
    run "$D/$client" "$D" "$D/key.pub" "${args[@]}"
    is "$client sees a changed entry" 1 "$rc"
    cp "$D/saved" "$tile"
done

if why=$(cd "$D" && GOBIN=$D GOFLAGS=-mod=mod timeout 300 go install "$FSCK" 2>&1); then
    run "$D/fsck" --ui=false --storage_url="file://$D/log/" --public_key="$D/key.pub"
    worked "Tessera's fsck passes"
    printf X | dd of="$D/log/tile/entries/002" bs=1 seek=5000 conv=notrunc status=none
    run "$D/fsck" --ui=false --storage_url="file://$D/log/" --public_key="$D/key.pub"
    if [ "$rc" -ne 0 ]; then ok "fsck sees a changed entry"; else not_ok "fsck sees a changed entry" "$out"; fi
else
    skip "Tessera's fsck" "it cannot be had: $(head -c 200 <<<"$why" | tr '\n' ' ')"
fi
e2e_end
