package ots

import (
	"bytes"
	"math/rand/v2"
)

// randomTree returns a small tree with what real ones rarely have: few
// different operations, so that many are identical, all kinds of attestation,
// and any order.
func randomTree(r *rand.Rand, depth int) []byte {
	items := make([][]byte, 1+r.IntN(3))
	for i := range items {
		if depth == 0 || r.IntN(3) == 0 {
			items[i] = randomAttestation(r)
			continue
		}
		ops := [][]byte{op(SHA256), op(SHA1), op(RIPEMD160), op(Keccak256), op(Reverse), op(Hexlify),
			opArg(Append, []byte("x")), opArg(Append, []byte("y")), opArg(Append, []byte("xy")), opArg(Prepend, []byte("x"))}
		items[i] = chain(ops[r.IntN(len(ops))], randomTree(r, depth-1))
	}
	return fork(items...)
}

func randomAttestation(r *rand.Rand) []byte {
	switch r.IntN(6) {
	case 0:
		return pending([]string{"", "a", "b", "https://a", "aa"}[r.IntN(5)])
	case 1:
		return attest([8]byte{byte(r.IntN(2))}, make([]byte, r.IntN(3)))
	case 2:
		return attest(tagLitecoin, varuint(r.IntN(400)))
	case 3:
		return attest(tagEthereum, varuint(r.IntN(400)))
	case 4: // in more bytes than need be
		return attest(tagBitcoin, []byte{0x80 | byte(r.IntN(3)), 0x80, 0})
	}
	return bitcoin(r.IntN(400))
}

// mutate returns b with up to three small damages behind the magic, or none.
func mutate(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range r.IntN(4) {
		if len(b) <= len(magic)+1 {
			break
		}
		i := len(magic) + r.IntN(len(b)-len(magic))
		j := min(len(b), i+1+r.IntN(20))
		switch r.IntN(6) {
		case 0:
			b[i] ^= 1 << r.IntN(8)
		case 1:
			b[i] = []byte{0, 1, 2, 3, 8, 0x67, 0x7f, 0x80, 0xf0, 0xf1, 0xf2, 0xf3, 0xff}[r.IntN(13)]
		case 2: // leave out
			b = append(b[:i], b[j:]...)
		case 3: // repeat
			b = append(b[:j], append(bytes.Clone(b[i:j]), b[j:]...)...)
		case 4: // put in a separator, a padding byte or an attestation
			in := [][]byte{{0xff}, {0x80}, append([]byte{0xff}, bitcoin(1)...)}[r.IntN(3)]
			b = append(b[:i], append(in, b[i:]...)...)
		case 5:
			b = b[:j]
		}
	}
	return b
}
