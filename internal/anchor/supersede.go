package anchor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"

	"github.com/openllmo/git-anchor/internal/ots"
)

// supersededName is what SupersededPath appends to a path.
var supersededName = regexp.MustCompile(`^(?s)(.*[^/])\.superseded-[0-9a-f]{64}\.ots$`)

// draftSuffix ends the proofs of earlier versions that LLMO kept by hand. They
// are read and upgraded, and never made.
const draftSuffix = ".ots.draft"

// SupersededPath is where the proof of an earlier version is kept:
// doc.superseded-<64 hex digits>.ots, by the SHA-256 that the proof is for, or
// that of its digest where its file hash is another. doc is the path of the
// document's proof without .ots: of the document itself, but for registries.
func SupersededPath(doc string, p *ots.Proof) string {
	digest := p.Digest
	if p.Hash != ots.SHA256 {
		sum := sha256.Sum256(digest)
		digest = sum[:]
	}
	return doc + ".superseded-" + hex.EncodeToString(digest) + ".ots"
}

// Superseded tells, for the path of a proof of an earlier version, whose it is,
// as SupersededPath takes it; so it does for LLMO's doc.ots.draft.
func Superseded(proof string) (doc string, ok bool) {
	if m := supersededName.FindStringSubmatch(proof); m != nil {
		return m[1], true
	}
	doc, ok = strings.CutSuffix(proof, draftSuffix)
	return doc, ok && doc != "" && !strings.HasSuffix(doc, "/")
}

// SupersedeOptions say how far superseding goes.
type SupersedeOptions struct {
	DryRun bool // write nothing
	Commit bool // commit exactly the moves
}

// Supersede moves the proofs of documents that changed to where proofs of
// earlier versions are kept, so that the documents can be anchored anew. What is
// refused stops nothing else.
func (s *Session) Supersede(ctx context.Context, operands []string, o SupersedeOptions) (Run, error) {
	return Run{}, errors.ErrUnsupported
}
