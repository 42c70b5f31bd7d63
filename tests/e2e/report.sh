#!/bin/bash
# Compliance reports over a real log, over running containers, over bundles and the host; every format read by somebody else.
# SCHEMAS=DIR: where the formats' schemas are (../shared/reference/schemas beside the project).
# shellcheck disable=SC2016 # the programs of jq have dollars of their own
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh disable=SC2119
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/gated.sh
. "$(dirname "$0")/gated.sh"
e2e_begin report "$@"
e2e_need runc jq busybox python3
schemas=${SCHEMAS:-$E2E_TOP/../shared/reference/schemas}
e2e_gate <<'S'
host_labels: {tier: lab}
rules: {sysctls: {mode: "off"}}
S
B=$E2E/b D=$E2E/out
mkdir -p "$B" "$D"
e2e_rootfs "$B/rootfs"
bundle() { e2e_spec "$B" '.process.args = ["true"]' "$@"; }
gate_run() { timeout 30 "$E2E_SHIM" --root "$E2E/r" run --bundle "$B" "$@"; }
report() { sallyport report --data "$E2E_TOP/policy" "$@"; }
of() { jq -r --arg c "$1" '[.frameworks[0].sections[].controls[] | select(.id == $c)][0] | '"$2" <<<"$out"; }
activate() { run sallyport policy activate --baseline "$E2E/baseline"; worked "$1"; }

