package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// Dossiers reads what goes beside results of Overview: what a certificate of each
// is made of. It keeps what it read of history.
type Dossiers struct {
	s       *Session
	o       DossierOptions
	walked  bool
	touches map[string][]gitrepo.Touch // by record
	noLogs  string
}

// Dossiers begins to read for results of Overview, whose Rev is that of o.
func (s *Session) Dossiers(o DossierOptions) *Dossiers { return &Dossiers{s: s, o: o} }

// NoLogs is why records that were read have no custody log, as not all of history is
// here; "" where they have.
func (ds *Dossiers) NoLogs() string { return ds.noLogs }

// Of reads document and proof of a result; for the proof of an earlier version,
// that version. What is not there, cannot be read, was not found or has no file,
// as a git object, is left out, and so are the bytes of a document that are not
// wanted. Where SHA256 is zero, nothing is known of the document.
func (ds *Dossiers) Of(ctx context.Context, c gitrepo.Commit, r Result) (Dossier, error) {
	d := Dossier{Result: r, Commit: c, Title: r.Heading.Title}
	if r.Object != "" || r.Refusal != nil || r.Proof == "" {
		return d, nil
	}
	if r.Superseded {
		ds.version(ctx, &d)
	} else {
		_ = ds.s.fill(ctx, &d, ds.o) // what is in its way, the result says
	}
	d.recall()
	return d, errors.Join(ds.custody(ctx, &d), ctx.Err())
}

// recall reads the record again, for what it quotes: Overview keeps that of none.
func (d *Dossier) recall() {
	if d.Result.Recorded == nil || d.Document == nil {
		return
	}
	rec := *d.Result.Recorded
	if again, err := evidence.Parse(d.Document); err == nil {
		rec.Record = again
	}
	d.Result.Recorded = &rec
}

// custody adds the log of a record. History is walked once for all.
func (ds *Dossiers) custody(ctx context.Context, d *Dossier) error {
	rec := d.Result.Recorded
	if rec == nil || !ds.o.Logs || d.Proof == nil {
		return nil
	}
	if !ds.walked {
		ds.walked = true
		all, err := ds.s.Repo.Touches(ctx, d.Commit, evidenceDir)
		if err != nil {
			return ds.without(err)
		}
		ds.touches = map[string][]gitrepo.Touch{}
		for _, t := range all {
			if id, _, below := strings.Cut(strings.TrimPrefix(t.Path, evidenceDir+"/"), "/"); below {
				ds.touches[id] = append(ds.touches[id], t)
			}
		}
	}
	var err error
	d.Custody, err = ds.s.custody(ctx, d.Commit, rec.ID, ds.touches[rec.ID])
	return ds.without(err)
}

// without notes why a log is missing; other errors are passed on.
func (ds *Dossiers) without(err error) error {
	if NoHistory(err) {
		ds.noLogs, err = err.Error(), nil
	}
	return err
}

// version reads the bytes of an earlier version, and its proof.
func (ds *Dossiers) version(ctx context.Context, d *Dossier) {
	if st := ds.s.load(ctx, d.Commit, d.Result.Proof); st.err == nil {
		d.Proof = st.raw
	}
	v, limit := d.Result.Version, ds.o.Limit
	if v == nil || v.Size > limit {
		return
	}
	raw, err := ds.s.exact(ctx, v, 2*limit) // line ends may make it shorter
	if err != nil || int64(len(raw)) > limit {
		return
	}
	d.Size, d.SHA256 = int64(len(raw)), sha256.Sum256(raw)
	if v.Variant == asIs {
		d.Blob = v.Blob
	}
	if ds.o.Embed {
		d.Document = raw
	}
	if d.Commit = (gitrepo.Commit{}); len(v.Sites) > 0 {
		d.Commit = v.Sites[0].Last
	}
}
