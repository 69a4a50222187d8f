package ots

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestMerge(t *testing.T) {
	x, y := opArg(Append, []byte("x")), opArg(Append, []byte("y"))
	for _, tt := range []struct {
		name       string
		a, b, want []byte
	}{
		{"the same", chain(x, bitcoin(1)), chain(x, bitcoin(1)), chain(x, bitcoin(1))},
		{"attestations", pending("b"), fork(bitcoin(1), pending("a")), fork(bitcoin(1), pending("a"), pending("b"))},
		{"branches", chain(y, bitcoin(1)), chain(x, bitcoin(2)), fork(chain(x, bitcoin(2)), chain(y, bitcoin(1)))},
		{"below one operation", chain(x, y, bitcoin(1)), chain(x, fork(bitcoin(3), chain(y, bitcoin(2)))),
			chain(x, fork(bitcoin(3), chain(y, fork(bitcoin(1), bitcoin(2)))))},
		{"same block on another path", chain(x, bitcoin(1)), chain(y, bitcoin(1)), fork(chain(x, bitcoin(1)), chain(y, bitcoin(1)))},
		{"duplicates in both", fork(chain(x, bitcoin(1)), chain(x, bitcoin(2))), fork(chain(x, bitcoin(3)), chain(x, bitcoin(2))),
			chain(x, fork(bitcoin(1), bitcoin(2), bitcoin(3)))},
		{"unknown kept", attest([8]byte{9}, []byte("z")), attest([8]byte{9}, []byte("a")),
			fork(attest([8]byte{9}, []byte("a")), attest([8]byte{9}, []byte("z")))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, q := mustParse(t, file(tt.a)), mustParse(t, file(tt.b))
			qBefore := q.Bytes()
			if err := p.Merge(q); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(file(tt.want), p.Bytes()); diff != "" {
				t.Errorf("(-expected +got):\n%s", diff)
			}
			if !bytes.Equal(q.Bytes(), qBefore) {
				t.Error("the argument changed")
			}
		})
	}
}

func TestMergeRefusesOtherDigests(t *testing.T) {
	p := mustParse(t, file(bitcoin(1)))
	other := mustParse(t, chain([]byte(magic), []byte{1, 8}, make([]byte, 32), bitcoin(1)))
	sha1 := mustParse(t, chain([]byte(magic), []byte{1, 2}, digest[:20], bitcoin(1)))
	ripemd := mustParse(t, chain([]byte(magic), []byte{1, 3}, digest[:20], bitcoin(1)))
	for _, pair := range [][2]*Proof{{p, other}, {p, sha1}, {sha1, ripemd}} {
		if err := pair[0].Merge(pair[1]); !errors.Is(err, ErrOtherDigest) {
			t.Errorf("got %v", err)
		}
	}
}

func TestExtend(t *testing.T) {
	x := opArg(Append, []byte("x"))
	p := mustParse(t, file(fork(chain(x, fork(pending("a"), op(Reverse)), op(Reverse), bitcoin(1)), chain(op(SHA256), pending("b")))))
	before := p.Bytes()
	at := append(bytes.Clone(digest), 'x')
	for _, tt := range []struct {
		name string
		msg  []byte
		tree []byte
		n    int
		want []byte
	}{
		{"nowhere", []byte("elsewhere"), bitcoin(9), 0, before},
		// reverse twice comes back: the tree is added at both nodes, and not
		// again inside what it adds itself.
		{"two nodes", at, chain(op(Reverse), op(Reverse), bitcoin(9)), 2, file(fork(
			chain(op(SHA256), pending("b")),
			chain(x, fork(pending("a"), chain(op(Reverse), op(Reverse), fork(bitcoin(1), bitcoin(9), chain(op(Reverse), op(Reverse), bitcoin(9))))))))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := p.Clone()
			tree, err := ParseTree(tt.msg, tt.tree)
			if err != nil {
				t.Fatal(err)
			}
			n, err := p.Extend(tree)
			if n != tt.n || err != nil {
				t.Fatalf("%d nodes, %v", n, err)
			}
			if diff := gocmp.Diff(tt.want, p.Bytes()); diff != "" {
				t.Errorf("(-expected +got):\n%s", diff)
			}
		})
	}
	if !bytes.Equal(p.Bytes(), before) {
		t.Error("extending a clone changed the original")
	}
}

// Joining keeps the limits, so that what is written can be read: each at it
// and one past it. Nothing changes when one is passed.
func TestMergeLimits(t *testing.T) {
	for _, tt := range []struct {
		name        string
		p, at, past []byte
		text        string
	}{
		{"nodes", file(manyNodes(MaxNodes - 2)), file(chain(op(Hexlify), bitcoin(2))), file(chain(op(Hexlify), op(Reverse), bitcoin(2))),
			"the result has more than 20000 operations and attestations"},
		{"bytes", sized(MaxWritten - 32), file(chain(op(SHA256), attest([8]byte{}, make([]byte, 20)))), file(chain(op(SHA256), attest([8]byte{}, make([]byte, 21)))),
			"the result has more than 65536 bytes"},
		{"bytes of messages", file(shortLongMessages()), file(chain(opArg(Prepend, make([]byte, 1984)), bitcoin(1))), file(chain(opArg(Prepend, make([]byte, 1985)), bitcoin(1))),
			"the result has more than 16777216 bytes of messages"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustParse(t, tt.p)
			joined := p.Clone()
			if err := joined.Merge(mustParse(t, tt.at)); err != nil {
				t.Fatalf("at the limit: %v", err)
			}
			mustParse(t, joined.Bytes())
			before := p.Bytes()
			err := p.Merge(mustParse(t, tt.past))
			if !errors.Is(err, ErrTooLarge) || !strings.HasSuffix(err.Error(), tt.text) {
				t.Errorf("past the limit: %v", err)
			}
			if !bytes.Equal(p.Bytes(), before) {
				t.Error("the proof changed")
			}
		})
	}
}

