package certificate_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/ots"
)

// built and mutants are how many proofs are compared that are made up, and that
// are real ones with damages.
const (
	built   = 6_000
	mutants = 30_000
)

// Trees with what real proofs rarely have, some of them damaged, and each limit
// of the parser, at it and past it.
func TestCoresAgreeOnProofsMadeUp(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 18))
	proofs := oddities()
	for extra := range 2 {
		for i, b := range atLimit(extra) {
			if _, err := ots.Parse(b); (err == nil) != (extra == 0) {
				t.Fatalf("limit %d, %d bytes past it: %v", i, extra, err)
			}
			proofs = append(proofs, b)
		}
	}
	for range built {
		b := proofOf(randomTree(r, 1+r.IntN(5)))
		if r.IntN(2) == 0 {
			b = mutate(r, b, [][]byte{proofOf(randomTree(r, 3))})
		}
		proofs = append(proofs, b)
	}
	compareProofs(t, proofs, "accepted, with duplicates", "accepted, with hidden claims")
}

// As many operations as a proof may have, all of them the slowest hash of the
// longest message, cost no more than one does.
func TestCoreHashesOnce(t *testing.T) {
	hashed := slices.Repeat([][]byte{chain(op(ots.Keccak256), bitcoinAt(1))}, ots.MaxNodes/2-1)
	bomb := proofOf(chain(opArg(ots.Append, make([]byte, ots.MaxMessage-32)), fork(hashed...)))
	if _, err := ots.Parse(bomb); err != nil {
		t.Fatal(err)
	}
	answer := ask(t, []question{{'c', bomb}})[0]
	var verdict string
	var ms int
	if _, err := fmt.Sscan(answer, &verdict, &ms); err != nil {
		t.Fatal(answer)
	}
	// 40 MB of Keccak take 2.5 s.
	if t.Logf("%d ms", ms); verdict != "accepted" || ms > 1000 {
		t.Errorf("%s after %d ms", verdict, ms)
	}
}

// Every file beside the real proofs, documents included, and mutants of all
// that is a proof.
func TestCoresAgreeOnRealProofs(t *testing.T) {
	var files, proofs [][]byte
	dir := filepath.Join(corpus.Dir(t), "proofs")
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, b)
		if _, err := ots.Parse(b); err == nil {
			proofs = append(proofs, b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(proofs) < 1000 {
		t.Fatalf("%d proofs in %d files of %s", len(proofs), len(files), dir)
	}
	t.Logf("%d files, %d of them proofs, %d mutants", len(files), len(proofs), mutants)
	r := rand.New(rand.NewPCG(19, 20))
	for i := range mutants {
		files = append(files, mutate(r, proofs[i%len(proofs)], proofs))
	}
	compareProofs(t, files)
}

// compareProofs asks both cores about each file. Any difference is a failure; it
// is counted by class. Every kind of refusal must occur, and the classes named.
func compareProofs(t *testing.T, proofs [][]byte, classes ...string) {
	t.Helper()
	var questions []question
	for _, b := range proofs {
		questions = append(questions, question{'p', b})
	}
	agreed, differ := map[string]int{}, map[string]int{}
	for i, got := range ask(t, questions) {
		want, class := describeProof(t, proofs[i])
		if got == want {
			agreed[class]++
			continue
		}
		class = difference(want, got)
		if differ[class]++; differ[class] <= 3 {
			t.Errorf("%s: %.2000x\nJavaScript %.2000s\nGo         %.2000s", class, proofs[i], got, want)
		}
	}
	t.Logf("agreed: %v", agreed)
	t.Logf("differ: %v", differ)
	for _, kind := range slices.Sorted(maps.Keys(conditions())) {
		classes = append(classes, "refused "+kind)
	}
	for _, class := range append(classes, "accepted") {
		if agreed[class] == 0 {
			t.Errorf("no file of class %q among %v", class, agreed)
		}
	}
}

// difference names how two answers differ.
func difference(inGo, inJavaScript string) string {
	g, j := strings.Fields(inGo), strings.Fields(inJavaScript)
	switch {
	case j[0] == "crashed":
		return "JavaScript crashed"
	case g[0] != j[0]:
		return "only Go has " + g[0]
	case g[0] == "refused" && g[1] != j[1]:
		return "refused for another reason"
	case g[0] == "refused":
		return "refused at another byte"
	case !slices.Equal(g[:3], j[:3]):
		return "another file hash or digest"
	}
	return "other claims"
}

// describeProof says of a file what testdata/answer.js says, and its class.
func describeProof(t *testing.T, b []byte) (line, class string) {
	t.Helper()
	p, err := ots.Parse(b)
	if err != nil {
		var at *ots.Error
		if !errors.As(err, &at) {
			t.Fatalf("a refusal without a place: %v", err)
		}
		class = "refused " + kindOf(t, err)
		return fmt.Sprintf("%s %d", class, at.Offset), class
	}
	var claims []string
	for _, c := range p.Claims() {
		claims = append(claims, describeClaim(t, p, c))
	}
	class = "accepted"
	switch {
	case len(p.Hidden()) > 0:
		class = "accepted, with hidden claims"
	case p.HasDuplicates():
		class = "accepted, with duplicates"
	}
	return fmt.Sprintf("accepted %s %x %s", p.Hash, p.Digest, strings.Join(claims, " ")), class
}

func describeClaim(t *testing.T, p *ots.Proof, c ots.Claim) string {
	t.Helper()
	a := c.Attestation
	kind := map[ots.Kind]string{
		ots.KindUnknown: "unknown", ots.KindPending: "pending",
		ots.KindBitcoin: "bitcoin", ots.KindLitecoin: "litecoin", ots.KindEthereum: "ethereum",
	}[a.Kind()]
	height, payload := "-", []byte(nil)
	if a.Kind() == ots.KindUnknown {
		payload = a.Payload // that of the others is height and URI
	}
	if a.Kind() != ots.KindUnknown && a.Kind() != ots.KindPending {
		height = fmt.Sprint(a.Height())
	}
	steps := sha256.New()
	msg := p.Digest
	for _, op := range c.Path() {
		var err error
		if msg, err = op.Apply(msg); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(steps, "%s %x %x\n", op.Tag, op.Arg, msg)
	}
	return fmt.Sprintf("%s,%s,%s,%x,%x,%x,%x", kind, height, a.URI(), a.Tag, payload, c.Msg, steps.Sum(nil))
}

// conditions are those of a refusal, by the names that the core has for them.
func conditions() map[string]error {
	return map[string]error{
		"notproof": ots.ErrNotProof, "truncated": ots.ErrTruncated, "trailing": ots.ErrTrailing, "malformed": ots.ErrMalformed,
		"version": ots.ErrVersion, "filehash": ots.ErrFileHash, "unknownop": ots.ErrUnknownOp, "toolarge": ots.ErrTooLarge,
	}
}

func kindOf(t *testing.T, err error) string {
	t.Helper()
	for kind, condition := range conditions() {
		if errors.Is(err, condition) {
			return kind
		}
	}
	t.Fatalf("a refusal without a condition: %v", err)
	return ""
}
