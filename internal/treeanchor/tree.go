package treeanchor

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/ots"
)

// The first byte of what is hashed, so that one never passes for another.
const (
	leafTag = 0x00
	nodeTag = 0x01
	saltTag = 0x02
)

// A tree is its nodes: those of the records first, the root last.
type tree [][][sha256.Size]byte

// grow computes the tree over a manifest's records.
func grow(m *Manifest) tree {
	level := make([][sha256.Size]byte, len(m.records))
	mac := hmac.New(sha256.New, m.key[:])
	var b []byte
	for i, r := range m.records {
		leaf := r.leaf()
		mac.Reset()
		mac.Write([]byte(r.Path)) // never fails
		b = append(b[:0], saltTag)
		b = mac.Sum(b)
		level[i] = sha256.Sum256(append(b, leaf[:]...))
	}
	t := tree{level}
	for len(level) > 1 {
		up := make([][sha256.Size]byte, 0, (len(level)+1)/2)
		for ; len(level) > 1; level = level[2:] {
			b = append(append(append(b[:0], nodeTag), level[0][:]...), level[1][:]...)
			up = append(up, sha256.Sum256(b))
		}
		level = append(up, level...)
		t = append(t, level)
	}
	return t
}

// leaf returns what a record is hashed to before it is salted.
func (r Record) leaf() [sha256.Size]byte {
	return sha256.Sum256(append(r.prefix(), r.Sum[:]...))
}

// prefix returns what precedes the file's hash in a leaf.
func (r Record) prefix() []byte {
	return fmt.Appendf(nil, "%c%s %s\x00", leafTag, r.Mode, r.Path)
}

// salt returns the salt of a path.
func (m *Manifest) salt(path string) []byte {
	mac := hmac.New(sha256.New, m.key[:])
	mac.Write([]byte(path)) // never fails
	return mac.Sum(nil)
}

// Root returns the tree's root, 32 bytes.
func (m *Manifest) Root() []byte {
	root := m.tree[len(m.tree)-1][0]
	return root[:]
}

// Path returns the operations that lead from the SHA-256 of file i to the root.
func (m *Manifest) Path(i int) []ots.Op {
	hash := ots.Op{Tag: ots.SHA256}
	r := m.records[i]
	ops := []ots.Op{
		{Tag: ots.Prepend, Arg: r.prefix()}, hash,
		{Tag: ots.Prepend, Arg: append([]byte{saltTag}, m.salt(r.Path)...)}, hash,
	}
	for _, level := range m.tree[:len(m.tree)-1] {
		switch {
		case i%2 == 1:
			ops = append(ops, ots.Op{Tag: ots.Prepend, Arg: append([]byte{nodeTag}, level[i-1][:]...)}, hash)
		case i+1 < len(level):
			ops = append(ops, ots.Op{Tag: ots.Append, Arg: slices.Clone(level[i+1][:])}, ots.Op{Tag: ots.Prepend, Arg: []byte{nodeTag}}, hash)
		}
		i /= 2
	}
	return ops
}

// Stem returns the beginning of the manifest's own proof, from the SHA-256 of
// its bytes, and the message at its end: the one to be stamped, 32 bytes. The
// stem attests nothing, and cannot be written, until it is extended with a tree
// on that message.
func (m *Manifest) Stem() (*ots.Proof, []byte) {
	p, tip := chain(m.sum, []ots.Op{{Tag: ots.Append, Arg: m.Root()}, {Tag: ots.SHA256}})
	return p, tip.Msg
}

// Derive returns the proof of file i that makes the claims of the manifest's
// own proof. Every OpenTimestamps client reads it. The error wraps ErrOther when
// that proof is about other bytes, ErrNotLinked when it does not go through the
// root or attests nothing there, ots.ErrTooLarge when the result would be past a
// limit of proofs.
func (m *Manifest) Derive(manifest *ots.Proof, i int) (*ots.Proof, error) {
	if manifest.Hash != ots.SHA256 || string(manifest.Digest) != string(m.sum[:]) {
		return nil, fmt.Errorf("derive proof: %w", ErrOther)
	}
	p, tip := chain(m.records[i].Sum, append(m.Path(i), ots.Op{Tag: ots.Prepend, Arg: m.sum[:]}, ots.Op{Tag: ots.SHA256}))
	// Gathered first and added once: a hostile proof may repeat an operation
	// thousands of times.
	stamped := &ots.Tree{Msg: tip.Msg}
	for _, linked := range below(manifest.Tree, ots.Op{Tag: ots.Append, Arg: m.Root()}) {
		for _, t := range below(linked, ots.Op{Tag: ots.SHA256}) {
			stamped.Attestations = append(stamped.Attestations, t.Attestations...)
			stamped.Branches = append(stamped.Branches, t.Branches...)
		}
	}
	if len(stamped.Claims()) == 0 {
		return nil, fmt.Errorf("derive proof: %w", ErrNotLinked)
	}
	if _, err := p.Extend(stamped); err != nil {
		return nil, fmt.Errorf("derive proof: %w", err)
	}
	return p, nil
}

// below returns the nodes that an operation leads to from t; the same operation
// may stand in it more than once.
func below(t *ots.Tree, op ots.Op) []*ots.Tree {
	var found []*ots.Tree
	for _, b := range t.Branches {
		if b.Op.Tag == op.Tag && string(b.Op.Arg) == string(op.Arg) {
			found = append(found, b.Tree)
		}
	}
	return found
}

// chain is ots.Chain for operations that keep within its limits, as all here do.
func chain(sum [sha256.Size]byte, ops []ots.Op) (*ots.Proof, *ots.Tree) {
	p, tip, err := ots.Chain(ots.SHA256, sum[:], ops)
	if err != nil {
		panic("treeanchor: " + err.Error())
	}
	return p, tip
}
