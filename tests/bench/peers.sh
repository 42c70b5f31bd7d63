#!/bin/bash
# The Rego engine beside OPA (Go, prepared query) and Regorus (Rust: its interpreter and its machine), in turn on the same
# policies and inputs; what they answer must be the same.   tests/bench/peers.sh BUILD-DIRECTORY [ROUNDS]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "${1:?usage: peers.sh BUILD-DIRECTORY [ROUNDS]}")
rounds=${2:-5}
peers=$here/../../build/peers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ours=$build/tests/bench/rego_peer
# On a busy machine the engines would measure who else runs.
first=()
if chrt -f 10 true 2>/dev/null; then first=(chrt -f 10); fi
mkdir -p "$peers"

# --- who is there -------------------------------------------------------------------------------

engines=(ours)
if command -v go >/dev/null && (cd "$here/peers/opa" && go build -o "$peers/opa" . 2>"$work/go.log"); then
    engines+=(opa)
else
    echo "# OPA: left out, $(command -v go >/dev/null && tail -1 "$work/go.log" || echo 'Go is not installed')"
fi
if command -v cargo >/dev/null &&
    (cd "$here/peers/regorus" && cargo build -q --release --target-dir "$peers/regorus" 2>"$work/cargo.log"); then
    engines+=(regorus regorus-machine)
else
    echo "# Regorus: left out, $(command -v cargo >/dev/null && tail -1 "$work/cargo.log" || echo 'Cargo is not installed')"
fi
regorus=$peers/regorus/release/regorus-peer

run() { # ENGINE QUERY INPUT ROUNDS FILE...
    local engine=$1
    shift
    case $engine in
        ours) "${first[@]}" "$ours" "$@" ;;
        opa) "${first[@]}" "$peers/opa" "$@" ;;
        regorus) "${first[@]}" "$regorus" interpreter "$@" ;;
        regorus-machine) "${first[@]}" "$regorus" machine "$@" ;;
    esac
}

# --- policies that are made -----------------------------------------------------------------------

# 200 checks of mounts and limits with a helper of their own: about 2,000 lines.
make_long() {
    printf 'package bench\n\nimport data.bench.lib\n\nallow if count(result) == 0\n' >"$work/long.rego"
    local i
    for ((i = 0; i < 200; i++)); do
        printf '\nresult contains msg if {\n\tsome i, m in input.config.mounts\n\tm.type == "bind%d"\n\tstartswith(m.source, "/var/lib/%d")\n\tnot lib.exempt(m.source, %d)\n\tmsg := sprintf("mount %%d: %%s is not allowed", [i, m.source])\n}\n\nlimit_%d := input.config.limits.l%d if input.config.limits.l%d > %d\n' \
            $i $i $i $i $i $i $i
    done >>"$work/long.rego"
    cat >>"$work/long.rego" <<'REGO'

bad_caps contains c if {
	some c in input.config.capabilities
	not c in {"CAP_CHOWN", "CAP_KILL", "CAP_SETUID"}
}

result contains "capability" if count(bad_caps) > 5
REGO
    printf 'package bench.lib\n\nexempt(path, n) if path == sprintf("/exempt/%%d", [n])\n' >"$work/lib.rego"
    jq -cn '{config: {mounts: [{type: "proc", source: "proc"}, {type: "tmpfs", source: "tmpfs"}, {type: "devpts", source: "devpts"},
        {type: "bind", source: "/var/lib/docker/containers/x/hosts"}, {type: "bind7", source: "/var/lib/7/data"}, {type: "bind99", source: "/srv"}],
        limits: {l1: 10, l2: 1, l50: 60}, capabilities: ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_ADMIN"]}}' >"$work/long.json"
}

# Rules of which none can match.
make_rules() { # N
    awk -v n="$1" 'BEGIN {
        print "package bench"
        for (i = 0; i < n; i++)
            printf "result contains \"rule %d\" if {\n\tinput.kind == \"k%d\"\n\tinput.n > %d\n}\n", i, i, i
    }' >"$work/rules.rego"
    echo '{"kind": "none", "n": 3}' >"$work/rules.json"
}

# --- measuring ------------------------------------------------------------------------------------

median() { jq -s "map($1) | sort | .[length / 2 | floor]"; }

