// Command errors writes what OPA says of modules that do not compile, as cases for the conformance runner.
//
//	go run . FILE.txt... >../kept/errors.json
//
// A file holds modules one after another, each under a line "=== NAME [v0] [strict] [raw]"; a line "---" begins another
// module of the same case. Its base name is the category that the case's note starts with. Modules begin with
// "package test" where they name none, raw ones excepted.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

type fault struct {
	Code    string `json:"code"`
	File    string `json:"file"`
	Row     int    `json:"row"`
	Col     int    `json:"col"`
	Message string `json:"message"`
}

type kase struct {
	Note    string   `json:"note"`
	Version string   `json:"version"`
	Strict  bool     `json:"strict,omitempty"`
	Modules []string `json:"modules"`
	Errors  []fault  `json:"want_errors"`
}

// read splits a file into its cases.
func read(path string) ([]*kase, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	category := strings.TrimSuffix(filepath.Base(path), ".txt")
	list := []*kase{}
	for _, part := range strings.Split("\n"+string(text), "\n=== ")[1:] {
		head, body, _ := strings.Cut(part, "\n")
		words := strings.Fields(head)
		c := &kase{Note: category + "/" + words[0], Version: "v1", Strict: slices.Contains(words, "strict")}
		if slices.Contains(words, "v0") {
			c.Version = "v0"
		}
		for _, module := range strings.Split(body, "\n---\n") {
			if !slices.Contains(words, "raw") && !strings.HasPrefix(module, "package ") {
				module = "package test\n\n" + module
			}
			c.Modules = append(c.Modules, strings.TrimRight(module, "\n")+"\n")
		}
		list = append(list, c)
	}
	return list, nil
}

// faults of what the compiler makes itself may have no place; the last of ten only says that there are more.
func faults(err error) []fault {
	var several ast.Errors
	var one *ast.Error
	out := []fault{}
	if errors.As(err, &one) {
		several = ast.Errors{one}
	} else if !errors.As(err, &several) {
		return append(out, fault{Message: err.Error()})
	}
	for _, e := range several {
		switch {
		case e.Location != nil:
			out = append(out, fault{e.Code, e.Location.File, e.Location.Row, e.Location.Col, e.Message})
		case e.Message != "error limit reached":
			out = append(out, fault{Code: e.Code, Message: e.Message})
		}
	}
	return out
}

func judge(c *kase) []fault {
	modules := map[string]*ast.Module{}
	options := ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true, AllFutureKeywords: false}
	if c.Version == "v0" {
		options.RegoVersion = ast.RegoV0
	}
	for i, text := range c.Modules {
		name := fmt.Sprintf("test-%d.rego", i)
		m, err := ast.ParseModuleWithOpts(name, text, options)
		if err != nil {
			return faults(err)
		}
		modules[name] = m
	}
	compiler := ast.NewCompiler().WithStrict(c.Strict).WithEnablePrintStatements(true)
	compiler.Compile(modules)
	if !compiler.Failed() {
		return []fault{}
	}
	return faults(compiler.Errors)
}

func run(paths []string) error {
	all := []*kase{}
	good := 0
	for _, path := range paths {
		list, err := read(path)
		if err != nil {
			return err
		}
		for _, c := range list {
			c.Errors = judge(c)
			if len(c.Errors) == 0 {
				good++
			}
		}
		all = append(all, list...)
	}
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	fmt.Fprintf(os.Stderr, "%d cases, %d of them without errors\n", len(all), good)
	return e.Encode(map[string]any{"cases": all})
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "errors:", err)
		os.Exit(1)
	}
}
