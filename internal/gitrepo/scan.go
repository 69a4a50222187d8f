package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/openllmo/git-anchor/internal/gitrepo/objects"
)

const progressEvery = 200 * time.Millisecond

// Object is one object as git stores it.
type Object struct {
	ID   string
	Kind string // "commit", "tree", "blob" or "tag"
	Data []byte // at most 32 MiB, hashed again to ID
}

// Object reads what rev names, in all of git's syntax; a tag is not followed.
// Errors: ErrUnborn, ErrNoCommit for what names nothing, ErrMissingObject,
// ErrCorrupt, and ErrTooLarge before a byte is read; with this comes the object
// without its bytes.
func (r *Repo) Object(ctx context.Context, rev string) (Object, error) {
	o, err := r.object(ctx, rev)
	if err != nil {
		return o, fmt.Errorf("revision %q: %w", rev, err)
	}
	return o, nil
}

func (r *Repo) object(ctx context.Context, rev string) (Object, error) {
	id, err := r.objectID(ctx, rev)
	if err != nil {
		return Object{}, err
	}
	h, err := r.objects.header(ctx, id)
	if err != nil {
		return Object{}, err
	}
	data, err := r.objects.bytes(ctx, id, h.kind, maxMeta)
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return Object{}, err
	}
	return Object{id, h.kind, data}, err
}

// ScannedBlob is what Scan visits: its ID, Size, and Data, or Reader above
// objects.MaxHeld bytes, or Err when it is there and cannot be read.
type ScannedBlob = objects.Object

// ErrStopScan, returned by the function that Scan calls, ends the scan.
var ErrStopScan = objects.ErrStop

// ScanOptions of Scan.
type ScanOptions struct {
	Progress func(done, total int64) // blobs; called now and then, never twice at once; total grows while packs are opened
	Budget   int64                   // bytes inflated and patched after which the scan ends with ErrTooLarge; 0: none
}

// ScanStats say what a scan did, the same on every machine.
type ScanStats = objects.Stats

// Scan calls visit once for every blob, reachable or not, from several
// goroutines at once. Its data are good until visit returns, not to be
// changed, and not hashed again to its id: what is found is read again by
// Object or Blob. Errors: those of visit, the context's, ErrTooLarge past the
// budget, and what is wrong with whole packs, after all that is in others.
func (r *Repo) Scan(ctx context.Context, o ScanOptions, visit func(ScannedBlob) error) (ScanStats, error) {
	store, err := r.objects.open()
	if err != nil {
		return ScanStats{}, fmt.Errorf("scan all blobs: %w", err)
	}
	before := store.Stats()
	stop := o.report(func() ScanStats { return store.Stats().Since(before) })
	err = store.Scan(ctx, objects.ScanOptions{Kind: objects.Blob, Budget: o.Budget}, visit)
	stop()
	if err != nil {
		err = fmt.Errorf("scan all blobs: %w", err)
	}
	return store.Stats().Since(before), err
}

// report calls Progress now and then until it is stopped, and at the end.
func (o ScanOptions) report(now func() ScanStats) (stop func()) {
	if o.Progress == nil {
		return func() {}
	}
	var reporter sync.WaitGroup
	done := make(chan struct{})
	reporter.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for more := true; more; {
			select {
			case <-tick.C:
			case <-done:
				more = false
			}
			s := now()
			o.Progress(s.Objects, s.Listed)
		}
	})
	return func() {
		close(done)
		reporter.Wait()
	}
}
