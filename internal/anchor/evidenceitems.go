package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
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
	ID       string
	Record   *evidence.Record // nil where it cannot be read
	Result   Result           // on its proof
	Attempts []evidence.Attempt
	Checked  int      // files that were compared with the record
	Away     int      // files that the record says are kept elsewhere
	Broken   []string // what is wrong with the record or its files, fit to be printed
	Unread   []error  // why some of them could not be read now, which is no verdict
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
	IDs   []string // or paths to them; none: all
	Files bool     // compare the files that are kept with the records
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
	items := make([]EvidenceItem, len(ids))
	var docs []document
	var at []int
	for i, id := range ids {
		items[i].ID = id
		d := s.evidenceDocument(id)
		if !committed[id] {
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
	if err := s.readItems(ctx, c, items, committed); err != nil {
		return run, nil, err
	}
	if sel.Files {
		err = s.compareFiles(ctx, c, items, committed)
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
	entries, err := s.evidenceAt(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	committed := map[string]bool{}
	var all []string
	for _, e := range entries {
		committed[idOf(e.Path)] = true
		all = append(all, idOf(e.Path))
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

// read takes in a record's file, and what is wrong with it.
func (i *EvidenceItem) read(raw []byte) {
	rec, err := evidence.Parse(raw)
	i.Record = rec
	if rec != nil {
		for _, f := range rec.Files() {
			if !f.Kept() {
				i.Away++
			}
		}
	}
	if err != nil {
		i.Broken = append(i.Broken, fmt.Sprintf("%s: %v", evidence.RecordFile, err))
	}
}

// readItems reads the records of HEAD and the logs of attempts.
func (s *Session) readItems(ctx context.Context, c gitrepo.Commit, items []EvidenceItem, committed map[string]bool) error {
	for n := range items {
		item := &items[n]
		if err := ctx.Err(); err != nil {
			return err
		}
		if item.Result.Refusal != nil {
			continue
		}
		if committed[item.ID] {
			blob, err := s.Repo.Blob(ctx, c, item.Result.Path)
			if err == nil && blob.Size > evidence.MaxRecord {
				err = &misfit{fmt.Sprintf("it has %d bytes, and a record at most %d", blob.Size, evidence.MaxRecord)}
			}
			var raw []byte
			if err == nil {
				raw, err = blob.Bytes(ctx)
			}
			if err != nil {
				item.fault(evidence.RecordFile, err)
				continue
			}
			item.read(raw)
		}
		var err error
		if item.Attempts, err = s.attempts(ctx, c, path.Dir(item.Result.Path)); err != nil {
			item.Result.Notes = append(item.Result.Notes, fmt.Sprintf("%s cannot be read: %v", evidence.AttemptsFile, err))
		}
	}
	return nil
}

// compareFiles compares the files that are kept with what the records say: those of
// HEAD, or of the work tree where the record is not committed.
func (s *Session) compareFiles(ctx context.Context, c gitrepo.Commit, items []EvidenceItem, committed map[string]bool) error {
	var paths []string
	for _, item := range items {
		for _, f := range item.kept() {
			paths = append(paths, f.path)
		}
	}
	states := map[string]gitrepo.State{}
	var err error
	if s.Repo.Top() != "" {
		if states, err = s.Repo.States(ctx, paths); err != nil {
			return err
		}
	}
	each(ctx, len(items), func(n int) {
		item := &items[n]
		for _, f := range item.kept() {
			err := s.compareFile(ctx, c, f, committed[item.ID])
			if what := difference(states[f.path]); err == nil && committed[item.ID] && what != "" {
				err = &misfit{"the work tree holds something else: " + what}
			}
			if !item.fault(f.Path(), err) {
				item.Checked++
			}
		}
	})
	return ctx.Err()
}

// kept lists the files that must lie beside a record.
func (i *EvidenceItem) kept() []addedFile {
	if i.Record == nil || len(i.Broken) > 0 && i.Checked == 0 {
		return nil
	}
	var list []addedFile
	for _, f := range i.Record.Files() {
		if f.Kept() {
			list = append(list, addedFile{File: f, path: path.Join(evidenceDir, i.ID, f.Path())})
		}
	}
	return list
}

// compareFile is what is wrong with a file, or why that cannot be told.
func (s *Session) compareFile(ctx context.Context, c gitrepo.Commit, f addedFile, committed bool) error {
	var sum []byte
	var size int64
	if committed {
		blob, err := s.Repo.Blob(ctx, c, f.path)
		if err != nil {
			return err
		}
		size = blob.Size
		if sum, err = blob.Digest(ctx, sha256.New()); err != nil {
			return err
		}
	} else {
		data, err := s.Repo.ReadFile(f.path, evidence.MaxKept)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(data)
		sum, size = digest[:], int64(len(data))
	}
	if size != f.Size || [sha256.Size]byte(sum) != f.SHA256 {
		return &misfit{fmt.Sprintf("it is not the file of the record: %d bytes, SHA-256 %x", size, sum)}
	}
	return nil
}

// A misfit is what was found to be other than the record says.
type misfit struct{ text string }

func (m *misfit) Error() string { return m.text }

// fault takes in what is wrong with a file of the record: that it is not there, or
// another. Any other error says nothing of it, which is what is reported.
func (i *EvidenceItem) fault(name string, err error) (unread bool) {
	var m *misfit
	switch {
	case err == nil:
		return false
	case errors.Is(err, gitrepo.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		i.Broken = append(i.Broken, name+": it is missing")
	case errors.As(err, &m), errors.Is(err, gitrepo.ErrSymlink), errors.Is(err, gitrepo.ErrSubmodule), errors.Is(err, gitrepo.ErrDirectory), errors.Is(err, gitrepo.ErrNotRegular):
		i.Broken = append(i.Broken, fmt.Sprintf("%s: %v", name, err))
	default:
		i.Unread = append(i.Unread, fmt.Errorf("%s: %w", name, err))
		return true
	}
	return false
}
