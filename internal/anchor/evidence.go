package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// evidenceDir is where records lie, each in a directory of its own.
const evidenceDir = "evidence"

// EvidenceOptions say what is recorded, and how.
type EvidenceOptions struct {
	StampOptions
	Record              evidence.Record // its files are those below
	WHOIS, DNS, Hosting *EvidenceSource // nil for none
	Attachments         []EvidenceSource
	ID                  string    // "" for one made of host and digest
	NoAnchor            bool      // leave the proof to a later run
	Clock               time.Time // what counts as now, for the log of attempts
}

// An EvidenceAdded is what became of a record that was to be added.
type EvidenceAdded struct {
	ID     string
	Record *evidence.Record // nil where it was refused before it was made
	There  bool             // it is there already as recorded, and nothing was written
	Wrote  []string         // files that were written, proof and attempts included
	Away   []evidence.File  // too large to be kept: their digests alone are recorded
	Missed bool             // too few calendars could be reached: the record is kept, and the attempt written down
}

// AddEvidence makes a record, puts it and its files below evidence/, and anchors
// it. Run has one result, about the record. The same evidence again is There. The error
// wraps calendar.ErrTooFew when too few calendars answered: then the record is
// there without a proof, and the attempt is in its log. After any other failure
// nothing is left of what was written.
func (s *Session) AddEvidence(ctx context.Context, o EvidenceOptions) (Run, *EvidenceAdded, error) {
	a := &adding{s: s, o: o, out: &EvidenceAdded{}}
	err := a.all(ctx)
	var refused *Refusal
	if errors.As(err, &refused) {
		if len(a.run.Results) == 0 {
			a.run.Results = []Result{{Path: evidenceDir, Kind: config.KindEvidence}}
		}
		r := &a.run.Results[0]
		r.Refusal = refused
		err = nil
	}
	return a.run, a.out, err
}

// An adding is one run of AddEvidence.
type adding struct {
	s   *Session
	o   EvidenceOptions
	run Run
	out *EvidenceAdded

	dir   string
	raw   []byte // the record's file
	doc   document
	files []addedFile // to be kept beside it, by path
}

// An addedFile is one that is kept with a record.
type addedFile struct {
	evidence.File
	path   string // from the top
	source EvidenceSource
}

func (a *adding) all(ctx context.Context) error {
	if a.s.Repo.Top() == "" {
		return fmt.Errorf("add evidence: %w", gitrepo.ErrNoWorkTree)
	}
	var err error
	if a.run.Commit, err = a.s.Repo.Resolve(ctx, "HEAD"); err != nil {
		return err
	}
	if err := a.make(ctx); err != nil {
		return err
	}
	if err := a.look(ctx); err != nil {
		return err
	}
	if a.out.There {
		if err := a.intact(ctx); err != nil {
			a.out.There = false
			return err
		}
		return a.finish(ctx)
	}
	if err := a.admit(ctx); err != nil {
		return err
	}
	if a.o.DryRun {
		a.run.Results[0].Action = Would
		return nil
	}
	return a.keep(ctx)
}

// make hashes the files and makes the record.
func (a *adding) make(ctx context.Context) error {
	rec := a.o.Record
	var kept []addedFile
	describe := func(source EvidenceSource) (evidence.File, error) {
		f, err := source.describe(ctx)
		if err != nil {
			return f, err
		}
		if !f.Kept() {
			a.out.Away = append(a.out.Away, f)
			return f, nil
		}
		kept = append(kept, addedFile{File: f, source: source})
		return f, nil
	}
	for _, one := range []struct {
		source *EvidenceSource
		to     **evidence.File
	}{{a.o.WHOIS, &rec.WHOIS}, {a.o.DNS, &rec.DNS}, {a.o.Hosting, &rec.Hosting}} {
		if one.source == nil {
			continue
		}
		f, err := describe(*one.source)
		if err != nil {
			return err
		}
		*one.to = &f
	}
	if n := len(a.o.Attachments); n > evidence.MaxAttachments {
		return refuse("", "%d attachments are more than the %d that a record may have", n, evidence.MaxAttachments)
	}
	for _, source := range a.o.Attachments {
		f, err := describe(source)
		if err != nil {
			return err
		}
		rec.Attachments = append(rec.Attachments, f)
	}
	var err error
	if a.raw, a.out.Record, err = evidence.Write(rec); err != nil {
		return refuse("", "this makes no record: %v", err)
	}
	if a.out.ID = a.o.ID; a.out.ID == "" {
		a.out.ID = a.out.Record.ID()
	} else if wrong := evidence.CheckID(a.out.ID); wrong != "" {
		return refuse("", "--id %q: %s", a.out.ID, wrong)
	} else if evidence.Reserved(a.out.ID) {
		return refuse("name another one", "--id %q: Windows takes it for a device, and could not check the repository out", a.out.ID)
	}
	a.place(kept)
	return nil
}

