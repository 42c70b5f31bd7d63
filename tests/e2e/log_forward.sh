#!/bin/bash
# `sallyport audit forward` into every kind of peer; away, dying and coming back.   tests/e2e/log_forward.sh
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
E2E_NAME=log_forward
e2e_need python3 jq

D=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$D"' EXIT
fill=$(e2e_tool spool_fill)
sallyport=$E2E_BUILD/sallyport

listen() { # KIND WHERE OUT [BREAK]: $port
    : >"$D/ready"
    python3 "$E2E_TOP/tests/e2e/log_listen.py" "$@" >"$D/ready" 2>"$D/listen.err" &
    pids+=($!)
    for _ in $(seq 100); do
        port=$(sed -n 's/^ready //p' "$D/ready")
        [ -z "$port" ] || return 0
        sleep 0.1
    done
    not_ok "listener $1" "$(cat "$D/listen.err")"
}
forward() { run "$sallyport" audit forward --log "$D/log" "$@"; }
got() { # FILE: until it has 250 lines, or for three seconds
    for _ in $(seq 30); do
        if [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "${2:-250}" ]; then break; fi
        sleep 0.1
    done
    wc -l <"$1"
}

"$fill" "$D/log" 250
"$sallyport" audit export --log "$D/log" >"$D/all"
ids() { jq -r .decision_id "$D/all" | sort; }

forward "file:$D/file"
is "a file gets every record" "250 forwarded" "$out"
is "byte for byte" "" "$(cmp "$D/all" "$D/file" 2>&1)"
forward "file:$D/file"
is "nothing twice" "0 forwarded 250" "$out $(wc -l <"$D/file")"
"$fill" "$D/log" 2 late
forward "file:$D/file"
is "and what came later" "2 forwarded 252" "$out $(wc -l <"$D/file")"
"$sallyport" audit export --log "$D/log" >"$D/all"

listen unix "$D/sock" "$D/unix"
forward "syslog+unix:$D/sock"
worked "syslog by a socket"
is "every record" 252 "$(got "$D/unix" 252)"
is "each is RFC 5424" 252 "$(LC_ALL=C grep -cP '^<(8[0-7])>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ sallyport - \S+ \[decision@32473( [a-z]+="([^"\\\]]|\\.)*")+\] \xEF\xBB\xBF.+$' "$D/unix")"

listen unix "$D/journal" "$D/journald"
forward "journald:$D/journal"
worked "journald"
is "every record" 252 "$(got "$D/journald" 252)"
has "with its fields" 'PRIORITY=[45]\\nSYSLOG_IDENTIFIER=sallyport\\n' "$(tail -1 "$D/journald" | tr -d '\0')"

listen udp 0 "$D/udp"
forward "syslog+udp://127.0.0.1:$port"
worked "syslog by UDP"

