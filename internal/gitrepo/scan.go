package gitrepo

import (
	"context"

	"github.com/openllmo/git-anchor/internal/gitrepo/objects"
)

// Object is one object as git stores it.
type Object struct {
	ID   string
	Kind string // "commit", "tree", "blob" or "tag"
	Data []byte // at most 32 MiB, hashed again to ID
}

// Object reads what rev names, in all of git's syntax; a tag is not followed.
// Errors: ErrUnborn, ErrNoCommit for what names nothing, ErrMissingObject,
// ErrCorrupt, and ErrTooLarge before a byte is read.
func (r *Repo) Object(ctx context.Context, rev string) (Object, error) {
	h, err := r.objects.lookup(ctx, rev)
	if err != nil {
		return Object{}, err
	}
	data, err := r.objects.bytes(ctx, h.id, h.kind)
	return Object{h.id, h.kind, data}, err
}

// ScannedBlob is what Scan visits: its ID, Size, and Data, or Reader above
// objects.MaxHeld bytes, or Err when it is there and cannot be read.
type ScannedBlob = objects.Object

// ErrStopScan, returned by the function that Scan calls, ends the scan.
var ErrStopScan = objects.ErrStop

// ScanOptions of Scan.
type ScanOptions struct {
	Progress func(done, total int64) // blobs; called now and then, never twice at once; total grows while packs are opened
}

// ScanStats say what a scan did, the same on every machine.
type ScanStats = objects.Stats

// Scan calls visit once for every blob, reachable or not, from several
// goroutines at once. Its data are good until visit returns, not to be
// changed, and not hashed again to its id: what is found is read again by
// Object or Blob.
func (r *Repo) Scan(ctx context.Context, o ScanOptions, visit func(ScannedBlob) error) (ScanStats, error) {
	store, err := objects.Open([]string{r.commonDir + "/objects"}, objects.Options{IDLen: r.objects.idLen()})
	if err != nil {
		return ScanStats{}, err
	}
	err = store.Scan(ctx, objects.ScanOptions{Kind: objects.Blob}, visit)
	return store.Stats(), err
}