# --- what the rules say of themselves and what the frameworks say of them
run sallyport explain -f json
claims=$(jq -r '(if type == "array" then .[] else to_entries[] | .value + {id: .key} end) | .id as $r | (.controls // {}) | to_entries[] | .key as $f | .value[] | "\($f) \(.) \($r)"' <<<"$out" | sort -u)
mapped=$(jq -r '.name as $n | .id as $i | .controls[] | .id as $c | .rules[] | "\($n) \($c) \(.)\n\($i) \($c) \(.)"' "$E2E_TOP"/policy/controls/frameworks/*.json | sort -u)
has "rules say which controls they are about" 'cis-docker 5.6 host-mounts' "$claims"
is "and each stands there" "" "$(comm -23 <(echo "$claims") <(echo "$mapped"))"

# --- over the log
run report
worked "a report of an empty log"
has "claims no score" 'no score: nothing could be decided' "$out"
bundle '.root.readonly = false'
run gate_run a
worked "a container starts"
bundle '.mounts += [{"destination": "/d", "type": "bind", "source": "/run/docker.sock", "options": ["bind"]}]'
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/run/docker.sock")'
run gate_run b
is "one with an engine's socket does not" 1 "$rc"
run report -f json --framework cis-docker
worked "report over the log"
is "what the gate hardened passes, and is said" "pass true" "$(of 5.13 '"\(.status) \(.reason | test("after hardening"))"')"
is "what was refused never ran: no failure, but told" "fail 0 prevented 1" "$(of 5.32 '"fail \(.findings) prevented \(.prevented)"')"
is "and nothing else of it counts" 1 "$(jq .totals.starts <<<"$out")"
is "a rule of the stricter level is not checked" not-checked "$(of 5.11 .status)"
is "nobody ran exec: not applicable" not-applicable "$(of 5.23 .status)"
is "what the rule asks less than is evidence only" supported "$(of 5.19 .status)"
is "what no rule decides is manual" manual "$(of 4.3 .status)"
is "the host is not checked unasked" not-checked "$(of 2.2 .status)"
is "every control of the benchmark is there" 117 "$(jq '.frameworks[0].controls' <<<"$out")"
run report -f json --framework k8s-pss
is "a rule that is off passes nothing" not-checked "$(of sysctls .status)"
run report -f json --framework nist-sp-800-53r5,pci-dss,hipaa-security-rule,gdpr,cobit,sox-itgc
is "a supporting framework never passes" 0 "$(jq '[.frameworks[].sections[].controls[] | select(.status == "pass")] | length' <<<"$out")"
is "and is supported somewhere" true "$(jq '[.frameworks[] | .counts.supported > 0] | any' <<<"$out")"

run sallyport waiver add --rule host-pid-namespace --host-label tier=lab --statement "a monitor" --owner lab --days 2 --id lab-pid --rules "$E2E/baseline"
activate "a waiver is activated"
bundle '.linux.namespaces |= map(select(.type != "pid"))'
run gate_run c
worked "what it waives starts"
run report -f json --framework cis-docker
is "waived is no pass" "waived lab-pid" "$(of 5.16 '"\(.status) \(.failing[0].waived)"')"
is "the waiver is shown with its use" "lab-pid 1" "$(jq -r '.waivers[0] | "\(.id) \(.used)"' <<<"$out")"
is "records of the policy before count as before" pass "$(of 5.13 .status)"
is "the score counts it against" true "$(jq '.frameworks[0] | .percent < 100' <<<"$out")"
activate "another activation"
echo 'waiver_days: 80' >>/etc/sallyport/sallyport.yaml
activate "and one with other settings"
sed -i 's/waiver_days: 80/waiver_days: 81/' /etc/sallyport/sallyport.yaml
activate "and one more"
run report -f json --framework cis-docker
is "records of a policy that is gone pass nothing" not-checked "$(of 5.17 .status)"
has "and the report says so" '[1-9]' "$(jq .totals.unknown_policy <<<"$out")"
is "but what they found stands" waived "$(of 5.16 .status)"
run report --since 2020-01-01 --until 2020-01-02
has "--until before everything" '0 records' "$out"
run report --fail-under 100 --framework cis-docker
is "--fail-under exits 1" 1 "$rc"
run report --framework cis-dokcer
is "an unknown framework is named with the nearest" "2 1" "$rc $(grep -c 'did you mean cis-docker' <<<"$out")"

# --- running containers
bundle '.process.args = ["sleep", "300"] | .root.readonly = false'
cp -a "$B" "$E2E/b2"
(cd "$B" && "$E2E_SHIM" --root /run/runc run --detach --bundle "$B" held) >"$E2E/held" 2>&1 </dev/null || true
(cd "$E2E/b2" && "$E2E_RUNC" --root /run/runc run --detach --bundle "$E2E/b2" rogue) >"$E2E/rogue" 2>&1 </dev/null || true
is "two containers run" "running running" "$("$E2E_RUNC" --root /run/runc state held | jq -r .status) $("$E2E_RUNC" --root /run/runc state rogue | jq -r .status)"
run report --running -f json --framework sallyport-gate
worked "report --running"
is "the one that went round the gate is found" "fail rogue" "$(of G.6 '"\(.status) \([.failing[].subject] | unique | join(" "))"')"
run report --running -f json --framework cis-docker
is "and its writable root file system, and that alone" "fail $E2E/b2/config.json" "$(of 5.13 '"\(.status) \([.failing[].subject] | unique | join(" "))"')"
for c in held rogue; do "$E2E_RUNC" --root /run/runc kill "$c" KILL; done

# --- bundles
bundle '.mounts += [{"destination": "/d", "type": "bind", "source": "/run/docker.sock", "options": ["bind"]}] | .hostname = "<b>&\u0001"'
run report -f json --framework cis-docker "$B"
is "a bundle that would be refused fails" fail "$(of 5.32 .status)"
has "with what to do" 'docker' "$(of 5.32 '.remediation[].engine')"

# --- the host
run sallyport assess host --data "$E2E_TOP/policy" -f json
is "assess host finds something" 1 "$rc"
is "each result has a rule that the catalogue has" 0 "$(jq '.catalogue as $c | [.results[] | select($c[.rule] == null)] | length' <<<"$out")"
mkdir -p "$E2E/docker"
mount --bind "$E2E/docker" /etc/docker 2>/dev/null || true
jq -n --arg shim "$E2E_SHIM" '{icc: false, "userland-proxy": false, "no-new-privileges": true, hosts: ["tcp://0.0.0.0:2375"],
    "default-runtime": "gate", runtimes: {gate: {path: $shim}, plain: {path: "/usr/bin/crun"}}}' >/etc/docker/daemon.json
chmod 666 /etc/docker/daemon.json
host() { jq -r --arg r "$1" '[.results[] | select(.rule == $r) | .outcome] | sort | join(" ")' <<<"$out"; }
run sallyport assess host --data "$E2E_TOP/policy" -f json
is "icc" pass "$(host daemon-icc)"
is "a port without a certificate" fail "$(host daemon-tls)"
is "a file that all may write" "fail pass" "$(host mode-daemon-json) $(host owner-daemon-json)"
has "another runtime" 'docker offers runtime plain' "$(jq -r '.results[] | select(.rule == "gate-other-runtimes") | .msg' <<<"$out")"
has "the default runtime" pass "$(jq -r '.results[] | select(.rule == "gate-default-runtime" and (.msg | test("docker"))) | .outcome' <<<"$out")"
echo '{' >/etc/docker/daemon.json
run sallyport assess host --data "$E2E_TOP/policy" -f json
is "a file that cannot be read passes nothing" unasked "$(host daemon-icc)"
run report --assess -f json --framework cis-docker
is "report --assess brings the host in" fail "$(of 3.18 .status)"

# --- formats
all=cis-docker,k8s-pss,docker-ee-stig,container-platform-srg,k8s-stig,nist-sp-800-53r5
make_report() { report --framework "${2:-$all}" -f "$1" -o "$D/$1" "$B"; }
for f in text html json csv oscal sarif junit arf cklb ckl policyreport asff; do
    run make_report "$f"
    worked "format $f"
done
run make_report xccdf cis-docker
worked "format xccdf"
run make_report xccdf
is "xccdf holds one framework" 2 "$rc"
run make_report ckl cis-docker
is "a checklist holds STIGs only" 2 "$rc"
valid() { # TEXT SCHEMA FILE [--each]
    if [ ! -e "$schemas/$2" ]; then skip "$1" "no $schemas/$2"; return; fi
    run python3 "$E2E_TOP/tests/report/valid.py" "$schemas/$2" "$D/$3" "${@:4}"
    if [ "$rc" = 77 ]; then skip "$1" "$out"; else worked "$1"; fi
}
for v in 1.1.2 1.1.3 1.2.2; do valid "oscal is valid by $v" "oscal/oscal_complete_schema-$v.json" oscal; done
valid "sarif is valid" sarif/sarif-schema-2.1.0.json sarif
valid "cklb is valid" cklb/cklb-1.0.derived.schema.json cklb
valid "asff is valid" asff/asff-2018-10-08.derived.schema.json asff --each
schemas=$E2E_TOP/tests/report valid "policyreport is valid" policyreport.schema.json policyreport
xml() { # TEXT SCHEMA FILE
    if [ ! -e "$schemas/$2" ] || ! command -v xmllint >/dev/null; then skip "$1" "no xmllint, or no $schemas/$2"; return; fi
    run xmllint --nonet --noout --schema "$schemas/$2" "$D/$3"
    worked "$1"
}
xml "junit is valid by Jenkins' schema" junit/jenkins-junit-10.xsd junit
xml "xccdf is valid" openscap/xccdf/1.2/xccdf_1.2.xsd xccdf
xml "arf is valid" openscap/arf/1.1/asset-reporting-format_1.1.0.xsd arf
xml "ckl is valid" ckl/U_Checklist_Schema_V2.xsd ckl
if command -v oscap >/dev/null; then
    # Its schematron step fails, with nothing said, on a document that gives no warning: that step is xsltproc's below.
    run oscap xccdf validate --skip-schematron "$D/xccdf"
    worked "oscap takes xccdf"
    run oscap ds rds-validate "$D/arf"
    worked "oscap takes arf"
    run oscap xccdf generate report "$D/xccdf"
    has "and makes its own report of it" '5\.13' "$out"
else
    skip "oscap takes xccdf and arf" "oscap is not installed"
fi
sheet=/usr/share/openscap/schemas/xccdf/1.2/xccdf_1.2-schematron.xsl
if [ -e "$sheet" ] && command -v xsltproc >/dev/null; then
    run xsltproc "$sheet" "$D/xccdf"
    is "and NIST's schematron has nothing to say" "0 " "$rc $(grep -v '^<?xml' <<<"$out" | tr -d '\n')"
else
    skip "NIST's schematron" "no xsltproc, or no openscap-common"
fi
is "oscal: what is evidence only is no finding" 0 "$(jq '[.["assessment-results"].results[] | select(.title | test("800-53")) | .findings[]?] | length' "$D/oscal")"
is "csv: one row a control" true "$(python3 -c 'import csv,sys; r=list(csv.reader(open(sys.argv[1]))); print(str(len(r) > 200 and len({len(x) for x in r}) == 1).lower())' "$D/csv")"
is "sarif: a failed control names the bundle" true "$(jq '[.runs[0].results[] | select(.ruleId | test("/5.32$"))][0] | .kind == "fail" and (.locations[0].logicalLocations[0].name | length > 0)' "$D/sarif")"
is "each format says the same of 5.32" "fail FAILED open fail" \
    "$(jq -r '[.frameworks[0].sections[].controls[] | select(.id == "5.32")][0].status' "$D/json") $(jq -r '[.[] | select(.GeneratorId | test("cis.*/5.32$"))][0].Compliance.Status' "$D/asff") $(
        jq -r '[.stigs[].rules[] | select(.rule_version == "DKER-EE-002130")][0].status' "$D/cklb") $(jq -r '[.results[] | select(.policy == "cis-docker-1.6.0" and .rule == "5.32")][0].result' "$D/policyreport")"
