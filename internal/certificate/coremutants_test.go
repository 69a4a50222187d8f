package certificate_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"

	"github.com/openllmo/git-anchor/internal/ots"
)

// The functions here spell out proofs byte by byte, as package ots's tests do.

const (
	magic = "\x00OpenTimestamps\x00\x00Proof\x00\xbf\x89\xe2\xe8\x84\xe8\x92\x94"
	// treeAt is where the tree of proofs made by proofOf begins.
	treeAt = len(magic) + 2 + 32

	tagPending  = "\x83\xdf\xe3\x0d\x2e\xf9\x0c\x8e"
	tagBitcoin  = "\x05\x88\x96\x0d\x73\xd7\x19\x01"
	tagLitecoin = "\x06\x86\x9a\x0d\x73\xd7\x1b\x45"
	tagEthereum = "\x30\xfe\x80\x87\xb5\xc7\xea\xd7"
)

func proofOf(tree []byte) []byte {
	return chain([]byte(magic), []byte{1, 8}, bytes.Repeat([]byte{0xd1}, 32), tree)
}

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

func op(t ots.Tag) []byte { return []byte{byte(t)} }

func opArg(t ots.Tag, arg []byte) []byte { return chain(op(t), varbytes(arg)) }

func varbytes(b []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(b))), b...) }

func attest(tag string, payload []byte) []byte {
	return chain([]byte{0}, []byte(tag), varbytes(payload))
}

func bitcoinAt(height uint64) []byte { return attest(tagBitcoin, binary.AppendUvarint(nil, height)) }

// randomTree returns a tree of few different operations, so that many are
// identical, all kinds of attestation, and any order.
func randomTree(r *rand.Rand, depth int) []byte {
	items := make([][]byte, 1+r.IntN(3))
	for i := range items {
		if depth == 0 || r.IntN(3) == 0 {
			items[i] = randomAttestation(r)
			continue
		}
		ops := [][]byte{op(ots.SHA256), op(ots.SHA1), op(ots.RIPEMD160), op(ots.Keccak256), op(ots.Reverse), op(ots.Hexlify),
			opArg(ots.Append, []byte("x")), opArg(ots.Append, []byte("\xf0")), opArg(ots.Append, []byte("xy")), opArg(ots.Prepend, []byte("x"))}
		items[i] = chain(ops[r.IntN(len(ops))], randomTree(r, depth-1))
	}
	return fork(items...)
}

func randomAttestation(r *rand.Rand) []byte {
	switch r.IntN(7) {
	case 0:
		return attest(tagPending, varbytes([]byte([]string{"", "a", "B", "https://a", "aa", "-", "0000000000000000"}[r.IntN(7)])))
	case 1:
		return attest(string([]byte{byte(r.IntN(2)), 0xe9, 0, 0, 0, 0, 0, 0}), make([]byte, r.IntN(3)))
	case 2:
		return attest(tagLitecoin, binary.AppendUvarint(nil, r.Uint64N(400)))
	case 3:
		return attest(tagEthereum, binary.AppendUvarint(nil, r.Uint64N(400)))
	case 4: // in more bytes than need be
		return attest(tagBitcoin, []byte{0x80 | byte(r.IntN(3)), 0x80, 0})
	case 5: // around 2^53 and 2^63
		return bitcoinAt(1<<(53+10*r.IntN(2)) - 2 + r.Uint64N(3))
	}
	return bitcoinAt(r.Uint64N(400))
}

