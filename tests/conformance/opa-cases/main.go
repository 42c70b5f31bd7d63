// Command opa-cases writes OPA's own evaluation cases, v0 and v1, as one JSON file a topic, in the
// format that `make conformance CASES=DIR` reads: {"cases": [{note, version, query, modules, ...}]}.
//
//	go run . DIR
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/open-policy-agent/opa/v1/test/cases"
)

// one is a case with the language version its topic stands under.
type one struct {
	cases.TestCase
	Version string `json:"version"`
	File    string `json:"file"`
}

func write(root, out, version string) (int, error) {
	total := 0
	topics, err := os.ReadDir(filepath.Join(root, version))
	if err != nil {
		return 0, err
	}
	for _, topic := range topics {
		set, err := cases.Load(filepath.Join(root, version, topic.Name()))
		if err != nil {
			return total, err
		}
		list := make([]one, 0, len(set.Cases))
		for _, c := range set.Cases {
			rel, _ := filepath.Rel(root, c.Filename)
			list = append(list, one{TestCase: c, Version: version, File: rel})
		}
		text, err := json.MarshalIndent(map[string]any{"cases": list}, "", " ")
		if err != nil {
			return total, err
		}
		name := strings.TrimSuffix(topic.Name(), filepath.Ext(topic.Name()))
		if err := os.MkdirAll(filepath.Join(out, version), 0o755); err != nil {
			return total, err
		}
		if err := os.WriteFile(filepath.Join(out, version, name+".json"), append(text, '\n'), 0o644); err != nil {
			return total, err
		}
		total += len(list)
	}
	return total, nil
}

func run(out string) error {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/opa").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	root := filepath.Join(strings.TrimSpace(string(dir)), "v1/test/cases/testdata")
	for _, version := range []string{"v0", "v1"} {
		n, err := write(root, out, version)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d cases\n", version, n)
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: opa-cases DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "opa-cases:", err)
		os.Exit(1)
	}
}
