/* Facts that follow from a document alone: small documents in, one fact out. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/own.h"
#include "policy/value/json.h"
#include "policy/value/pointer.h"
#include "profiles/derive.h"
#include "profiles/doc.h"

#include "tests/help/suite.h"

struct row {
    const char *config; /* with ' for " */
    const char *fact;   /* pointer below facts */
    const char *want;   /* JSON with ' for "; NULL: absent */
};

#define PROCESS(x) "{'process':{" x "}}"
#define LINUX(x) "{'linux':{" x "}}"
#define MOUNT(x) "{'root':{'path':'/var/r'},'mounts':[" x "]}"
#define CAPS(set, list) "'capabilities':{'" set "':[" list "]}"

static const struct row rows[] = {
    /* capabilities */
    {PROCESS(CAPS("bounding", "'CAP_SYS_ADMIN'")), "/capabilities/union", "['CAP_SYS_ADMIN']"},
    {PROCESS(CAPS("bounding", "'CAP_SYS_ADMIN'")), "/capabilities/gives", "['CAP_SYS_ADMIN']"},
    {PROCESS(CAPS("bounding", "'CAP_SYS_ADMIN'") ",'noNewPrivileges':true"), "/capabilities/gives",
     "[]"},
    {PROCESS(CAPS("ambient", "'CAP_NET_RAW'") ",'noNewPrivileges':true"), "/capabilities/gives",
     "['CAP_NET_RAW']"},
    {PROCESS(CAPS("bounding", "'CAP_SYS_PTRACE'")), "/capabilities/critical", "['CAP_SYS_PTRACE']"},
    {PROCESS(CAPS("inheritable", "'CAP_CHOWN'")), "/capabilities/sets/inheritable",
     "['CAP_CHOWN']"},
    {PROCESS(CAPS("bounding", "'CAP_NEW','cap_chown','CHOWN'")), "/capabilities/unknown_names",
     "['CAP_NEW','CHOWN','cap_chown']"},
    {PROCESS(CAPS("bounding", "'CAP_NET_ADMIN','CAP_KILL'")), "/capabilities/default_excess",
     "['CAP_NET_ADMIN']"},
    {PROCESS("'cwd':'/'"), "/capabilities/missing_sets", "true"},
    {"{'process':{" CAPS(
         "bounding",
         "'CAP_SYS_ADMIN'") "},'linux':{'namespaces':[{'type':'user'}],"
                            "'uidMappings':[{'containerID':0,'hostID':200000,'size':65536}]}}",
     "/capabilities/critical", "[]"},
    {"{'process':{" CAPS(
         "bounding",
         "'CAP_SYS_ADMIN'") "},'linux':{'namespaces':[{'type':'user'}],"
                            "'uidMappings':[{'containerID':0,'hostID':0,'size':65536}]}}",
     "/capabilities/critical", "['CAP_SYS_ADMIN']"},
    /* devices: order decides */
    {"{}", "/devices/explicit", "false"},
    {"{}", "/devices/default_deny", "false"},
    {LINUX("'resources':{'devices':[{'allow':false,'access':'rwm'}]}"), "/devices/default_deny",
     "true"},
    {LINUX(
         "'resources':{'devices':[{'allow':false,'access':'rwm'},{'allow':true,'access':'rwm'}]}"),
     "/devices/allow_all", "true"},
    {LINUX("'resources':{'devices':[{'allow':true},{'allow':false}]}"), "/devices/allow_all",
     "false"},
    {LINUX("'resources':{'devices':[{'allow':false},{'allow':true,'type':'b','access':'r'}]}"),
     "/devices/dangerous/0/dangerous", "'block'"},
    {LINUX("'resources':{'devices':[{'allow':false},{'allow':true,'type':'c','major':1,'minor':3,"
           "'access':'rwm'}]}"),
     "/devices/dangerous", "[]"},
    {LINUX("'resources':{'devices':[{'allow':false},{'allow':true,'type':'c','major':1,'minor':1,"
           "'access':'rw'}]}"),
     "/devices/dangerous/0/name", "'mem'"},
    {LINUX("'resources':{'devices':[{'allow':false},{'allow':true,'type':'c','major':1,"
           "'access':'rw'}]}"),
     "/devices/dangerous/0/dangerous", "'memory'"},
    {LINUX("'resources':{'devices':[{'allow':false},{'allow':true,'type':'c','access':'m'}]}"),
     "/devices/dangerous", "[]"},
    {LINUX(
         "'resources':{'devices':[{'allow':false},{'allow':true,'type':'c','major':10,'minor':229,"
         "'access':'rwm'},{'allow':false,'type':'c','major':10,'minor':229,'access':'rwm'}]}"),
     "/devices/allowed", "[]"},
    {LINUX("'devices':[{'path':'/dev/../etc/x','type':'b','major':8,'minor':0}]"),
     "/devices/nodes/0/outside_dev", "true"},
    {LINUX("'devices':[{'path':'/dev/sda','type':'b','major':8,'minor':0}]"),
     "/devices/nodes/0/dangerous", "'block'"},
    {LINUX("'devices':[{'path':'/dev/null','type':'c','major':1,'minor':3,'fileMode':438}]"),
     "/devices/nodes/0/replaces_default", "true"},
    /* masked paths */
    {LINUX("'maskedPaths':['/proc/./kcore','//proc/keys/','relative']"), "/paths/masked",
     "['/proc/kcore','/proc/keys']"},
    {LINUX("'maskedPaths':['/proc/kcore','/proc/../proc/keys']"), "/paths/odd",
     "['/config/linux/maskedPaths/1']"},
    {LINUX("'readonlyPaths':['/proc/sys','/proc/bus','/proc/fs','/proc/irq']"),
     "/paths/missing_readonly", "['/proc/sysrq-trigger']"},
    /* mounts */
    {MOUNT("{'destination':'/m','type':'tmpfs','source':'/etc','options':['rbind','ro']}"),
     "/mounts/0/bind", "true"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/x','options':['rbind','ro']}"),
     "/mounts/0/recursive_readonly", "false"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/x','options':['bind','ro','rw']}"),
     "/mounts/0/readonly", "false"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/x','options':['nosuid','suid']}"),
     "/mounts/0/nosuid", "false"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/x','options':['nosuid','suid']}"),
     "/mounts/0/options_danger", "['suid']"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/x','options':['private','rshared']}"),
     "/mounts/0/propagation_shared", "true"},
    {MOUNT("{'destination':'/m/../etc','type':'tmpfs'}"), "/mounts/0/destination_odd",
     "['unclean','dotdot']"},
    {MOUNT("{'destination':'/proc/sys','type':'tmpfs'}"), "/mounts/0/destination_odd",
     "['inside-proc']"},
    {MOUNT("{'destination':'/dev/null','type':'bind','source':'/x'}"), "/mounts/0/destination_odd",
     "['on-dev']"},
    {MOUNT(
         "{'destination':'/a','type':'bind','source':'/x'},{'destination':'/a/b','type':'tmpfs'}"),
     "/mounts/1/destination_odd", "['below-writable-bind']"},
    {MOUNT("{'destination':'/a','type':'tmpfs'},{'destination':'/a/','type':'tmpfs'}"),
     "/mounts/1/destination_odd", "['unclean','duplicate']"},
    {MOUNT("{'destination':'/p','type':'proc','source':'proc'}"), "/mounts/0/second", "true"},
    {MOUNT("{'destination':'/proc','type':'proc','source':'proc'}"), "/mounts/0/second", "false"},
    {MOUNT("{'destination':'/m','type':'ext4','source':'/dev/sda1'}"), "/mounts/0/type_danger",
     "'block-file-system'"},
    {MOUNT("{'destination':'/m','type':'devtmpfs'}"), "/mounts/0/type_danger", "'devtmpfs'"},
    {MOUNT("{'destination':'/m','type':'newfs'}"), "/mounts/0/type_danger", "'unknown'"},
    {MOUNT("{'destination':'/m','type':'proc'}"), "/mounts/0/type_danger", NULL},
    {MOUNT("{'destination':'/m','type':'tmpfs','options':['size=64m']}"), "/mounts/0/size_limited",
     "true"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/x','options':['idmap=uids=0-0-1']}"),
     "/mounts/0/maps_host_root", "true"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/x','options':['idmap=uids=0-1000-1']}"),
     "/mounts/0/maps_host_root", "false"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/x','options':['surprise']}"),
     "/mounts/0/options_unknown", "['surprise']"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/var/r/data'}"), "/mounts/0/own_rootfs",
     "true"},
    {MOUNT("{'destination':'/m','type':'bind','source':'/var/r/../s'}"), "/mounts/0/own_rootfs",
     NULL},
    /* namespaces */
    {LINUX("'namespaces':[{'type':'pid'}]"), "/namespaces/pid/state", "'private'"},
    {LINUX("'namespaces':[{'type':'pid'}]"), "/namespaces/network/host", "true"},
    {LINUX("'namespaces':[{'type':'network','path':'/proc/1/ns/net'}]"),
     "/namespaces/network/state", NULL},
    {LINUX("'namespaces':[{'type':'network'},{'type':'network','path':'/n'}]"),
     "/namespaces/network/conflict", "true"},
    {LINUX("'namespaces':[{'type':'network'},{'type':'network','path':'/n'}]"),
     "/namespaces/network/path", "'/n'"},
    {LINUX("'namespaces':[{'type':'wormhole'}]"), "/namespaces/unknown_types", "['wormhole']"},
    /* users */
    {PROCESS("'user':{'uid':0}"), "/process/root_in_host", "true"},
    {PROCESS("'user':{'uid':7,'gid':0}"), "/process/group_root", "true"},
    {PROCESS("'user':{'uid':7,'gid':7,'additionalGids':[6]}"), "/process/dangerous_groups",
     "[{'id':6,'name':'disk'}]"},
    {"{'process':{'user':{'uid':5}},'linux':{'namespaces':[{'type':'user'}],'uidMappings':"
     "[{'containerID':0,'hostID':100000,'size':1},{'containerID':1,'hostID':300000,'size':9}]}}",
     "/process/host_uid", "300004"},
    {"{'process':{'user':{'uid':0}},'linux':{'namespaces':[{'type':'user'}],'uidMappings':"
     "[{'containerID':0,'hostID':0,'size':1}]}}",
     "/process/root_in_host", "true"},
    {LINUX(
         "'namespaces':[{'type':'user'}],'uidMappings':[{'containerID':0,'hostID':500,'size':9}]"),
     "/userns/system_ids", "[500]"},
    {LINUX("'namespaces':[{'type':'user'}],'uidMappings':[{'containerID':0,'hostID':5000,'size':9},"
           "{'containerID':4,'hostID':9000,'size':9}]"),
     "/userns/overlaps", "true"},
    {PROCESS("'cwd':'/proc/self/fd/7'"), "/process/cwd_odd", "'proc'"},
    {PROCESS("'cwd':'/a/../b'"), "/process/cwd_odd", "'dotdot'"},
    {PROCESS("'cwd':'/srv'"), "/process/cwd_odd", NULL},
    {PROCESS("'env':['LD_PRELOAD=/x','A=b']"), "/process/env_dangerous",
     "[{'index':0,'name':'LD_PRELOAD','why':'loader'}]"},
    {PROCESS("'env':['novalue','=x']"), "/process/env_malformed", "[0,1]"},
    {PROCESS("'args':['/proc/self/exe']"), "/process/self_exe", "true"},
    {PROCESS("'rlimits':[{'type':'RLIMIT_CORE','soft':0,'hard':18446744073709551615}]"),
     "/process/rlimits_infinite", "['CORE']"},
    /* kernel settings */
    {LINUX("'sysctl':{'kernel.core_pattern':'|/x'}"), "/sysctls/0/namespace", NULL},
    {LINUX("'sysctl':{'net.ipv4.ip_forward':'1'},'namespaces':[{'type':'network'}]"),
     "/sysctls/0/private", "true"},
    {LINUX("'sysctl':{'net.ipv4.ip_forward':'1'}"), "/sysctls/0/private", "false"},
    {LINUX("'sysctl':{'net/ipv4/ip_forward':'1'}"), "/sysctls/0/name", "'net.ipv4.ip_forward'"},
    {LINUX("'sysctl':{'kernel/shm.max':'1'}"), "/sysctls/0/odd", "'mixed-separators'"},
    {LINUX("'sysctl':{'kernel.sem':'1+kernel.core_pattern=x'}"), "/sysctls/0/odd",
     "'value-characters'"},
    {LINUX("'sysctl':{'net.ipv4.tcp_syncookies':'1'}"), "/sysctls/0/safe", "true"},
    /* annotations */
    {"{'annotations':{'run.oci.hooks.stdout':'/etc/x'}}", "/annotations/0/danger",
     "'writes a host file as root'"},
    {"{'annotations':{'org.systemd.property.KillSignal':'15'}}", "/annotations/0/danger", NULL},
    {"{'annotations':{'org.systemd.property.ExecStartPre':'x'}}", "/annotations/0/danger",
     "'sets a property of the systemd unit'"},
    {"{'annotations':{'a.nri.io/x':'1'}}", "/annotations/0/class", "'nri'"},
    {"{'annotations':{'com.example':'1'}}", "/annotations", "[]"},
    /* labels */
    {PROCESS("'selinuxLabel':'system_u:system_r:container_t:s0:c1,c2'"), "/lsm/selinux/categories",
     "2"},
    {PROCESS("'selinuxLabel':'system_u:system_r:spc_t:s0'"), "/lsm/selinux/unconfined", "true"},
    {PROCESS("'selinuxLabel':'system_u:system_r:container_t:s0:c0.c1023'"),
     "/lsm/selinux/categories", "0"},
    {PROCESS("'selinuxLabel':'container_t'"), "/lsm/selinux/malformed", "true"},
    {PROCESS("'apparmorProfile':'unconfined'"), "/lsm/apparmor/unconfined", "true"},
    {PROCESS("'apparmorProfile':'docker-default'"), "/lsm/apparmor/unconfined", "false"},
    /* cgroup and resources */
    {LINUX("'cgroupsPath':'/'"), "/cgroup/odd", "['root']"},
    {LINUX("'cgroupsPath':'/a/../b'"), "/cgroup/odd", "['dotdot','unclean']"},
    {LINUX("'cgroupsPath':'system.slice:docker:c1'"), "/cgroup/odd", "[]"},
    {LINUX("'cgroupsPath':'system.slice:docker:c1'"), "/cgroup/systemd", "true"},
    {LINUX("'cgroupsPath':'/docker/"
           "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'"),
     "/cgroup/foreign", "true"},
    {LINUX("'cgroupsPath':'/docker/c1'"), "/cgroup/foreign", "false"},
    {LINUX("'resources':{'pids':{'limit':0}}"), "/resources/pids_limited", "false"},
    {LINUX("'resources':{'pids':{'limit':99}}"), "/resources/pids_limited", "true"},
    {LINUX("'resources':{'memory':{'limit':-1}}"), "/resources/memory_limited", "false"},
    {LINUX("'resources':{'unified':{'memory.high':'1'}}"), "/resources/unified/0/odd", "false"},
    {LINUX("'resources':{'unified':{'../x':'1'}}"), "/resources/unified/0/odd", "true"},
    {LINUX("'resources':{'unified':{'cgroup.procs':'1'}}"), "/resources/unified/0/odd", "true"},
    /* secrets: what, where and never the value */
    {PROCESS("'env':['A=AKIAIOSFODNN7EXAMPLE']"), "/secrets/0/kind", "'aws-access-key'"},
    {PROCESS("'env':['X=1','DB_PASSWORD=hunter2']"), "/secrets",
     "[{'kind':'password','name':'DB_PASSWORD','where':'/config/process/env/1'}]"},
    {PROCESS("'env':['DB_PASSWORD_FILE=/run/secrets/db','POSTGRES_PASSWORD=/run/secrets/x']"),
     "/secrets", "[]"},
    {PROCESS("'env':['U=postgres://bob:pw@db/x']"), "/secrets/0/kind", "'url-password'"},
    {PROCESS("'env':['U=https://host/a@b:c']"), "/secrets", "[]"},
    {PROCESS("'args':['x','--api-key=abc123']"), "/secrets/0/where", "'/config/process/args/1'"},
    {PROCESS("'env':['K=-----BEGIN RSA PRIVATE KEY-----x']"), "/secrets/0/kind", "'private-key'"},
    {PROCESS("'env':['PATH=/bin','GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305']"), "/secrets",
     "[]"},
    /* the rest */
    {"{'root':{'path':'r','readonly':true}}", "/rootfs/readonly", "true"},
    {"{'mounts':[{'destination':'/dev/','type':'tmpfs'}]}", "/rootfs/dev_tmpfs", "true"},
    {"{'mounts':[{'destination':'/dev','type':'bind','source':'/x'}]}", "/rootfs/dev_tmpfs",
     "false"},
    {LINUX("'rootfsPropagation':'rshared'"), "/rootfs/propagation_shared", "true"},
    {LINUX("'netDevices':{'eth0':{}}"), "/net_devices", "['eth0']"},
    {"{'ociVersion':'1.9.0'}", "/oci/supported", "false"},
    {"{'ociVersion':'1.2.0'}", "/oci/supported", "true"},
    {"{'hooks':{'poststop':[{'path':'x','args':['a']}]}}", "/hooks/0/relative", "true"},
};

