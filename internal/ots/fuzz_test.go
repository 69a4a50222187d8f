package ots

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// sentinels are all conditions of Parse and ParseTree.
var sentinels = []error{ErrNotProof, ErrTruncated, ErrTrailing, ErrMalformed, ErrVersion, ErrFileHash, ErrUnknownOp, ErrTooLarge}

// checkRefusal asserts that an error says where and which rule.
func checkRefusal(t *testing.T, err error, size int) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Offset < 0 || e.Offset > size {
		t.Fatalf("error without a place in %d bytes: %v", size, err)
	}
	n := 0
	for _, s := range sentinels {
		if errors.Is(err, s) {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%d rules in %v", n, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(typicalProof())
	f.Add(file(fork(chain(op(SHA256), bitcoin(1)), chain(op(SHA256), pending("https://a")))))
	f.Add(chain([]byte(magic), []byte{1, 2}, digest[:20], opArg(Prepend, []byte("p")), op(Keccak256), attest([8]byte{1}, []byte("?"))))
	f.Add([]byte("<html>"))
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		f.Add(mutate(r, file(randomTree(r, 4))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			checkRefusal(t, err, len(b))
			return
		}
		out := p.Bytes()
		if len(out) > len(b) {
			t.Fatalf("%d bytes grew to %d", len(b), len(out))
		}
		again, err := Parse(out)
		if err != nil {
			t.Fatalf("our own bytes: %v", err)
		}
		if !bytes.Equal(again.Bytes(), out) || again.HasDuplicates() {
			t.Fatal("writing twice gives two results")
		}
		seen, hidden := p.Claims(), p.Hidden()
		if (len(hidden) > 0) && !p.HasDuplicates() {
			t.Fatal("hidden claims without duplicates")
		}
		now := again.Claims()
		if len(now) != len(seen)+len(hidden) || len(subtract(now, append(seen, hidden...))) > 0 {
			t.Fatalf("%d seen and %d hidden claims became %d", len(seen), len(hidden), len(now))
		}
		for _, c := range p.Claims() {
			msg := p.Digest
			for _, op := range c.Path() {
				if msg, err = op.Apply(msg); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(msg, c.Msg) {
				t.Fatal("a path leads to another message")
			}
		}
	})
}

func FuzzParseTree(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(digest, mutate(r, chain([]byte(magic), randomTree(r, 4)))[len(magic):])
	}
	f.Add([]byte{}, chain(op(Reverse), bitcoin(1)))
	f.Add([]byte("msg"), chain(op(Hexlify), pending("https://a")))
	f.Fuzz(func(t *testing.T, msg, b []byte) {
		tree, err := ParseTree(msg, b)
		if err != nil {
			checkRefusal(t, err, len(b))
			return
		}
		again, err := ParseTree(msg, tree.Bytes())
		if err != nil || !bytes.Equal(again.Bytes(), tree.Bytes()) {
			t.Fatalf("our own bytes: %v", err)
		}
		kept := tree.Keep(func(c Claim) bool { return c.Attestation.Kind() != KindUnknown })
		if kept == nil {
			return
		}
		for _, c := range kept.Claims() {
			if c.Attestation.Kind() == KindUnknown {
				t.Fatal("kept what was not wanted")
			}
		}
		if len(subtract(kept.Claims(), again.Claims())) > 0 {
			t.Fatal("kept a claim that was not there")
		}
	})
}

// FuzzMerge joins two trees on one digest both ways, and grafts one of them.
func FuzzMerge(f *testing.F) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		f.Add(randomTree(r, 4), randomTree(r, 4))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		p, err := Parse(file(a))
		if err != nil {
			return
		}
		q, err := Parse(file(b))
		if err != nil {
			return
		}
		pq, qp := p.Clone(), q.Clone()
		err = pq.Merge(q)
		if other := qp.Merge(p); (err == nil) != (other == nil) {
			t.Fatalf("one way %v, the other %v", err, other)
		}
		if err != nil {
			if !errors.Is(err, ErrTooLarge) || !bytes.Equal(pq.Bytes(), p.Bytes()) {
				t.Fatalf("refused and changed, or: %v", err)
			}
			return
		}
		if !bytes.Equal(pq.Bytes(), qp.Bytes()) {
			t.Fatal("the order of merging matters")
		}
		if len(pq.Missing(p)) > 0 || len(pq.Missing(q)) > 0 {
			t.Fatal("a claim was lost")
		}
		if len(subtract(pq.Claims(), append(canonical(p.Tree).Claims(), canonical(q.Tree).Claims()...))) > 0 {
			t.Fatal("a claim was made up")
		}
		if len(pq.Bytes()) > MaxWritten {
			t.Fatalf("%d bytes", len(pq.Bytes()))
		}
		if _, err := Parse(pq.Bytes()); err != nil {
			t.Fatalf("our own bytes: %v", err)
		}
		extend(t, p, q.Tree)
	})
}

func extend(t *testing.T, p *Proof, tree *Tree) {
	before := p.Clone()
	n, err := p.Extend(tree)
	if err != nil {
		if n != 0 || !errors.Is(err, ErrTooLarge) {
			t.Fatalf("%d nodes, %v", n, err)
		}
		return
	}
	if n == 0 {
		t.Fatal("the root was not extended")
	}
	if len(p.Missing(before)) > 0 || len(subtract(tree.Claims(), p.Claims())) > 0 {
		t.Fatal("a claim was lost")
	}
	if _, err := Parse(p.Bytes()); err != nil {
		t.Fatalf("our own bytes: %v", err)
	}
}
