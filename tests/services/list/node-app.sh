# A Node.js application as its image's users write them: root, an account that is never used, files beside the program.
# shellcheck shell=bash disable=SC2034,SC2016,SC2154
packages='nodejs'
dockerfile='WORKDIR /usr/src/app
VOLUME /usr/src/app/data
EXPOSE 3000
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node", "server.js"]'
volume=/usr/src/app/data
setup() {
    useradd -m -u 1000 node
    mkdir -p /usr/src/app/data
    cat >/usr/src/app/server.js <<'APP'
const fs = require('fs'), http = require('http'), os = require('os'), path = require('path');
fs.mkdirSync(path.join(__dirname, 'logs'), { recursive: true });
fs.appendFileSync(path.join(__dirname, 'logs', 'app.log'), 'started\n');
fs.mkdirSync(path.join(os.homedir(), '.cache', 'app'), { recursive: true });
fs.mkdtempSync(path.join(os.tmpdir(), 'app-'));
const kept = path.join(__dirname, 'data', 'kept');
http.createServer((req, res) => {
  if (req.method === 'PUT') { const f = fs.createWriteStream(kept); req.pipe(f); f.on('finish', () => res.end('kept\n')); f.on('error', (e) => { res.statusCode = 500; res.end(String(e)); }); }
  else if (req.url === '/kept') fs.createReadStream(kept).on('error', (e) => { res.statusCode = 500; res.end(String(e)); }).pipe(res);
  else res.end('node answers\n');
}).listen(3000);
process.on('SIGTERM', () => process.exit(0));
APP
    entry docker-entrypoint.sh <<'SCRIPT'
#!/bin/sh
set -e
if [ "${1#-}" != "${1}" ] || [ -z "$(command -v "${1}")" ]; then set -- node "$@"; fi
exec "$@"
SCRIPT
}
health='http 3000 /'
client() { web 3000 /; }
answer='node answers'
put() { web 3000 /kept -X PUT -d "$1"; }
get() { web 3000 /kept; }