// mutate returns b with one to three damages. Others are proofs of which parts
// are spliced in.
func mutate(r *rand.Rand, b []byte, others [][]byte) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(3) {
		if len(b) == 0 {
			break
		}
		i := r.IntN(len(b))
		if len(b) > len(magic)+1 && r.IntN(20) > 0 { // the magic is but one rule
			i = len(magic) + r.IntN(len(b)-len(magic))
		}
		switch r.IntN(9) {
		case 0:
			b[i] ^= 1 << r.IntN(8)
		case 1:
			b[i] = byte(r.Uint32())
		case 2:
			b = b[:i]
		case 3:
			b = cut(b, i, min(len(b), i+1+r.IntN(20)), nil)
		case 4:
			b = cut(b, i, i, randomBytes(r, 1+r.IntN(8)))
		case 5:
			b = splice(r, b, others[r.IntN(len(others))])
		case 6:
			b = editNumber(r, b, i)
		case 7:
			b = editTag(r, b, i)
		case 8: // further items where a node begins
			at := place(r, b)
			b = cut(b, at, at, further(r))
		}
	}
	return b
}

// further returns an item to stand before others, often one that they are
// identical to.
func further(r *rand.Rand) []byte {
	item := randomAttestation(r)
	if r.IntN(2) == 0 {
		item = chain(op([]ots.Tag{ots.SHA256, ots.SHA1, ots.Reverse}[r.IntN(3)]), randomTree(r, r.IntN(3)))
	}
	return append([]byte{0xff}, item...)
}

// cut returns b with in instead of what is from i to j.
func cut(b []byte, i, j int, in []byte) []byte { return chain(b[:i], in, b[j:]) }

// splice joins the beginning of b and the end of c, half of the time where a
// node begins in both.
func splice(r *rand.Rand, b, c []byte) []byte {
	if r.IntN(2) == 0 {
		return chain(b[:r.IntN(len(b)+1)], c[r.IntN(len(c)+1):])
	}
	return chain(b[:place(r, b)], c[place(r, c):])
}

// place returns where a node begins: one of those on the way to the first
// attestation of b, or the end where the file is too damaged.
func place(r *rand.Rand, b []byte) int {
	if len(b) < treeAt {
		return len(b)
	}
	at := treeAt
	if b[len(magic)+1] != byte(ots.SHA256) {
		at -= 12
	}
	nodes := []int{at}
	for at < len(b) && b[at] != 0 {
		switch ots.Tag(b[at]) {
		case ots.Append, ots.Prepend:
			n, size := binary.Uvarint(b[at+1:])
			if size <= 0 || n > uint64(len(b)) {
				return nodes[r.IntN(len(nodes))]
			}
			at += size + int(n)
		case 0xff:
			at++
			continue
		}
		at++
		nodes = append(nodes, min(at, len(b)))
	}
	return nodes[r.IntN(len(nodes))]
}

// editNumber changes the byte at i as if it were a number or the end of one.
func editNumber(r *rand.Rand, b []byte, i int) []byte {
	low := b[i] & 0x7f
	switch r.IntN(5) {
	case 0: // one more
		return cut(b, i, i+1, []byte{low + 1})
	case 1: // one less
		return cut(b, i, i+1, []byte{(low - 1) & 0x7f})
	case 2: // the same, longer
		return cut(b, i, i+1, chain([]byte{low | 0x80}, bytes.Repeat([]byte{0x80}, r.IntN(12)), []byte{0}))
	case 3: // about 63 bits
		return cut(b, i, i+1, chain(bytes.Repeat([]byte{0xff}, 7+r.IntN(3)), []byte{byte(1 + r.IntN(0x7f))}))
	}
	return cut(b, i, i+1, []byte{low | 0x80, byte(r.IntN(0x80))})
}

// editTag makes the byte at i, or the next attestation's tag, another one.
func editTag(r *rand.Rand, b []byte, i int) []byte {
	known := []string{tagPending, tagBitcoin, tagLitecoin, tagEthereum, "\x05\x88\x96\x0d\x73\xd7\x19\x02"}
	for _, tag := range known {
		if at := bytes.Index(b[i:], []byte(tag)); at >= 0 && r.IntN(2) == 0 {
			return cut(b, i+at, i+at+len(tag), []byte(known[r.IntN(len(known))]))
		}
	}
	tags := []byte{0, 1, 2, 3, 8, 0x67, 0x7f, 0x80, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xff}
	return cut(b, i, i+1, []byte{tags[r.IntN(len(tags))]})
}

