package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// An Enclosure reads what goes beside results of Overview: what a certificate of
// each is made of. Fill in its fields; it keeps what it read of history.
type Enclosure struct {
	Session *Session
	Rev     string // as Overview's
	Embed   bool   // documents' bytes are wanted
	Limit   int64  // bytes of a document that is wanted
	Logs    bool   // custody logs of records are wanted
	NoLogs  error  // set: why there are none, as not all of history is here

	walked  bool
	touches map[string][]gitrepo.Touch // by record
}

// Dossier reads document and proof of a result; for the proof of an earlier
// version, that version. What is not there, cannot be read, was not found or has
// no file, as a git object, is left out, and so are the bytes of a document that
// are not wanted. Where SHA256 is zero, nothing is known of the document.
func (e *Enclosure) Dossier(ctx context.Context, c gitrepo.Commit, r Result) (Dossier, error) {
	s, d := e.Session, Dossier{Result: r, Commit: c, Title: r.Heading.Title}
	if r.Object != "" || r.Refusal != nil || r.Proof == "" {
		return d, nil
	}
	if r.Recorded != nil && r.Recorded.Record != nil {
		d.Title = r.Recorded.Record.Title
	}
	var blob *gitrepo.Blob
	if r.Superseded {
		s.encloseVersion(ctx, &d, e.Embed, e.Limit)
	} else {
		blob = s.encloseDocument(ctx, &d, e.Embed || r.Recorded != nil, e.Limit)
	}
	st := s.load(ctx, c, r.Proof)
	if e.Rev != "" && !r.Superseded {
		st = s.loadFor(ctx, c, r.Proof, blob)
	}
	if st.err == nil {
		d.Proof = st.raw
	}
	return d, errors.Join(e.custody(ctx, &d), ctx.Err())
}

// custody adds the log of a record. History is walked once for all.
func (e *Enclosure) custody(ctx context.Context, d *Dossier) error {
	rec := d.Result.Recorded
	if rec == nil || !e.Logs || d.Proof == nil {
		return nil
	}
	if !e.walked {
		e.walked = true
		all, err := e.Session.Repo.Touches(ctx, d.Commit, evidenceDir)
		if err != nil {
			return e.without(err)
		}
		e.touches = map[string][]gitrepo.Touch{}
		for _, t := range all {
			id, _, _ := strings.Cut(strings.TrimPrefix(t.Path, evidenceDir+"/"), "/")
			e.touches[id] = append(e.touches[id], t)
		}
	}
	var err error
	d.Custody, err = e.Session.custody(ctx, rec.ID, e.touches[rec.ID])
	return e.without(err)
}

// without notes why a log is missing; other errors are passed on.
func (e *Enclosure) without(err error) error {
	if noHistory(err) {
		e.NoLogs, err = err, nil
	}
	return err
}

func (s *Session) encloseDocument(ctx context.Context, d *Dossier, embed bool, limit int64) *gitrepo.Blob {
	blob, err := s.Repo.Blob(ctx, d.Commit, d.Result.Path)
	if err != nil {
		return nil
	}
	if !embed || blob.Size > limit {
		if digest, err := blob.Digest(ctx, sha256.New()); err == nil {
			d.Blob, d.Size, d.SHA256 = blob.ID, blob.Size, [sha256.Size]byte(digest)
		}
		return blob
	}
	if raw, err := blob.Bytes(ctx); err == nil {
		d.Blob, d.Size, d.SHA256, d.Document = blob.ID, blob.Size, sha256.Sum256(raw), raw
	}
	return blob
}

func (s *Session) encloseVersion(ctx context.Context, d *Dossier, embed bool, limit int64) {
	v := d.Result.Version
	if v == nil || v.Size > limit {
		return
	}
	raw, err := s.exact(ctx, v, 2*limit) // line ends may make it shorter
	if err != nil || int64(len(raw)) > limit {
		return
	}
	d.Size, d.SHA256 = int64(len(raw)), sha256.Sum256(raw)
	if v.Variant == asIs {
		d.Blob = v.Blob
	}
	if embed {
		d.Document = raw
	}
	if d.Commit = (gitrepo.Commit{}); len(v.Sites) > 0 {
		d.Commit = v.Sites[0].Last
	}
}
