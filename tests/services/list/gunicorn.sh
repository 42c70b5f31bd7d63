# gunicorn: a Python application of root's with workers and a database file on a volume.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='gunicorn libpython3-stdlib'
dockerfile='WORKDIR /app
VOLUME /app/db
EXPOSE 8000
CMD ["gunicorn", "--workers", "2", "--bind", "0.0.0.0:8000", "app:app"]'
volume=/app/db
setup() {
    mkdir -p /app/db
    cat >/app/app.py <<'APP'
import sqlite3

def app(environ, start_response):
    db = sqlite3.connect("/app/db/app.db", timeout=5)
    db.execute("create table if not exists kept (v text)")
    if environ["REQUEST_METHOD"] == "PUT":
        with db:
            db.execute("delete from kept")
            db.execute("insert into kept values (?)", (environ["wsgi.input"].read().decode(),))
    rows = db.execute("select v from kept").fetchall()
    start_response("200 OK", [("content-type", "text/plain")])
    return [("gunicorn answers %s\n" % rows).encode()]
APP
}
health='http 8000 /'
client() { web 8000 /; }
answer='gunicorn answers'
put() { web 8000 / -X PUT -d "$1"; }
get() { web 8000 /; }
