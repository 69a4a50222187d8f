package devnet

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Transactions are in the serialisation without witnesses, the one that ids are
// taken of. Integers are little endian:
//
//	version 4 | inputs | previous id 32, index 4, script, sequence 4 |
//	outputs | value 8, script … | lock time 4
//
// Counts and lengths here are all below 253 and so a single byte.

// An output pays value (satoshis) to a script.
type output struct {
	value  uint64
	script []byte
}

// encodeTx returns a transaction with one input.
func encodeTx(prev bitcoin.Hash, index uint32, script []byte, sequence uint32, outputs []output, lock uint32) []byte {
	tx := binary.LittleEndian.AppendUint32(nil, 1)
	tx = append(append(tx, 1), prev[:]...)
	tx = binary.LittleEndian.AppendUint32(tx, index)
	tx = appendScript(tx, script)
	tx = binary.LittleEndian.AppendUint32(tx, sequence)
	tx = append(tx, byte(len(outputs)))
	for _, o := range outputs {
		tx = binary.LittleEndian.AppendUint64(tx, o.value)
		tx = appendScript(tx, o.script)
	}
	return binary.LittleEndian.AppendUint32(tx, lock)
}

func appendScript(tx, script []byte) []byte {
	return append(append(tx, byte(len(script))), script...)
}

// Script opcodes and what else scripts and inputs here are made of.
const (
	opReturn  = 0x6a
	opPush20  = 0x14
	opPush32  = 0x20
	opDup     = 0x76
	opHash160 = 0xa9
	opEqual   = 0x88 // OP_EQUALVERIFY
	opChecks  = 0xac // OP_CHECKSIG

	final       = 0xffffffff // sequence of an input that cannot be replaced
	replaceable = 0xfffffffd // sequence of a calendar's: it raises its fee by replacing
	noIndex     = 0xffffffff // index of the output that a coinbase does not spend
)

// coinbaseTx is the first transaction of a block. Its script starts with the
// height (BIP 34); branch counts reorganisations, so that a block that takes
// another's place is not the same block again.
func coinbaseTx(height uint64, branch uint32) []byte {
	number := binary.LittleEndian.AppendUint32(nil, uint32(height))
	for len(number) > 1 && number[len(number)-1] == 0 && number[len(number)-2] < 0x80 {
		number = number[:len(number)-1] // shortest form that is not negative
	}
	script := appendScript(nil, number)
	if height <= 16 { // Core writes the small ones as OP_1 to OP_16, and a second byte
		script = []byte{0x50 + byte(height), 0}
	}
	script = binary.LittleEndian.AppendUint32(script, branch)
	script = append(script, "/devnet, proves nothing/"...)
	subsidy := uint64(50_0000_0000) >> min(height/150, 63) // regtest halves every 150 blocks
	return encodeTx(bitcoin.Hash{}, noIndex, script, final, []output{{subsidy, payTo(number)}}, 0)
}

// fillerTx is somebody else's transaction, there so that merkle paths have
// levels.
func fillerTx(height uint64, i int) []byte {
	seed := binary.BigEndian.AppendUint64([]byte("filler"), height)
	seed = append(seed, byte(i))
	return encodeTx(sha256.Sum256(seed), uint32(i), fakeSignature(seed), final,
		[]output{{10_000 + height, payTo(seed)}, {20_000, payTo(append(seed, 'c'))}}, 0)
}

// commitTx is a calendar's transaction: change, and an output that commits to
// root. It returns the transaction and where in it the root begins.
func commitTx(calendar string, height uint64, root []byte) (tx []byte, at int) {
	seed := binary.BigEndian.AppendUint64([]byte(calendar), height)
	commit := append([]byte{opReturn, opPush32}, root...)
	tx = encodeTx(sha256.Sum256(seed), 0, fakeSignature(seed), replaceable,
		[]output{{1_000_000, payTo(seed)}, {0, commit}}, uint32(height)-1)
	return tx, len(tx) - 4 - len(root) // the lock time follows the root
}

// payTo returns a pay-to-public-key-hash script for a made-up key.
func payTo(seed []byte) []byte {
	key := sha256.Sum256(seed)
	script := append([]byte{opDup, opHash160, opPush20}, key[:20]...)
	return append(script, opEqual, opChecks)
}

// fakeSignature fills the place and has the usual length of a signature.
func fakeSignature(seed []byte) []byte {
	a := sha256.Sum256(append([]byte("signature"), seed...))
	b := sha256.Sum256(a[:])
	return append([]byte{71}, slices.Concat(a[:], b[:], a[:7])...)
}

// doubleHash is the hash of transactions, blocks and block merkle trees.
func doubleHash(b []byte) bitcoin.Hash {
	first := sha256.Sum256(b)
	return sha256.Sum256(first[:])
}

// A merkleKind says how a tree pairs its nodes.
type merkleKind int

const (
	calendarTree merkleKind = iota // one SHA-256; an odd last node rises as it is
	blockTree                      // two; an odd last node is paired with itself
)

// climb returns the root over leaves (at least one) and, for each leaf, the
// operations that lead from it to the root.
func climb(kind merkleKind, leaves [][]byte) (root []byte, paths [][]ots.Op) {
	type node struct {
		hash     []byte
		from, to int // the leaves under it
	}
	paths = make([][]ots.Op, len(leaves))
	nodes := make([]node, len(leaves))
	for i, leaf := range leaves {
		nodes[i] = node{leaf, i, i + 1}
	}
	hashes := []ots.Op{{Tag: ots.SHA256}, {Tag: ots.SHA256}}[:1+int(kind)]
	for len(nodes) > 1 {
		var above []node
		for pair := range slices.Chunk(nodes, 2) {
			left, right := pair[0], pair[len(pair)-1]
			if len(pair) == 1 && kind == calendarTree {
				above = append(above, left)
				continue
			}
			for i := left.from; i < left.to; i++ {
				paths[i] = append(append(paths[i], ots.Op{Tag: ots.Append, Arg: right.hash}), hashes...)
			}
			if len(pair) == 2 {
				for i := right.from; i < right.to; i++ {
					paths[i] = append(append(paths[i], ots.Op{Tag: ots.Prepend, Arg: left.hash}), hashes...)
				}
			}
			above = append(above, node{apply(slices.Concat(left.hash, right.hash), hashes...), left.from, right.to})
		}
		nodes = above
	}
	return nodes[0].hash, paths
}

// apply returns what ops make of msg. They are our own, so they fit.
func apply(msg []byte, ops ...ots.Op) []byte {
	for _, op := range ops {
		next, err := op.Apply(msg)
		if err != nil {
			panic("devnet: " + err.Error())
		}
		msg = next
	}
	return msg
}
