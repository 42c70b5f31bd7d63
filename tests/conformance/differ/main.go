// Command differ writes random Rego modules as conformance cases, with the answers that OPA gives.
//
//	go run . N SEED FILE
//	go run . N SEED FILE builtins[=TEXT]
//	go run . keep FILE... <NOTES
//
// The third form prints the cases with these notes. The second writes N calls of each built-in (whose name has TEXT in it) with arguments at the edges.
// DIFFER_MESSAGES=1 asks for the texts of evaluation errors, too.
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
	Version   string           `json:"version,omitempty"`
	Query     string           `json:"query"`
	Modules   []string         `json:"modules"`
	Data      map[string]any   `json:"data"`
	Input     any              `json:"input,omitempty"`
	Term      string           `json:"input_term,omitempty"`
	Result    []map[string]any `json:"want_result,omitempty"`
	ErrorCode string           `json:"want_error_code,omitempty"`
	Error     string           `json:"want_error,omitempty"`
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
	case errors.As(err, &eval): // first: what a built-in says may wrap the others
		return eval.Code
	case errors.As(err, &several) && len(several) > 0:
		return several[0].Code
	case errors.As(err, &compile):
		return compile.Code
	}
	return ""
}

func input(c *kase) []rego.EvalOption {
	switch {
	case c.Input != nil:
		return []rego.EvalOption{rego.EvalInput(c.Input)}
	case c.Term != "":
		return []rego.EvalOption{rego.EvalParsedInput(ast.MustParseTerm(c.Term).Value)}
	}
	return nil
}

// answer fills in what OPA says; false: OPA has no answer in time, one that has no code or is no JSON, or it panicked.
func answer(c *kase) (answered bool) {
	defer func() {
		if recover() != nil {
			answered = false
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	options := []func(*rego.Rego){
		rego.Query(c.Query),
		rego.Store(inmem.NewFromObject(c.Data)),
		rego.StrictBuiltinErrors(c.Strict),
	}
	if c.Version == "v0" {
		options = append(options, rego.SetRegoVersion(ast.RegoV0))
	}
	for i, text := range c.Modules {
		options = append(options, rego.Module("test-"+strconv.Itoa(i)+".rego", text))
	}
	// Where errors are fatal, a rule that the index leaves out must not hide its own.
	prepared, err := rego.New(options...).PrepareForEval(ctx)
	set := rego.ResultSet{}
	if err == nil {
		set, err = prepared.Eval(ctx, append(input(c), rego.EvalRuleIndexing(!c.Strict))...)
	}
	if err != nil {
		c.ErrorCode = codeOf(err)
		c.why = err.Error()
		var eval *topdown.Error
		if os.Getenv("DIFFER_MESSAGES") != "" && errors.As(err, &eval) {
			c.Error = eval.Message
		}
		return c.ErrorCode != "" && c.ErrorCode != topdown.CancelErr
	}
	c.Result = []map[string]any{}
	for _, row := range set {
		c.Result = append(c.Result, row.Bindings)
	}
	_, err = json.Marshal(c.Result) // some of its numbers are none, such as 01
	return err == nil
}

func run(n int, seed int64, file, builtins string) error {
	r := rand.New(rand.NewSource(seed))
	asked, cases := []kase{}, []kase{}
	codes := map[string]int{}
	if name, calls := strings.CutPrefix(builtins, "builtins"); calls {
		asked = builtinCases(r, n, strings.TrimPrefix(name, "="))
		n = 0
	}
	for i := 0; i < n; i++ {
		asked = append(asked, generate(r))
		asked[i].Note = fmt.Sprintf("differ/%d/%d", seed, i)
	}
	for _, c := range asked {
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
	if len(os.Args) > 2 && os.Args[1] == "keep" {
		if err := keep(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "differ:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) != 4 && len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: differ N SEED FILE [builtins[=TEXT]]")
		os.Exit(2)
	}
	n, bad := strconv.Atoi(os.Args[1])
	seed, wrong := strconv.ParseInt(os.Args[2], 10, 64)
	if err := errors.Join(bad, wrong); err != nil {
		fmt.Fprintln(os.Stderr, "differ:", err)
		os.Exit(2)
	}
	builtins := ""
	if len(os.Args) == 5 {
		builtins = os.Args[4]
	}
	if err := run(n, seed, os.Args[3], builtins); err != nil {
		fmt.Fprintln(os.Stderr, "differ:", err)
		os.Exit(1)
	}
}
