package anchor

import (
	"fmt"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/verify"
)

// readBack returns the bytes of a proof after checking that they say what the
// proof says, and are small enough for everybody to read.
func readBack(p *ots.Proof) ([]byte, error) {
	if why := verify.OverLimit(p); why != "" {
		return nil, fmt.Errorf("%s: %w", why, ots.ErrTooLarge)
	}
	raw := p.Bytes()
	if len(raw) > ots.MaxWritten {
		return nil, fmt.Errorf("the proof would have %d bytes, more than the %d that are written: %w", len(raw), ots.MaxWritten, ots.ErrTooLarge)
	}
	again, err := ots.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("the proof would not be readable: %w", err)
	}
	if lost := again.Missing(p); len(lost) > 0 || !twins(again, p) {
		return nil, fmt.Errorf("the proof would lose %d claims: %w", len(lost), ots.ErrMalformed)
	}
	if len(again.Claims()) == 0 {
		return nil, fmt.Errorf("the proof would claim nothing: %w", ots.ErrMalformed)
	}
	return raw, nil
}

// subject is a commit's message. A path in it must not be able to add lines,
// which git would read as trailers.
func subject(verb string, proofs []string) string {
	if len(proofs) == 1 {
		return verb + " " + printable.Text(proofs[0], 200)
	}
	return fmt.Sprintf("%s %d documents", verb, len(proofs))
}
