// Command opa times OPA's evaluator as tests/bench/rego_peer.c times ours; the line is the same.
//
//	opa QUERY INPUT ROUNDS FILE...
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func microseconds(since time.Time) float64 {
	return float64(time.Since(since).Nanoseconds()) / 1e3
}

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: opa QUERY INPUT ROUNDS FILE...")
		os.Exit(2)
	}
	ctx := context.Background()
	text, err := os.ReadFile(os.Args[2])
	check(err)
	var document any
	check(json.Unmarshal(text, &document))
	input, err := ast.InterfaceToValue(document)
	check(err)
	rounds, err := strconv.Atoi(os.Args[3])
	check(err)

	start := time.Now()
	options := []func(*rego.Rego){rego.Query(os.Args[1])}
	for _, name := range os.Args[4:] {
		module, err := os.ReadFile(name)
		check(err)
		options = append(options, rego.Module(name, string(module)))
	}
	prepared, err := rego.New(options...).PrepareForEval(ctx)
	check(err)
	compile := microseconds(start)

	var times []float64
	var result any
	for range max(rounds, 1) {
		start = time.Now()
		got, err := prepared.Eval(ctx, rego.EvalParsedInput(input))
		times = append(times, microseconds(start))
		check(err)
		if len(got) > 0 {
			result = got[0].Expressions[0].Value
		}
	}
	slices.Sort(times)
	var used syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	line, err := json.Marshal(map[string]any{"compile_us": compile, "eval_us": times[len(times)/2],
		"rss_kib": used.Maxrss, "result": result})
	check(err)
	fmt.Println(string(line))
}
