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
		item.Broken = append(item.Broken, fmt.Sprintf("%s: it has %d bytes, and a record at most %d", evidence.RecordFile, blob.Size, evidence.MaxRecord))
		return false
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
			found, err := r.measure(ctx, f.path, r.loose[item.ID])
			if err != nil {
				item.fault(f.Path(), err)
				continue
			}
			item.Checked++
			if !found.is(f.File) {
				item.Broken = append(item.Broken, fmt.Sprintf("%s: it is not the file of the record: %d bytes, SHA-256 %x", f.Path(), found.size, found.sum))
			} else if what := difference(states[f.path]); !r.loose[item.ID] && what != "" {
				item.Broken = append(item.Broken, f.Path()+": the work tree holds something else: "+what)
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

// A fingerprint is what a file is told by.
type fingerprint struct {
	size int64
	sum  [sha256.Size]byte
}

func (p fingerprint) is(f evidence.File) bool { return p == fingerprint{f.Size, f.SHA256} }

// measure reads a file of the commit, or of the work tree where its record is loose.
func (r recordReading) measure(ctx context.Context, at string, loose bool) (fingerprint, error) {
	if loose {
		data, err := r.s.Repo.ReadFile(at, evidence.MaxKept)
		return fingerprint{int64(len(data)), sha256.Sum256(data)}, err
	}
	blob, err := r.s.Repo.Blob(ctx, r.commit, at)
	if err != nil {
		return fingerprint{}, err
	}
	sum, err := blob.Digest(ctx, sha256.New())
	if err != nil {
		return fingerprint{}, err
	}
	return fingerprint{blob.Size, [sha256.Size]byte(sum)}, nil
}

// fault takes in why a file could not be read: that it is not there, or is no file,
// is wrong with the record. Any other error says nothing of it, and leaves it unread.
func (i *Recorded) fault(name string, err error) {
	switch {
	case errors.Is(err, gitrepo.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		i.Broken = append(i.Broken, name+": it is missing")
	case errors.Is(err, gitrepo.ErrSymlink), errors.Is(err, gitrepo.ErrSubmodule), errors.Is(err, gitrepo.ErrDirectory), errors.Is(err, gitrepo.ErrNotRegular):
		i.Broken = append(i.Broken, fmt.Sprintf("%s: %v", name, err))
	default:
		i.Unread = append(i.Unread, fmt.Errorf("%s: %w", name, err))
	}
}