# A port that nobody listens on, then a peer that dies in the middle, then one that lives.
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
forward --name tcp "syslog+tcp://127.0.0.1:$port"
is "a peer that is away is a fault" 3 "$rc"
has "and nothing counts as sent" "0 forwarded" "$out"
listen tcp "$port" "$D/tcp" 10000
forward --name tcp "syslog+tcp://127.0.0.1:$port"
is "a peer that dies is a fault" 3 "$rc"
forward --name tcp "syslog+tcp://127.0.0.1:$port"
worked "when it is back, the rest goes"
got "$D/tcp" 252 >"$D/n"
is "no record was lost" "$(ids)" "$(sed 's/.* id="\([^"]*\)".*/\1/' "$D/tcp" | sort -u)"

listen http 0 "$D/hook" 1
forward --header 'Authorization: Bearer T' "http://127.0.0.1:$port/in"
is "a webhook that says 503 is a fault" 3 "$rc"
forward --header 'Authorization: Bearer T' "http://127.0.0.1:$port/in"
worked "a webhook gets the records"
is "each once, in order" "$(jq -r .decision_id "$D/all")" "$(jq -r .body.decision_id "$D/hook")"
is "with the header asked for" "Bearer T application/json /in" "$(jq -r '"\(.headers.Authorization) \(.headers["Content-Type"]) \(.path)"' "$D/hook" | sort -u)"
forward --name ocsf --format ocsf "http://127.0.0.1:$port/ocsf"
is "OCSF to a webhook" 252 "$(jq -r 'select(.path == "/ocsf" and .body.class_uid == 1007) | .path' "$D/hook" | wc -l)"

listen http 0 "$D/opa"
forward "opa+http://127.0.0.1:$port"
worked "OPA's decision-log service"
is "gzipped arrays of events at /logs" "/logs gzip array" "$(jq -r '"\(.path) \(.headers["Content-Encoding"]) \(.body | type)"' "$D/opa" | sort -u)"
is "every one" "$(ids)" "$(jq -r '.body[].decision_id' "$D/opa" | sort)"

listen http 0 "$D/otlp"
forward "otlp+http://127.0.0.1:$port"
worked "an OpenTelemetry collector"
is "at its path, gzipped" "/v1/logs gzip" "$(jq -r '"\(.path) \(.headers["Content-Encoding"])"' "$D/otlp" | sort -u)"
is "every record, its time, its severity, its id among the attributes" "$(jq -r '"\(.decision_id) \(.timestamp[:19]) \({"admit": 9, "harden": 10}[.result.verdict] // 13)"' "$D/all" | sort)" \
    "$(jq -r '.body.resourceLogs[].scopeLogs[].logRecords[] | "\(.attributes[] | select(.key == "sallyport.decision_id").value.stringValue) \(.timeUnixNano[:-9] | tonumber | todate[:19]) \(.severityNumber)"' "$D/otlp" | sort)"
is "the body is the event of OCSF" 252 "$(jq -r '.body.resourceLogs[].scopeLogs[].logRecords[] | .body.kvlistValue.values[] | select(.key == "class_uid").value.intValue' "$D/otlp" | grep -cx 1007)"
forward --name picky "otlp+http://127.0.0.1:$port/picky/"
is "what a collector rejects is told" 3 "$rc"
has "with its reason" 'the collector rejected "1" records of a batch: too old' "$out"
for _ in 1 2; do forward --name picky "otlp+http://127.0.0.1:$port/picky/"; done
forward --name picky "otlp+http://127.0.0.1:$port/picky/"
is "and not sent again" "0 forwarded 252" "$out $(jq -s '[.[] | select(.path == "/picky/v1/logs") | .body.resourceLogs[].scopeLogs[].logRecords[]] | length' "$D/otlp")"

for template in slack jira servicenow; do
    listen http 0 "$D/$template"
    forward --name "$template" --template "$E2E_TOP/audit/forward/templates/$template.tmpl" "http://127.0.0.1:$port/"
    worked "a webhook as $template wants it"
    is "every record is JSON" 252 "$(jq -c .body "$D/$template" | wc -l)"
done
has "Slack's text" 'refused .*: engine-socket: ' "$(jq -r '.body.text' "$D/slack" | grep -m1 refused)"
has "Jira's summary" 'refused ' "$(jq -r '.body.fields | select(.project.key == "SEC").summary' "$D/jira" | grep -m1 refused)"
has "ServiceNow's severity" '^3 refuse' "$(jq -r '.body.records[0] | "\(.severity) \(.type)"' "$D/servicenow" | grep -m1 refuse)"
printf '{{.verdict}} {{.nothing' >"$D/bad.tmpl"
forward --name bad --template "$D/bad.tmpl" "file:$D/bad"
is "a template that is none is a fault" 3 "$rc"
forward --name none --template "$D/none.tmpl" "file:$D/bad"
has "as is one that is not there" "none.tmpl: No such file" "$out"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=log -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$D/tls.key" -out "$D/tls.pem" 2>/dev/null
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=log -addext subjectAltName=DNS:other.example \
    -keyout "$D/other.key" -out "$D/other.pem" 2>/dev/null
listen tls "0:$D/tls.pem:$D/tls.key" "$D/tls"
forward --name tls "syslog+tls://127.0.0.1:$port"
is "a certificate that nobody vouches for is a fault" 3 "$rc"
has "which says so" "TLS: self.signed certificate" "$out"
forward --name tls --ca "$D/tls.pem" "syslog+tls://127.0.0.1:$port"
worked "syslog by TLS"
is "every record, framed" 252 "$(got "$D/tls" 252)"
listen tls "0:$D/other.pem:$D/other.key" "$D/other"
forward --name tls2 --ca "$D/other.pem" "syslog+tls://127.0.0.1:$port"
has "a certificate of another name is a fault" "TLS: (IP address|hostname) mismatch" "$out"

if listen audit 0 "$D/audit"; then
    forward audit:
    worked "the kernel's audit log"
    is "every record" 252 "$(got "$D/audit" 252)"
    has "in the words that ausearch knows" '^audit\(.*virt=container op=[a-z]+ reason=[a-z-]+ vm="?[^ ]+ uuid=[^ ]+.* res=(success|failed)' "$(tail -1 "$D/audit")"
    is "each with its decision's id" "$(ids)" "$(grep -oE 'decision="?[0-9A-Z]+' "$D/audit" | tr -d '"' | cut -d= -f2 | sort)"
    kill "${pids[-1]}" && wait "${pids[-1]}" 2>/dev/null
    if ! listen audit off "$D/audit"; then skip "a kernel whose audit log is off" "not to be turned off"; else
        forward --name audit2 audit:
        is "a kernel whose audit log is off is a fault" 3 "$rc"
        has "which says so" "the kernel's audit log is off" "$out"
    fi
fi

# Killed after a batch was sent and before the place was kept: sent again, never left out.
if command -v strace >/dev/null; then
    bash -c 'strace -qq -o /dev/null -e inject=renameat:signal=KILL:when=2 "$@" >/dev/null 2>&1' - \
        "$sallyport" audit forward --log "$D/log" --name cut "file:$D/cut" 2>/dev/null || true
    forward --name cut "file:$D/cut"
    is "killed between batches: every record arrives" "$(ids)" "$(jq -r .decision_id "$D/cut" | sort -u)"
fi

# What a forwarder has not read, rotate leaves.
"$sallyport" audit key --make --key "$D/key" --origin audit.example/f >/dev/null 2>&1
chmod 400 "$D"/log/spool/*.log
"$fill" "$D/log" 1 next
"$sallyport" audit integrate --log "$D/log" --key "$D/key" >/dev/null
run "$sallyport" audit rotate --days 0 --dry-run --log "$D/log"
has "rotate leaves what is not forwarded" "would drop 0 segments" "$out"
rm "$D"/log/forward/*.json
forward --name only "file:$D/only"
run "$sallyport" audit rotate --days 0 --log "$D/log"
has "and drops what is" "dropped 1 segments \(252 records" "$out"
forward --name only "file:$D/only"
worked "forwarding goes on after it"

if command -v rsyslogd >/dev/null; then
    cat >"$D/rsyslog.conf" <<EOF
module(load="imtcp")
input(type="imtcp" port="0" listenPortFileName="$D/rport")
template(name="t" type="string" string="%structured-data%\n")
action(type="omfile" file="$D/rsyslog" template="t")
EOF
    rsyslogd -n -f "$D/rsyslog.conf" -i "$D/rsyslog.pid" >/dev/null 2>&1 &
    pids+=($!)
    for _ in $(seq 50); do [ ! -s "$D/rport" ] || break; sleep 0.1; done
    forward --name rsyslog "syslog+tcp://127.0.0.1:$(cat "$D/rport")"
    worked "rsyslog takes the records"
    is "and parses each" 1 "$(got "$D/rsyslog" 1)"
else
    skip "rsyslog takes the records" "rsyslogd is not installed"
fi
e2e_end
