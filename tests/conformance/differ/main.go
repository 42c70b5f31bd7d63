// Command differ writes random Rego modules as conformance cases, with the answers that OPA gives.
//
//	go run . N SEED FILE
//
// The same N and SEED give the same cases. `scripts/differ` has the engine judge them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// kase is a case as the runner reads it.
type kase struct {
	Note      string           `json:"note"`
	Query     string           `json:"query"`
	Modules   []string         `json:"modules"`
	Data      map[string]any   `json:"data"`
	Input     any              `json:"input,omitempty"`
	Result    []map[string]any `json:"want_result,omitempty"`
	ErrorCode string           `json:"want_error_code,omitempty"`
	Strict    bool             `json:"strict_error,omitempty"`
	why       string
}

// decodeNumbers keeps numbers as they are written.
func decodeNumbers(text string, into any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

func codeOf(err error) string {
	var several ast.Errors
	var compile *ast.Error
	var eval *topdown.Error
	switch {
	case errors.As(err, &several) && len(several) > 0:
		return several[0].Code
	case errors.As(err, &compile):
		return compile.Code
	case errors.As(err, &eval):
		return eval.Code
	}
	return ""
}

// answer fills in what OPA says; false: OPA has no answer in time, or one that has no code.
func answer(c *kase) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	options := []func(*rego.Rego){
		rego.Query(c.Query),
		rego.Store(inmem.NewFromObject(c.Data)),
		rego.StrictBuiltinErrors(c.Strict),
	}
	if c.Input != nil {
		options = append(options, rego.Input(c.Input))
	}
	for i, text := range c.Modules {
		options = append(options, rego.Module("test-"+strconv.Itoa(i)+".rego", text))
	}
	set, err := rego.New(options...).Eval(ctx)
	if err != nil {
		c.ErrorCode = codeOf(err)
		c.why = err.Error()
		return c.ErrorCode != "" && c.ErrorCode != topdown.CancelErr
	}
	c.Result = []map[string]any{}
	for _, row := range set {
		c.Result = append(c.Result, row.Bindings)
	}
	return true
}

func run(n int, seed int64, file string) error {
	r := rand.New(rand.NewSource(seed))
	cases := []kase{}
	codes := map[string]int{}
	for i := 0; i < n; i++ {
		c := generate(r)
		c.Note = fmt.Sprintf("differ/%d/%d", seed, i)
		if !answer(&c) {
			codes["no answer"]++
			continue
		}
		codes[c.ErrorCode]++
		if os.Getenv("DIFFER_VERBOSE") != "" && c.why != "" {
			fmt.Fprintln(os.Stderr, c.why)
		}
		cases = append(cases, c)
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	e := json.NewEncoder(f)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string]any{"cases": cases}); err != nil {
		return err
	}
	fmt.Printf("%d cases; answers by error code: %v\n", len(cases), codes)
	return f.Close()
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: differ N SEED FILE")
		os.Exit(2)
	}
	n, bad := strconv.Atoi(os.Args[1])
	seed, wrong := strconv.ParseInt(os.Args[2], 10, 64)
	if err := errors.Join(bad, wrong); err != nil {
		fmt.Fprintln(os.Stderr, "differ:", err)
		os.Exit(2)
	}
	if err := run(n, seed, os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "differ:", err)
		os.Exit(1)
	}
}
