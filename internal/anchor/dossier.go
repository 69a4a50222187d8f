package anchor

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A Dossier is what a certificate of one document is made of: the verdict, and
// the bytes that it is about. Where the document is a record of evidence,
// Result.Recorded is what it says.
type Dossier struct {
	Result   Result
	Commit   gitrepo.Commit // that the document was read from
	Blob     string         // of the document, "" where no blob is its bytes
	Size     int64          // bytes of the document
	SHA256   [sha256.Size]byte
	Title    string           // from a LIP's front matter, "" elsewhere
	Proof    []byte           // the file
	Document []byte           // the bytes, where they were asked for, and those of a record
	Custody  []evidence.Entry // of a record
}

// DossierOptions say what goes into dossiers.
type DossierOptions struct {
	Rev   string // "" is HEAD
	Embed bool   // documents' bytes are wanted; those of records always are
	Limit int64  // bytes of a document that is wanted
	Logs  bool   // custody logs of records are wanted
}

// Dossier judges the document that an operand names, at HEAD or rev, as Verify
// does without asking calendars, and reads what a certificate holds. Where the
// result has no verdict on bytes that are there, or none that is confirmed,
// pending or changed, nothing else is filled. The proof of an earlier version
// stands for no document (Refusal), nor do several documents. A record of
// evidence may be named by its directory or id; its files must be those that it names
// (Refusal). Of a document that is embedded there must be at most Limit bytes
// (Refusal).
func (s *Session) Dossier(ctx context.Context, operand string, o DossierOptions) (Dossier, error) {
	operand, err := s.recordOf(ctx, operand, o.Rev)
	if err != nil {
		return Dossier{}, err
	}
	run, err := s.Verify(ctx, Selection{Operands: []string{operand}, Rev: o.Rev}, VerifyOptions{NoUpgrade: true, NoSearch: true})
	d := Dossier{Commit: run.Commit}
	if err != nil {
		return d, err
	}
	several := 0
	for _, r := range run.Results {
		if !r.Superseded {
			several++
		}
		if d.Result.Path == "" || !r.Superseded {
			d.Result = r
		}
	}
	r := &d.Result
	switch {
	case several > 1:
		*r = Result{Path: operand, Refusal: refuse("name one of them; git anchor report --certificates --out DIR makes one of each", "these are %d documents, and a certificate is of one", several)}
		return d, nil
	case r.Superseded && r.Err == nil:
		r.Refusal = refuse("git anchor certificate --rev REV "+s.here(r.Path)+" names the commit that had these bytes", "this is the proof of an earlier version, and stands for no document at HEAD")
		return d, nil
	case r.Refusal != nil || r.Err != nil || r.Outcome.Digest == nil:
		if log, err := s.attempts(ctx, d.Commit, path.Dir(r.Path), o.Rev != ""); err == nil && len(log) > 0 && idOf(r.Path) != "" {
			r.Hint = "git anchor upgrade " + s.here(path.Dir(r.Path)) + "  # tries again: attempts to anchor it reached too few calendars"
		}
		return d, nil
	case r.Outcome.Status == verify.Changed && bytes.Equal(r.Outcome.Digest, r.Outcome.Stamped):
		r.Refusal = refuse("git anchor certificate --rev HEAD "+s.here(r.Path)+" is about the committed bytes", "%s", r.Outcome.Reason)
		return d, nil
	}
	if err := s.tellRecord(ctx, &d, o); err != nil || r.Refusal != nil {
		return d, err
	}
	if err := s.fill(ctx, &d, o); err != nil {
		return d, err
	}
	if o.Embed && d.Document == nil {
		r.Refusal = refuse("leave out --embed", "the document has %d bytes, and at most %d are embedded", d.Size, o.Limit)
	}
	return d, nil
}

