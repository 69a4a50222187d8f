package browser

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// coinbase is the first transaction of Bitcoin. Its double SHA-256 is the merkle
// root of block 0, whose header is in the program: a document with a real proof.
const coinbase = "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"

func document(t *testing.T) []byte {
	t.Helper()
	raw, err := hex.DecodeString(coinbase)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// proof returns one for the document, that ends in an attestation.
func proof(t *testing.T, document []byte, at ots.Attestation, ops ...ots.Op) []byte {
	t.Helper()
	digest := sha256.Sum256(document)
	p, end, err := ots.Chain(ots.SHA256, digest[:], ops)
	if err != nil {
		t.Fatal(err)
	}
	end.Attestations = []ots.Attestation{at}
	return p.Bytes()
}

func genesis(t *testing.T, document []byte) []byte {
	return proof(t, document, ots.BitcoinAt(0), ots.Op{Tag: ots.SHA256})
}

func pending(t *testing.T, document []byte) []byte {
	t.Helper()
	at, err := ots.PendingAt("https://alice.btc.calendar.opentimestamps.org")
	if err != nil {
		t.Fatal(err)
	}
	return proof(t, document, at, ots.Op{Tag: ots.Append, Arg: []byte("nonce")}, ots.Op{Tag: ots.SHA256})
}

// certify judges the document by the proof without a network, and makes the
// certificate.
func certify(t *testing.T, name string, document, raw []byte) *certificate.Certificate {
	t.Helper()
	p, err := ots.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(document)
	judge := verify.Judge{Chain: bitcoin.NewChain(bitcoin.Mainnet(), bitcoin.Options{})}
	return &certificate.Certificate{
		Name: name, Title: "The Times 03/Jan/2009", Size: int64(len(document)), SHA256: digest,
		Path: "blocks/" + name, Blob: "8ab7fb5a3e4e0e7a1b3b6d4d2d5c1f0e9a8b7c6d", Commit: "41c2d7e0b5a6978812345678abcdef0123456789",
		Committed: time.Date(2025, 8, 28, 7, 1, 2, 0, time.UTC), Proof: raw, Outcome: judge.Proof(context.Background(), p, digest[:]),
		Made: time.Date(2025, 9, 1, 10, 0, 0, 0, time.UTC), Tool: "git-anchor 1.0.0",
	}
}

func html(t *testing.T, c *certificate.Certificate) []byte {
	t.Helper()
	page, err := c.HTML("en")
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func verifier(t *testing.T, online bool) []byte {
	t.Helper()
	page, err := certificate.Verifier("en", online)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// regtest returns a certificate of a block that a test chain would make.
func regtest(t *testing.T) *certificate.Certificate {
	t.Helper()
	return regtestOf(t, "coinbase.bin", document(t))
}

func regtestOf(t *testing.T, name string, d []byte) *certificate.Certificate {
	t.Helper()
	raw := proof(t, d, ots.BitcoinAt(102), ots.Op{Tag: ots.SHA256})
	c := certify(t, name, d, raw)
	c.Regtest = true
	first := sha256.Sum256(d)
	h := easy(t, sha256.Sum256(first[:]))
	c.Outcome = verify.Outcome{
		Status: verify.Confirmed, Rung: bitcoin.RungExplorer, Height: 102, Header: h, ClaimDate: bitcoin.ClaimDate(h, time.Time{}),
		BlockTime: h.Time(), Hash: ots.SHA256, Stamped: c.SHA256[:], Digest: c.SHA256[:],
	}
	return c
}

// easy returns a header with that root and next to no work.
func easy(t *testing.T, root bitcoin.Hash) bitcoin.Header {
	t.Helper()
	f := bitcoin.Fields{Version: 4, Root: root, Time: 1756379000, Bits: 0x207fffff}
	for f.Nonce = range uint32(1000) {
		if h := f.Header(); h.CheckWork() == nil {
			return h
		}
	}
	t.Fatal("no header with work")
	return bitcoin.Header{}
}

// zeros is the SHA-256, in hex, of so many bytes of nothing.
func zeros(size int64) string {
	h, piece := sha256.New(), make([]byte, 1<<20)
	for ; size > 0; size -= int64(len(piece)) {
		h.Write(piece[:min(size, int64(len(piece)))])
	}
	return hex.EncodeToString(h.Sum(nil))
}