// place says where everything goes.
func (a *adding) place(kept []addedFile) {
	a.dir = path.Join(evidenceDir, a.out.ID)
	a.doc = a.s.document(path.Join(a.dir, evidence.RecordFile), true)
	a.doc.kind = config.KindEvidence
	a.run.Results = []Result{a.doc.result()}
	if _, ok := a.s.Config.Match(a.doc.path); !ok {
		a.run.Results[0].Notes = []string{"no rule of the configuration names it: git anchor upgrade --all completes it, or a rule of kind evidence in .git-anchor.toml"}
	}
	seen := map[string]bool{}
	for _, f := range kept {
		if f.path = path.Join(a.dir, f.Path()); !seen[f.path] {
			seen[f.path] = true
			a.files = append(a.files, f)
		}
	}
}

// look finds out whether the record is there already.
func (a *adding) look(ctx context.Context) error {
	r := &a.run.Results[0]
	r.Outcome.Digest = a.out.Record.Digest[:]
	id, err := a.s.Repo.BlobID(a.raw)
	if err != nil {
		return err
	}
	head, err := a.s.Repo.Blob(ctx, a.run.Commit, a.doc.path)
	if err != nil && !errors.Is(err, gitrepo.ErrNotFound) {
		return refusable(err)
	}
	recorded := head != nil && head.ID == id // whatever line ends it was checked out with
	disk, err := a.s.Repo.ReadFile(a.doc.path, evidence.MaxRecord)
	switch {
	case err == nil && !recorded && !bytes.Equal(disk, a.raw):
		return refuse("name another one with --id", "it holds another record")
	case err == nil:
		st := a.s.load(ctx, a.run.Commit, a.doc.proof)
		a.out.There = st.raw != nil || st.err != nil || a.o.NoAnchor
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return refusable(err)
	}
	entries, err := a.s.evidenceAt(ctx, a.run.Commit)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch {
		case e.Path == a.doc.path:
			return refuse("git restore "+a.s.here(a.dir), "HEAD holds %s, and the work tree lacks it", a.doc.path)
		case e.ID == id && a.o.ID == "":
			a.out.ID, a.out.There = idOf(e.Path), true
			r.Path, r.Proof = e.Path, a.s.Config.ProofPath(e.Path)
		}
	}
	return nil
}

// finish commits a record that an earlier run left uncommitted, where that is asked for.
func (a *adding) finish(ctx context.Context) error {
	_, err := a.s.Repo.Blob(ctx, a.run.Commit, a.run.Results[0].Path)
	if !errors.Is(err, gitrepo.ErrNotFound) {
		return nil
	}
	if a.o.Commit && !a.o.DryRun {
		return a.commit(ctx)
	}
	a.run.Results[0].Notes = append(a.run.Results[0].Notes, "it is not committed yet: git add "+a.s.here(a.dir)+" && git commit")
	return nil
}

// evidenceAt lists the records of a commit, by path.
func (s *Session) evidenceAt(ctx context.Context, c gitrepo.Commit) ([]gitrepo.Entry, error) {
	entries, err := s.Repo.FilesUnder(ctx, c, []string{evidenceDir}, func(p string) bool { return idOf(p) != "" })
	var list []gitrepo.Entry
	for _, e := range entries {
		if e.Regular() {
			list = append(list, e)
		}
	}
	return list, err
}

// idOf is the id of the record whose file a path is, "" for other paths.
func idOf(p string) string {
	id, ok := strings.CutPrefix(p, evidenceDir+"/")
	if id, rest, _ := strings.Cut(id, "/"); ok && rest == evidence.RecordFile && evidence.CheckID(id) == "" {
		return id
	}
	return ""
}
