package anchor

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// An EvidenceItem is a record as it stands in the repository.
type EvidenceItem struct {
	Result Result // on its proof
	Recorded
}

// Recorded is what a record says, and what was found beside it.
type Recorded struct {
	ID       string
	Record   *evidence.Record // nil where it cannot be read
	Attempts []evidence.Attempt
	Checked  int      // files whose bytes were compared with the record
	Away     int      // files that the record says are kept elsewhere
	Broken   []string // what is wrong with the record or its files, fit to be printed
	Unread   []error  // why some of them could not be read now, which is no verdict

	unfit   bool // the record breaks the schema, so that its files are not looked at
	foreign bool // the file names no version of our schema: it is another program's
}

// States of an item beside those of package evidence.
const (
	EvidenceUnchecked = "unchecked"    // it could not be found out now, which is no verdict
	EvidenceOpen      = "not anchored" // nobody tried yet
	EvidenceRefused   = "refused"      // there is no such record
)

// State is derived from the proof each time: evidence.Pending, Confirmed, Failed,
// EvidenceUnchecked, EvidenceOpen or EvidenceRefused. Failed is what does not fit by its digests,
// or was tried in vain and has no proof: never what a network error keeps from us.
func (i EvidenceItem) State() string {
	o := i.Result.Outcome
	switch {
	case len(i.Broken) > 0:
		return evidence.Failed
	case i.Result.Unknown && len(i.Attempts) > 0:
		return evidence.Failed
	case i.Result.Unknown:
		return EvidenceOpen
	case i.Result.Refusal != nil && i.Result.Refusal.Absent:
		return EvidenceRefused
	case i.Result.Err != nil || i.Result.Refusal != nil:
		return EvidenceUnchecked
	}
	switch o.Status {
	case verify.Confirmed, verify.Pending:
		if len(i.Unread) > 0 {
			return EvidenceUnchecked
		}
		if o.Status == verify.Pending {
			return evidence.Pending
		}
		return evidence.Confirmed
	case verify.Undecided, verify.Disputed, verify.Unsupported:
		return EvidenceUnchecked
	}
	return evidence.Failed
}

// EvidenceSelection says which records are looked at, and how closely.
type EvidenceSelection struct {
	IDs    []string // or paths to them; none: all
	Files  bool     // compare the files that are kept with the records
	Quotes bool     // keep what records quote, which may be much
	VerifyOptions
}

// Evidence judges records: those that HEAD holds, by their proofs, and those that
// are not committed yet, as they lie in the work tree. The results of the run are
// those of the items, in the same order, by id. An id that is nowhere is a refusal.
func (s *Session) Evidence(ctx context.Context, sel EvidenceSelection) (Run, []EvidenceItem, error) {
	c, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return Run{}, nil, err
	}
	run := Run{Commit: c}
	ids, committed, err := s.evidenceIDs(ctx, c, sel.IDs)
	if err != nil {
		return run, nil, err
	}
	reading := recordReading{s: s, commit: c, loose: map[string]bool{}, quotes: sel.Quotes}
	items := make([]EvidenceItem, len(ids))
	var docs []document
	var at []int
	for i, id := range ids {
		items[i].ID = id
		d := s.evidenceDocument(id)
		if reading.loose[id] = !committed[id]; reading.loose[id] {
			items[i].Result = s.uncommitted(ctx, d, &items[i])
			continue
		}
		docs, at = append(docs, d), append(at, i)
	}
	results, err := s.verifyDocuments(ctx, c, docs, false, sel.VerifyOptions)
	if err != nil {
		return run, nil, err
	}
	for n, i := range at {
		items[i].Result = results[n]
	}
	if err := reading.records(ctx, items); err != nil {
		return run, nil, err
	}
	if len(sel.IDs) == 0 {
		items = slices.DeleteFunc(items, EvidenceItem.others)
	}
	if sel.Files {
		err = reading.files(ctx, items)
	}
	for _, i := range items {
		run.Results = append(run.Results, i.Result)
	}
	return run, items, err
}

func (s *Session) evidenceDocument(id string) document {
	d := s.document(path.Join(evidenceDir, id, evidence.RecordFile), false)
	d.kind = config.KindEvidence
	return d
}

// evidenceIDs lists the ids that are meant, and which of them HEAD holds.
func (s *Session) evidenceIDs(ctx context.Context, c gitrepo.Commit, named []string) ([]string, map[string]bool, error) {
	entries, err := s.Repo.FilesUnder(ctx, c, []string{evidenceDir}, func(p string) bool { return recordAt(p) != "" })
	if err != nil {
		return nil, nil, err
	}
	committed := map[string]bool{} // with its record, or with a proof that lacks it
	var all []string
	for _, e := range entries {
		if id := recordAt(e.Path); e.Regular() && !committed[id] {
			committed[id] = true
			all = append(all, id)
		}
	}
	if len(named) == 0 {
		names, err := s.Repo.DiskNames(evidenceDir, func(name string) bool { return evidence.CheckID(name) == "" && !committed[name] })
		if err != nil {
			names = nil // there is no such directory, or no work tree
		}
		for _, name := range names {
			if _, err := s.Repo.ReadFile(path.Join(evidenceDir, name, evidence.RecordFile), evidence.MaxRecord); err == nil {
				all = append(all, name)
			}
		}
		slices.Sort(all)
		return all, committed, nil
	}
	var ids []string
	for _, name := range named {
		id := strings.TrimSuffix(strings.TrimPrefix(path.Clean(name), evidenceDir+"/"), "/"+evidence.RecordFile)
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, committed, nil
}

// recordAt is the id of the record that a path is of, or is the proof of; "" for other
// paths.
func recordAt(p string) string { return idOf(strings.TrimSuffix(p, ".ots")) }

// others says that a file is of another program, and always was: one that was stamped
// as something else is a record that somebody wrote over.
func (i EvidenceItem) others() bool {
	status := i.Result.Outcome.Status
	return i.foreign && status != verify.Changed && status != verify.Missing
}

// uncommitted judges a record that only the work tree holds.
func (s *Session) uncommitted(ctx context.Context, d document, item *EvidenceItem) Result {
	r := d.result()
	if evidence.CheckID(item.ID) != "" {
		r.Path = item.ID
		r.Refusal = absent("git anchor evidence list", "there is no evidence of this id")
		return r
	}
	raw, err := s.Repo.ReadFile(d.path, evidence.MaxRecord)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, gitrepo.ErrNoWorkTree) {
		r.Refusal = absent("git anchor evidence list", "there is no evidence of this id")
		return r
	}
	if err != nil {
		r.Refusal = absent("git anchor evidence list", "its record cannot be read: %v", err)
		return r
	}
	r.Notes = append(r.Notes, "it is not committed yet: git add "+s.here(path.Dir(d.path))+" && git commit")
	item.foreign = !ours(raw)
	item.read(raw)
	proof, err := s.Repo.ReadFile(d.proof, ots.MaxProof)
	if err != nil {
		r.Unknown = true
		return r
	}
	p, err := ots.Parse(proof)
	if err != nil {
		r.Outcome = verify.Unreadable(err)
		return r
	}
	h := p.Hash.NewHash()
	h.Write(raw)
	r.tally(p)
	r.Outcome = s.Judge.Proof(ctx, p, h.Sum(nil))
	r.explainPending(p, growth{})
	return r
}