is "texts from outside stay texts" 0 "$(grep -c '<b>&' "$D/html" || true)"

# --- templates of one's own
printf '{{range .frameworks}}{{.id}} {{.counts.fail}}\n{{end}}' >"$E2E/own.tmpl"
run report --template "$E2E/own.tmpl" "$B"
has "a template of one's own" '^k8s-pss [0-9]+$' "$out"
printf 'package sallyport.report\n\ndocument := {c.id | some f in model.frameworks; some s in f.sections; some c in s.controls; c.status == "fail"}\n' >"$E2E/own.rego"
run report --template "$E2E/own.rego" --framework cis-docker "$B"
is "Rego of one's own" true "$(jq 'index("5.32") != null' <<<"$out")"
jq '.id = "own" | .name = "own" | .controls = [{id: "1", title: "No sockets", section: "5", rules: ["engine-socket"], claim: "direct"}]' "$E2E_TOP/policy/controls/frameworks/cis-docker-1.6.0.json" >"$E2E/own.json"
run report --framework "$E2E/own.json" -f json "$B"
is "a framework of one's own" fail "$(of 1 .status)"

# --- a browser
if command -v chromium >/dev/null; then
    cat >"$E2E/look.html" <<'H'
<!DOCTYPE html><title>-</title><iframe src="out/html" style="width:390px;height:800px;border:0"></iframe>
<script>onload = () => { const d = frames[0].document, w = d.documentElement;
document.title = ["wide", w.scrollWidth > 390, "controls", d.querySelectorAll("details").length, "open", d.querySelectorAll("details[open]").length,
  "links", [...d.querySelectorAll("[src],link,script")].length, "heading", d.querySelector("h1").textContent].join(" "); }</script>
H
    browser() { timeout 60 chromium --headless=new --no-sandbox --disable-gpu --allow-file-access-from-files --user-data-dir="$E2E/chromium" --virtual-time-budget=5000 "$@" 2>/dev/null; }
    cp "$D/html" "$D/html.html" && sed -i 's#out/html#out/html.html#' "$E2E/look.html"
    run browser --dump-dom "file://$E2E/look.html"
    title=$(sed -n 's#.*<title>\(.*\)</title>.*#\1#p' <<<"$out" | head -1)
    has "a browser shows the page within a phone's width" 'wide false controls [1-9][0-9]+ open [1-9]' "$title"
    has "and it asks for nothing from elsewhere" 'links 0 heading Container compliance' "$title"
    run browser --print-to-pdf="$D/page.pdf" "file://$D/html.html"
    has "and prints it" '^%PDF' "$(head -c 4 "$D/page.pdf" 2>/dev/null || true)"
else
    skip "a browser shows the page" "chromium is not installed"
fi
e2e_end
