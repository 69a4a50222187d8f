package ots

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// The functions here spell out files byte by byte, independently of the code
// that writes proofs.

// digest is the document's digest in proofs made by file.
var digest = bytes.Repeat([]byte{0xd1}, 32)

// file returns a proof file of digest with this tree.
func file(tree []byte) []byte {
	return chain([]byte(magic), []byte{1, 8}, digest, tree)
}

// chain joins parts: operations, and last a node or attestation.
func chain(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// fork returns a node of several items.
func fork(items ...[]byte) []byte {
	var node []byte
	for i, item := range items {
		if i < len(items)-1 {
			node = append(node, 0xff)
		}
		node = append(node, item...)
	}
	return node
}

func op(t Tag) []byte { return []byte{byte(t)} }

func opArg(t Tag, arg []byte) []byte { return chain(op(t), varbytes(arg)) }

func varuint(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func varbytes(b []byte) []byte { return chain(varuint(len(b)), b) }

func pending(uri string) []byte {
	return attest(tagPending, varbytes([]byte(uri)))
}

func bitcoin(height int) []byte { return attest(tagBitcoin, varuint(height)) }

func attest(tag [8]byte, payload []byte) []byte {
	return chain([]byte{0}, tag[:], varbytes(payload))
}

func mustParse(t testing.TB, b []byte) *Proof {
	t.Helper()
	p, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