# One row: what each engine took in `rounds` turns; the columns after ours are ratios to it.
row() { # NAME EVALUATIONS INPUT FILE...
    local name=$1 n=$2 input=$3 engine r answer='' other
    shift 3
    for engine in "${engines[@]}"; do : >"$work/$engine.out"; done
    for ((r = 0; r < rounds; r++)); do
        for engine in "${engines[@]}"; do
            run "$engine" data.bench.result "$input" "$n" "$@" >>"$work/$engine.out" 2>"$work/$engine.err" || true
        done
    done
    for engine in "${engines[@]}"; do
        if [ ! -s "$work/$engine.out" ]; then
            echo "# $name: $engine fails: $(head -c 200 "$work/$engine.err" | tr '\n' ' ')" >&2
            continue
        fi
        # Sets are lists here, each in its own order.
        other=$(jq -csS '.[0].result | walk(if type == "array" then sort else . end)' <"$work/$engine.out")
        [ -n "$answer" ] || answer=$other
        [ "$answer" = "$other" ] || echo "# $name: $engine answers otherwise: ${other:0:200}" >&2
        jq -cn --arg e "$engine" --arg p "$name" --argjson eval "$(median .eval_us <"$work/$engine.out")" \
            --argjson compile "$(median .compile_us <"$work/$engine.out")" \
            --argjson rss "$(median .rss_kib <"$work/$engine.out")" '{policy: $p, engine: $e, eval: $eval, compile: $compile, rss: $rss}'
    done >>"$work/rows"
}

table() { # FIELD TITLE
    echo "# $2"
    jq -rs --arg f "$1" '
        def cell: if . == null then "-" elif . < 100 then (. * 10 | round / 10) else round end | tostring;
        def pad($n): . + ((" " * ([$n - length, 0] | max)) // "");
        (map(.engine) | unique | sort_by({"ours": 0, "opa": 1, "regorus": 2, "regorus-machine": 3}[.])) as $e
        | "# " + ("policy" | pad(14)) + ([$e[] | pad(17)] | join("")) + ([$e[1:][] | "\(.)/ours" | pad(22)] | join("")),
          (reduce .[] as $r ([]; if any(.[]; . == $r.policy) then . else . + [$r.policy] end))[] as $p
        | (map(select(.policy == $p)) | map({(.engine): .[$f]}) | add) as $m
        | "# " + ($p | pad(14)) + ([$e[] as $x | $m[$x] | cell | pad(17)] | join(""))
          + ([$e[1:][] as $x | (if $m[$x] then $m[$x] / $m["ours"] else null end) | cell | pad(22)] | join(""))' "$work/rows"
}

: >"$work/rows"
make_long
row long 200 "$work/long.json" "$work/long.rego" "$work/lib.rego"
for policy in "$here"/policies/*.rego; do
    name=$(basename "$policy" .rego)
    jq -cn --arg policy "$name" -f "$here/policies/inputs.jq" >"$work/$name.json"
    row "$name" 100 "$work/$name.json" "$policy"
done
table eval "evaluation of a prepared policy, microseconds, medians of $rounds turns"
jq -rs 'group_by(.policy) | map(map({(.engine): .eval}) | add) as $rows
    | [$rows[0] | keys[] | select(. != "ours")][] as $e
    | [$rows[] | select(.[$e]) | .[$e] / .ours | log] | "#   \($e): \(add / length | exp * 10 | round / 10) times ours (geometric mean of \(length) policies)"' "$work/rows"
table compile "from source to prepared, microseconds"
table rss "largest resident set, KiB"

: >"$work/rows"
for n in 10 100 1000 10000; do
    make_rules "$n"
    row "$n rules" $((n > 1000 ? 3 : 50)) "$work/rules.json" "$work/rules.rego"
done
table eval "growth: rules that cannot match, evaluation in microseconds"
table compile "growth: from source to prepared, microseconds"

# --- whole processes --------------------------------------------------------------------------------

gcc -O2 -o "$work/start" "$here/start.c"
"$ours" --image "$work/long.img" data.bench.result "$work/long.rego" "$work/lib.rego"
long=(data.bench.result "$work/long.json" 1 "$work/long.rego" "$work/lib.rego")
commands=(-- "$build/tests/bench/image_once" "$work/long.img" "$work/long.json" -- "$ours" "${long[@]}")
for engine in "${engines[@]}"; do
    case $engine in
        opa) commands+=(-- "$peers/opa" "${long[@]}") ;;
        regorus) commands+=(-- "$regorus" interpreter "${long[@]}") ;;
    esac
done
echo "# whole processes from exec to verdict, policy of $(wc -l <"$work/long.rego") lines, in turn, microseconds and KiB;"
echo "# image_once maps the compiled image, the others read, compile and judge"
"${first[@]}" "$work/start" $((rounds * 8)) "$work/long.json" "$work/reset" "${commands[@]}" | grep ' median ' | sed -E 's#^[^ ]*/#\#   #'
