// sumdb DIR VKEYFILE OLD [ALL]: read the log below DIR as the Go checksum database's own client code does.
// The checkpoint is opened by sumdb/note; sumdb/tlog computes each proof from our tiles and checks it.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// A tile's path in tlog-tiles: the checksum database's without the height, and "entries" for "data".
func path(t tlog.Tile) string {
	p := strings.TrimPrefix(t.Path(), "tile/8/")
	if rest, ok := strings.CutPrefix(p, "data/"); ok {
		p = "entries/" + rest
	}
	return "tile/" + p
}

type disk struct{ dir string }

func (d disk) Height() int { return height }

func (d disk) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		b, err := os.ReadFile(filepath.Join(d.dir, path(t)))
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func (d disk) SaveTiles([]tlog.Tile, [][]byte) {}

func open(file string, verifiers note.Verifiers) tlog.Tree {
	text, err := os.ReadFile(file)
	must(err, file)
	n, err := note.Open(text, verifiers)
	must(err, file)
	lines := strings.SplitN(n.Text, "\n", 4)
	var tree tlog.Tree
	_, err = fmt.Sscanf(lines[1], "%d", &tree.N)
	must(err, file)
	tree.Hash, err = tlog.ParseHash(lines[2])
	must(err, file)
	return tree
}

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

// The entries of the tree, from their bundles.
func entries(dir string, tree tlog.Tree) [][]byte {
	var all [][]byte
	for first := int64(0); first < tree.N; first += 256 {
		t := tlog.Tile{H: height, L: -1, N: first / 256, W: int(min(256, tree.N-first))}
		b, err := os.ReadFile(filepath.Join(dir, path(t)))
		must(err, path(t))
		for i := 0; i < t.W; i++ {
			n := int(binary.BigEndian.Uint16(b))
			all = append(all, bytes.Clone(b[2:2+n]))
			b = b[2+n:]
		}
		if len(b) != 0 {
			must(fmt.Errorf("%d bytes too many", len(b)), path(t))
		}
	}
	return all
}

func main() {
	dir, old := filepath.Join(os.Args[1], "log"), os.Args[3]
	text, err := os.ReadFile(os.Args[2])
	must(err, os.Args[2])
	v, err := note.NewVerifier(strings.SplitN(string(text), "\n", 2)[0])
	must(err, "verifier key")
	verifiers := note.VerifierList(v)

	tree, before := open(filepath.Join(dir, "checkpoint"), verifiers), open(old, verifiers)
	hashes := tlog.TileHashReader(tree, disk{dir})
	root, err := tlog.TreeHash(tree.N, hashes)
	must(err, "root")
	if root != tree.Hash {
		must(fmt.Errorf("differs"), "root")
	}
	for i, e := range entries(dir, tree) {
		p, err := tlog.ProveRecord(tree.N, int64(i), hashes)
		must(err, "prove record")
		must(tlog.CheckRecord(p, tree.N, tree.Hash, int64(i), tlog.RecordHash(e)), fmt.Sprintf("record %d", i))
	}
	p, err := tlog.ProveTree(tree.N, before.N, hashes)
	must(err, "prove tree")
	must(tlog.CheckTree(p, tree.N, tree.Hash, before.N, before.Hash), "consistency")
	fmt.Printf("%d records, consistent with %d\n", tree.N, before.N)
}
