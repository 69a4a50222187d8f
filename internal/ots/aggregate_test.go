package ots

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"
)

// nonces gives 16 times 00, 16 times 01 and so on.
type nonces struct{ n int }

func (r *nonces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.n / nonceSize)
		r.n++
	}
	return len(b), nil
}

func manyDigests(n int) [][]byte {
	var digests [][]byte
	for i := range n {
		sum := sha256.Sum256([]byte{byte(i)})
		digests = append(digests, sum[:])
	}
	return digests
}

// The roots, and the SHA-256 of all proof files with a pending attestation at
// https://a, are what python-opentimestamps makes of the same digests and nonces.
func TestAggregateAsReference(t *testing.T) {
	for _, tt := range []struct {
		n           int
		root, files string
	}{
		{1, "833509a6460bf6e8e67b3c53c7d59aa7ee45674e5f781f4bb03031447ae8a081", "62e062d9dd2194343bd9aa1ca3ea451b1666f74e94cf3ede2828c86c29db2ec5"},
		{2, "eb1d8dc3e6c67881dc6355395600aeb9bbd09d154380d498905907828d390dfd", "e1579493cb9a27cea7486a10e7fa55ca79fab7b35113e1e3a3fb5721227ede7f"},
		{3, "46ae6c26654cb519cef0602758c4535df854ef5e743adc52f54dc005540007c3", "0b3ed8848c8778002e00e2ffa1a399d4805230c0bf39095649ed59e297d75fae"},
		{5, "bdd5956044634ba29e25efb2323e392f26c1060b136fc774330331ed8417da24", "6334c42571924cdebc3fa111521650bab8136043b5f022a5409d1e0ac38bebba"},
		{8, "6667ae8a839ef59331cbf4d80a82c4bd038abc89fa2e1347aa82c5007cb3cc03", "6dc689b8dc40298d776349b051771900c9d1c6f3ad50a27e44922ee17297ee60"},
		{13, "a12632f3e75e26f18bc0b5afc250fbf34b68b5771383555e968dde320b6e17d9", "f40adbee5d76b05f9e022dc92e657cb55ed1604ff88149f7884b31c41b01fcff"},
	} {
		t.Run(fmt.Sprint(tt.n), func(t *testing.T) {
			root, proofs, err := Aggregate(manyDigests(tt.n), &nonces{})
			if err != nil || fmt.Sprintf("%x", root) != tt.root || len(proofs) != tt.n {
				t.Fatalf("root %x, %d proofs, %v", root, len(proofs), err)
			}
			answer, err := ParseTree(root, pending("https://a"))
			if err != nil {
				t.Fatal(err)
			}
			all := sha256.New()
			for i, p := range proofs {
				if n, err := p.Extend(answer); n != 1 || err != nil {
					t.Fatalf("proof %d: extended at %d nodes, %v", i, n, err)
				}
				written := p.Bytes()
				all.Write(written)
				claims := mustParse(t, written).Claims()
				if len(claims) != 1 || !bytes.Equal(claims[0].Msg, root) || !bytes.Equal(p.Digest, manyDigests(tt.n)[i]) {
					t.Errorf("proof %d of %x claims %v", i, p.Digest, claims)
				}
			}
			if fmt.Sprintf("%x", all.Sum(nil)) != tt.files {
				t.Error("the proofs' bytes are not the reference's")
			}
		})
	}
}

func TestAggregateMany(t *testing.T) {
	root, proofs, err := Aggregate(manyDigests(1000), &nonces{})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ParseTree(root, pending("https://a"))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range proofs {
		if n, err := p.Extend(answer); n != 1 || err != nil {
			t.Fatalf("proof %d: extended at %d nodes, %v", i, n, err)
		}
	}
}

func TestAggregateRefuses(t *testing.T) {
	if _, _, err := Aggregate(nil, &nonces{}); err == nil || err.Error() != "aggregate digests: there are none" {
		t.Errorf("none: %v", err)
	}
	if _, _, err := Aggregate([][]byte{digest, digest[:20]}, &nonces{}); err == nil || err.Error() != "aggregate digests: number 2 has 20 bytes, expected 32" {
		t.Errorf("a short digest: %v", err)
	}
	if _, _, err := Aggregate([][]byte{digest}, bytes.NewReader(digest[:15])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("too little randomness: %v", err)
	}
}

func TestUnextendedProofCannotBeWritten(t *testing.T) {
	_, proofs, err := Aggregate([][]byte{digest}, &nonces{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if got := recover(); got != "ots: an empty node cannot be written" {
			t.Errorf("recovered %v", got)
		}
	}()
	proofs[0].Bytes()
}
