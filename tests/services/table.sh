#!/bin/bash
# The results that run.sh kept, as a page: table.sh RESULTS GATE >docs/services.md
set -euo pipefail
results=$1 gate=$2
frozen=$(cat "$(dirname "$0")/frozen.md") later=$(cat "$(dirname "$0")/later.md") # said by hand: a result of the first try is not kept
list=$(cd "$(dirname "$0")/list" && printf '%s\n' *.sh | sed 's/\.sh$//')

# shellcheck disable=SC2016 # jq's own variables, here and below
# All results as one array, each with its engine and variant; what has no service any more is left out.
all() {
    find "$results" -name '*.json' -print0 | sort -z | xargs -0 -r jq -c --arg list "$list" '
        (input_filename | split("/") | {engine: .[-3], variant: .[-2]}) as $where
        | select(.service as $s | $list | split("\n") | index($s))
        | . + {version: .engine} + $where' | jq -s .
}

cat <<HEAD
# Real services behind Sallyport

Written by \`tests/services/run.sh --table docs/services.md\`. Kernel $(uname -r), $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), services
from that release's packages. The images follow the conventions of the published ones: volumes, entry scripts that give
directories away and drop, programs of root's without an account. Nothing is said to Sallyport about any of them.

* **runc**: the service answers its own client (SQL, HTTP, SMTP, DNS, MQTT, ...) over the network, takes an exec, passes its
  health check, survives a restart and a new container on its volume with its data, and stops.
* **naive**: what is commonly asked for by hand: \`--user 65532 --read-only --cap-drop ALL --security-opt no-new-privileges\`.
* **baseline**, **restricted**: the same steps behind Sallyport at that level, and besides a volume that plain runc filled, back
  to plain runc on the same volume, and to Sallyport again. Restricted asks for limits: \`--memory 1g --cpus 1.5\` there. A service that takes connections and does not answer is broken.
  The number counts the protections that the running container had at baseline, of five: no process is the host's root, the root file
  system is read-only, no effective capability in the host's user namespace, no new privileges, a seccomp filter.
* **stayed weaker**: what the running container or its record says is missing.

A cell that is not "yes" names the step that failed first.
HEAD

# shellcheck disable=SC2016
all | jq -r --arg gate "$gate" --arg frozen "$frozen" --arg later "$later" '
    def cell: if . == null then "-" elif .ok then "yes" else "no: \(.bad)" end;
    def text: tostring | gsub("[[:cntrl:]|]"; " ") | if length > 150 then .[:147] + "..." else . end;
    def reason: (.why // "") | split("\n") | map(select(test("[a-z]"))) | last // "" | text;
    def as_root: (.uids // "" | split(",") | index("0")) != null;
    def protections: [(as_root | not) and ((.uids // "") != ""), .read_only, .userns or .effective == "0000000000000000", .nnp, .seccomp] | map(select(. == true)) | length;
    def lacks: [(if as_root then "root of the host" else empty end), (if .read_only == false then "root file system writable" else empty end),
        (if .nnp == false then "may gain privileges" else empty end), (if .seccomp == false then "no seccomp filter" else empty end)];
    def of($rows; $variant): first(($rows[] | select(.variant == $variant)), null);
    def header: "| service | runc | naive | baseline | restricted | of five | uids on the host | changed, beside what all get | stayed weaker, and why |\n|---|---|---|---|---|---|---|---|---|";
    def line($rows; $common): of($rows; "baseline") as $b
        | "| \($rows[0].service) | \(of($rows; "plain") | cell) | \(of($rows; "naive") | cell) | \($b | cell) | \(of($rows; "restricted") | cell) | "
        + if $b == null or $b.uids == null then "- | - | - | \($b // {} | reason) |" else
          "\($b | protections) | \($b.uids)\(if $b.userns then " (user namespace)" else "" end) | "
          + ([$b.user // empty] + [(($b.changed // []) - $common)[] | "`\(.)`"] + [($b.actions // [])[] | "action \(.)"] | map(text) | join("; ")) + " | "
          + ((if $b.ok then [] else [$b | reason] end) + ($b | lacks) + ([$b.weak[]? | select(startswith("seccomp-lint:") | not)]) | map(text) | if . == [] then "nothing" else join("; ") end) + " |" end;
    def total($rows; $variant): [$rows[] | select(.variant == $variant)] | if . == [] then "not run" else "\(map(select(.ok)) | length) of \(length)" end;
    def sum($rows): "\nrunc \(total($rows; "plain")), naive \(total($rows; "naive")), baseline \(total($rows; "baseline")), restricted \(total($rows; "restricted"))."
        + ([$rows[] | select(.variant == "baseline" and .ok)] | " Of those that work at baseline, \(map(select(as_root | not)) | length) have no process of the host'"'"'s root and \(map(select(protections == 5)) | length) have all five protections.");
    def table($title; $rows; $common): select($rows != []) | "\n## \($title)\n\n" + header + "\n"
        + ([$rows | group_by(.service)[] | line(.; $common)] | join("\n")) + "\n" + sum($rows);
    def short($engine; $rows): select($rows != []) | "\n## By \($engine)\n\n| service | runc | baseline | restricted | uids on the host | why not |\n|---|---|---|---|---|---|\n"
        + ([$rows | group_by(.service)[] | of(.; "baseline") as $b | "| \(.[0].service) | \(of(.; "plain") | cell) | \($b | cell) | \(of(.; "restricted") | cell) | \($b.uids // "-") | \($b // {} | reason) |"] | join("\n"))
        + "\n\nrunc \(total($rows; "plain")), baseline \(total($rows; "baseline")), restricted \(total($rows; "restricted")).";
    . as $all
    | def added($when; $held): "\($all | map(select(.held == $held) | .service) | unique | length) services more, \($when), by docker";
    [$all[] | select(.variant == "baseline" and .changed != null and .changed != []) | .changed] as $lists
    | (if $lists == [] then [] else reduce $lists[] as $l ($lists[0]; . - (. - $l)) end) as $common
    | [$all[] | select(.variant != "plain" and .variant != "naive" and (.key | endswith($gate) | not))] as $old
    | "\nAll get: \($common | map("`\(.)`") | join(", ")).",
      (if $old == [] then empty else "\n\($old | length) of the results behind Sallyport below are of another build than \($gate): \([$old[] | "\(.service) (\(.engine), \(.variant))"] | join(", ") | .[:600])." end),
      table("The services that the rules were made with, by docker"; [$all[] | select(.engine == "docker" and .held == 0)]; $common),
      table("Ten services added after the rules were frozen, by docker"; [$all[] | select(.engine == "docker" and .held == 1)]; $common),
      $frozen,
      table(added("written after the rules were frozen again"; 2); [$all[] | select(.engine == "docker" and .held == 2)]; $common),
      table(added("written after the rules were frozen a third time"; 3); [$all[] | select(.engine == "docker" and .held == 3)]; $common),
      $later,
      short("podman"; [$all[] | select(.engine == "podman")]),
      short("containerd, as a pod: a network namespace by path, an emptyDir as volume"; [$all[] | select(.engine == "containerd")])'
