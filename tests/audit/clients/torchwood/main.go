// torchwood DIR VKEYFILE PROOF RECORD: fetch every entry of the log below DIR with torchwood's verifying client, and check a
// tlog-proof that Sallyport wrote; and that one for another record is refused.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func read(file string) []byte {
	b, err := os.ReadFile(file)
	must(err, file)
	return b
}

func main() {
	dir := filepath.Join(os.Args[1], "log")
	v, err := note.NewVerifier(strings.SplitN(string(read(os.Args[2])), "\n", 2)[0])
	must(err, "verifier key")
	policy := torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(v.Name()), torchwood.SingleVerifierPolicy(v))
	c, _, err := torchwood.VerifyCheckpoint(read(filepath.Join(dir, "checkpoint")), policy)
	must(err, "checkpoint")

	tiles, err := torchwood.NewTileFS(os.DirFS(dir))
	must(err, "tiles")
	client, err := torchwood.NewClient(tiles)
	must(err, "client")
	n := int64(0)
	for i, e := range client.AllEntries(context.Background(), c.Tree, 0) {
		if i != n || len(e) == 0 || e[0] != '{' {
			must(fmt.Errorf("not a record"), fmt.Sprintf("entry %d", i))
		}
		n++
	}
	must(client.Err(), "entries")
	if n != c.N {
		must(fmt.Errorf("%d of %d", n, c.N), "entries")
	}

	proof, record := read(os.Args[3]), read(os.Args[4])
	must(torchwood.VerifyProof(policy, tlog.RecordHash(record), proof), "proof")
	if torchwood.VerifyProof(policy, tlog.RecordHash(append(record, ' ')), proof) == nil {
		must(fmt.Errorf("holds for another record"), "proof")
	}
	fmt.Printf("%d entries, proof holds\n", n)
}
