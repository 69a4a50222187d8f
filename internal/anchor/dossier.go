package anchor

import (
	"bytes"
	"context"
	"crypto/sha256"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A Dossier is what a certificate of one document is made of: the verdict, and
// the bytes that it is about.
type Dossier struct {
	Result   Result
	Commit   gitrepo.Commit // that the document was read from
	Blob     string         // of the document, "" where no blob is its bytes
	Size     int64          // bytes of the document
	SHA256   [sha256.Size]byte
	Title    string // from a LIP's front matter, "" elsewhere
	Proof    []byte // the file
	Document []byte // the bytes, where they were asked for
}

// Dossier judges the document that an operand names, at HEAD or rev, as Verify
// does without asking calendars, and reads what a certificate holds. Where the
// result has no verdict on bytes that are there, or none that is confirmed,
// pending or changed, nothing else is filled. The proof of an earlier version
// stands for no document (Refusal). embed asks for the document's bytes, of
// which there must be at most limit (Refusal).
func (s *Session) Dossier(ctx context.Context, operand, rev string, embed bool, limit int64) (Dossier, error) {
	run, err := s.Verify(ctx, Selection{Operands: []string{operand}, Rev: rev}, VerifyOptions{NoUpgrade: true, NoSearch: true})
	d := Dossier{Commit: run.Commit}
	if err != nil {
		return d, err
	}
	for _, r := range run.Results {
		if d.Result.Path == "" || !r.Superseded {
			d.Result = r
		}
	}
	r := &d.Result
	switch {
	case r.Superseded && r.Err == nil:
		r.Refusal = refuse("git anchor certificate --rev REV "+s.here(r.Path)+" names the commit that had these bytes", "this is the proof of an earlier version, and stands for no document at HEAD")
		return d, nil
	case r.Refusal != nil || r.Err != nil || r.Outcome.Digest == nil:
		return d, nil
	case r.Outcome.Status == verify.Changed && bytes.Equal(r.Outcome.Digest, r.Outcome.Stamped):
		r.Refusal = refuse("git anchor certificate --rev HEAD "+s.here(r.Path)+" is about the committed bytes", "%s", r.Outcome.Reason)
		return d, nil
	}
	return d, s.fill(ctx, &d, rev, embed, limit)
}

// fill reads the document and its proof.
func (s *Session) fill(ctx context.Context, d *Dossier, rev string, embed bool, limit int64) error {
	blob, err := s.Repo.Blob(ctx, d.Commit, d.Result.Path)
	if err != nil {
		return err
	}
	if embed && blob.Size > limit {
		d.Result.Refusal = refuse("leave out --embed", "the document has %d bytes, and at most %d are embedded", blob.Size, limit)
		return nil
	}
	digest, err := blob.Digest(ctx, sha256.New())
	if err != nil {
		return err
	}
	d.Blob, d.Size, d.SHA256 = blob.ID, blob.Size, [sha256.Size]byte(digest)
	if embed {
		if d.Document, err = blob.Bytes(ctx); err != nil {
			return err
		}
	}
	if d.Result.Kind == config.KindLIP && blob.Size <= maxTitled {
		raw, err := blob.Bytes(ctx)
		if err != nil {
			return err
		}
		d.Title, _ = lip.Heading(raw)
	}
	proof := s.load(ctx, d.Commit, d.Result.Proof)
	if rev != "" {
		proof = s.loadFor(ctx, d.Commit, d.Result.Proof, blob)
	}
	d.Proof = proof.raw
	return proof.err
}

// maxTitled is how many bytes a document may have whose title is looked up.
const maxTitled = 1 << 20
