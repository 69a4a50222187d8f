package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// read takes in a record's file, and what is wrong with it.
func (i *Recorded) read(raw []byte) {
	rec, err := evidence.Parse(raw)
	i.Record = rec
	if rec != nil {
		for _, f := range rec.Files() {
			if !f.Kept() {
				i.Away++
			}
		}
	}
	if i.unfit = err != nil; i.unfit {
		i.Broken = append(i.Broken, fmt.Sprintf("%s: %v", evidence.RecordFile, err))
	}
}

// A recordReading takes from a commit what records and the files beside them say.
type recordReading struct {
	s      *Session
	commit gitrepo.Commit
	byRev  bool            // a revision was named: the work tree has no say
	loose  map[string]bool // ids of records that the work tree alone holds
	quotes bool            // what records quote is kept
}

// records reads the records of the commit and the logs of attempts, several at once.
func (r recordReading) records(ctx context.Context, items []EvidenceItem) error {
	each(ctx, len(items), func(n int) {
		item := &items[n]
		if item.Result.Refusal != nil || !r.loose[item.ID] && !r.record(ctx, item) {
			return
		}
		var err error
		if item.Attempts, err = r.s.attempts(ctx, r.commit, path.Dir(item.Result.Path), r.byRev); err != nil {
			item.Result.Notes = append(item.Result.Notes, fmt.Sprintf("%s cannot be read: %v", evidence.AttemptsFile, err))
		}
	})
	return ctx.Err()
}

// record reads one record, and says whether there is one.
func (r recordReading) record(ctx context.Context, item *EvidenceItem) bool {
	blob, err := r.s.Repo.Blob(ctx, r.commit, item.Result.Path)
	if err == nil && blob.Size > evidence.MaxRecord {
		err = &misfit{fmt.Sprintf("it has %d bytes, and a record at most %d", blob.Size, evidence.MaxRecord)}
	}
	var raw []byte
	if err == nil {
		raw, err = blob.Bytes(ctx)
	}
	if err != nil {
		item.fault(evidence.RecordFile, err)
		return false
	}
	item.foreign = !ours(raw)
	item.read(raw)
	if item.Record != nil && !r.quotes {
		item.Record.Matches = nil
	}
	return true
}

// files compares the files that are kept with what the records say: those of the
// commit, or of the work tree where the record is not committed.
func (r recordReading) files(ctx context.Context, items []EvidenceItem) error {
	var paths []string
	for _, item := range items {
		for _, f := range item.kept() {
			paths = append(paths, f.path)
		}
	}
	states := map[string]gitrepo.State{}
	if r.s.Repo.Top() != "" && !r.byRev && len(paths) > 0 {
		var err error
		if states, err = r.s.Repo.States(ctx, paths); err != nil {
			return err
		}
	}
	each(ctx, len(items), func(n int) {
		item := &items[n]
		for _, f := range item.kept() {
			err := r.file(ctx, f, r.loose[item.ID])
			if what := difference(states[f.path]); err == nil && !r.loose[item.ID] && what != "" {
				err = &misfit{"the work tree holds something else: " + what}
			}
			item.fault(f.Path(), err)
			if other := (*misfit)(nil); err == nil || errors.As(err, &other) {
				item.Checked++
			}
		}
	})
	return ctx.Err()
}

// tell adds to results about records of evidence what these say, and compares their
// files. Other results stay as they are.
func (r recordReading) tell(ctx context.Context, results []Result) error {
	var items []EvidenceItem
	var at []int
	for i, result := range results {
		if id := idOf(result.Path); id != "" && !result.Superseded && result.Refusal == nil {
			items, at = append(items, EvidenceItem{result, Recorded{ID: id}}), append(at, i)
		}
	}
	if err := r.records(ctx, items); err != nil {
		return err
	}
	if err := r.files(ctx, items); err != nil {
		return err
	}
	for n, i := range at {
		if !items[n].foreign {
			results[i] = items[n].Result
			results[i].Recorded = &items[n].Recorded
		}
	}
	return nil
}

// kept lists the files that must lie beside a record, none where it is no good itself.
func (i *Recorded) kept() []addedFile {
	if i.Record == nil || i.unfit {
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

// file is what is wrong with a file, or why that cannot be told.
func (r recordReading) file(ctx context.Context, f addedFile, loose bool) error {
	var sum []byte
	var size int64
	if loose {
		data, err := r.s.Repo.ReadFile(f.path, evidence.MaxKept)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(data)
		sum, size = digest[:], int64(len(data))
	} else {
		blob, err := r.s.Repo.Blob(ctx, r.commit, f.path)
		if err != nil {
			return err
		}
		size = blob.Size
		if sum, err = blob.Digest(ctx, sha256.New()); err != nil {
			return err
		}
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
// another. Any other error says nothing of it, and leaves it unread.
func (i *Recorded) fault(name string, err error) {
	var m *misfit
	switch {
	case err == nil:
	case errors.Is(err, gitrepo.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		i.Broken = append(i.Broken, name+": it is missing")
	case errors.As(err, &m), errors.Is(err, gitrepo.ErrSymlink), errors.Is(err, gitrepo.ErrSubmodule), errors.Is(err, gitrepo.ErrDirectory), errors.Is(err, gitrepo.ErrNotRegular):
		i.Broken = append(i.Broken, fmt.Sprintf("%s: %v", name, err))
	default:
		i.Unread = append(i.Unread, fmt.Errorf("%s: %w", name, err))
	}
}
