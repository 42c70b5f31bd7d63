// oracle: what runc would read of a judged document equals what was judged.
//
//	oracle JUDGE-PIPE SECONDS SEED FIXTURE...
//
// Documents of the fixtures are changed at random, as values and as text, and judged. Of each that would run: the
// types that runc decodes into take it, hold nothing that the judged document does not say at the same place, and
// judging it again changes nothing. A text that the types read as something that the judge did not see is a failure.
// First each number of the types, one below and one above what its type holds: none of them may run.
// Failing documents are kept in the current directory.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
)

type judge struct {
	in  io.Writer
	out *bufio.Reader
}

func (j *judge) ask(kind string, doc []byte) (verdict string, changes int, out []byte) {
	fmt.Fprintf(j.in, "%d %s\n", len(doc), kind)
	j.in.Write(doc)
	line, err := j.out.ReadString('\n')
	if err != nil {
		fail(doc, "the judge ended: %v", err)
		os.Exit(1)
	}
	var n int
	fmt.Sscanf(line, "%d %s %d", &n, &verdict, &changes)
	out = make([]byte, n)
	if _, err := io.ReadFull(j.out, out); err != nil {
		fail(doc, "the judge ended: %v", err)
		os.Exit(1)
	}
	return
}

var failures, kept int

func fail(doc []byte, format string, args ...any) {
	failures++
	if kept < 20 {
		kept++
		name := fmt.Sprintf("oracle-failure-%d.json", kept)
		os.WriteFile(name, doc, 0o644)
		fmt.Printf("not ok - %s: %s\n", name, fmt.Sprintf(format, args...))
	}
}

// --- changes --------------------------------------------------------------------------------------------------

var strange = []any{
	nil, true, false, 0, 1, -1, 65536, 4294967295, 4294967296, json.Number("9223372036854775808"), json.Number("18446744073709551615"), json.Number("1e3"), 1.5, "", "/", "/etc", "..", "/proc/self/../sys",
	"rbind", "ro,suid", "lowerdir+=/etc", "CAP_SYS_ADMIN", "cap_sys_admin", "SCMP_ACT_ALLOW", "SCMP_ACT_NOTIFY", "\u0000", "ſ", "\u212a", []any{}, map[string]any{},
	[]any{"rw"}, []any{nil}, map[string]any{"type": "pid"}, map[string]any{"type": "network", "path": "/proc/1/ns/net"},
	map[string]any{"allow": true, "access": "rwm"}, map[string]any{"destination": "/x", "source": "/etc", "type": "bind", "options": []any{"rbind"}},
	map[string]any{"containerID": 0, "hostID": 0, "size": 1}, map[string]any{"path": "/bin/true"},
}

var fields = []string{
	"ociVersion", "process", "root", "hostname", "mounts", "hooks", "annotations", "linux", "user", "uid", "gid", "additionalGids", "umask", "args", "env", "cwd", "capabilities",
	"bounding", "effective", "permitted", "inheritable", "ambient", "noNewPrivileges", "rlimits", "apparmorProfile", "selinuxLabel", "oomScoreAdj", "scheduler", "ioPriority",
	"path", "readonly", "destination", "source", "type", "options", "uidMappings", "gidMappings", "namespaces", "devices", "resources", "cgroupsPath", "seccomp", "defaultAction",
	"architectures", "syscalls", "names", "action", "rootfsPropagation", "maskedPaths", "readonlyPaths", "mountLabel", "intelRdt", "personality", "sysctl", "unified", "pids",
	"limit", "memory", "swap", "swappiness", "cpu", "period", "quota", "shares", "network", "classID", "prestart", "createRuntime", "poststart", "timeOffsets", "vm", "windows", "netDevices", "Mounts", "NONEWPRIVILEGES", "proceſs", "\u212aind", "x",
}

// all places of a document where something stands
func places(v any, set func(any), out *[]func(func(any) any)) {
	*out = append(*out, func(f func(any) any) { set(f(v)) })
	switch t := v.(type) {
	case map[string]any:
		for k := range t {
			places(t[k], func(n any) { t[k] = n }, out)
		}
	case []any:
		for i := range t {
			places(t[i], func(n any) { t[i] = n }, out)
		}
	}
}

// A value of nobody else's: one that stands at two places could come to stand within itself.
func stranger(r *rand.Rand) any {
	text, err := json.Marshal(strange[r.Intn(len(strange))])
	if err != nil {
		panic(err)
	}
	return plain(text)
}

