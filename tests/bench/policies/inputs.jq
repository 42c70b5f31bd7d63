# The documents that the policies judge: jq -n --arg policy NAME -f inputs.jq
def teams: ["red", "green", "blue", "grey", "black"];
{
  rbac: {
    user: "user7", action: "write", type: "bucket",
    bindings: [range(20) | {users: ["user\(.)", "user\(. + 5)"], roles: ["role\(. % 6)", "role\((. + 2) % 6)"]}],
    roles: [range(6) | . as $r | {name: "role\($r)", grants: [range(8) | {action: (["read", "write", "list"][(. + $r) % 3]), type: (["bucket", "queue", "table"][. % 3]), n: .}]}],
    revocations: [range(10) | {user: "user\(. * 3)", action: "write", type: "queue"}]
  },
  admission: {request: {object: {
    metadata: {labels: {app: "shop", tier: "web"}},
    spec: {containers: [range(6) | {name: "c\(.)", image: (["registry.example.com/shop/web:1", "docker.io/library/redis:7"][. % 2]),
      resources: {limits: {cpu: "1"}}, securityContext: {privileged: (. == 3)},
      env: [{name: "LANG", value: "C"}, {name: "DB_PASSWORD", value: "x"}, {name: "API_TOKEN", valueFrom: {secretKeyRef: {}}}]}]}}}},
  strings: {lines: [range(60) | "\(["GET", "POST", "DELETE"][. % 3]) /api/v\(. % 3)/\(["users", "orders"][. % 2])/\(.)/detail \(200 + . % 5)"]},
  aggregates: {items: [range(200) | {id: "i\(.)", team: teams[. % 5], cost: (. * 7 % 101)}]},
  functions: {items: [range(100) | {name: "item\(.)", exposed: (. % 7 == 0), age: (. * 13 % 60), kind: (["database", "cache", "web", "job"][. % 4])}]},
  walk: {services: [range(20) | {name: "s\(.)", config: {env: [{k: "a", v: "plain"}, {k: "b", v: (if . % 4 == 0 then "secret:x" else "open" end)}], ports: [80, 443]}}]},
  sets: {held: [range(0; 200; 2) | "cap\(.)"], wanted: [range(0; 200; 3) | "cap\(.)"], forbidden: [range(0; 200; 10) | "cap\(.)"]},
  join: {orders: [range(60) | {id: ., customer: (. * 7 % 40), total: (. * 31 % 500)}], customers: [range(40) | {id: ., name: "n\(.)", limit: (. * 11 % 300)}]},
  paths: {mounts: [range(25) | {source: (["/etc/app", "/var/lib/data", "/usr/share", "/proc/sys", "/srv/www"][. % 5] + "/\(.)"), destination: "/mnt/\(. % 20)", options: (if . % 3 == 0 then ["ro"] else ["rw", "nosuid"] end)}]},
}[$policy]
