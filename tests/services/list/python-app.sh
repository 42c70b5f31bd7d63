# A web application of root's, as many images are: no user, data in the working directory and in a volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='python3-minimal libpython3-stdlib'
dockerfile='WORKDIR /app
VOLUME /data
CMD ["python3", "app.py"]'
volume=/data
setup() {
    mkdir -p /app /data
    cat >/app/app.py <<'APP'
import http.server, os, pathlib, tempfile

with open("app.log", "a") as log:
    log.write("started\n")
pathlib.Path.home().joinpath(".cache").mkdir(parents=True, exist_ok=True)
tempfile.NamedTemporaryFile().close()
kept = pathlib.Path("/data/kept")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = kept.read_bytes() if self.path == "/kept" else b"python answers %d\n" % open("app.log").read().count("started")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        kept.write_bytes(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(204)
        self.end_headers()


http.server.HTTPServer(("", 80), Handler).serve_forever()
APP
}
health='http 80 /'
client() { web 80 /; }
answer='python answers'
put() { web 80 /kept -X PUT -d "$1"; }
get() { web 80 /kept; }