static const struct value *parse(struct arena *a, const char *text)
{
    char *const copy = arena_strndup(a, text, strlen(text));
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    ck_assert_ptr_nonnull(copy);
    for (char *c = copy; *c; c++) {
        if (*c == '\'')
            *c = '"';
    }
    ck_assert_msg(json_parse(a, copy, strlen(copy), JSON_STRICT, &doc, NULL, &err) == 0, "%s: %s",
                  text, err.text);
    return doc;
}

START_TEST(one_document_one_fact)
{
    const struct row *const r = &rows[_i];
    struct arena a = ARENA_INIT(8 << 20);
    struct value_fields f = {0};
    const struct value *facts = NULL;
    struct err err = ERR_INIT;

    value_fields_add(&a, &f, "config", parse(&a, r->config));
    value_fields_add(&a, &f, "container", parse(&a, "{'id':'c1'}"));
    value_fields_add(&a, &f, "host", parse(&a, "{'arch':'x86_64'}"));
    ck_assert_msg(derive_facts(&a, value_fields_object(&a, &f), NULL, NULL, 0, &facts, &err) == 0,
                  "%s", err.text);
    const struct value *const got = pointer_get(facts, r->fact, strlen(r->fact));
    AUTO_BUF struct buf shown = BUF_INIT;

    if (got)
        json_print(&shown, got, JSON_COMPACT);
    if (!r->want)
        ck_assert_msg(got == NULL, "%s %s: %s", r->config, r->fact, shown.data);
    else
        ck_assert_msg(got && value_equal(got, parse(&a, r->want)), "%s %s: got %s, want %s",
                      r->config, r->fact, got ? shown.data : "nothing", r->want);
    arena_done(&a);
}
END_TEST