func change(r *rand.Rand, doc *any) {
	var at []func(func(any) any)
	places(*doc, func(n any) { *doc = n }, &at)
	at[r.Intn(len(at))](func(old any) any {
		switch t := old.(type) {
		case map[string]any:
			switch r.Intn(3) {
			case 0:
				for k := range t {
					delete(t, k)
					break
				}
				return t
			default:
				t[fields[r.Intn(len(fields))]] = stranger(r)
				return t
			}
		case []any:
			return append(t, stranger(r))
		}
		return stranger(r)
	})
}

// the same document in other bytes, or one that readers may read apart
func respell(r *rand.Rand, text []byte) []byte {
	swap := func(from, to string) []byte { return bytes.Replace(text, []byte(from), []byte(to), 1) }
	f := fields[r.Intn(len(fields))]
	switch r.Intn(24) {
	case 0:
		return swap(`"`+f+`"`, `"`+strings.ToUpper(f)+`"`)
	case 1:
		return swap(`"`+f+`":`, `"`+f+`":null,"`+f+`":`)
	case 2:
		return append(text, []byte(` {"root":{"path":"/"}}`)...)
	case 3:
		return swap(`"`+f+`"`, `"\u00`+fmt.Sprintf("%02x", f[0])+f[1:]+`"`)
	case 4:
		return swap("{", `{"Root":{"path":"/"},`)
	case 5:
		return swap("s", "ſ")
	case 6:
		return append([]byte("\xef\xbb\xbf"), text...)
	case 7:
		return swap(`1`, `1e0`)
	}
	return text
}

// --- the oracle -----------------------------------------------------------------------------------------------

func decode(kind string, text []byte) (any, error) {
	var v any = &specs.Spec{}
	switch kind {
	case "process":
		v = &specs.Process{}
	case "resources":
		v = &specs.LinuxResources{}
	}
	// As runc does: the first document of the text.
	err := json.NewDecoder(bytes.NewReader(text)).Decode(v)
	return v, err
}

func plain(text []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	d.Decode(&v)
	return
}

func empty(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Map, reflect.Slice:
		return r.Len() == 0
	}
	return v == "" || v == false || v == json.Number("0")
}

// what the types hold, and the judged document does not say at that place
func beyond(at string, held, said any) string {
	switch h := held.(type) {
	case map[string]any:
		s, _ := said.(map[string]any)
		for k, v := range h {
			if bad := beyond(at+"/"+k, v, s[k]); bad != "" {
				return bad
			}
		}
		return ""
	case []any:
		s, _ := said.([]any)
		if len(h) != len(s) {
			return at
		}
		for i := range h {
			if bad := beyond(fmt.Sprintf("%s/%d", at, i), h[i], s[i]); bad != "" {
				return bad
			}
		}
		return ""
	}
	if reflect.DeepEqual(held, said) || (empty(held) && empty(said)) {
		return ""
	}
	return at
}

// --- numbers --------------------------------------------------------------------------------------------------

// all numbers below a type: the steps that lead there (a list's step is its first element) and the type
func numbers(t reflect.Type, at []string, found func(at []string, t reflect.Type)) {
	switch t.Kind() {
	case reflect.Pointer:
		numbers(t.Elem(), at, found)
	case reflect.Slice, reflect.Map:
		numbers(t.Elem(), append(at, "0"), found)
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == "" && t.Field(i).Anonymous {
				numbers(t.Field(i).Type, at, found)
			} else if name != "windows" && name != "solaris" && name != "vm" && name != "zos" && name != "freebsd" {
				numbers(t.Field(i).Type, append(at[:len(at):len(at)], name), found)
			}
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		found(append([]string(nil), at...), t)
	}
}

// the document with a number put there
func put(doc any, at []string, lists func([]string) bool, done int, n json.Number) any {
	if done == len(at) {
		return n
	}
	if lists(at[:done]) {
		l, _ := doc.([]any)
		if len(l) == 0 {
			l = []any{nil}
		}
		l[0] = put(l[0], at, lists, done+1, n)
		return l
	}
	m, _ := doc.(map[string]any)
	if m == nil {
		m = map[string]any{}
	}
	m[at[done]] = put(m[at[done]], at, lists, done+1, n)
	return m
}