// manyNodes returns a tree of n operations and attestations in few bytes.
func manyNodes(n int) []byte {
	var items [][]byte
	for ; n > 0; n -= MaxDepth + 1 {
		reverses := bytes.Repeat(op(Reverse), min(n, MaxDepth+1)-2)
		items = append(items, chain(opArg(Append, []byte{byte(len(items))}), reverses, bitcoin(1)))
	}
	return fork(items...)
}

// shortLongMessages returns a tree whose messages, the digest included, lack
// 2016 bytes to MaxMessageBytes, in about half of MaxWritten.
func shortLongMessages() []byte {
	var items [][]byte
	for i := range byte(17) {
		reverses := MaxDepth - 2
		if i == 16 {
			reverses = 22
		}
		arg := append([]byte{i}, make([]byte, MaxMessage/2-33)...)
		items = append(items, chain(opArg(Append, arg), op(Hexlify), bytes.Repeat(op(Reverse), reverses), bitcoin(1)))
	}
	return fork(items...)
}

// A short answer grafted deep makes a tree that nobody can read.
func TestExtendDepth(t *testing.T) {
	reverses := func(n int) []byte { return bytes.Repeat(op(Reverse), n) }
	const depth = 14
	p := mustParse(t, file(chain(opArg(Append, []byte("x")), reverses(depth-1), pending("a"))))
	at := p.Claims()[0].Msg
	for _, tt := range []struct {
		ops  int
		rule error
	}{{MaxDepth - depth, nil}, {MaxDepth - depth + 1, ErrTooLarge}, {249, ErrTooLarge}} {
		tree, err := ParseTree(at, chain(op(SHA256), reverses(tt.ops-1), bitcoin(1)))
		if err != nil {
			t.Fatal(err)
		}
		joined, before := p.Clone(), p.Bytes()
		n, err := joined.Extend(tree)
		if !errors.Is(err, tt.rule) {
			t.Errorf("%d operations: %v", tt.ops, err)
		}
		if err == nil {
			if n == 0 {
				t.Error("nothing extended")
			}
			mustParse(t, joined.Bytes())
		} else if n != 0 || !bytes.Equal(joined.Bytes(), before) || !strings.Contains(err.Error(), "extend proof: ") ||
			!strings.HasSuffix(err.Error(), "the result has more than 255 operations on one path") {
			t.Errorf("%d nodes, %v", n, err)
		}
	}
}

// manySame returns a proof with 60 times 127 nodes on one message, and that
// message.
func manySame(t *testing.T) (*Proof, []byte) {
	var items [][]byte
	for i := range 60 { // two appends split 61 bytes in 60 ways
		items = append(items, chain(opArg(Append, bytes.Repeat([]byte("x"), i+1)), opArg(Append, bytes.Repeat([]byte("x"), 60-i)),
			bytes.Repeat(op(Reverse), MaxDepth-3), bitcoin(1)))
	}
	return mustParse(t, file(fork(items...))), append(bytes.Clone(digest), bytes.Repeat([]byte("x"), 61)...)
}

// An answer that fits at one node is refused before it fills memory at
// thousands of them, whether it is wide, deep or both.
func TestExtendAtManyNodes(t *testing.T) {
	p, msg := manySame(t)
	before := p.Bytes()
	for _, tt := range []struct {
		name string
		tree []byte
	}{
		{"wide", claims(800)},
		{"wide below", chain(op(SHA256), claims(800))},
		{"deep", chain(op(SHA256), bytes.Repeat(op(Reverse), 200), bitcoin(1))},
		{"back to itself", chain(bytes.Repeat(op(Reverse), MaxDepth), claims(800))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree, err := ParseTree(msg, tt.tree)
			if err != nil {
				t.Fatal(err)
			}
			p := p.Clone()
			n, err := p.Extend(tree)
			if n != 0 || !errors.Is(err, ErrTooLarge) || !bytes.Equal(p.Bytes(), before) {
				t.Errorf("%d nodes, %v", n, err)
			}
		})
	}
}

func TestCloneIsSeparate(t *testing.T) {
	p := mustParse(t, file(chain(opArg(Append, []byte("x")), pending("a"))))
	before := p.Bytes()
	c := p.Clone()
	if !bytes.Equal(c.Bytes(), before) || c.Hash != p.Hash || !bytes.Equal(c.Digest, p.Digest) {
		t.Error("the clone differs")
	}
	c.Tree.Branches[0].Tree.Attestations[0] = BitcoinAt(1)
	c.Tree.Attestations = append(c.Tree.Attestations, BitcoinAt(2))
	if !bytes.Equal(p.Bytes(), before) {
		t.Error("changing the clone changed the original")
	}
}