START_TEST(a_key_makes_hmacs_that_differ_by_value_and_key)
{
    struct arena a = ARENA_INIT(8 << 20);
    const struct value *const one = parse(&a, "{'env':['A_TOKEN=s3cret']}");
    const struct value *const two = parse(&a, "{'env':['A_TOKEN=other']}");
    const uint8_t key[] = "k1", other[] = "k2";
    const struct value *x = NULL, *y = NULL, *z = NULL;
    struct err err = ERR_INIT;

    ck_assert(derive_secrets(&a, one, "/process", key, 2, &x, &err) == 0);
    ck_assert(derive_secrets(&a, two, "/process", key, 2, &y, &err) == 0);
    ck_assert(derive_secrets(&a, one, "/process", other, 2, &z, &err) == 0);
    const struct value *const hx = value_field(value_at(x, 0), "hmac");
    ck_assert_uint_eq(hx->count, 64);
    ck_assert(!value_equal(hx, value_field(value_at(y, 0), "hmac")));
    ck_assert(!value_equal(hx, value_field(value_at(z, 0), "hmac")));
    AUTO_BUF struct buf shown = BUF_INIT;
    json_print(&shown, x, JSON_COMPACT);
    ck_assert_ptr_null(strstr(shown.data, "s3cret"));
    arena_done(&a);
}
END_TEST

