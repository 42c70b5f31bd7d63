#!/bin/bash
# The log cosigned by sigsum's own witness (Debian 12 backports), and by witnesses that err or lie.   tests/e2e/log_witness.sh
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
e2e_need python3 apt-get

D=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$D"' EXIT
fill=$(e2e_tool spool_fill)
sallyport=$E2E_BUILD/sallyport
log=(--log "$D/l" --key "$D/key.pub")

free_port() { python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
listening() { # PORT
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    return 1
}
integrate() { "$fill" "$D/l" "$1" && "$sallyport" audit integrate --log "$D/l" --key "$D/key" >/dev/null; }

run "$sallyport" audit key --make --key "$D/key" --origin sigsum
worked "a key whose log is named after it"
has "by sigsum's rule" '^sigsum.org/v1/tree/[0-9a-f]{64}\+' "$out"
vkey=$(head -1 "$D/key.pub")
integrate 5

# --- trust policies --------------------------------------------------------------------------------
trust() { printf '%s\n' "$@" >"$D/trust"; }
refused() { # TEXT PATTERN LINE...
    trust "${@:3}"
    run "$sallyport" audit verify "${log[@]}" --trust "$D/trust"
    is "$1 is a fault" 3 "$rc"
    has "$1: said" "$2" "$out"
}
refused "no quorum" 'needs a log and a quorum' "log $vkey"
refused "two quorums" 'trust: line 3: a second quorum' "log $vkey" "quorum none" "quorum none"
refused "an unknown member" "line 2: 'a' is no witness" "log $vkey" "group g any a" "quorum g"
refused "an unknown word" "line 1: 'logs': want log, witness" "logs $vkey" "quorum none"
refused "a log's key for a witness" 'is a log.s key' "log $vkey" "witness w $vkey" "quorum w"
refused "a key that is none" 'line 1: verifier key' "log x+12345678+AAAA" "quorum none"
trust "log $vkey" "quorum none"
run "$sallyport" audit verify "${log[@]}" --trust "$D/trust"
worked "a policy that wants no witness"

# --- a witness that is not ours --------------------------------------------------------------------
mkdir -p "$D/apt/lists/partial" "$D/apt/cache/archives/partial"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm-backports main" >"$D/apt/list"
apt=(-o "Dir::Etc::SourceList=$D/apt/list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$D/apt/lists" -o "Dir::Cache=$D/apt/cache" -o APT::Sandbox::User=root)
if (cd "$D/apt" && apt-get "${apt[@]}" update && apt-get "${apt[@]}" download sigsum-go && dpkg -x sigsum-go_*.deb root) >"$D/apt.log" 2>&1; then
    sigsum=$D/apt/root/usr/bin
    "$sigsum/sigsum-key" generate -o "$D/wit" && "$sigsum/sigsum-key" from-vkey -k "$D/key.pub" -o "$D/log.pub"
    port=$(free_port)
    GODEBUG=httpmuxgo121=0 "$sigsum/sigsum-witness" -k "$D/wit" --log-key "$D/log.pub" --state-file "$D/wit.state" "127.0.0.1:$port" >"$D/wit.log" 2>&1 &
    pids+=($!)
    listening "$port" || not_ok "the witness starts" "$(cat "$D/wit.log")"
    # Its name is what its answers bear.
    name=$("$sigsum/sigsum-key" to-hash -k "$D/wit.pub")
    wit=$("$sigsum/sigsum-key" to-vkey -k "$D/wit.pub" -n "sigsum.org/v1/witness/$name" -t cosignature/v1)
    trust "log $vkey" "witness sigsum $wit http://127.0.0.1:$port/" "quorum sigsum"
    run "$sallyport" audit verify "${log[@]}" --trust "$D/trust"
    is "before it was asked the quorum is not met" 1 "$rc"
    has "which is said" 'too few witnesses: no cosignature of sigsum' "$out"
    for n in 0 1 300; do
        [ "$n" = 0 ] || integrate "$n"
        run "$sallyport" audit witness --log "$D/l" "$D/trust"
        worked "sigsum's witness cosigns the log, $n records later"
        has "and says so" 'sigsum: cosigned' "$out"
    done
    run "$sallyport" audit witness --log "$D/l" "$D/trust"
    worked "asked again it has nothing to do"
    is "one line of it in the checkpoint" 1 "$(grep -c "^— sigsum.org/v1/witness/" "$D/l/log/checkpoint")"
    rm -r "$D/l/log/.witness"
    integrate 1
    run "$sallyport" audit witness --log "$D/l" "$D/trust"
    worked "when we forgot what it saw, it tells us"
    run "$sallyport" audit verify "${log[@]}" --trust "$D/trust"
    worked "the log verifies with its quorum"
    "$sallyport" audit prove 3 --log "$D/l" --output "$D/proof" --record "$D/record"
    run "$sallyport" audit check-proof --key "$D/key.pub" --trust "$D/trust" "$D/proof" "$D/record"
    worked "so does a proof"
    sed '/witness/d' "$D/proof" >"$D/bare"
    run "$sallyport" audit check-proof --key "$D/key.pub" --trust "$D/trust" "$D/bare" "$D/record"
    is "a proof without the cosignature does not" 1 "$rc"
    # Another history under the same name: the witness does not sign it.
    cp -a "$D/l" "$D/good"
    rm -r "$D/l" && integrate 400
    run "$sallyport" audit witness --log "$D/l" "$D/trust"
    is "a forked log is not cosigned" 1 "$rc"
    has "the witness says no" 'sigsum: .*answered 4[0-9][0-9]' "$out"
else
    skip "sigsum's witness" "it cannot be had: $(tail -1 "$D/apt.log")"
    "$sallyport" audit integrate --log "$D/l" --key "$D/key" >/dev/null
fi

# --- witnesses that are away, or lie ---------------------------------------------------------------
lying=$(cut -d+ -f3- <<<"$vkey" | base64 -d | tail -c 32 | python3 -c '
import base64, hashlib, sys
key = sys.stdin.buffer.read()
body = b"\x04" + key
print("liar.example+" + hashlib.sha256(b"liar.example\n" + body).hexdigest()[:8] + "+" + base64.b64encode(body).decode())')
cat >"$D/liar.py" <<'PY'
import base64, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Liar(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        key = bytes.fromhex(sys.argv[2])
        body = ("\n— liar.example " + base64.b64encode(key + bytes(72)).decode() + "\n\nx\n").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Liar).serve_forever()
PY
port=$(free_port)
python3 "$D/liar.py" "$port" "$(cut -d+ -f2 <<<"$lying")" &
pids+=($!)
listening "$port"
away=$(free_port)
trust "log $vkey" "witness liar $lying http://127.0.0.1:$port" "witness away ${lying//liar/away} http://127.0.0.1:$away" "quorum liar"
run "$sallyport" audit witness --log "$D/l" "$D/trust"
has "a key with another's id is refused" 'id does not match' "$out"
trust "log $vkey" "witness liar $lying http://127.0.0.1:$port" "quorum liar"
before=$(sha256sum <"$D/l/log/checkpoint")
run "$sallyport" audit witness --log "$D/l" "$D/trust"
is "a witness that lies is not believed" 1 "$rc"
has "which is said" 'does not hold' "$out"
is "nothing of its answer is published" "$before" "$(sha256sum <"$D/l/log/checkpoint")"
trust "log $vkey" "witness liar $lying http://127.0.0.1:$away" "quorum liar"
run "$sallyport" audit witness --log "$D/l" "$D/trust"
is "one that is away is no quorum" 1 "$rc"
e2e_end
