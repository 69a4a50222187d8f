package certificate

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A certificate whose parts contradict each other is not made.
func TestCheckRefuses(t *testing.T) {
	other := sha256.Sum256([]byte("other"))
	tests := []struct {
		name   string
		state  State
		change func(*Certificate)
		want   error
	}{
		{"failed", Pending, func(c *Certificate) { c.Outcome.Status = verify.Failed }, ErrState},
		{"unjudged", Pending, func(c *Certificate) { c.Outcome = verify.Outcome{} }, ErrState},
		{"undecided", Confirmed, func(c *Certificate) { c.Outcome.Status = verify.Undecided }, ErrState},
		{"no proof", Confirmed, func(c *Certificate) { c.Proof = nil }, ots.ErrNotProof},
		{"bytes after the proof", Confirmed, func(c *Certificate) { c.Proof = append(c.Proof, 0) }, ots.ErrTrailing},
		{"another proof", Confirmed, func(c *Certificate) { c.Outcome.Stamped, c.Outcome.Digest = other[:], other[:] }, ErrDisagree},
		{"another digest", Confirmed, func(c *Certificate) { c.Outcome.Digest = other[:] }, ErrDisagree},
		{"another document", Confirmed, func(c *Certificate) { c.SHA256 = other; c.Document = nil }, ErrDisagree},
		{"another document embedded", Pending, func(c *Certificate) { c.Document[0] ^= 1 }, ErrDisagree},
		{"another record", Confirmed, func(c *Certificate) { c.Evidence.Digest = other }, ErrDisagree},
		{"changed and the same", Changed, func(c *Certificate) { c.Outcome.Digest = c.Outcome.Stamped }, ErrDisagree},
		{"another height", Confirmed, func(c *Certificate) { c.Outcome.Height++ }, ErrDisagree},
		{"another root", Confirmed, func(c *Certificate) { c.Outcome.Header = mined(t, other[:]) }, ErrDisagree},
		{"no work", Confirmed, func(c *Certificate) { c.Outcome.Header[75] = 0x1d }, ErrDisagree},
		{"confirmed without a block", Pending, func(c *Certificate) { c.Outcome.Status = verify.Confirmed }, ErrDisagree},
		{"document too large", Confirmed, func(c *Certificate) { c.Document = make([]byte, MaxDocument+1) }, ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sample(t, tt.state)
			tt.change(c)
			if _, err := c.HTML("en"); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	c := sample(t, Confirmed)
	c.Document = make([]byte, MaxDocument)
	c.Size, c.SHA256 = MaxDocument, sha256.Sum256(c.Document)
	c.Outcome.Hash = ots.SHA256
	c.Evidence.Digest = c.SHA256
	c.Proof, c.Outcome = atLimit(t, c)
	if _, err := c.HTML("en"); err != nil {
		t.Errorf("at the limits: %v", err)
	}
}

// atLimit is a pending proof of the certificate's document.
func atLimit(t *testing.T, c *Certificate) ([]byte, verify.Outcome) {
	proof, _ := written(t, c.Document, climb(2), promise(t, "https://alice.btc.calendar.opentimestamps.org"))
	return proof, verify.Outcome{Status: verify.Pending, Hash: ots.SHA256, Stamped: c.SHA256[:], Digest: c.SHA256[:]}
}

// The operations lead from the digest to the merkle root, and each result is
// what the operation makes of the one before.
func TestOperations(t *testing.T) {
	c := sample(t, Confirmed)
	p, err := ots.Parse(c.Proof)
	if err != nil {
		t.Fatal(err)
	}
	headline, err := c.Headline(p)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Operations(p, headline)
	if err != nil {
		t.Fatal(err)
	}
	msg := p.Digest
	for i, op := range list {
		switch op.Name {
		case "sha256":
			sum := sha256.Sum256(msg)
			msg = sum[:]
		case "append":
			msg = append(bytes.Clone(msg), op.Arg...)
		case "prepend":
			msg = append(bytes.Clone(op.Arg), msg...)
		default:
			t.Fatalf("%d: %s", i, op.Name)
		}
		if !bytes.Equal(msg, op.Result) {
			t.Fatalf("%d: %s gives %x, want %x", i, op.Name, op.Result, msg)
		}
	}
	if root := c.Outcome.Header.MerkleRoot(); !bytes.Equal(msg, root[:]) {
		t.Errorf("the path ends in %x", msg)
	}
	stranger := ots.Claim{Attestation: ots.BitcoinAt(1), Msg: msg}
	if _, err := Operations(p, stranger); !errors.Is(err, ErrDisagree) {
		t.Errorf("a claim of another proof: %v", err)
	}
}
