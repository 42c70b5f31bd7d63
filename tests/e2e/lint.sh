#!/bin/bash
# `sallyport lint` as other programs use it: report formats, baseline, many bundles at once. Needs no root.
# SCHEMAS=DIR (with sarif/sarif-schema-2.1.0.json and junit/jenkins-junit-10.xsd): reports are validated by these.
# shellcheck disable=SC2016 # the programs of jq have dollars of their own
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
sallyport=${SALLYPORT:-build/release/sallyport}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
schemas=${SCHEMAS:-../shared/reference/schemas}
passed=0; failed=0; skipped=0
skip() { skipped=$((skipped + 1)); echo "ok $((passed + failed + skipped)) - $1 # SKIP $2"; }
ok() { passed=$((passed + 1)); echo "ok   $1"; }
no() { failed=$((failed + 1)); echo "FAIL $1"; }
check() { local what=$1; shift; if "$@" >"$dir/said" 2>&1; then ok "$what"; else no "$what"; sed 's/^/     /' "$dir/said" | head -20; fi; }
code() { local want=$1 got=0; shift; "$@" >"$dir/out" 2>"$dir/err" || got=$?; [ "$got" = "$want" ] || { echo "exit $got, not $want: $*"; cat "$dir/err"; return 1; }; }

printf 'runtime: /usr/sbin/runc\n' >"$dir/settings.yaml"
lint() { "$sallyport" lint --settings "$dir/settings.yaml" --rules policy/baseline --no-host "$@"; }
mkdir "$dir/b"
for f in docker-default docker-privileged podman-default; do
    jq . "tests/fixtures/$f.json" >"$dir/b/$f.json"
done
bad=$dir/b/docker-privileged.json
plain=$dir/b/docker-default.json

