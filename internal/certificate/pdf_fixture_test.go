package certificate

import (
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// climb is as long as a calendar's: a nonce, a few levels of its tree, a
// transaction, and a dozen levels of the block's.
func climb(levels int) []ots.Op {
	arg := func(n int, b byte) []byte {
		return []byte(strings.Repeat(string(rune(b)), n))
	}
	hash := ots.Op{Tag: ots.SHA256}
	ops := []ots.Op{{Tag: ots.Append, Arg: arg(16, 0x11)}, hash, {Tag: ots.Prepend, Arg: arg(52, 0x22)}, {Tag: ots.Append, Arg: arg(90, 0x33)}, hash, hash}
	for i := range levels {
		tag := []ots.Tag{ots.Append, ots.Prepend}[i%2]
		ops = append(ops, ots.Op{Tag: tag, Arg: arg(32, byte(i))}, hash, hash)
	}
	return ops
}

// written returns a proof that leads from the document's digest through ops to
// an attestation, and the message that is attested.
func written(t testing.TB, document []byte, ops []ots.Op, at ...ots.Attestation) (proof, message []byte) {
	t.Helper()
	digest := sha256.Sum256(document)
	p, end, err := ots.Chain(ots.SHA256, digest[:], ops)
	if err != nil {
		t.Fatal(err)
	}
	end.Attestations = at
	return p.Bytes(), end.Msg
}

// mined returns a header with the root that meets the easiest difficulty.
func mined(t testing.TB, root []byte) bitcoin.Header {
	t.Helper()
	f := bitcoin.Fields{Version: 4, Root: bitcoin.Hash(root), Time: 1756379000, Bits: 0x207fffff}
	for f.Nonce = range uint32(1000) {
		if h := f.Header(); h.CheckWork() == nil {
			return h
		}
	}
	t.Fatal("no header with work")
	return bitcoin.Header{}
}

func promise(t testing.TB, uri string) ots.Attestation {
	t.Helper()
	a, err := ots.PendingAt(uri)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// recorded returns what a record of evidence of that digest says, with something in
// every field.
func recorded(digest [sha256.Size]byte) *evidence.Record {
	file := func(name string, size int64) evidence.File {
		return evidence.NewFile(name, size, sha256.Sum256([]byte(name)))
	}
	whois, dns, hosting := file("whois.txt", 2214), file("dns.json", 871), file("hosting.txt", 64)
	return &evidence.Record{
		URL: "https://shop.example/listing/4711", Title: "Anchors for everybody", Digest: digest,
		WHOIS: &whois, DNS: &dns, Hosting: &hosting,
		Attachments: []evidence.File{file("listing.png", 814_223), file("recording.mp4", evidence.MaxKept+1)},
		Matches:     []evidence.Match{{Quote: "Every word of it counts.", Where: "main > p:nth-child(2)"}, {Quote: "Anchors for everybody"}},
		By:          "Alice Example", ObservedAt: time.Date(2025, 8, 28, 6, 58, 30, 0, time.UTC), Note: "The listing had been taken down before.",
	}
}

// sample returns a certificate with something in every field.
func sample(t testing.TB, state State) *Certificate {
	t.Helper()
	document := []byte("---\nlip: 17\ntitle: Anchors for everybody\n---\n\n" + strings.Repeat("Every word of it counts.\n", 200))
	const height = 911_842
	attested := []ots.Attestation{ots.BitcoinAt(height)}
	if state == Pending {
		attested = []ots.Attestation{promise(t, "https://alice.btc.calendar.opentimestamps.org"), promise(t, "https://finney.calendar.eternitywall.com")}
	}
	proof, root := written(t, document, climb(12), attested...)
	digest := sha256.Sum256(document)
	c := &Certificate{
		Name: "LIP-0017.md", Title: "Anchors for everybody", Size: int64(len(document)), SHA256: digest,
		Path: "lips/LIP-0017.md", Blob: "3b18e512dba79e4c8300dd08aeb37f8e728b8dad", Commit: "9f2c1de0c9b8a7f6e5d4c3b2a1908f7e6d5c4b3a",
		Committed: time.Date(2025, 8, 28, 7, 1, 2, 0, time.UTC),
		Proof:     proof, Document: document, Tool: "git-anchor 1.0.0",
		Made:     time.Date(2025, 9, 1, 10, 0, 0, 0, time.UTC),
		Evidence: recorded(digest),
		Custody: []evidence.Entry{
			{At: time.Date(2025, 8, 28, 7, 1, 2, 0, time.UTC), Kind: evidence.KindCommit, Claim: "commit touched record.json", Commit: strings.Repeat("9f2c1de0c9", 4), By: "Alice Example <alice@example.org>", Signature: evidence.SignedPGP},
			{At: time.Date(2025, 8, 28, 9, 30, 0, 0, time.UTC), Kind: evidence.KindUpgrade, Claim: "the proof gained 1 claim", Commit: strings.Repeat("1f2c1de0c9", 4), By: "git-anchor <bot@example.org>"},
		},
	}
	evidence.Chain(c.Custody)
	c.Outcome = verify.Outcome{Hash: ots.SHA256, Stamped: digest[:], Digest: digest[:]}
	switch state {
	case Confirmed:
		h := mined(t, root)
		c.Outcome.Status, c.Outcome.Height, c.Outcome.Header, c.Outcome.Rung = verify.Confirmed, height, h, bitcoin.RungQuorum
		c.Outcome.BlockTime, c.Outcome.ClaimDate = h.Time(), bitcoin.ClaimDate(h, time.Time{})
		c.Outcome.Claims = []verify.Claim{{Attestation: attested[0], Msg: root, Status: verify.Confirmed, Evidence: bitcoin.Evidence{
			Rung: bitcoin.RungQuorum, Height: height, Header: &h,
			Answers: []bitcoin.Answer{{Source: "blockstream.info", Agrees: true}, {Source: "mempool.space", Agrees: true}},
		}}}
	case Pending:
		c.Outcome.Status = verify.Pending
	case Changed:
		c.Document = append(document, '!')
		c.Size, c.SHA256 = int64(len(c.Document)), sha256.Sum256(c.Document)
		c.Evidence = recorded(c.SHA256)
		c.Outcome.Status, c.Outcome.Digest = verify.Changed, c.SHA256[:]
		c.Outcome.Findings = []string{"the bytes that were stamped are those of commit 9f2c1de0 and can be had with git show"}
	}
	return c
}
