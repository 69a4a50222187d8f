package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/openllmo/git-anchor/internal/gitrepo/objects"
)

// maxMeta bounds one commit, tree or tag, in bytes.
const maxMeta = 32 << 20

// objectReader reads objects by their ids. Whatever is read is hashed again to
// the id it was asked by. The object directories are looked at when the first
// object is asked for: until then alternates may be added.
type objectReader struct {
	dirs   []string // without alternates
	sha256 bool
	cache  int // bytes, 0 for the store's own idea

	mu    sync.Mutex
	store *objects.Store // nil until needed
}

// header is what is known of an object before its bytes are read.
type header struct {
	id, kind string
	size     int64
}

// objectDirs are where git would look for objects, besides alternates. Relative
// paths begin where git is started.
func objectDirs(p place, getenv func(string) string) []string {
	own := getenv("GIT_OBJECT_DIRECTORY")
	if own == "" {
		own = p.commonDir + "/objects"
	}
	dirs := append([]string{own}, objects.SplitDirs(getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES"))...)
	for i, dir := range dirs {
		dirs[i] = absolute(p.base, dir)
	}
	return dirs
}

func (o *objectReader) open() (*objects.Store, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.store != nil {
		return o.store, nil
	}
	var err error
	o.store, err = objects.Open(o.dirs, objects.Options{IDLen: o.idLen(), Cache: o.cache})
	return o.store, err
}

func (o *objectReader) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.store == nil {
		return nil
	}
	return o.store.Close()
}

// find opens the store for one object.
func (o *objectReader) find(ctx context.Context, id string) (*objects.Store, objects.ID, error) {
	if err := ctx.Err(); err != nil {
		return nil, objects.ID{}, err
	}
	parsed, err := objects.ParseID(id)
	if err != nil {
		return nil, parsed, err
	}
	store, err := o.open()
	return store, parsed, err
}

// header tells an object's kind and size. ErrMissingObject: it is not here.
func (o *objectReader) header(ctx context.Context, id string) (header, error) {
	store, parsed, err := o.find(ctx, id)
	if err != nil {
		return header{}, err
	}
	kind, size, err := store.Header(ctx, parsed)
	if err != nil {
		return header{}, notRead("object", id, err)
	}
	return header{id, kind.String(), size}, nil
}

// read streams the object's bytes to w. It fails with ErrTooLarge before the
// first byte when there are more than limit, and with ErrCorrupt after the
// last when they do not have the id or kind: whoever hashes them must not use
// the result then.
func (o *objectReader) read(ctx context.Context, id, kind string, limit int64, w io.Writer) error {
	store, parsed, err := o.find(ctx, id)
	if err != nil {
		return err
	}
	got, err := store.Read(ctx, parsed, limit, writerUntil{ctx, w})
	return checkRead(id, kind, got, err)
}

// bytes gives an object in memory, of at most limit bytes, as the caller's own.
func (o *objectReader) bytes(ctx context.Context, id, kind string, limit int64) ([]byte, error) {
	store, parsed, err := o.find(ctx, id)
	if err != nil {
		return nil, err
	}
	got, data, err := store.Bytes(ctx, parsed, limit)
	return data, checkRead(id, kind, got, err)
}

func checkRead(id, kind string, got objects.Kind, err error) error {
	if err != nil {
		return notRead(kind, id, err)
	}
	if got.String() != kind {
		return fmt.Errorf("read %s %s: %w: it is a %s", kind, id, ErrCorrupt, got)
	}
	return nil
}

// notRead names for a missing object the way to get it: git would fetch it
// unasked, by whatever program the configuration names, and so is not asked.
func notRead(kind, id string, err error) error {
	switch {
	case !errors.Is(err, objects.ErrMissing):
		return fmt.Errorf("read %s: %w", kind, err)
	case errors.Is(err, ErrCorrupt): // a pack, in which it may be
		return fmt.Errorf("%s %s is %w: %w", kind, id, ErrMissingObject, err)
	}
	return fmt.Errorf("%s %s is %w (a partial clone?); to have it: git checkout, or git fetch --refetch --no-filter", kind, id, ErrMissingObject)
}

// writerUntil writes until the context ends.
type writerUntil struct {
	ctx context.Context
	w   io.Writer
}

func (w writerUntil) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}

// abbreviated finds the object whose id begins so; none when there are several.
func (o *objectReader) abbreviated(digits string) (id string, ok bool) {
	store, err := o.open()
	if err != nil {
		return "", false
	}
	ids, err := store.Prefix(digits, 2)
	if err != nil || len(ids) != 1 {
		return "", false
	}
	return ids[0].String(), true
}

// idHash begins the hash of an object.
func (o *objectReader) idHash(kind string, size int64) hash.Hash {
	return objects.NewHash(o.idLen(), objects.KindOf(kind), size)
}

// sumID ends it.
func sumID(h hash.Hash) (string, error) {
	id, err := objects.Sum(h)
	return id.String(), err
}

// idLen is the length of an object id in bytes.
func (o *objectReader) idLen() int {
	if o.sha256 {
		return objects.SHA256
	}
	return objects.SHA1
}

// IsID reports whether s is a full object id as git writes it: 40 or 64 hex
// digits in lower case.
func IsID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && isHex(s)
}