# --- SARIF
lint -f sarif "$dir"/b/*.json >"$dir/all.sarif"
check "sarif: every result names its rule by index, and a place" jq -e '.runs[0] | . as $r | .results | length > 5 and
    all(.[]; $r.tool.driver.rules[.ruleIndex].id == .ruleId and (.locations[0].physicalLocation.artifactLocation.uri | startswith("file:///")))' "$dir/all.sarif"
check "sarif: as many results as json has findings" test "$(jq '.runs[0].results | length' "$dir/all.sarif")" = \
    "$(lint -f json "$dir"/b/*.json | jq '[.[].findings[]] | length')"
check "sarif: what could not be looked at is open, not failed" jq -e \
    '[.runs[0].results[] | select(.kind == "open")] | length > 0 and all(.[]; .level == "none")' "$dir/all.sarif"
schema=$schemas/sarif/sarif-schema-2.1.0.json
if [ -e "$schema" ] && python3 -c 'import jsonschema' 2>/dev/null; then
    check "sarif: valid by the schema of 2.1.0" python3 -c '
import json, sys, jsonschema
jsonschema.Draft4Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))' "$schema" "$dir/all.sarif"
else
    skip "sarif: valid by the schema" "no $schema, or no python3-jsonschema"
fi

# --- a finding stands where its value begins
line=$(lint -f json "$bad" | jq -r '[.findings[] | select(.path | test("^/config/mounts/[0-9]+$"))][0] | "\(.line) \(.column) \(.path)"')
check "json: line and column are those of the value" python3 - "$bad" "$line" <<'P'
import json, sys
text = open(sys.argv[1]).read().split("\n"); line, column, path = sys.argv[2].split()
want = json.loads("\n".join(text))["mounts"][int(path.split("/")[3])]
rest = text[int(line) - 1][int(column) - 1:] + "\n" + "\n".join(text[int(line):])
got, _ = json.JSONDecoder().raw_decode(rest)
assert got == want, (got, want)
P

# --- JUnit
lint -f junit "$dir"/b/*.json >"$dir/all.xml"
check "junit: counts are what it holds" python3 - "$dir/all.xml" <<'P'
import sys, xml.etree.ElementTree as E
suites = E.parse(sys.argv[1]).getroot().findall("testsuite")
assert len(suites) == 3
for s in suites:
    assert int(s.get("tests")) == len(s.findall("testcase"))
    assert int(s.get("failures")) == len(s.findall("testcase/failure"))
    assert int(s.get("skipped")) == len(s.findall("testcase/skipped"))
P
xsd=$schemas/junit/jenkins-junit-10.xsd
if [ -e "$xsd" ] && command -v xmllint >/dev/null; then
    check "junit: valid by Jenkins' schema" xmllint --nonet --noout --schema "$xsd" "$dir/all.xml"
else
    skip "junit: valid by Jenkins' schema" "no $xsd, or no xmllint"
fi

# --- GitHub
cp "$bad" "$dir/b/a,b:c%.json"
lint -f github "$dir/b/a,b:c%.json" >"$dir/gh"
check "github: one command a line, properties escaped" bash -c \
    "! grep -qvE '^::(error|warning|notice) file=[^,:]*a%2Cb%3Ac%25\.json(,line=[0-9]+,col=[0-9]+)?,title=[a-z0-9-]+::' '$dir/gh' && grep -q ^::error '$dir/gh'"
rm "$dir/b/a,b:c%.json"

# --- what fails
check "a bundle that is refused exits 1" code 1 lint "$bad"
check "--fail-level never exits 0" code 0 lint --fail-level never "$bad"
check "--fail-level harden exits 1 where something would be hardened" code 1 lint --fail-level harden "$plain"
check "what was not checked fails nothing by itself" code 0 lint "$plain"
check "--require-facts fails on it" code 1 lint --require-facts "$plain"

# --- baseline
check "--write-baseline exits 0" code 0 lint --write-baseline "$dir/known.json" "$bad" "$plain"
check "known findings fail nothing" code 0 lint --fail-level warn --baseline "$dir/known.json" --require-facts "$bad" "$plain"
check "a bundle that it does not list still fails" code 1 lint --fail-level harden --baseline "$dir/known.json" "$dir/b/podman-default.json"
jq '.mounts += [{"destination": "/d", "type": "bind", "source": "/var/run/docker.sock", "options": ["rbind"]}]' "$bad" >"$dir/new" && cp "$dir/new" "$bad"
check "a new finding in a known bundle fails" code 1 lint --baseline "$dir/known.json" "$bad"
check "sarif says of known ones that they are unchanged" bash -c \
    "'$sallyport' lint --settings '$dir/settings.yaml' --rules policy/baseline --no-host -f sarif --baseline '$dir/known.json' '$plain' | jq -e '.runs[0].results | all(.[]; .baselineState == \"unchanged\")'"
echo '{"version": 2}' >"$dir/odd.json"
check "a baseline of another version is a fault" code 3 lint --baseline "$dir/odd.json" "$plain"

# --- many
many=(); for i in $(seq 40); do cp "$plain" "$dir/b/m$i.json"; many+=("$dir/b/m$i.json"); done
lint -j 1 "${many[@]}" >"$dir/one" 2>"$dir/err1"; lint -j 8 "${many[@]}" >"$dir/eight" 2>"$dir/err8"
check "eight at a time say what one at a time says, in order" cmp "$dir/one" "$dir/eight"
check "the last line sums up" bash -c "tail -1 '$dir/one' | grep -qx '40 bundles: 40 undetermined; 0 fail'"
check "--quiet says nothing of what passes" bash -c "'$sallyport' lint --settings '$dir/settings.yaml' --rules policy/baseline --no-host -q '$plain' '$dir/b/m1.json' >'$dir/q'; test ! -s '$dir/q'"
check "--quiet tells what fails" bash -c "'$sallyport' lint --settings '$dir/settings.yaml' --rules policy/baseline --no-host -q '$plain' '$bad' >'$dir/q'; grep -q ': refuse ' '$dir/q' && ! grep -q docker-default '$dir/q' && tail -1 '$dir/q' | grep -q '^2 bundles: .*1 refuse; 1 fails'"
check "no progress where standard error is no terminal" test ! -s "$dir/err8"
check "a missing bundle among many is a fault" code 3 lint "${many[@]}" "$dir/none.json"

echo "lint: $passed passed, $failed failed${skipped:+, $skipped skipped}"
[ "$failed" = 0 ]