// recordOf is the record in the directory that an operand names, or of the id that it
// is, and the operand itself where it is neither.
func (s *Session) recordOf(ctx context.Context, operand, rev string) (string, error) {
	c, err := s.Repo.Resolve(ctx, cmp.Or(rev, "HEAD"))
	if err != nil {
		return "", err
	}
	holds := func(at string) bool {
		_, err := s.Repo.Blob(ctx, c, at)
		return err == nil && idOf(at) != ""
	}
	if at, err := s.operand(operand); err == nil && holds(path.Join(at, evidence.RecordFile)) {
		return path.Join(operand, evidence.RecordFile), nil
	}
	if s.there(ctx, c, operand) {
		return operand, nil // an id may look like the name of a file
	}
	if at := path.Join(evidenceDir, operand, evidence.RecordFile); evidence.CheckID(operand) == "" && holds(at) {
		return filepath.Join(s.Repo.Top(), at), nil
	}
	return operand, nil
}

// there says that an operand is a path in the commit or the work tree.
func (s *Session) there(ctx context.Context, c gitrepo.Commit, operand string) bool {
	at, err := s.Repo.Rel(operand)
	if err != nil {
		return false
	}
	if _, err := s.Repo.Blob(ctx, c, at); !errors.Is(err, gitrepo.ErrNotFound) {
		return true
	}
	_, err = os.Lstat(operand)
	return err == nil
}

// tellRecord reads what a record of evidence says, and its custody log. What is not
// in this clone is noted.
func (s *Session) tellRecord(ctx context.Context, d *Dossier, o DossierOptions) error {
	one := []Result{d.Result}
	if err := (recordReading{s: s, commit: d.Commit, byRev: o.Rev != "", quotes: true}).tell(ctx, one); err != nil {
		return err
	}
	d.Result = one[0]
	r, rec := &d.Result, d.Result.Recorded
	if rec == nil {
		return nil
	}
	if len(rec.Broken) > 0 {
		r.Refusal = refuse("git status "+s.here(path.Dir(r.Path))+"; git log --stat -- "+s.spec(path.Dir(r.Path))+"  # show what changed", "%s", rec.Broken[0])
		return nil
	}
	for _, err := range rec.Unread {
		r.Notes = append(r.Notes, fmt.Sprintf("not compared with the record: %v", err))
	}
	if !o.Logs {
		return nil
	}
	var err error
	d.Custody, err = s.Custody(ctx, d.Commit, rec.ID)
	if NoHistory(err) {
		r.Notes = append(r.Notes, fmt.Sprintf("it has no custody log: %v", err))
		return nil
	}
	return err
}

// NoHistory says of an error that not all of history is here, or that it is more than
// is read, so that a record has no custody log.
func NoHistory(err error) bool {
	return errors.Is(err, gitrepo.ErrMissingObject) || errors.Is(err, gitrepo.ErrTooLarge)
}

// fill reads the proof and the document, each as far as it can be read. Bytes past
// the limit are left out.
func (s *Session) fill(ctx context.Context, d *Dossier, o DossierOptions) error {
	blob, err := s.Repo.Blob(ctx, d.Commit, d.Result.Path)
	proof := s.load(ctx, d.Commit, d.Result.Proof)
	if o.Rev != "" {
		proof = s.loadFor(ctx, d.Commit, d.Result.Proof, blob)
	}
	if proof.err == nil {
		d.Proof = proof.raw
	}
	if err != nil {
		return err
	}
	if (o.Embed || d.Result.Recorded != nil) && blob.Size <= o.Limit {
		raw, err := blob.Bytes(ctx)
		if err != nil {
			return err
		}
		d.Document, d.SHA256 = raw, sha256.Sum256(raw)
	} else {
		digest, err := blob.Digest(ctx, sha256.New())
		if err != nil {
			return err
		}
		d.SHA256 = [sha256.Size]byte(digest)
	}
	d.Blob, d.Size = blob.ID, blob.Size
	if d.Title == "" && d.Result.Kind == config.KindLIP && blob.Size <= maxTitled {
		raw, err := blob.Bytes(ctx)
		if err != nil {
			return err
		}
		d.Title, _ = lip.Heading(raw)
	}
	return proof.err
}

// maxTitled is how many bytes a document may have whose title is looked up.
const maxTitled = 1 << 20
