"""Fails every system call of a start in turn and looks at what is left.

usage: faults.py SHIM SALLYPORT DIRECTORY CONFIG MATRIX [mapped]

mapped: of a start that becomes root of a user namespace, the calls from the making of its stage on; besides, nothing may be
left mounted, staged or running where it was refused. The matrix is added to MATRIX.

A container that started must have a durable record that admits the very bytes that ran. Otherwise there is one line on
standard error, and config.json is whole: as the engine wrote it, or as it was judged. Prints `ok`/`not ok` lines, one a
system call and fault, and writes the matrix.
"""
import collections
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

shim, sallyport, top, config, matrix, *part = sys.argv[1:]
mapped = part == ["mapped"]
bundle, started, root = f"{top}/bundle", f"{top}/started", f"{top}/root"
LIMIT = 10  # seconds; a start takes a few milliseconds

FILES = ("EIO", "EMFILE")
ERRORS = {
    "openat": FILES, "open": FILES, "openat2": FILES, "memfd_create": ("EMFILE", "ENOMEM"), "dup2": ("EMFILE",), "fcntl": ("EMFILE", "ENOLCK"),
    "write": ("EIO", "ENOSPC"), "pwrite64": ("EIO", "ENOSPC"), "writev": ("EIO", "ENOSPC"), "fallocate": ("EIO", "ENOSPC"),
    "ftruncate": ("EIO", "ENOSPC"), "rename": ("EIO", "ENOSPC"), "renameat": ("EIO", "ENOSPC"), "renameat2": ("EIO", "ENOSPC"),
    "mkdir": ("EIO", "ENOSPC"), "mkdirat": ("EIO", "ENOSPC"), "fdatasync": ("EIO", "ENOSPC"), "fsync": ("EIO", "ENOSPC"),
    "mmap": ("ENOMEM",), "mprotect": ("ENOMEM",), "mremap": ("ENOMEM",), "munmap": ("ENOMEM",), "madvise": ("ENOMEM",),
    "execve": ("ENOMEM", "ENOEXEC"), "getrandom": ("EAGAIN", "ENOSYS"), "timer_create": ("EAGAIN", "ENOMEM"), "timer_settime": ("EINVAL",),
    "flock": ("EINTR", "ENOLCK"),
}
# brk tells that there is no memory by its answer. Calls that cannot fail are not failed.
ANSWERS = {"brk": "retval=0"}
NEVER = {"exit_group", "exit", "rt_sigreturn", "geteuid", "getuid", "getpid"}


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def newest():
    done = subprocess.run([sallyport, "audit", "tail", "--format", "json", "-n", "1"], capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else {}


count = 0
def start(*strace, config=config):
    """A fresh bundle, one start; the exit status (None: it hung), standard error."""
    global count
    count += 1
    for name in os.listdir(bundle):
        if name != "rootfs":
            os.remove(f"{bundle}/{name}")
    shutil.copy(config, f"{bundle}/config.json")
    if os.path.exists(started):
        os.remove(started)
    command = [*strace, shim, "--root", root, "create", "--bundle", bundle, f"f{count}"]
    with open(f"{top}/err", "wb") as err:
        p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=err, stderr=err, cwd=bundle)
        try:
            status = p.wait(LIMIT)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
            status = None
    with open(f"{top}/err", errors="replace") as err:
        return status, err.read()


def calls(config=config):
    """(name, its number among those of that name, arguments) of the start path, in order."""
    seen, out = collections.Counter(), []
    start("strace", "-qq", "-s", "120", "-o", f"{top}/trace", config=config)
    with open(f"{top}/trace", errors="replace") as f:
        for line in f:
            m = re.match(r"(\w+)\((.*)", line)
            if not m:
                continue
            seen[m[1]] += 1
            out.append((m[1], seen[m[1]], m[2]))
            if m[1] == "execve" and seen["execve"] == 2:
                break
    return out[1:]  # strace's own start of the shim is the first


def what_is_left(status, err, fault, before):
    """(the outcome, what is wrong or None)"""
    lines = [l for l in err.splitlines() if "sallyport: " in l]
    now = digest(f"{bundle}/config.json") if os.path.exists(f"{bundle}/config.json") else "missing"
    record = newest()
    fresh = record.get("decision_id") != before
    if status is None:
        return "hung", "it hung"
    if now not in (original, judged):
        return "torn", "config.json is neither the engine's nor the judged one"
    if os.path.exists(started):
        if not fresh or record["result"]["verdict"] not in ("admit", "harden"):
            return "unrecorded", "started without a record that admits it"
        ran = digest(started)
        if ran not in json.dumps(record):
            return "unjudged", f"what ran ({ran}) is not what the record admits"
        return "started", None
    if fault == "KILL":
        return "killed", None
    if len(lines) != 1:
        return "silent" if not lines else "talkative", f"{len(lines)} lines: {err[:300]}"
    if status != 1:
        return "refused", f"exit status {status}"
    return ("refused, not recorded" if "not recorded" in err else "refused"), None


n = failed = 0
def check(text, wrong):
    global n, failed
    n += 1
    failed += wrong is not None
    print(f"ok {n} - {text}" if wrong is None else f"not ok {n} - {text}\n    # {wrong}", flush=True)


STAGES = "/run/sallyport/roots"