struct path_row {
    const char *in, *out;
};

static const struct path_row paths[] = {
    {"/", "/"},
    {"//", "/"},
    {"/a/", "/a"},
    {"/a//b", "/a/b"},
    {"/a/./b", "/a/b"},
    {"/a/../b", "/b"},
    {"/..", "/"},
    {"/../a", "/a"},
    {"a/..", "."},
    {"../a", "../a"},
    {"a/../../b", "../b"},
    {"../../a", "../../a"},
    {"/a/b/../..", "/"},
    {"", "."},
    {".", "."},
    {"/a/...", "/a/..."},
    {"/.a", "/.a"},
    {"/a..", "/a.."},
};

START_TEST(paths_are_cleaned_as_go_cleans_them)
{
    struct arena a = ARENA_INIT(1 << 20);

    ck_assert_str_eq(doc_path_clean(&a, paths[_i].in), paths[_i].out);
    arena_done(&a);
}
END_TEST

int main(void)
{
    Suite *const s = suite_create("derive");
    TCase *const t = tcase_create("derive");

    tcase_add_loop_test(t, one_document_one_fact, 0, (int)ARRAY_LEN(rows));
    tcase_add_test(t, a_key_makes_hmacs_that_differ_by_value_and_key);
    tcase_add_loop_test(t, paths_are_cleaned_as_go_cleans_them, 0, (int)ARRAY_LEN(paths));
    suite_add_tcase(s, t);
    return run_suite(s);
}
