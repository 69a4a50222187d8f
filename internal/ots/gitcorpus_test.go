package ots

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/openllmo/git-anchor/internal/corpus"
)

// A gitVerdict is what the reference client made of one real commit or tag.
type gitVerdict struct {
	File, Object, ObjType        string
	Major, Minor, Size, Trailing int
	OK                           bool
	InitialMsg                   string `json:"initial_msg"`
	Ops, Depth                   int
	Identical                    bool `json:"reserialize_identical"`
	Attestations                 []struct {
		Msg, Type, URI, Tag string
		Height              uint64
	}
}

func gitVerdicts(t testing.TB) (dir string, all []gitVerdict) {
	t.Helper()
	dir = corpus.Dir(t)
	f, err := os.Open(filepath.Join(dir, "expected-git.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var v gitVerdict
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		t.Fatal("expected-git.jsonl holds no object")
	}
	return dir, all
}

func (v gitVerdict) object() GitObject {
	if v.ObjType == "tag" {
		return GitTag
	}
	return GitCommit
}

func TestCorpusGitTimestamps(t *testing.T) {
	dir, all := gitVerdicts(t)
	counts := map[string]int{}
	for _, v := range all {
		t.Run(v.File, func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, v.File))
			if err != nil {
				t.Fatal(err)
			}
			if id := sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", v.ObjType, len(raw), raw)); hex.EncodeToString(id[:]) != v.Object {
				t.Fatalf("the file is object %x", id)
			}
			g, err := ParseGitTimestamp(v.object(), raw)
			if (err == nil) != v.OK {
				t.Fatalf("%v; the reference accepts: %v", err, v.OK)
			}
			counts[fmt.Sprintf("%s 1.%d", v.ObjType, g.Minor)]++
			if g.Uncovered != nil {
				counts["with uncovered bytes"]++
				t.Logf("uncovered: %q", g.Uncovered)
			}
			checkGit(t, g, raw, v)
		})
	}
	t.Logf("%d objects, %v", len(all), counts)
}

func checkGit(t *testing.T, g *GitTimestamp, raw []byte, v gitVerdict) {
	t.Helper()
	if g.Minor != v.Minor || len(g.Trailing) != v.Trailing || !g.PGP || (g.TreeSum != nil) != (v.Minor == 1) {
		t.Errorf("version 1.%d, %d bytes behind the tree, PGP %v, tree sum %x; expected 1.%d, %d, PGP",
			g.Minor, len(g.Trailing), g.PGP, g.TreeSum, v.Minor, v.Trailing)
	}
	if msg := hex.EncodeToString(g.Tree.Msg); msg != v.InitialMsg {
		t.Fatalf("starts from %s, the reference from %s", msg, v.InitialMsg)
	}
	ops, depth := g.Tree.count()
	if ops != v.Ops || depth+1 != v.Depth {
		t.Errorf("%d operations, depth %d; the reference has %d, %d", ops, depth, v.Ops, v.Depth)
	}
	var want []string
	for _, a := range v.Attestations {
		want = append(want, fmt.Sprintf("%s %s%s%d %s", a.Type, a.URI, a.Tag, a.Height, a.Msg))
	}
	if diff := gocmp.Diff(sortedSet(want), sortedSet(describeClaims(g.Tree.Claims()))); diff != "" {
		t.Errorf("claims (-reference +ours):\n%s", diff)
	}
	written := append([]byte{1, byte(g.Minor)}, g.Tree.Bytes()...)
	if same := bytes.Contains(bytes.ReplaceAll(raw, []byte("\n "), []byte("\n")), gitArmor(written)); same != v.Identical || len(written) != v.Size {
		t.Errorf("%d bytes, written as it was: %v; by the reference: %d, %v", len(written), same, v.Size, v.Identical)
	}
	p, err := g.Proof()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(p.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(g.Payload); !bytes.Equal(again.Digest, sum[:]) || len(subtract(g.Tree.Claims(), again.Claims())) > 0 {
		t.Error("as a proof of the payload it says something else")
	}
}

// count returns the operations of t and those on the longest path.
func (t *Tree) count() (ops, depth int) {
	for _, b := range t.Branches {
		n, _ := b.Tree.count()
		ops += 1 + n
	}
	return ops, t.depth()
}