// atLimit returns proofs at each limit of package ots, or so much past it.
func atLimit(extra int) [][]byte {
	zeros := func(n int) []byte { return make([]byte, n) }
	// An item is 00, a tag, a length of two bytes and a payload.
	item := attest("padding!", zeros(ots.MaxPayload/2))
	items := bytes.Repeat(chain([]byte{0xff}, item), (ots.MaxProof-treeAt)/(1+len(item))-1)
	rest := ots.MaxProof + extra - treeAt - len(items)
	half := attest("padding?", zeros(rest/2-11))
	var proofs [][]byte
	for _, tree := range [][]byte{
		chain(bytes.Repeat(op(ots.Reverse), ots.MaxDepth+extra), bitcoinAt(1)),
		chain(opArg(ots.Append, zeros(ots.MaxMessage-32+extra)), bitcoinAt(1)),
		chain(opArg(ots.Append, zeros(ots.MaxMessage/2-32+extra)), op(ots.Hexlify), bitcoinAt(1)),
		attest("unknown!", zeros(ots.MaxPayload+extra)),
		attest(tagPending, varbytes(bytes.Repeat([]byte("a"), ots.MaxURI+extra))),
		bitcoinAt(1<<63 - 1 + uint64(extra)),
		manyClaims(ots.MaxNodes + extra),
		longMessages(extra),
		chain(items, []byte{0xff}, half, attest("padding.", zeros(rest-len(half)-1-11))),
	} {
		proofs = append(proofs, proofOf(tree))
	}
	return proofs
}

// oddities are files that chance does not bring about.
func oddities() [][]byte {
	files := [][]byte{{}, []byte("<html>"), proofOf(manyBranches(4096))}
	for b := range 256 { // each version, file hash and operation
		for _, at := range []int{len(magic), len(magic) + 1} {
			other := proofOf(bitcoinAt(1))
			other[at] = byte(b)
			files = append(files, other)
		}
		files = append(files, proofOf(chain([]byte{byte(b)}, bitcoinAt(1))))
	}
	for n := 1; n <= treeAt; n++ {
		files = append(files, proofOf(nil)[:n])
	}
	for _, n := range []int{0, 1, ots.MaxMessage, ots.MaxMessage + 1} {
		files = append(files, proofOf(chain(opArg(ots.Prepend, make([]byte, n)), bitcoinAt(1))))
	}
	return files
}

// manyClaims returns a node of n different attestations.
func manyClaims(n int) []byte {
	items := make([][]byte, n)
	for i := range items {
		items[i] = attest(string([]byte{byte(i >> 16), byte(i >> 8), byte(i), 0, 0, 0, 0, 0}), nil)
	}
	return fork(items...)
}

// manyBranches returns a node of n branches, the last of them first.
func manyBranches(n int) []byte {
	items := make([][]byte, n)
	for i := range items {
		items[i] = chain(opArg(ots.Append, []byte{byte((n - i) >> 8), byte(n - i)}), op(ots.SHA256), bitcoinAt(uint64(i)))
	}
	return fork(items...)
}

// longMessages returns a tree whose messages, the digest of proofOf included,
// have MaxMessageBytes and extra.
func longMessages(extra int) []byte {
	var items [][]byte
	for rest := ots.MaxMessageBytes/ots.MaxMessage - 1; rest > 0; rest -= ots.MaxDepth {
		arg := make([]byte, ots.MaxMessage-32)
		arg[0] = byte(len(items))
		reverses := bytes.Repeat(op(ots.Reverse), min(rest, ots.MaxDepth)-1)
		items = append(items, chain(opArg(ots.Append, arg), reverses, bitcoinAt(1)))
	}
	return fork(append(items, chain(opArg(ots.Prepend, make([]byte, ots.MaxMessage-64+extra)), bitcoinAt(1)))...)
}
