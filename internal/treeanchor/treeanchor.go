// Package treeanchor makes one anchor of all files of a directory, from which a
// proof for any single file can be derived.
//
// Start with New for the files of a directory, Parse for a manifest that is
// there; Stem says what to stamp, Derive makes the proof of one file.
//
// # Manifest
//
// The manifest, by custom <dir>.anchor, is a line and then a record for every
// file:
//
//	git-anchor-tree 1 <count> <key>\n
//	<mode> <sha256> <path>\0
//	<mode> <sha256> <path>\0
//	…
//
// count is decimal without leading zeros, 1 or more. key is 32 random bytes,
// sha256 is that of the file's bytes (of a symbolic link: its target), both in
// lower-case hexadecimal. mode is git's, 100644, 100755 or 120000. path is
// relative to the directory, of raw bytes, at most MaxPath of them: names joined
// by /, none of them empty, ".", ".." or ".git" in any case, without NUL.
// Records ascend by the bytes of their paths, none stands twice, none is also
// the directory of another. The file ends with the last record. So there is one
// manifest for given files and key, and Parse refuses all else. Submodules are
// refused: their files are not here.
//
// # Root
//
//	salt_i = HMAC-SHA256(key, path)
//	leaf_i = sha256(00 ‖ mode ‖ 20 ‖ path ‖ 00 ‖ sha256)
//	node   = sha256(02 ‖ salt_i ‖ leaf_i)   at the bottom, in the order of records
//	node   = sha256(01 ‖ l ‖ r)             of neighbours; an odd last one is carried up
//
// The last node is the root. The first byte keeps the three apart: no file, of
// 64 bytes or any other length, is a node and a leaf. That a node is hashed with
// its salt hides it: a proof for one file shows the nodes beside its path, and
// without the key nobody can try contents, names or modes against them. It
// shows the file's own mode, path and salt, and how deep and where in the tree
// it stands, so roughly how many files there are. The manifest shows all: who
// wants to keep the other files to himself keeps it to himself. A key must not
// be used twice, or files that did not change are seen not to have.
//
// # What is stamped
//
// Two proofs must end in the same claims: the manifest's own, an ordinary proof
// of its bytes, and that of a file, which starts from the file. The root cannot
// be part of the manifest and lead to its hash: operations reach that hash only
// with all other bytes of the manifest as arguments, which a message of 4096
// bytes does not hold, and which would show all records. So the two meet one
// step later. With m the SHA-256 of the manifest,
//
//	stamped = sha256(m ‖ root)
//
// and the proofs begin
//
//	manifest: m, append root, sha256, and on with what was stamped
//	file:     its sha256, …, root, prepend m, sha256, and on with the same
//
// Both are plain proofs for every OpenTimestamps client. m tells nothing of the
// manifest to who does not have it, because of the key. A manifest that was
// stamped like any other file, without the append, is proved as well, but no
// file's proof can be derived from that (ErrNotLinked).
//
// # What is shown
//
// A derived proof shows that the file's bytes existed. That somebody then held
// them to stand at this path, with this mode, is shown by the manifest and its
// proof: any chain of hashes can be read from its middle, so 65 bytes made of 01
// and two nodes have a "proof" too. Whether a commit really has these files is
// not shown, only what who made the manifest said.
//
// The package reads no files, and uses no network, clock or randomness. A
// Manifest does not change; goroutines may share it.
package treeanchor

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
)

// Limits. Past one: ErrTooLarge.
const (
	// MaxManifest is how many bytes a manifest may have; about 600,000 files.
	MaxManifest = 64 << 20

	// MaxPath is how many bytes a path may have: with the 9 bytes around it and
	// the file's hash it must fit into one message of a proof.
	MaxPath = ots.MaxMessage - sha256.Size - 9
)

// Conditions that a caller may match with errors.Is.
var (
	ErrMalformed = errors.New("not a tree anchor that can be used")
	ErrVersion   = errors.New("unsupported version of tree anchors")
	ErrTooLarge  = errors.New("past a limit of tree anchors")
	ErrSubmodule = errors.New("a submodule cannot be anchored with the tree it is in")
	ErrOther     = errors.New("the proof is not about this tree anchor")
	ErrNotLinked = errors.New("the proof is only about the tree anchor's file, and leads to none of its files")
)

// A Mode is how git keeps a file.
type Mode string