def left_over(outcome, stages):
    """What a mapped start left behind, or None; who was started keeps its stage, who is killed may leave an empty one."""
    with open("/proc/self/mountinfo") as f:
        if "/run/sallyport" in f.read():
            return "something is left mounted"
    if outcome.startswith("refused") and len(os.listdir(STAGES)) > stages:
        return "its stage is left"
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if "sallyport-runtime" in os.readlink(f"/proc/{pid}/exe"):
                return f"process {pid} is left"
        except OSError:
            pass
    return None


original = digest(config)
status, err = start()
if status != 0 or not os.path.exists(started):
    sys.exit(f"the start without faults failed: {err}")
judged = digest(started)
path = calls()
check(f"the start path makes {len(path)} system calls", None if len(path) > 50 else "too few to be true")
if mapped:
    stage_at = next(i for i, (_, _, args) in enumerate(path) if '"roots"' in args or STAGES in args)
    path = path[stage_at:]
    check(f"{len(path)} system calls from the stage on", None if any(n == "move_mount" for n, _, _ in path) else "nothing is mapped")
main_at = -1 if mapped else next(i for i, (name, _, args) in enumerate(path) if re.search(r'"/(run|etc|var/lib)/sallyport', args))

table = collections.defaultdict(collections.Counter)
trials = 0
for i, (name, number, args) in enumerate(path):
    if name in NEVER:
        continue
    # Of a mapped start who is killed cannot clean up: one call in eight shows that it leaves no mount and no process.
    kill = ("KILL",) if not mapped or i % 8 == 0 else ()
    for fault in (*ERRORS.get(name, ("ENOMEM" if name in ANSWERS else "EIO",)), *kill):
        before = newest().get("decision_id")
        stages = len(os.listdir(STAGES)) if mapped else 0
        what = "signal=KILL" if fault == "KILL" else ANSWERS.get(name, f"error={fault}")
        status, err = start("strace", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:{what}:when={number}")
        outcome, wrong = what_is_left(status, err, fault, before)
        # What fails before the program's own first call ends it in the C library, which says so or not.
        if outcome == "silent" and i < main_at:
            outcome, wrong = "ended before main", None
        if mapped and not wrong:
            wrong = left_over(outcome, stages)
        trials += 1
        table[name, fault][outcome] += 1
        if os.environ.get("FAULTS_VERBOSE"):
            print(f"# {i} {outcome}: {name} {fault} {args.strip()[:100]}")
        if wrong:
            check(f"{name} no. {number} ({args.strip()[:60]}) {fault}", wrong)
    if i and i % 50 == 0:
        print(f"# {i} of {len(path)} calls", flush=True)
check(f"{trials} starts with a fault: started with a record, or refused in one line, or killed", "see above" if failed else None)

# What is refused because of what was seen on the host: a look that fails must not turn it into a start.
LOOKS = {"openat", "openat2", "newfstatat", "statx", "fstat", "stat", "lstat", "readlink", "readlinkat", "fstatfs", "statfs", "access", "faccessat", "read", "getdents64", "fcntl"}
looked = slipped = 0
for dangerous in [] if mapped else sorted(os.listdir(f"{top}/refused")):
    given = f"{top}/refused/{dangerous}"
    status, err = start(config=given)
    refused = "sallyport: refused" in err and not os.path.exists(started)
    check(f"{dangerous} is refused", None if refused else f"{status}: {err}")
    wrong = []
    for i, (name, number, args) in enumerate(calls(given)):
        if name not in LOOKS:
            continue
        fault = "EMFILE" if name.startswith("open") else "EIO"
        status, err = start("strace", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:error={fault}:when={number}", config=given)
        looked += 1
        if status is None or os.path.exists(started):
            slipped += 1
            wrong.append(f"{name} no. {number} ({args.strip()[:80]}) {fault}")
    check(f"{dangerous}: no look that fails lets it start", "; ".join(wrong) or None)

outcomes = ["started", "refused", "refused, not recorded", "killed", "ended before main"]
outcomes += sorted({o for row in table.values() for o in row} - set(outcomes))
total = collections.Counter()
for row in table.values():
    total.update(row)
with open(matrix, "a" if mapped else "w") as out:
    out.write("\n## Becoming root of a user namespace\n\nThe same from the making of its stage on, over an overlay. Where it is refused nothing is left mounted, staged or running.\n"
              f"{len(path)} calls, {trials} starts.\n\n" if mapped else "# Faults on the start path\n\nWritten by `tests/e2e/faults.sh`: each system call of one `create`, failed in turn (error) or the last one the shim makes\n"
              f"(`KILL`). {len(path)} calls, {trials} starts. *Started* means: with a durable record that admits the bytes that ran (the call that failed\n"
              "was not needed). Everything else has no container; *refused* says so in one line and in the log.\n\n")
    out.write("| call | fault | " + " | ".join(outcomes) + " |\n|" + "---|" * (len(outcomes) + 2) + "\n")
    for (name, fault), row in sorted(table.items()):
        out.write(f"| {name} | {fault} | " + " | ".join(str(row[o] or "") for o in outcomes) + " |\n")
    out.write("| **total** | | " + " | ".join(str(total[o]) for o in outcomes) + " |\n")
    if not mapped:
        out.write(f"\nBundles that are refused for what the host shows ({', '.join(sorted(os.listdir(top + '/refused')))}): {looked} starts with one look failed (`EIO`, `EMFILE`); {slipped or 'none'} started.\n")
print(f"# {dict(total)}; {looked} starts of refused bundles")
print(f"{n - failed} passed, {failed} failed")
sys.exit(failed != 0)