// a type's last step: whether a list stands at these steps
func listAt(t reflect.Type, at []string) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if len(at) == 0 {
		return t.Kind() == reflect.Slice
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Map:
		return listAt(t.Elem(), at[1:])
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == at[0] {
				return listAt(t.Field(i).Type, at[1:])
			}
			if name == "" && t.Field(i).Anonymous && listAt(t.Field(i).Type, at) {
				return true
			}
		}
	}
	return false
}

// each number out of its type's range, in a document that would run without it
func outOfRange(j *judge, kind, fixture string, t reflect.Type) (asked int) {
	text, err := os.ReadFile(fixture)
	if err != nil {
		fail(nil, "%v", err)
		return
	}
	numbers(t, nil, func(at []string, of reflect.Type) {
		bits := of.Bits()
		low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(bits))
		if of.Kind() >= reflect.Int && of.Kind() <= reflect.Int64 {
			high.Rsh(high, 1)
			low.Neg(high)
		}
		low.Sub(low, big.NewInt(1))
		for _, n := range []*big.Int{low, high} {
			doc := put(plain(text), at, func(steps []string) bool { return listAt(t, steps) }, 0, json.Number(n.String()))
			changed, _ := json.Marshal(doc)
			if _, err := decode(kind, changed); err == nil {
				fail(changed, "/%s: the types take %s", strings.Join(at, "/"), n)
			}
			if verdict, _, _ := j.ask(kind, changed); verdict == "admit" || verdict == "harden" {
				fail(changed, "/%s: %s of %s", strings.Join(at, "/"), verdict, n)
			}
			asked++
		}
	})
	return
}

func main() {
	var seconds, seed int64
	fmt.Sscan(os.Args[2], &seconds)
	fmt.Sscan(os.Args[3], &seed)
	cmd := exec.Command(os.Args[1])
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	j := &judge{in, bufio.NewReaderSize(out, 1<<20)}
	r := rand.New(rand.NewSource(seed))
	count := map[string]int{}
	total := 0
	if fixtures := filepath.Dir(os.Args[4]); seconds > 0 {
		asked := outOfRange(j, "config", filepath.Join(fixtures, "docker-default.json"), reflect.TypeOf(specs.Spec{})) +
			outOfRange(j, "process", filepath.Join(fixtures, "docker-exec.process.json"), reflect.TypeOf(specs.Process{})) +
			outOfRange(j, "resources", filepath.Join(fixtures, "cri-update.resources.json"), reflect.TypeOf(specs.LinuxResources{}))
		fmt.Printf("# %d numbers out of their types' ranges\n", asked)
	}
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); total++ {
		name := os.Args[4+r.Intn(len(os.Args)-4)]
		kind := "config"
		if strings.HasSuffix(name, ".process.json") {
			kind = "process"
		} else if strings.HasSuffix(name, ".resources.json") {
			kind = "resources"
		}
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		doc := plain(text)
		for n := r.Intn(3); n > 0; n-- {
			change(r, &doc)
		}
		text, _ = json.Marshal(doc)
		text = respell(r, text)
		verdict, _, ran := j.ask(kind, text)
		count[verdict]++
		if verdict == "fault" && count[verdict] <= 10 {
			fmt.Printf("# not judged, so not started: %s\n", ran)
		}
		if verdict != "admit" && verdict != "harden" {
			continue
		}
		read, err := decode(kind, ran)
		if err != nil {
			fail(text, "%s, but runc's types do not take it: %v", verdict, err)
			continue
		}
		held, _ := json.Marshal(read)
		if bad := beyond("", plain(held), plain(ran)); bad != "" {
			fail(text, "runc reads another %s than was judged", bad)
			continue
		}
		// What a runtime would have read of the bytes as they came is what the judge saw of them.
		if verdict == "admit" {
			first, err := decode(kind, text)
			same, _ := json.Marshal(first)
			if err == nil {
				if bad := beyond("", plain(same), plain(ran)); bad != "" {
					fail(text, "the bytes hold another %s than was judged", bad)
					continue
				}
			}
		}
		again, changes, _ := j.ask(kind, ran)
		if (again != "admit" && again != "harden") || changes != 0 {
			fail(text, "%s once, then %s with %d changes", verdict, again, changes)
		}
	}
	in.Close()
	cmd.Wait()
	fmt.Printf("# %d documents: %v, %.1f s of the judge's time\n", total, count, cmd.ProcessState.UserTime().Seconds())
	fmt.Printf("%d passed, %d failed\n", total-failures, failures)
	if failures > 0 {
		os.Exit(1)
	}
}