// The modes of files that are anchored.
const (
	Regular    Mode = "100644"
	Executable Mode = "100755"
	Symlink    Mode = "120000"

	submodule = "160000"
	modeLen   = 6 // characters of each
)

// A Record is a file of the directory.
type Record struct {
	Mode Mode
	Path string            // raw bytes, relative to the directory, names separated by /
	Sum  [sha256.Size]byte // SHA-256 of the file's bytes, of a symbolic link its target's
}

// A Key salts the nodes. It must be random and used once.
type Key [32]byte

// A Manifest is a directory's files and the tree of hashes over them.
type Manifest struct {
	key     Key
	records []Record
	sum     [sha256.Size]byte // of Bytes
	tree    tree
}

// New returns the manifest of the given files, in any order. The error wraps
// ErrMalformed, ErrTooLarge or ErrSubmodule and names the file; a key of zeros,
// or no file at all, is ErrMalformed.
func New(key Key, files []Record) (*Manifest, error) {
	m := &Manifest{key: key, records: slices.Clone(files)}
	slices.SortFunc(m.records, func(a, b Record) int { return strings.Compare(a.Path, b.Path) })
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("tree anchor: %w", err)
	}
	m.sum = sha256.Sum256(m.Bytes())
	m.tree = grow(m)
	return m, nil
}

// Records returns the files in their order. They must not be modified.
func (m *Manifest) Records() []Record { return m.records }

// Find returns which record has the path, false when none has.
func (m *Manifest) Find(path string) (int, bool) {
	return slices.BinarySearchFunc(m.records, path, func(r Record, path string) int { return strings.Compare(r.Path, path) })
}

// check reports the first thing that makes the records, in their order, no
// manifest.
func (m *Manifest) check() error {
	if m.key == (Key{}) {
		return fmt.Errorf("%w: its key is all zeros, not random", ErrMalformed)
	}
	if len(m.records) == 0 {
		return fmt.Errorf("%w: it has no files", ErrMalformed)
	}
	if n := m.size(); n > MaxManifest {
		return fmt.Errorf("%w: a manifest of %d bytes, at most %d", ErrTooLarge, n, MaxManifest)
	}
	var above []string // paths that begin this one, each beginning the next
	for i, r := range m.records {
		if err := checkRecord(r); err != nil {
			return err
		}
		if i > 0 {
			switch last := m.records[i-1].Path; {
			case last == r.Path:
				return fmt.Errorf("%w: %s stands in it twice", ErrMalformed, shown(r.Path))
			case last > r.Path:
				return fmt.Errorf("%w: %s is not in the order of paths", ErrMalformed, shown(r.Path))
			}
		}
		for len(above) > 0 && !strings.HasPrefix(r.Path, above[len(above)-1]) {
			above = above[:len(above)-1]
		}
		for _, a := range above {
			if r.Path[len(a)] == '/' {
				return fmt.Errorf("%w: %s is both a file and a directory", ErrMalformed, shown(a))
			}
		}
		above = append(above, r.Path)
	}
	return nil
}

// checkRecord reports what is wrong with a single record.
func checkRecord(r Record) error {
	switch r.Mode {
	case Regular, Executable, Symlink:
	case submodule:
		return fmt.Errorf("%w: %s", ErrSubmodule, shown(r.Path))
	default:
		return fmt.Errorf("%w: %s has the mode %s, expected 100644, 100755 or 120000", ErrMalformed, shown(r.Path), printable.Text(string(r.Mode), modeLen))
	}
	if len(r.Path) > MaxPath {
		return fmt.Errorf("%w: a path of %d bytes, at most %d: %s", ErrTooLarge, len(r.Path), MaxPath, shown(r.Path))
	}
	if strings.IndexByte(r.Path, 0) >= 0 {
		return fmt.Errorf("%w: NUL in the path %s", ErrMalformed, shown(r.Path))
	}
	for name := range strings.SplitSeq(r.Path, "/") {
		switch {
		case name == "":
			return fmt.Errorf("%w: an empty name in the path \"%s\"", ErrMalformed, shown(r.Path))
		case name == ".", name == "..", strings.EqualFold(name, ".git"):
			return fmt.Errorf("%w: %s in the path %s", ErrMalformed, name, shown(r.Path))
		}
	}
	return nil
}

// shown is a path for a message.
func shown(path string) string { return printable.Text(path, 200) }
