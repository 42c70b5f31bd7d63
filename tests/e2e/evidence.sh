#!/bin/bash
# Evidence for an auditor: collected from a real log, verified elsewhere with nothing but the public key; each tampering is named.
# shellcheck disable=SC2016 # the programs of jq have dollars of their own
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
e2e_begin evidence "$@"
e2e_need runc jq busybox python3
e2e_gate <<'S'
level: baseline
S
B=$E2E/b
mkdir -p "$B"
e2e_rootfs "$B/rootfs"
bundle() { e2e_spec "$B" '.process.args = ["true"]' "$@"; }
gate_run() { timeout 30 "$E2E_SHIM" --root "$E2E/r" run --bundle "$B" "$1"; }
collect() { sallyport evidence collect --data "$E2E_TOP/policy" "$@"; }

bundle
run gate_run a
bundle '.root.readonly = false | .process.env += ["DB_PASSWORD=hunter2hunter2"]'
run gate_run b
bundle '.linux.namespaces |= map(select(.type != "pid"))'
run gate_run c
run collect -o "$E2E/early.tgz"
is "without keys there is nothing to sign with" 3 "$rc"
origin=()
[ -s /etc/machine-id ] || origin=(--origin evidence.example)
run sallyport audit key --make "${origin[@]}"
worked "audit key --make"
run collect -o "$E2E/early.tgz"
has "without a log there is nothing to prove" 'audit integrate' "$out"
run sallyport audit integrate
worked "audit integrate"
bundle
run gate_run late
run collect --since 7d --framework cis-docker,k8s-pss,nist-sp-800-53r5 -o "$E2E/e.tgz"
worked "evidence collect"
has "tells what waits to be integrated" '1 records wait' "$out"

# --- elsewhere: nothing of this host but the archive and the key
mkdir -p "$E2E/auditor"
cp "$E2E/e.tgz" /etc/sallyport/log.key.pub "$E2E/auditor"
elsewhere() { # ARGUMENTS: with none of the gate's directories
    unshare -m bash -c 'for d in /etc/sallyport /var/lib/sallyport /var/log/sallyport; do mount -t tmpfs tmpfs $d; done; cd "$1"; shift; "$@"' - "$E2E/auditor" "$E2E/bin/sallyport" "$@"
}
verify() { elsewhere evidence verify --key log.key.pub "$@"; }
run verify e.tgz
worked "the auditor verifies it"
has "every record proven and decided again alike" '3 records \(0 to 2\), 3 proven, 3 decided again' "$out"
run verify -f json e.tgz
is "as JSON" "true 3 3 0" "$(jq -r '"\(.holds) \(.proven) \(.replayed) \(.not_replayed)"' <<<"$out")"
run verify -x reports/report.json e.tgz
is "the report is in it" true "$(jq '.frameworks | length == 3' <<<"$out")"
run verify -x host.json e.tgz
is "and the host" true "$(jq '.results | length > 30' <<<"$out")"
is "and the policies' sources" true "$(tar tzf "$E2E/e.tgz" | grep -c '^sources/' | awk '{print ($1 > 50 ? "true" : "false")}')"
mkdir "$E2E/x" && tar xzf "$E2E/e.tgz" -C "$E2E/x" sources
is "each under its SHA-256" "" "$(cd "$E2E/x/sources" && for f in *; do [ "$(sha256sum "$f" | cut -d' ' -f1)" = "$f" ] || echo "$f"; done)"
is "no secret is in it" 0 "$(tar xzOf "$E2E/e.tgz" | grep -c hunter2 || true)"
run collect --since 7d --until 1m -o "$E2E/none.tgz"
worked "a range without records"
cp "$E2E/none.tgz" "$E2E/auditor"
run verify none.tgz
worked "verifies too"

# --- tampering
cat >"$E2E/tamper.py" <<'P'
import gzip, io, json, sys, tarfile, hashlib
src, dst, what = sys.argv[1:4]
files = {}
order = []
with tarfile.open(src) as t:
    for m in t:
        files[m.name] = t.extractfile(m).read(); order.append(m.name)
def manifest(change):
    m = json.loads(files["manifest.json"]); change(m); files["manifest.json"] = (json.dumps(m, indent=2) + "\n").encode()
def relist(name):
    def f(m):
        for x in m["files"]:
            if x["path"] == name: x["sha256"] = hashlib.sha256(files[name]).hexdigest(); x["bytes"] = len(files[name])
    manifest(f)
