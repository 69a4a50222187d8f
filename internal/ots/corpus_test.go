package ots

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/openllmo/git-anchor/internal/corpus"
)

// A verdict is what the reference library made of one real proof.
type verdict struct {
	File         string
	OK           bool
	Size         int
	Category     string
	HashOp       string `json:"hash_op"`
	Digest       string `json:"file_digest"`
	Identical    bool   `json:"reserialize_identical"`
	Attestations []struct {
		Msg, Type, URI, Tag string
		Height              uint64
	}
}

func verdicts(t testing.TB) (dir string, all []verdict) {
	t.Helper()
	dir = corpus.Dir(t)
	f, err := os.Open(filepath.Join(dir, "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var v verdict
		if err := d.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if len(all) == 0 {
		t.Fatal("expected.jsonl holds no proof")
	}
	return dir, all
}

// rewritten lists the real proofs that are valid but not in the order of
// writing, with the SHA-256 of what the reference library writes for each. All
// others are written as they are; no real proof is written differently from
// the reference.
var rewritten = map[string]struct{ sum, reason string }{
	"proofs/SnowSword1010__Radiant-Sage-Data-Timestamping/e74ff25a__README.md.ots": {
		"01eebd3e2e90c2faa22064fcae5b845f33227f5cadc6a0418b709311e119a697", "branches in another order"},
	"proofs/lacrypta__typescript-opentimestamps/emb_base64_cf8a9f27__regression.test.ts.ots": {
		"de893da3d599bbd1df4336119db99608c0ea50412fbc08d0079e718f4d527853", "branches in another order"},
	"proofs/opentimestamps__java-opentimestamps/bbe0c726__incomplete.txt.ots": {
		"d36ad660b090bd1865c8cf40389793b6289d6a4e5e95d63932c2201fe8de7e54", "branches in another order"},
	"proofs/opentimestamps__javascript-opentimestamps/38c55db4__hello-world.txt.ltc.ots": {
		"244daf0b11798aff94516c614360ccefbf44e4aff069211c03501ac47974fd83", "a branch twice, the same in both"},
}

func TestCorpusAgreesWithReference(t *testing.T) {
	dir, all := verdicts(t)
	accepted := 0
	for _, v := range all {
		t.Run(v.File, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(dir, v.File))
			if err != nil {
				t.Fatal(err)
			}
			p, err := Parse(b)
			if (err == nil) != v.OK {
				t.Fatalf("Parse: %v; the reference accepts: %v", err, v.OK)
			}
			if err != nil {
				t.Logf("refused: %v", err)
				return
			}
			accepted++
			checkAgainst(t, p, b, v)
		})
	}
	t.Logf("%d proofs, %d accepted", len(all), accepted)
}

func checkAgainst(t *testing.T, p *Proof, b []byte, v verdict) {
	t.Helper()
	if p.Hash.String() != v.HashOp || hex.EncodeToString(p.Digest) != v.Digest {
		t.Errorf("%s %x, the reference reads %s %s", p.Hash, p.Digest, v.HashOp, v.Digest)
	}
	var want []string
	for _, a := range v.Attestations {
		want = append(want, fmt.Sprintf("%s %s%s%d %s", a.Type, a.URI, a.Tag, a.Height, a.Msg))
	}
	if diff := gocmp.Diff(sortedSet(want), sortedSet(describeClaims(p.Claims()))); diff != "" {
		t.Errorf("claims (-reference +ours):\n%s", diff)
	}
	out := p.Bytes()
	if same := bytes.Equal(out, b); same != v.Identical {
		t.Errorf("written as it was: %v, by the reference: %v", same, v.Identical)
	}
	r, listed := rewritten[v.File]
	if listed == v.Identical {
		t.Errorf("listed as rewritten: %v, the reference writes it as it was: %v", listed, v.Identical)
	}
	if listed && fmt.Sprintf("%x", sha256.Sum256(out)) != r.sum {
		t.Errorf("%s: written differently from the reference", r.reason)
	}
}

// describeClaims renders claims as the corpus and the oracle do.
func describeClaims(claims []Claim) []string {
	var s []string
	for _, c := range claims {
		a := c.Attestation
		switch a.Kind() {
		case KindUnknown:
			s = append(s, fmt.Sprintf("unknown %x0 %x", a.Tag, c.Msg))
		case KindPending:
			s = append(s, fmt.Sprintf("pending %s0 %x", a.URI(), c.Msg))
		default:
			name := map[Kind]string{KindBitcoin: "bitcoin", KindLitecoin: "litecoin", KindEthereum: "ethereum"}[a.Kind()]
			s = append(s, fmt.Sprintf("%s %d %x", name, a.Height(), c.Msg))
		}
	}
	return s
}

func sortedSet[T cmp.Ordered](s []T) []T {
	slices.Sort(s)
	return slices.Compact(s)
}
