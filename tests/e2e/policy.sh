#!/bin/bash
# The policy tools as their users call them, from files to output. Needs no root.
# OPA=FILE: an opa to compare with; GATEKEEPER_LIBRARY=DIR: the public library, all of whose Pod policies are activated.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
sallyport=$PWD/${SALLYPORT:-build/release/sallyport}
opa=${OPA:-$(command -v opa || true)}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0; failed=0; skipped=0
skip() { skipped=$((skipped + 1)); echo "ok $((passed + failed + skipped)) - $1 # SKIP $2"; }
ok() { passed=$((passed + 1)); echo "ok   $1"; }
no() { failed=$((failed + 1)); echo "FAIL $1"; }
check() { local what=$1; shift; if "$@" >"$dir/said" 2>&1; then ok "$what"; else no "$what"; sed 's/^/     /' "$dir/said" | head -20; fi; }
code() { local want=$1 got=0; shift; "$@" >"$dir/out" 2>"$dir/err" || got=$?; [ "$got" = "$want" ] || { echo "exit $got, not $want: $*"; cat "$dir/err" "$dir/out"; return 1; }; }
says() { grep -Eq -- "$1" "$dir/out" "$dir/err" || { echo "nothing says $1"; cat "$dir/out" "$dir/err"; return 1; }; }

