package anchor

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/openllmo/git-anchor/internal/ots"
)

// maxNoteLines is how many proofs one note may hold. We write one; a merge of
// notes leaves one of each side.
const maxNoteLines = 64

// A note is what NotesRef holds about an object.
type note struct {
	proof   *ots.Proof // all that its lines say of the object's bytes; nil: nothing
	foreign bool       // it has lines that are no proof of them
}

// parseNote reads a note on an object with the given SHA-256: a proof a line, in
// base64. Empty lines do not count. The error wraps ots.ErrTooLarge.
func parseNote(text, digest []byte) (note, error) {
	var n note
	lines := 0
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if lines++; lines > maxNoteLines {
			return note{}, fmt.Errorf("the note has more than %d lines: %w", maxNoteLines, ots.ErrTooLarge)
		}
		raw, form, err := ots.Decode(line)
		var p *ots.Proof
		if err == nil {
			p, err = ots.Parse(raw)
		}
		switch {
		case err != nil || form != ots.FormBase64 || p.Hash != ots.SHA256 || !bytes.Equal(p.Digest, digest):
			n.foreign = true
		case n.proof == nil:
			n.proof = p
		default:
			if err := n.proof.Merge(p); err != nil {
				return note{}, fmt.Errorf("the note's lines together: %w", err)
			}
		}
	}
	return n, nil
}

// noteOf is a note that holds a proof, given as its bytes.
func noteOf(raw []byte) []byte {
	return append([]byte(base64.StdEncoding.EncodeToString(raw)), '\n')
}