def drop(name): del files[name]; order.remove(name)
inputs = sorted(n for n in order if n.startswith("inputs/"))
if what == "record": files["records/2.json"] = files["records/2.json"].replace(b"refuse", b"admit ")
elif what == "record-relisted": files["records/2.json"] = files["records/2.json"].replace(b"refuse", b"admit "); relist("records/2.json")
elif what == "report": files["reports/report.json"] = files["reports/report.json"].replace(b'"fail"', b'"pass"', 1)
elif what == "drop-record": drop("records/1.json"); drop("proofs/1.tlog-proof")
elif what == "drop-relisted":
    drop("records/1.json"); drop("proofs/1.tlog-proof")
    def f(m): m["files"] = [x for x in m["files"] if "/1." not in x["path"]]; m["records"]["count"] = 2
    manifest(f)
elif what == "drop-file": drop("host.json")
elif what == "add-file": files["reports/extra.json"] = b"{}"; order.append("reports/extra.json")
elif what == "input": files[inputs[0]] = files[inputs[0]].replace(b"true", b"null", 1)
elif what == "swap-proofs": files["proofs/0.tlog-proof"], files["proofs/1.tlog-proof"] = files["proofs/1.tlog-proof"], files["proofs/0.tlog-proof"]
elif what == "policy":
    n = [x for x in order if x.endswith(".img")][0]; b = bytearray(files[n]); b[len(b) // 2] ^= 1; files[n] = bytes(b)
elif what == "checkpoint": files["checkpoint"] = files["checkpoint"].replace(b"\n3\n", b"\n9\n")
elif what == "note-missing": drop("manifest.note")
elif what == "manifest": manifest(lambda m: m.update(host="another"))
elif what == "checkpoint-as-note": files["manifest.note"] = files["checkpoint"]
elif what == "twice": order.append("host.json")
elif what == "path": files["../../etc/x"] = b"x"; order.append("../../etc/x")
raw = io.BytesIO()
with tarfile.open(fileobj=raw, mode="w") as t:
    for n in order:
        i = tarfile.TarInfo(n); i.size = len(files[n]); t.addfile(i, io.BytesIO(files[n]))
    if what == "link":
        i = tarfile.TarInfo("sources/link"); i.type = tarfile.SYMTYPE; i.linkname = "/etc/passwd"; t.addfile(i)
open(dst, "wb").write(gzip.compress(raw.getvalue()))
P
while IFS='|' read -r what want; do
    python3 "$E2E/tamper.py" "$E2E/e.tgz" "$E2E/auditor/t.tgz" "$what"
    run verify t.tgz
    is "$what: exit 1" 1 "$rc"
    has "$what: named" "$want" "$out"
done <<'T'
record|records/2.json: changed
record|records/2.json: this entry is not entry 2
record-relisted|manifest.json: changed since it was signed
record-relisted|records/2.json: this entry is not entry 2
report|reports/report.json: changed
drop-record|records/1.json: missing
drop-record|records: 2 of 3 are here
drop-relisted|manifest.json: changed since it was signed
drop-file|host.json: missing
add-file|reports/extra.json: added
input|inputs/[0-9a-f]+.json: is not the document that records/
swap-proofs|proofs/0.tlog-proof: is the proof of another record
policy|policies/[0-9a-f]+.img: changed
checkpoint|checkpoint: .*signature
note-missing|manifest.note: missing
manifest|manifest.json: changed since it was signed
checkpoint-as-note|manifest.note: is signed for something else
twice|host.json stands there twice
path|no plain name
link|no plain file
T
python3 "$E2E/tamper.py" "$E2E/e.tgz" "$E2E/auditor/t.tgz" none
run verify t.tgz
worked "packed again by others, with nothing changed, it holds"
head -c 20000 "$E2E/e.tgz" >"$E2E/auditor/t.tgz"
run verify t.tgz
is "cut short: exit 1" "1 1" "$rc $(grep -c 'archive: ' <<<"$out")"
mv /etc/sallyport/log.key /etc/sallyport/old.key
mv /etc/sallyport/log.key.pub /etc/sallyport/old.key.pub
run sallyport audit key --make "${origin[@]}"
cp /etc/sallyport/log.key.pub "$E2E/auditor/other.pub"
run elsewhere evidence verify --key other.pub e.tgz
is "another key: exit 1" 1 "$rc"
has "another key: named" 'manifest.note: .*(signature|key)' "$out"
e2e_end