# --- Gatekeeper's constraints in the image
activate() { "$sallyport" policy activate --untrusted --baseline policy/baseline --settings "$dir/settings.yaml" -o "$dir/img"; }
lint() { "$sallyport" lint --settings "$dir/settings.yaml" --rules policy/baseline --no-host "$@"; }
constraints() { printf 'runtime: /usr/sbin/runc\npolicies: [%s]\n%s\n' "$1" "${2:-}" >"$dir/settings.yaml"; }
gate=$PWD/tests/fixtures/gatekeeper/gate
constraints "$gate"
check "activation takes templates and constraints" code 0 activate
check "and says what reaches nothing" says 'of-other-kinds does not match Pods'
check "a privileged container is refused" code 1 lint tests/fixtures/docker-privileged.json
check "by the constraint's name" says 'refuse GatePrivileged/none: container .* is privileged'
check "a warning does not refuse" says 'warn GateRepos/ours'
check "explain knows it" code 0 "$sallyport" explain --image "$dir/img" GatePrivileged/none
constraints "$gate" 'rules: {GatePrivileged/none: {mode: warn}}'
lint tests/fixtures/docker-privileged.json >"$dir/out" 2>&1
check "settings weaken it by its name" says 'warn GatePrivileged/none'
mkdir "$dir/odd"; cp tests/fixtures/gatekeeper/good.yaml "$dir/odd"
constraints "$dir/odd"
check "an object that is no policy stops activation" code 3 activate
check "with its kind" says 'Pod takes no effect here'
library=${GATEKEEPER_LIBRARY:-}
if [ -d "$library/library/pod-security-policy" ]; then
    mkdir "$dir/psp"
    for t in "$library"/library/pod-security-policy/*/; do
        n=$(basename "$t"); mkdir "$dir/psp/$n"
        cp "$t/template.yaml" "$dir/psp/$n"
        cp "$(find "$t/samples" -name constraint.yaml | sort | head -1)" "$dir/psp/$n"
    done
    constraints "$dir/psp"
    check "the library's Pod security policies all activate" code 0 activate
    check "a privileged container is refused by them" code 1 lint tests/fixtures/cri-container-priv.json
    check "by the library's word" says 'K8sPSPPrivilegedContainer/psp-privileged-container: Privileged container is not allowed'
else
    skip "the library's Pod security policies" "no GATEKEEPER_LIBRARY"
fi

# --- layout: as opa has it, where there is one
printf 'package a\nimport data.b # why\np[x]{x=1}\n' >"$dir/v0.rego"
check "fmt: v0 for both versions" code 0 "$sallyport" policy fmt --v0-v1 "$dir/v0.rego"
check "fmt: keywords and import are put in" bash -c "printf 'package a\n\nimport data.b # why\n\nimport rego.v1\n\np contains x if x = 1\n' | diff - <(sed '/^import rego/!b' '$dir/out') || grep -q 'p contains x if x = 1' '$dir/out'"
printf 'package a\np:=1 # one\n' >"$dir/one.rego"
check "fmt --check tells" code 2 "$sallyport" policy fmt --check "$dir/one.rego"
check "by name" says one.rego
check "fmt -d prints a diff" code 0 "$sallyport" policy fmt -d "$dir/one.rego"
check "of what would change" says '^\+p := 1 # one'
check "fmt -w writes" code 0 "$sallyport" policy fmt -w "$dir/one.rego"
check "and what is written stays" code 0 "$sallyport" policy fmt --check "$dir/one.rego"
echo 'p if {' >"$dir/bad.rego"
check "fmt: what is no Rego is an error" code 1 "$sallyport" policy fmt "$dir/bad.rego"
if [ -n "$opa" ]; then
    same() { local f; for f in policy/gatekeeper/*.rego policy/baseline/*.rego; do
        "$opa" fmt "$f" >"$dir/want" 2>/dev/null || continue
        "$sallyport" policy fmt "$f" | cmp - "$dir/want" || return 1; done; }
    check "fmt: equal to opa fmt on every shipped module" same
else
    skip "fmt: equal to opa fmt" "no opa"
fi
check "parse prints a tree" code 0 "$sallyport" policy parse -f json "$dir/one.rego"
check "of the module" bash -c "jq -e '.rules[0].head.name == \"p\" and (.package.path | length == 2)' '$dir/out'"

# --- bundles
mkdir -p "$dir/b/a" "$dir/b/c"
printf 'package a.p\n\nallow if input.x == data.a.want\n\ntest_allow if allow with input as {"x": 3}\n' >"$dir/b/a/p.rego"
printf 'package c\n\nold { data.a.want == 3 }\n' >"$dir/b/c/old.rego"
echo '{"want": 3}' >"$dir/b/a/data.json"
echo 'list: [1, 2]' >"$dir/b/c/data.yaml"
echo '{"roots": ["a", "c"], "revision": "r7", "file_rego_versions": {"/c/*.rego": 0}}' >"$dir/b/.manifest"
echo '{"x": 3}' >"$dir/in.json"
answer() { local got; got=$("$sallyport" policy eval -f raw -i "$dir/in.json" "$@") && [ "$got" = true ]; }
check "a directory with a manifest is a bundle" answer -b "$dir/b" data.a.p.allow
check "its manifest says which files are v0" answer -b "$dir/b" data.c.old
check "data.yaml stands at its directory's place" bash -c "[ \"\$('$sallyport' policy eval -f raw -b '$dir/b' 'data.c.list[1]')\" = 2 ]"
check "inspect" code 0 "$sallyport" policy inspect -f json "$dir/b"
check "tells manifest and packages" jq -e '.manifest.revision == "r7" and (.namespaces | has("data.a.p") and has("data.c"))' "$dir/out"
openssl genrsa -out "$dir/key.pem" 2048 2>/dev/null && openssl rsa -in "$dir/key.pem" -pubout -out "$dir/key.pub" 2>/dev/null
check "build signs" code 0 "$sallyport" policy build -b "$dir/b" -r r8 --signing-key "$dir/key.pem" -o "$dir/signed.tgz"
check "build: the same sources give the same bytes" bash -c "'$sallyport' policy build -b '$dir/b' -o '$dir/1.tgz' && '$sallyport' policy build -b '$dir/b' -o '$dir/2.tgz' && cmp '$dir/1.tgz' '$dir/2.tgz'"
check "a signed bundle is believed with its key" answer -b "$dir/signed.tgz" --verification-key "$dir/key.pub" data.a.p.allow
check "and refused without one" code 3 "$sallyport" policy eval -b "$dir/signed.tgz" data.a.p.allow
check "and by another scope" code 3 "$sallyport" policy eval -b "$dir/signed.tgz" --verification-key "$dir/key.pub" --scope x data.a.p.allow
check "an unsigned one is refused where a key is given" code 3 "$sallyport" policy eval -b "$dir/b" --verification-key "$dir/key.pub" data.a.p.allow
mkdir "$dir/t"; tar xzf "$dir/signed.tgz" -C "$dir/t" 2>/dev/null
changed=$(cd "$dir/t" && find . -name p.rego | head -1)
check "unpacked it is believed, too" answer -b "$dir/t" --verification-key "$dir/key.pub" data.a.p.allow
echo '# more' >>"$dir/t/$changed"
check "a changed file is refused" code 3 "$sallyport" policy eval -b "$dir/t" --verification-key "$dir/key.pub" data.a.p.allow
check "by its name" says 'p.rego is not what was signed'
rm -r "$dir/t"; mkdir "$dir/t"; tar xzf "$dir/signed.tgz" -C "$dir/t" 2>/dev/null; echo "package z" >"$dir/t/z.rego"
check "a file that was added is refused" code 3 "$sallyport" policy eval -b "$dir/t" --verification-key "$dir/key.pub" data.a.p.allow
check "HMAC: a secret signs and verifies" bash -c "'$sallyport' policy build -b '$dir/b' --signing-key s3cret --signing-alg HS256 -o '$dir/h.tgz' && '$sallyport' policy eval --fail -b '$dir/h.tgz' --verification-key s3cret --signing-alg HS256 data.a.p"
check "another secret does not" code 3 "$sallyport" policy eval -b "$dir/h.tgz" --verification-key other --signing-alg HS256 data.a.p
openssl ecparam -name prime256v1 -genkey -noout -out "$dir/ec.pem" 2>/dev/null && openssl ec -in "$dir/ec.pem" -pubout -out "$dir/ec.pub" 2>/dev/null
cp "$dir/key.pem" "$dir/ps.pem"; cp "$dir/key.pub" "$dir/ps.pub"
for pair in ES256:ec PS256:ps PS512:ps RS384:key; do
    alg=${pair%:*}; key=$dir/${pair#*:}
    check "$alg: build signs" code 0 "$sallyport" policy build -b "$dir/b" --signing-key "$key.pem" --signing-alg "$alg" -o "$dir/$alg.tgz"
    check "$alg: its key verifies" answer -b "$dir/$alg.tgz" --verification-key "$key.pub" --signing-alg "$alg" data.a.p.allow
    check "$alg: another algorithm does not" code 3 "$sallyport" policy eval -b "$dir/$alg.tgz" --verification-key "$key.pub" --signing-alg RS512 data.a.p.allow
    if [ -n "$opa" ]; then
        check "$alg: opa verifies it" bash -c "'$opa' build -b '$dir/$alg.tgz' --verification-key '$key.pub' --signing-alg $alg -o '$dir/o.tgz'"
        check "$alg: what opa signed is verified" bash -c "'$opa' build -b '$dir/b' --signing-key '$key.pem' --signing-alg $alg -o '$dir/o.tgz' && '$sallyport' policy eval --fail -b '$dir/o.tgz' --verification-key '$key.pub' --signing-alg $alg data.a.p"
    fi
done
check "eval -f pretty: one value" bash -c "[ \"\$('$sallyport' policy eval -f pretty '1 + 2')\" = 3 ]"
check "eval -f pretty: a table" bash -c "'$sallyport' policy eval -f pretty 'x := [\"a\", 7][i]' | grep -q '│ 1 │ 7   │'"
check "eval --stdin reads the query" bash -c "[ \"\$(echo 1 + 2 | '$sallyport' policy eval --stdin -f raw)\" = 3 ]"
check "a QUERY and --stdin are one too many" code 2 "$sallyport" policy eval --stdin 1
check "bench times a query" code 0 "$sallyport" policy bench -d "$dir/b/a" -i "$dir/in.json" -f json 'input.x'
check "and tells samples" jq -e '.N > 0 and .Extra.histogram_timer_rego_query_eval_ns_count == .N' "$dir/out"
check "bench: what is undefined is told" code 1 "$sallyport" policy bench 'data.nothing'
check "bench: so is what does not compile" code 1 "$sallyport" policy bench '1 +'
mkdir "$dir/skipped" && printf 'package q\n\np := {\n' >"$dir/skipped/broken.rego" && printf 'package q\n\nr := 7\n' >"$dir/skipped/good.rego"
check "--ignore passes files by" code 0 "$sallyport" policy check --ignore 'brok*' "$dir/skipped"
check "which else are errors" code 3 "$sallyport" policy check "$dir/skipped"
check "test -b takes the archive" code 0 "$sallyport" policy test -b "$dir/1.tgz"
check "and runs its tests" says 'PASS: 1/1'
check "check -b takes it too" code 0 "$sallyport" policy check -b "$dir/1.tgz"
echo '{"roots": ["b"]}' >"$dir/b/.manifest"
check "what is outside the roots is refused" code 3 "$sallyport" policy eval -b "$dir/b" data.a
printf 'x' >"$dir/not.tgz"
check "what is no archive is an error" code 3 "$sallyport" policy eval -b "$dir/not.tgz" data.a
printf 'package ours\n\ndeny contains "no" if input.container.id == "never"\n' >"$dir/ours.rego"
(cd "$dir" && "$sallyport" policy build ours.rego -o "$dir/ours.tar.gz")
constraints "$dir/ours.tar.gz"
check "activation takes a bundle under policies:" code 0 activate
check "its rule is one of the image's" code 0 "$sallyport" explain --image "$dir/img" ours.deny
for pair in RS256:key ES256:ec PS256:ps; do # signed bundles under policies:
    alg=${pair%:*}; key=${pair#*:}
    (cd "$dir" && "$sallyport" policy build ours.rego --signing-key "$key.pem" --signing-alg "$alg" -o "$dir/ours.tar.gz")
    constraints "{path: $dir/ours.tar.gz, key: $dir/$key.pub, algorithm: $alg}"
    check "$alg: activation takes a bundle signed by the settings' key" code 0 activate
    constraints "$dir/ours.tar.gz"
    check "$alg: and refuses it where no key is set" code 3 activate
done
constraints "{path: $dir/ours.tar.gz, key: $dir/ec.pub, algorithm: ES256}"
check "another key's bundle is refused" code 3 activate
constraints "{path: $dir/ours.tar.gz, scope: x}"
check "a scope without a key is an error" code 3 activate
check "that says so" says 'a signature is looked at only with .key.'
if [ -n "$opa" ]; then
    check "opa reads what build wrote" bash -c "[ \"\$('$opa' eval -f raw -b '$dir/1.tgz' -i '$dir/in.json' data.a.p.allow)\" = true ]"
else
    skip "opa reads what build wrote" "no opa"
fi

# --- documents judged as conftest does
mkdir "$dir/policy"
cat >"$dir/policy/main.rego" <<'R'
package main

deny contains "root" if input.user == "root"

deny_image contains {"msg": "latest", "image": input.image} if endswith(input.image, ":latest")

warn contains "no limits" if not input.limits

exception contains ["image"] if input.trusted

violation contains {"msg": "bad name"} if input.name == "bad"
R
printf 'package other\n\ndeny contains "other" if true\n' >"$dir/policy/other.rego"
printf 'user: root\nimage: a:latest\n---\nuser: x\nimage: b:latest\ntrusted: true\nlimits: 1\n' >"$dir/d.yaml"
echo '{"user": "x", "image": "a:1", "limits": 1}' >"$dir/good.json"
judge() { "$sallyport" policy judge -p "$dir/policy" "$@"; }
check "judge: failures exit 1" code 1 judge "$dir/d.yaml"
check "and are told" says 'FAIL - .*d.yaml - main - latest'
check "with exceptions and sums" says '8 tests, 4 passed, 1 warning, 2 failures, 1 exception'
check "a good document passes" code 0 judge "$dir/good.json"
check "standard input" bash -c "'$sallyport' policy judge -p '$dir/policy' - <'$dir/good.json'"
check "another namespace" code 1 judge -n other "$dir/good.json"
check "all of them" code 1 judge --all-namespaces "$dir/good.json"
check "no rule is an error" code 3 judge -n nowhere "$dir/good.json"
check "that says so" says 'nothing would be judged'
check "--no-fail" code 0 judge --no-fail "$dir/d.yaml"
check "--fail-on-warn: 2 for failures" code 2 judge --fail-on-warn "$dir/d.yaml"
echo '{"user": "x", "image": "a:1"}' >"$dir/warned.json"
check "--fail-on-warn: 1 for warnings" code 1 judge --fail-on-warn "$dir/warned.json"
judge -o json "$dir/d.yaml" >"$dir/out"
check "json" jq -e '.[0] | .successes == 4 and (.failures | map(.msg) | sort == ["latest", "root"]) and .failures[0].metadata.image == "a:latest" or .failures[1].metadata.image == "a:latest"' "$dir/out"
judge -o tap "$dir/d.yaml" >"$dir/out"
check "tap: as many lines as it plans" bash -c "[ \"\$(grep -cE '^(not )?ok ' '$dir/out')\" = \"\$(sed -n 's/^1\.\.//p' '$dir/out')\" ]"
judge -o junit "$dir/d.yaml" >"$dir/out"
check "junit is XML with its counts" python3 -c '
import sys, xml.etree.ElementTree as E
s = E.parse(sys.argv[1]).getroot().find("testsuite")
assert int(s.get("tests")) == len(s.findall("testcase")) == 8, s.attrib
assert int(s.get("failures")) == len(s.findall("testcase/failure")) == 3' "$dir/out"
judge -o sarif "$dir/d.yaml" >"$dir/out"
check "sarif" jq -e '.version == "2.1.0" and (.runs[0].results | length == 4)' "$dir/out"
for format in github azuredevops table; do
    judge -o "$format" "$dir/d.yaml" >"$dir/out" 2>"$dir/err"
    check "$format" says 'latest'
done
check "--combine gives one input" bash -c "printf 'package main\n\ndeny contains \"two\" if count(input) == 2\n' >'$dir/c.rego' && ! '$sallyport' policy judge -p '$dir/c.rego' --combine '$dir/good.json' '$dir/warned.json'"

# --- the engine in another program
if command -v pkg-config >/dev/null; then
    check "the library installs" make -s install-embed PREFIX="$dir/usr"
    check "the example builds by pkg-config" bash -c "PKG_CONFIG_PATH='$dir/usr/lib/pkgconfig'; export PKG_CONFIG_PATH; cc -Wall -Werror docs/examples/rego.c \$(pkg-config --cflags --static --libs sallyport-rego) -o '$dir/ask'"
    printf 'package a\n\nallow if input.x == 3\n' >"$dir/e.rego"
    check "it answers" bash -c "[ \"\$('$dir/ask' '$dir/e.rego' data.a.allow '{\"x\": 3}')\" = true ]"
    check "undefined is told apart" code 1 "$dir/ask" "$dir/e.rego" data.a.allow '{"x": 4}'
    check "so are errors" code 2 "$dir/ask" "$dir/e.rego" 'data.a.('
    check "with their place" says 'query:1: rego_parse_error'
    check "only the header's names are to be seen" bash -c "! nm -g --defined-only build/release/libsallyport-rego.a | grep ' [TDRB] ' | grep -v ' sallyport_rego_'"
else
    skip "the engine in another program" "no pkg-config"
fi

# --- the end
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
